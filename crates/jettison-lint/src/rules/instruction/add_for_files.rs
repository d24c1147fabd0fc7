//! Copy files with COPY, not ADD.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-add-for-files",
    aliases: &["DL3020"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Copy files with COPY, not ADD", zh: "复制文件使用 COPY 而不是 ADD"
        },
        why: Text {
            en: "ADD also downloads and unpacks, depending on what its source looks like; COPY does one thing.",
            zh: "ADD 会根据来源自动下载或解压；COPY 只做一件事。",
        },
        bad: r"FROM debian:12
ADD app /app",
        good: r"FROM debian:12
COPY app /app",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Add) {
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let mut paths = transfer.paths().peekable();
        if paths.peek().is_none()
            || !paths.all(|path| {
                is_plain(
                    &subject
                        .resolve(item.position, &path.text)
                        .unwrap_or_else(|| path.text.clone()),
                )
            })
        {
            continue;
        }
        let finding = out.push(
            item.instruction.name.span.clone(),
            message!("nothing here needs ADD; COPY does it", "这里用不到 ADD，COPY 即可"),
        );
        if item
            .instruction
            .flags
            .iter()
            .all(|flag| flag.name() == "chown" || flag.name() == "chmod")
        {
            let word = if item.instruction.name.text == "add" { "copy" } else { "COPY" };
            finding.fix(
                message!("Use COPY", "改用 COPY"),
                vec![Edit::replace(item.instruction.name.span.clone(), word)],
            );
        }
    }
}

/// Suffixes of archives that ADD unpacks, and of some that people expect it to.
const ARCHIVES: &[&str] = &[
    ".tar",
    ".tar.bz2",
    ".tb2",
    ".tbz",
    ".tbz2",
    ".tar.gz",
    ".tgz",
    ".tpz",
    ".tar.lz",
    ".tar.lzma",
    ".tlz",
    ".tar.xz",
    ".txz",
    ".tar.z",
    ".tz",
    ".gz",
    ".bz2",
    ".lz",
    ".xz",
    ".z",
    ".lzma",
    ".zst",
];

fn is_plain(path: &str) -> bool {
    let path = path.trim_matches(['"', '\'']);
    let lower = path.to_ascii_lowercase();
    let is_remote = path.contains("://") || path.starts_with("git@");
    let is_archive = ARCHIVES.iter().any(|suffix| lower.ends_with(suffix));
    !is_remote && !is_archive && !path.starts_with('$')
}
