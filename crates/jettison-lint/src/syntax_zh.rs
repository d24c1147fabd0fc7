//! The parser's problems in Chinese.

use jettison_dockerfile::ProblemKind;

/// What `kind` says, in Chinese.
pub(crate) fn chinese(kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::Empty => "文件中没有任何指令".to_owned(),
        ProblemKind::UnknownInstruction { word, suggestion: Some(name) } => {
            format!("未知指令 {word}（是否指 {name}？）")
        }
        ProblemKind::UnknownInstruction { word, suggestion: None } => format!("未知指令 {word}"),
        ProblemKind::RepeatedDirective(name) => format!("解析器指令 {name} 只能出现一次"),
        ProblemKind::InvalidEscape(text) => format!("转义字符 {text:?} 无效：只能是 \\ 或 `"),
        ProblemKind::LongLine => "该行超过 65535 字节".to_owned(),
        ProblemKind::UnterminatedHeredoc(name) => format!("here-document {name} 没有结束"),
        ProblemKind::InvalidHeredoc(error) => format!("here-document 标记有误：{error}"),
        ProblemKind::HeredocDestination(name) => format!("{name} 的目标不能是 here-document"),
        ProblemKind::NotStrings => "这里的 JSON 数组只能包含字符串".to_owned(),
        ProblemKind::ShellNotJson => "SHELL 需要 JSON 数组".to_owned(),
        ProblemKind::MissingArgument(name) => format!("{name} 至少需要一个参数"),
        ProblemKind::OneArgument(name) => format!("{name} 只能有一个参数"),
        ProblemKind::MissingDestination(name) => format!("{name} 需要来源和目标"),
        ProblemKind::FromArguments => "FROM 需要镜像，或镜像、AS 与名称".to_owned(),
        ProblemKind::InvalidStageName(name) => format!("阶段名称 {name:?} 无效"),
        ProblemKind::MissingValue(name) => format!("{name} 需要名称和值"),
        ProblemKind::MissingEquals(word) => format!("{word:?} 中没有等号：此处需要 名称=值"),
        ProblemKind::BlankName(name) => format!("{name} 中有一项没有名称"),
        ProblemKind::BlankVolume => "VOLUME 中有空路径".to_owned(),
        ProblemKind::UnknownFlag { keyword, flag } => format!("{keyword} 没有选项 --{flag}"),
        ProblemKind::RepeatedFlag(flag) => format!("--{flag} 只能给出一次"),
        ProblemKind::FlagWithoutValue(flag) => format!("--{flag} 需要值"),
        ProblemKind::FlagNotBoolean(flag) => format!("--{flag} 只能是 true 或 false"),
        ProblemKind::BeforeFrom(name) => format!("{name} 出现在第一个 FROM 之前"),
        ProblemKind::OnbuildTrigger(name) => format!("{name} 不能作为 ONBUILD 的触发指令"),
        ProblemKind::HealthcheckType(word) => {
            format!("HEALTHCHECK 需要 CMD 或 NONE，而不是 {word:?}")
        }
        ProblemKind::HealthcheckNone => "HEALTHCHECK NONE 不带参数".to_owned(),
        ProblemKind::HealthcheckCommand => "HEALTHCHECK CMD 需要命令".to_owned(),
        ProblemKind::InvalidOption { flag, value } => format!("--{flag} 不能是 {value:?}"),
    }
}
