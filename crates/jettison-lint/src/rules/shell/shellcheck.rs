//! Write shell text that does what it seems to.

use crate::{
    prelude::*,
    shell_linter::{Dialect, ShellFinding, ShellScript, built_in},
    shellcheck_zh::chinese,
};

pub(crate) static RULE: Rule = Rule {
    id: "JT-shell",
    aliases: &[],
    level: Level::Warning,
    page: Page {
        title: Text {
            en: "Write shell text that does what it seems to",
            zh: "编写行为与表面一致的 shell 代码",
        },
        why: Text {
            en: "ShellCheck's findings in RUN instructions, each under its own code (SC2086 and so on), in the shell that applies and with the variables of ARG and ENV known. A code can be selected, ignored or explained like a rule.",
            zh: "RUN 指令中的 ShellCheck 问题，各有自己的编号（如 SC2086），按实际使用的 shell 检查，并已知 ARG 与 ENV 变量。编号可以像规则一样被选择、忽略或查询。",
        },
        bad: r#"FROM debian:12
RUN rm -rf "$dir/"$(ls) $file"#,
        good: r#"FROM debian:12
RUN rm -rf "$HOME/tmp""#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let Some(linter) = built_in() else { return };
    for run in subject.posix_runs().filter(|run| !run.is_exec) {
        let scope = subject.scope(run.item.position);
        let text = run.text.as_str();
        let shell = text.strip_prefix("#!").and_then(|line| line.split_whitespace().next());
        let shell = shell.or_else(|| run.shell_words.first().map(String::as_str)).unwrap_or("sh");
        let script = ShellScript {
            text,
            dialect: Dialect::of(shell),
            variables: scope.names().into_iter().map(|name| (name, scope.value(name))).collect(),
        };
        for found in linter.lint(&script) {
            push(subject, out, run, &found);
        }
    }
}

fn push(subject: &Subject<'_>, out: &mut Report, run: &Run<'_>, found: &ShellFinding) {
    let code = format!("SC{:04}", found.code);
    let (en, zh) = (&found.message, chinese(found.code));
    let zh = zh.map_or_else(|| format!("ShellCheck {code}：{en}"), str::to_owned);
    let finding = out.push(run.span(&found.range), crate::finding::Message { en: en.clone(), zh });
    finding.aliases = vec![code];
    finding.level = found.level;
    let Some((safety, edits)) = &found.fix else { return };
    // Only what stands in the file as the shell reads it can be edited in place.
    let in_place = edits.iter().map(|edit| {
        let span = run.span(&(edit.start..edit.end));
        let is_same = subject.source(&span) == run.text.as_str().get(edit.start..edit.end)?;
        (is_same && !edit.text.contains('\n')).then(|| Edit::replace(span, edit.text.clone()))
    });
    if let Some(edits) = in_place.collect::<Option<Vec<Edit>>>() {
        let title = message!("Rewrite it", "改写");
        finding.fix = Some(crate::finding::Fix { title, safety: *safety, edits });
    }
}
