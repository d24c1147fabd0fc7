//! Do not run sshd in a container.

use crate::packages::{any_install, bare_name};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-sshd",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Do not run sshd in a container", zh: "不要在容器中运行 sshd" },
        why: Text {
            en: "`docker exec` and `kubectl exec` open a shell without it. sshd is one more service to keep patched, with keys and passwords to hide.",
            zh: "`docker exec` 和 `kubectl exec` 无需 sshd 即可进入容器。sshd 是又一个需要打补丁、保管密钥和密码的服务。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends openssh-server=1:9* && rm -rf /var/lib/apt/lists/*",
        good: "FROM debian:12",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let shipped = subject.shipped();
    let is_started =
        subject.file.text().contains("sshd") || subject.file.text().contains("service ssh");
    for (run, command) in subject.commands() {
        let is_shipped = run.item.stage.is_some_and(|stage| shipped.contains(&stage));
        let Some(found) = any_install(run, command).filter(|_| is_shipped) else { continue };
        let is_server = |word: &&&Word| match bare_name(&word.text) {
            "openssh-server" | "dropbear" => true,
            // Everything about SSH; on Red Hat's and SUSE's systems what client and server share.
            "openssh" => command.name() == "apk",
            "ssh" => matches!(command.name(), "apt-get" | "apt" | "aptitude"),
            _ => false,
        };
        let Some(word) = found.packages.iter().find(is_server) else { continue };
        let name = &word.text;
        if matches!(bare_name(name), "openssh" | "ssh") && !is_started {
            out.push(
                run.word_span(word),
                message!(
                    "{name} brings an SSH server along; openssh-client is enough for git and scp",
                    "{name} 会附带 SSH 服务；git 和 scp 只需 openssh-client"
                ),
            )
            .lower_to(Level::Info);
            continue;
        }
        out.push(
            run.word_span(word),
            message!("{name} brings an SSH server into the image", "{name} 会把 SSH 服务带入镜像"),
        );
    }
    for item in &subject.items {
        let Arguments::Command(Form::Exec(words)) = &item.instruction.arguments else { continue };
        let is_start = matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint);
        if let (true, Some(word)) = (is_start, words.first())
            && word.text.ends_with("sshd")
        {
            out.push(word.span.clone(), message!("the container runs sshd", "容器运行 sshd"));
        }
    }
}
