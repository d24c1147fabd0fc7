//! Write shell text that does what it seems to.

use std::collections::BTreeSet;

use jettison_dockerfile::Scope;

use super::{codes, supplement};
use crate::{
    base::System,
    prelude::*,
    shell::is_plain,
    shell_linter::{Dialect, ShellFinding, ShellScript, built_in},
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

/// Codes that are no fault where `/bin/sh` is BusyBox' ash, which knows `[[ ]]`, `source`, `local`,
/// substrings, `pipefail` and the like (BusyBox' `ash.c`, ASH_BASH_COMPAT).
const KNOWN_TO_ASH: &[u32] =
    &[3003, 3010, 3014, 3015, 3018, 3020, 3037, 3040, 3043, 3045, 3046, 3057, 3060];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let runs: Vec<&Run<'_>> = subject.posix_runs().filter(|run| !run.is_exec).collect();
    let dialects: Vec<Dialect> = runs.iter().map(|run| dialect(subject, run)).collect();
    let mut found: Vec<Vec<ShellFinding>> =
        runs.iter().map(|run| supplement::findings(run)).collect();
    if let Some(linter) = built_in() {
        let is_asked = |at: &usize| !is_plain(&runs[*at].script, runs[*at].text.as_str());
        let asked: Vec<usize> = (0..runs.len()).filter(is_asked).collect();
        let script = |at: &usize| {
            let (run, dialect) = (runs[*at], dialects[*at]);
            let text = run.text.as_str();
            let variables = mentioned(text, subject.scope(run.item.position));
            ShellScript { text, dialect, variables: variables.into_iter().collect() }
        };
        let scripts: Vec<ShellScript<'_>> = asked.iter().map(script).collect();
        let all = linter.lint_all(&scripts, subject.settings.patience);
        out.is_provisional |= all.is_provisional;
        for (at, more) in asked.into_iter().zip(all.of) {
            found[at].extend(more);
        }
    }
    for ((run, dialect), mut found) in runs.into_iter().zip(dialects).zip(found) {
        found.retain(|one| is_meant(one, subject.source(&run.span(&one.range)), dialect));
        found.sort_by_key(|one| (one.range.start, one.code));
        found.dedup_by_key(|one| (one.range.start, one.code));
        for one in found {
            push(subject, out, run, &one);
        }
    }
}

/// The shell that reads `run`: its first line's, SHELL's, or what `/bin/sh` is in the base.
fn dialect(subject: &Subject<'_>, run: &Run<'_>) -> Dialect {
    let text = run.text.as_str();
    let interpreter = text.strip_prefix("#!").and_then(|line| line.lines().next());
    let named = interpreter.and_then(|line| {
        let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
        words.find(|word| word.rsplit('/').next() != Some("env"))
    });
    let named = named.or_else(|| run.shell_words.first().map(String::as_str)).unwrap_or("sh");
    let dialect = Dialect::of(named);
    if dialect != Dialect::Sh {
        return dialect;
    }
    let base = run.item.stage.and_then(|stage| subject.bases.get(stage));
    let found = base.and_then(|base| base.facts.as_ref()?.shell.as_deref());
    match found {
        Some("busybox") => return Dialect::Ash,
        Some("bash") => return Dialect::Bash,
        Some(_) => return Dialect::Sh,
        None => {}
    }
    match base.map(|base| base.system) {
        Some(System::Alpine | System::Busybox) => Dialect::Ash,
        Some(System::RedHat | System::Suse | System::Arch) => Dialect::Bash,
        _ => Dialect::Sh,
    }
}

/// Variables that every RUN may have without their being declared (Dockerfile reference,
/// "Predefined ARGs").
const PREDEFINED: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
];

/// Variables that are set there, or always, and stand in `text` at all; sorted.
fn mentioned<'a>(text: &'a str, scope: Scope<'_>) -> BTreeSet<&'a str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words = words.filter(|word| !word.is_empty());
    words.filter(|word| scope.declares(word) || PREDEFINED.contains(word)).collect()
}

/// Whether a finding of the engine, at `text` in the file, is one.
fn is_meant(found: &ShellFinding, text: &str, dialect: Dialect) -> bool {
    match found.code {
        // Blanks at the beginning of a continued line.
        2291 => !text.contains('\n'),
        code => dialect != Dialect::Ash || !KNOWN_TO_ASH.contains(&code),
    }
}

fn push(subject: &Subject<'_>, out: &mut Report, run: &Run<'_>, found: &ShellFinding) {
    let Some(rule) = codes::numbered(found.code) else { return };
    let title = rule.page.title;
    let text = crate::finding::Message { en: title.en.to_owned(), zh: title.zh.to_owned() };
    let finding = out.push(run.span(&found.range), text);
    finding.rule = rule.id;
    finding.aliases = vec!["JT-shell".to_owned()];
    finding.level = rule.level;
    let span = finding.span.clone();
    if let Some(newer) = newer_form(found.code, subject.source(&span)) {
        finding.fix(message!("Write {newer}", "改写为 {newer}"), vec![Edit::replace(span, newer)]);
        return;
    }
    let Some((safety, edits)) = &found.fix else { return };
    // Only what stands in the file as the shell reads it can be edited in place.
    let in_place = edits.iter().map(|edit| {
        let span = run.span(&(edit.start..edit.end));
        let is_same = subject.source(&span) == run.text.as_str().get(edit.start..edit.end)?;
        (is_same && !edit.text.contains('\n')).then(|| Edit::replace(span, edit.text.clone()))
    });
    if let Some(edits) = in_place.collect::<Option<Vec<Edit>>>() {
        let title = message!("Rewrite it", "改写");
        finding.fix = Some(crate::finding::Fix { title, safety: *safety, file: None, edits });
    }
}

/// `text` as it is written today, where that means the same.
fn newer_form(code: u32, text: &str) -> Option<String> {
    match (code, text) {
        (2196, "egrep") => Some("grep -E".to_owned()),
        (2197, "fgrep") => Some("grep -F".to_owned()),
        (2006, _) => {
            let inner = text.strip_prefix('`')?.strip_suffix('`')?;
            // Backslashes mean something else in backticks, and a comment would take the parenthesis.
            let is_same = !inner.contains(['`', '\\', '#', '\n', '(']) && !inner.trim().is_empty();
            is_same.then(|| format!("$({inner})"))
        }
        _ => None,
    }
}
