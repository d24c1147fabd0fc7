//! Unpack local archives with ADD.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-copy-archive",
    aliases: &["DL3010"],
    level: Level::Info,
    page: Page {
        title: Text { en: "Unpack local archives with ADD", zh: "用 ADD 解压本地归档" },
        why: Text {
            en: "Copied and then unpacked, an archive is in the image twice: packed in one layer, unpacked in the next.",
            zh: "先复制再解压时，归档会在镜像里存两份：一层是压缩包，另一层是解压后的内容。",
        },
        bad: r"FROM debian:12
COPY app.tar.gz /tmp/
RUN tar xzf /tmp/app.tar.gz -C /opt",
        good: r"FROM debian:12
ADD app.tar.gz /opt",
        files: &[],
    },
    check,
};

/// Archives that ADD recognises and unpacks.
const ARCHIVES: &[&str] =
    &[".tar", ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".lzma", ".tlz", ".z", ".zst"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy).filter(|item| item.instruction.flag("from").is_none()) {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let destination = transfer.destination.as_ref().map_or("", |word| word.text.as_str());
        for source in transfer.paths() {
            let path = source.text.trim_matches(['"', '\'']);
            let lower = path.to_ascii_lowercase();
            if !ARCHIVES.iter().any(|suffix| lower.ends_with(suffix)) {
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or(path);
            let copied = if destination.ends_with('/') || destination == "." {
                name
            } else {
                destination.rsplit('/').next().unwrap_or(name)
            };
            if is_unpacked(subject, item, name) || is_unpacked(subject, item, copied) {
                out.push(
                    source.span.clone(),
                    message!(
                        "{name} ends up in the image packed and unpacked",
                        "{name} 的压缩包与解压后的内容都会留在镜像中"
                    ),
                );
            }
        }
    }
}

fn is_unpacked(subject: &Subject<'_>, item: &Item<'_>, name: &str) -> bool {
    const UNPACKERS: &[&str] = &[
        "tar",
        "unzip",
        "gunzip",
        "bunzip2",
        "unlzma",
        "unxz",
        "zgz",
        "uncompress",
        "zcat",
        "gzcat",
    ];
    let later = subject
        .commands()
        .filter(|(run, _)| run.item.stage == item.stage && run.item.position > item.position);
    later.into_iter().any(|(_, command)| {
        let unpacks = UNPACKERS.contains(&command.name())
            && !(command.name() == "tar" && is_creating(command));
        unpacks
            && command
                .arguments()
                .iter()
                .any(|word| word.text.trim_matches(['"', '\'']).rsplit('/').next() == Some(name))
    })
}

fn is_creating(command: &Command) -> bool {
    command.has_option("create")
        || command.arguments().first().is_some_and(|word| {
            !word.text.starts_with("--") && word.text.contains('c') && !word.text.contains('x')
        })
}
