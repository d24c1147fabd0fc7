//! What BuildKit checks once an instruction is read: flags, counts, names.

use std::{collections::BTreeSet, ops::Range};

use crate::{
    build,
    flags::Flag,
    instruction::Instruction,
    keyword::Keyword,
    problem::{Problem, ProblemKind},
    reader::Reading,
    view::{Arguments, Command, Healthcheck, Transfer},
};

/// How a flag may be given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FlagForm {
    /// `--name=value`
    Value,
    /// `--name=value`, any number of times.
    Values,
    /// `--name` or `--name=true|false`
    Switch,
}

/// The flags of each instruction (Dockerfile reference 1.20; `exclude` and `parents` as in its
/// labs channel).
fn known_flags(keyword: Keyword) -> &'static [(&'static str, FlagForm)] {
    use FlagForm::{Switch, Value, Values};
    match keyword {
        Keyword::Add => &[
            ("chown", Value),
            ("chmod", Value),
            ("link", Switch),
            ("keep-git-dir", Switch),
            ("checksum", Value),
            ("unpack", Switch),
            ("exclude", Values),
        ],
        Keyword::Copy => &[
            ("chown", Value),
            ("from", Value),
            ("chmod", Value),
            ("link", Switch),
            ("parents", Switch),
            ("exclude", Values),
        ],
        Keyword::From => &[("platform", Value)],
        Keyword::Run => {
            &[("mount", Values), ("network", Value), ("security", Value), ("device", Values)]
        }
        Keyword::Healthcheck => &[
            ("interval", Value),
            ("timeout", Value),
            ("start-period", Value),
            ("start-interval", Value),
            ("retries", Value),
        ],
        _ => &[],
    }
}

/// Checks that need the whole file: instructions before the first FROM.
pub(crate) fn file(reading: &mut Reading) {
    for instruction in &reading.instructions {
        match instruction.keyword {
            Keyword::From => return,
            Keyword::Arg | Keyword::Unknown => {}
            other => {
                let kind = ProblemKind::BeforeFrom(other.name());
                let span = instruction.name.span.clone();
                reading.problems.push(Problem { kind, span });
            }
        }
    }
}

/// Checks one instruction, and the one inside of an ONBUILD.
pub(crate) fn instruction(instruction: &Instruction, problems: &mut Vec<Problem>) {
    let mut check = Check { instruction, problems };
    check.run();
    if let Arguments::Onbuild(inner) = &instruction.arguments {
        match inner.keyword {
            Keyword::Onbuild | Keyword::From | Keyword::Maintainer => {
                let kind = ProblemKind::OnbuildTrigger(inner.keyword.name());
                problems.push(Problem { kind, span: inner.name.span.clone() });
            }
            _ => self::instruction(inner, problems),
        }
    }
}

struct Check<'a> {
    instruction: &'a Instruction,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn push(&mut self, kind: ProblemKind, span: Range<usize>) {
        self.problems.push(Problem { kind, span });
    }

    /// Adds a problem of the whole instruction.
    fn fail(&mut self, kind: ProblemKind) {
        self.push(kind, self.instruction.span.clone());
    }

    fn run(&mut self) {
        let instruction = self.instruction;
        let keyword = instruction.keyword;
        if keyword == Keyword::Unknown {
            let word = instruction.name.text.clone();
            let suggestion = Keyword::nearest(&word);
            let kind = ProblemKind::UnknownInstruction { word, suggestion };
            self.push(kind, instruction.name.span.clone());
            return;
        }
        self.flags();
        match &instruction.arguments {
            Arguments::None => self.no_arguments(keyword),
            Arguments::From(from) => {
                if let Some(alias) = &from.alias
                    && !is_stage_name(&alias.text)
                {
                    let kind = ProblemKind::InvalidStageName(alias.text.clone());
                    self.push(kind, alias.span.clone());
                }
            }
            Arguments::Command(Command::Exec(words))
                if keyword == Keyword::Shell && words.is_empty() =>
            {
                self.fail(ProblemKind::MissingArgument("SHELL"));
            }
            Arguments::Command(Command::Shell(_)) if keyword == Keyword::Shell => {
                self.fail(ProblemKind::ShellNotJson);
            }
            Arguments::Transfer(transfer) => self.transfer(keyword, transfer),
            Arguments::Pairs(pairs) => {
                for pair in pairs.iter().filter(|pair| pair.key.text.is_empty()) {
                    let span =
                        pair.value.as_ref().map_or(pair.key.span.clone(), |v| v.span.clone());
                    self.push(ProblemKind::BlankName(keyword.name()), span);
                }
            }
            Arguments::Words(words) if keyword == Keyword::Volume => {
                if words.is_empty() {
                    self.fail(ProblemKind::MissingArgument("VOLUME"));
                }
                for word in words.iter().filter(|word| word.text.trim().is_empty()) {
                    self.push(ProblemKind::BlankVolume, word.span.clone());
                }
            }
            Arguments::Healthcheck(check) => self.healthcheck(check),
            _ => {}
        }
    }

    fn no_arguments(&mut self, keyword: Keyword) {
        let name = keyword.name();
        match keyword {
            Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Unknown => {}
            Keyword::From => self.fail(ProblemKind::FromArguments),
            Keyword::Add | Keyword::Copy => self.fail(ProblemKind::MissingDestination(name)),
            Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer => {
                self.fail(ProblemKind::OneArgument(name));
            }
            _ => self.fail(ProblemKind::MissingArgument(name)),
        }
    }

    fn transfer(&mut self, keyword: Keyword, transfer: &Transfer) {
        match &transfer.destination {
            None => self.fail(ProblemKind::MissingDestination(keyword.name())),
            Some(word) if build::is_heredoc_marker(word) => {
                self.push(ProblemKind::HeredocDestination(keyword.name()), word.span.clone());
            }
            Some(_) => {}
        }
    }

    fn flags(&mut self) {
        let keyword = self.instruction.keyword;
        // BuildKit does not look at these ones' flags.
        let is_unchecked = matches!(keyword, Keyword::Stopsignal | Keyword::Arg);
        if is_unchecked || (keyword == Keyword::Healthcheck && self.is_none()) {
            return;
        }
        let mut seen = BTreeSet::new();
        for flag in &self.instruction.flags {
            let name = flag.name();
            let Some((_, form)) = known_flags(keyword).iter().find(|(known, _)| *known == name)
            else {
                let kind =
                    ProblemKind::UnknownFlag { keyword: keyword.name(), flag: name.to_owned() };
                self.push(kind, flag.span.clone());
                continue;
            };
            if !seen.insert(name) && *form != FlagForm::Values {
                self.push(ProblemKind::RepeatedFlag(name.to_owned()), flag.span.clone());
            }
            self.flag_value(flag, *form);
        }
    }

    fn flag_value(&mut self, flag: &Flag, form: FlagForm) {
        let name = flag.name().to_owned();
        match (form, flag.value()) {
            (FlagForm::Switch, Some(value))
                if !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") =>
            {
                self.push(ProblemKind::FlagNotBoolean(name), flag.span.clone());
            }
            (FlagForm::Value | FlagForm::Values, None) => {
                self.push(ProblemKind::FlagWithoutValue(name), flag.span.clone());
            }
            _ => {}
        }
    }

    fn is_none(&self) -> bool {
        matches!(&self.instruction.arguments, Arguments::Healthcheck(check)
            if check.kind.text.eq_ignore_ascii_case("NONE"))
    }

    fn healthcheck(&mut self, check: &Healthcheck) {
        let kind = &check.kind.text;
        let is_empty = match &check.command {
            None => true,
            Some(Command::Exec(words)) => words.is_empty(),
            Some(Command::Shell(_)) => false,
        };
        if kind.eq_ignore_ascii_case("NONE") {
            if !is_empty {
                self.fail(ProblemKind::HealthcheckNone);
            }
            return;
        }
        if !kind.eq_ignore_ascii_case("CMD") {
            let problem = ProblemKind::HealthcheckType(kind.clone());
            self.push(problem, check.kind.span.clone());
            return;
        }
        if is_empty {
            self.fail(ProblemKind::HealthcheckCommand);
        }
        for flag in &self.instruction.flags {
            let Some(value) = flag.value().filter(|value| !value.is_empty()) else { continue };
            let is_good = match flag.name() {
                "retries" => value.parse::<u32>().is_ok_and(|count| i32::try_from(count).is_ok()),
                _ => is_interval(value),
            };
            if !is_good {
                let flag_name = flag.name().to_owned();
                let kind = ProblemKind::InvalidOption { flag: flag_name, value: value.to_owned() };
                self.push(kind, flag.span.clone());
            }
        }
    }
}

/// BuildKit's `^[a-z][a-z0-9-_.]*$`, after lowering the case.
fn is_stage_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A Go duration of zero or at least a millisecond: `30s`, `1m30s`, `1.5h`.
fn is_interval(value: &str) -> bool {
    let Some(nanoseconds) = go_duration(value) else { return false };
    nanoseconds == 0.0 || nanoseconds >= 1e6
}

/// Nanoseconds of a Go duration.
fn go_duration(value: &str) -> Option<f64> {
    if value == "0" {
        return Some(0.0);
    }
    let mut rest = value.strip_prefix('+').unwrap_or(value);
    let mut total = 0.0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..number_end].parse().ok()?;
        rest = &rest[number_end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..unit_end] {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 6e10,
                "h" => 3.6e12,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    (!value.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for good in ["30s", "1m30s", "1.5h", "0", "0s", "100ms", "5m0s"] {
            assert!(is_interval(good), "{good}");
        }
        for bad in ["30", "s", "", "5 s", "1us", "1d", "--"] {
            assert!(!is_interval(bad), "{bad}");
        }
    }

    #[test]
    fn stage_names() {
        for good in ["build", "Build-2", "a.b_c"] {
            assert!(is_stage_name(good), "{good}");
        }
        for bad in ["2build", "a b", "", "$x", "-a"] {
            assert!(!is_stage_name(bad), "{bad}");
        }
    }
}
