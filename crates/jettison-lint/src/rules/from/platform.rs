//! Do not fix the platform in FROM.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-platform",
    aliases: &["DL3029", "FromPlatformFlagConstDisallowed"],
    level: Level::Warning,
    page: Page {
        title: Text { en: "Do not fix the platform in FROM", zh: "不要在 FROM 中写死平台" },
        why: Text {
            en: "A constant platform makes the image useless on others and runs under emulation there. Pass `--platform` to the build, or use `$BUILDPLATFORM` for a stage that cross-compiles.",
            zh: "写死的平台会使镜像在其他平台上无法使用或只能模拟运行。应在构建时传 `--platform`，交叉编译阶段则使用 `$BUILDPLATFORM`。",
        },
        bad: "FROM --platform=linux/amd64 debian:12",
        good: "FROM --platform=$BUILDPLATFORM debian:12",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::From) {
        let Some(flag) = item.instruction.flag("platform") else { continue };
        let value = flag.value().unwrap_or_default();
        if value.is_empty() || value.contains('$') {
            continue;
        }
        // A stage named after what it is for: `FROM --platform=linux/amd64 … AS build-amd64`.
        let Arguments::From(view) = &item.instruction.arguments else { continue };
        let alias = view.alias.as_ref().map_or("", |alias| alias.text.as_str());
        let names_it = value
            .split('/')
            .any(|part| alias.split(['-', '_', '.']).any(|word| word.eq_ignore_ascii_case(part)));
        if names_it {
            continue;
        }
        out.push(
            flag.span.clone(),
            message!("the platform is fixed to {value}", "平台被写死为 {value}"),
        );
    }
}
