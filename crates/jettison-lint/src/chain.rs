//! How a file writes commands that follow each other in a RUN, so that what a fix adds looks like the rest.

use jettison_dockerfile::Edit;

use crate::subject::{Run, Subject};

/// Where `&&` stands when commands are in lines of their own, and what these lines begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// At the beginning of a line.
    Leading(String),
    /// At the end of the line before.
    Trailing(String),
}

/// What lines begin with in files that show no manner of their own.
const USUAL: &str = " ";

impl Chain {
    /// The manner of `run`; none when it is in one line.
    pub(crate) fn of(subject: &Subject<'_>, run: &Run<'_>) -> Option<Self> {
        let text = subject.source(&run.item.instruction.span);
        let lines: Vec<&str> = text.lines().collect();
        let indent = |line: &str| line[..line.len() - line.trim_start().len()].to_owned();
        let leads = |line: &&&str| line.trim_start().starts_with("&&");
        let trails = |line: &&str| {
            line.trim_end()
                .strip_suffix(subject.file.escape)
                .is_some_and(|rest| rest.trim_end().ends_with("&&"))
        };
        if lines.len() < 2 {
            return None;
        }
        if let Some(line) = lines.iter().rev().find(leads) {
            return Some(Self::Leading(indent(line)));
        }
        if let Some(at) = lines.iter().rposition(trails) {
            return lines.get(at + 1).map(|line| Self::Trailing(indent(line)));
        }
        Some(Self::of_others(subject).unwrap_or_else(Self::usual))
    }

    /// The manner of the first RUN of the file that shows one.
    pub(crate) fn of_others(subject: &Subject<'_>) -> Option<Self> {
        let shows = |run: &&Run<'_>| {
            let text = subject.source(&run.item.instruction.span);
            run.item.instruction.heredocs.is_empty()
                && text.lines().count() > 1
                && text.contains("&&")
        };
        subject.runs.iter().find(shows).and_then(|run| {
            let text = subject.source(&run.item.instruction.span);
            let is_shown = text.lines().any(|line| {
                let bare = line.trim().trim_end_matches(subject.file.escape).trim_end();
                bare.starts_with("&&") || bare.ends_with("&&")
            });
            is_shown.then(|| Self::of(subject, run))?
        })
    }

    /// For files without a manner.
    pub(crate) fn usual() -> Self {
        Self::Leading(USUAL.to_owned())
    }

    /// What stands at the end of a line that another command follows, and before that command.
    pub(crate) fn joint(&self, escape: char) -> (String, String) {
        match self {
            Self::Leading(indent) => (format!(" {escape}"), format!("{indent}&& ")),
            Self::Trailing(indent) => (format!(" && {escape}"), indent.clone()),
        }
    }
}

/// The edit that adds `command` to the end of `run`: in a line of its own where there are several.
pub(crate) fn appended(subject: &Subject<'_>, run: &Run<'_>, command: &str) -> Edit {
    let end = run.span(&(0..run.text.as_str().trim_end().len())).end;
    let text = match Chain::of(subject, run) {
        None => format!(" && {command}"),
        Some(chain) => {
            let (before, after) = chain.joint(subject.file.escape);
            format!("{before}{}{after}{command}", subject.file.line_end())
        }
    };
    Edit::insert(end, text)
}
