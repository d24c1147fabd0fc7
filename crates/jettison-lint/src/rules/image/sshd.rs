//! Do not run sshd in a container.

use crate::packages::{APK, APT_GET, DNF, Manager, YUM, ZYPPER, install};
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
    let managers: [&'static Manager; 5] = [&APT_GET, &APK, &YUM, &DNF, &ZYPPER];
    for (run, command) in subject.commands() {
        let found = managers.iter().find_map(|manager| install(run, command, manager));
        let Some(found) = found else { continue };
        let server = found.packages.iter().find(|word| {
            let name = word.text.split(['=', '~']).next().unwrap_or_default();
            matches!(name, "openssh-server" | "openssh" | "dropbear" | "ssh")
                && !(name == "openssh" && command.name() == "zypper")
        });
        if let Some(word) = server {
            let name = &word.text;
            out.push(
                run.word_span(word),
                message!(
                    "{name} brings an SSH server into the image",
                    "{name} 会把 SSH 服务带入镜像"
                ),
            );
        }
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
