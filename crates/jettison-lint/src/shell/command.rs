//! Simple commands and their words.

use std::ops::Range;

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    /// The word without quotes and escapes; expansions as written.
    pub(crate) text: String,
    /// Its place in the script, quotes included.
    pub(crate) range: Range<usize>,
    /// Whether an expansion (`$x`, `$(…)`, backticks) is in it.
    pub(crate) is_dynamic: bool,
}

/// What stands after a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Separator {
    /// Nothing, or the end of what encloses it.
    #[default]
    End,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `;` or a line end.
    Sequence,
    /// `&`
    Background,
}

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Command {
    /// Name and arguments; assignments before and redirections among them are left out.
    pub(crate) words: Vec<Word>,
    /// `sudo`, `env` and the like with their options, which stood before the name.
    pub(crate) wrappers: Vec<Word>,
    /// `NAME=value` before the name.
    pub(crate) assignments: Vec<Word>,
    /// What its output and input are redirected to or from.
    pub(crate) redirections: Vec<Word>,
    /// From its first to after its last word, in the script.
    pub(crate) range: Range<usize>,
    /// What stands after it.
    pub(crate) separator: Separator,
    /// Where that stands.
    pub(crate) separator_range: Range<usize>,
    /// How many substitutions, subshells, groups and compound commands are around it.
    pub(crate) depth: usize,
    /// Whether it runs in a subshell or substitution, so that it cannot change its surroundings.
    pub(crate) in_subshell: bool,
    /// Whether `!` stands before it.
    pub(crate) is_negated: bool,
    /// Whether it is a condition of `if`, `while` or `until`.
    pub(crate) is_condition: bool,
}

/// Programs that run the command in their arguments, and their options that take a value.
const WRAPPERS: &[(&str, &[&str])] = &[
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-T"]),
    ("env", &["-u", "-C", "-S"]),
    ("exec", &["-a"]),
    ("command", &[]),
    ("nice", &["-n"]),
    ("time", &[]),
    ("nohup", &[]),
    ("eatmydata", &[]),
];

impl Command {
    /// The program's name without its directory.
    pub(crate) fn name(&self) -> &str {
        let name = self.words.first().map_or("", |word| word.text.as_str());
        // Every rule asks every command: names are too short for a search that is made for long texts.
        let slash = name.bytes().rposition(|byte| byte == b'/');
        slash.map_or(name, |slash| &name[slash + 1..])
    }

    /// The arguments after the name.
    pub(crate) fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Arguments that are no options.
    pub(crate) fn operands(&self) -> impl Iterator<Item = &Word> {
        self.arguments().iter().filter(|word| !word.text.starts_with('-'))
    }

    /// The first argument that is no option: `install` of `apt-get -y install`.
    pub(crate) fn subcommand(&self) -> &str {
        self.operands().next().map_or("", |word| word.text.as_str())
    }

    /// Whether this is `name` with the subcommand `subcommand`.
    pub(crate) fn is(&self, name: &str, subcommand: &str) -> bool {
        self.name() == name && self.subcommand() == subcommand
    }

    /// Whether any argument equals `argument`.
    pub(crate) fn has(&self, argument: &str) -> bool {
        self.arguments().iter().any(|word| word.text == argument)
    }

    /// Whether the option `letter` is given alone or among others: `y` in `-qqy`.
    pub(crate) fn has_letter(&self, letter: char) -> bool {
        self.arguments().iter().any(|word| {
            let is_short = word.text.starts_with('-') && !word.text.starts_with("--");
            is_short && word.text.contains(letter)
        })
    }

    /// Whether the long option `name` (without dashes) is given, with a value or without.
    pub(crate) fn has_option(&self, name: &str) -> bool {
        self.arguments().iter().any(|word| {
            word.text
                .strip_prefix("--")
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    }

    /// Operands without the values of `valued` options.
    pub(crate) fn operands_after_options(&self, valued: &[&str]) -> Vec<&Word> {
        let mut operands = Vec::new();
        let mut is_value = false;
        for word in self.arguments() {
            if std::mem::take(&mut is_value) {
                continue;
            }
            if word.text.starts_with('-') {
                is_value = valued.contains(&word.text.as_str());
            } else {
                operands.push(word);
            }
        }
        operands
    }

    /// The operands after the subcommand, without the values of `valued` options.
    pub(crate) fn operands_after(&self, subcommand: &str, valued: &[&str]) -> Vec<&Word> {
        let mut operands = self.operands_after_options(valued);
        let begin = operands.iter().position(|word| word.text == subcommand);
        operands.drain(..begin.map_or(operands.len(), |at| at + 1));
        operands
    }

    /// Moves `sudo`, `env X=y` and the like from the front of the words to the wrappers.
    pub(crate) fn unwrap(&mut self) {
        while let Some(&(_, valued)) = WRAPPERS.iter().find(|(name, _)| *name == self.name()) {
            let mut count = 1;
            while let Some(word) = self.words.get(count) {
                let is_option = word.text.starts_with('-');
                let is_assignment = word.text.contains('=') && !is_option;
                if !is_option && !is_assignment {
                    break;
                }
                count += if is_option && valued.contains(&word.text.as_str()) { 2 } else { 1 };
            }
            if count >= self.words.len() {
                return;
            }
            self.wrappers.extend(self.words.drain(..count));
        }
    }
}
