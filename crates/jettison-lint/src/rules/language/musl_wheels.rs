//! Build Python wheels on the libc that they will run on.

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-musl-wheels",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Build Python wheels on the libc that they will run on",
            zh: "在运行时所用的 libc 上构建 Python wheel",
        },
        why: Text {
            en: "Wheels built in a Debian stage are linked against glibc. Alpine has musl: those with C code fail to install or to load there.",
            zh: "在 Debian 阶段构建的 wheel 链接的是 glibc，而 Alpine 使用 musl：含 C 代码的包无法安装或加载。",
        },
        bad: r"FROM python:3.13 AS base
RUN pip wheel --wheel-dir /wheels -r requirements.txt
FROM python:3.13-alpine
COPY --from=base /wheels /wheels",
        good: r"FROM python:3.13-alpine AS base
RUN pip wheel --wheel-dir /wheels -r requirements.txt
FROM python:3.13-alpine
COPY --from=base /wheels /wheels",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    for item in subject.with(Keyword::Copy) {
        let (Some(flag), Some(stage)) = (item.instruction.flag("from"), item.stage) else {
            continue;
        };
        let Some(source) = flag.value().and_then(|name| subject.stage_called(name)) else {
            continue;
        };
        let Arguments::Transfer(transfer) = &item.instruction.arguments else { continue };
        let is_crossing = subject.bases[stage].is_musl() && subject.bases[source].is_glibc();
        let carried = transfer.paths().find(|path| {
            let path = path.text.as_str();
            ["wheel", "site-packages", "venv", "node_modules"]
                .iter()
                .any(|part| path.contains(part))
        });
        if let (true, Some(path)) = (is_crossing, carried) {
            let (name, from) = (&path.text, &subject.stages[source].image);
            out.push(
                path.span.clone(),
                message!(
                    "{name} was built against glibc in {from}, but this image has musl",
                    "{name} 是在 {from} 中针对 glibc 构建的，而本镜像使用 musl"
                ),
            );
        }
    }
}
