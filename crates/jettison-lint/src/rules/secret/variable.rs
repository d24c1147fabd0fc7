//! Keep secrets out of ARG and ENV.

use crate::prelude::*;
use crate::secret_names::{has_secret_part, has_secret_word};

pub(crate) static RULE: Rule = Rule {
    id: "JT-secret-variable",
    aliases: &["DL3064", "SecretsUsedInArgOrEnv"],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Keep secrets out of ARG and ENV", zh: "不要把机密放进 ARG 或 ENV"
        },
        why: Text {
            en: "Both are in the image's configuration or history, readable for everyone who can pull it. `RUN --mount=type=secret` hands a secret to one instruction and leaves nothing behind.",
            zh: "两者都会留在镜像的配置或历史中，任何能拉取镜像的人都能读到。`RUN --mount=type=secret` 只把机密交给一条指令，不留痕迹。",
        },
        bad: r"FROM debian:12
ARG DB_PASSWORD
RUN ./migrate",
        good: r"FROM debian:12
RUN --mount=type=secret,id=db_password ./migrate",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in &subject.items {
        let keyword = item.instruction.keyword;
        if !matches!(keyword, Keyword::Env | Keyword::Arg) {
            continue;
        }
        let Arguments::Pairs(pairs) = &item.instruction.arguments else { continue };
        for pair in pairs {
            let name = &pair.key.text;
            let (has_word, has_part) = (has_secret_word(name), has_secret_part(name));
            if !has_word && !has_part {
                continue;
            }
            let (instead_en, instead_zh) = match keyword {
                Keyword::Arg => (
                    "RUN --mount=type=secret shows it to one command",
                    "RUN --mount=type=secret 只让一条命令看到它",
                ),
                _ => ("give it when the container starts", "应在启动容器时提供"),
            };
            let keyword = keyword.name();
            out.push(
                pair.key.span.clone(),
                message!(
                    "{keyword} {name} looks like a secret, and stays readable in the image; {instead_en}",
                    "{keyword} {name} 像是机密，会留在镜像中可被读取；{instead_zh}"
                ),
            )
            .keep_aliases(|alias| if alias == "DL3064" { has_part } else { has_word });
        }
    }
}
