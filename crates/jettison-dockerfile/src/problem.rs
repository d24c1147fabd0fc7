//! What makes BuildKit refuse a file.

use std::ops::Range;

use thiserror::Error;

use crate::expand::ExpandError;

/// A place in the file that BuildKit would not accept. The tree around it is still built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where, in source bytes.
    pub span: Range<usize>,
}

/// Kinds of [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProblemKind {
    /// No instruction at all.
    #[error("the file has no instructions")]
    Empty,
    /// A first word that names no instruction.
    #[error("unknown instruction {word}{}", suggestion.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default())]
    UnknownInstruction {
        /// The word.
        word: String,
        /// The instruction that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The same parser directive twice.
    #[error("only one {0} parser directive can be used")]
    RepeatedDirective(String),
    /// `# escape=` with something else than a backslash or a backtick.
    #[error("invalid escape character {0:?}: only \\ and ` can be used")]
    InvalidEscape(String),
    /// A line of 64 KiB or more, which BuildKit's reader does not take.
    #[error("the line is longer than 65535 bytes")]
    LongLine,
    /// A here-document without its end.
    #[error("here-document {0} is not ended")]
    UnterminatedHeredoc(String),
    /// A here-document marker that cannot be read.
    #[error("here-document marker: {0}")]
    InvalidHeredoc(ExpandError),
    /// A here-document where a destination is needed.
    #[error("{0} cannot have a here-document as its destination")]
    HeredocDestination(&'static str),
    /// A JSON array with something else than strings.
    #[error("a JSON array here may hold strings only")]
    NotStrings,
    /// SHELL without a JSON array.
    #[error("SHELL takes a JSON array")]
    ShellNotJson,
    /// Too few arguments.
    #[error("{0} needs at least one argument")]
    MissingArgument(&'static str),
    /// Not exactly one argument.
    #[error("{0} takes exactly one argument")]
    OneArgument(&'static str),
    /// ADD or COPY without a destination.
    #[error("{0} needs a source and a destination")]
    MissingDestination(&'static str),
    /// FROM with two, four or more arguments, or three without AS.
    #[error("FROM takes an image, or an image, AS and a name")]
    FromArguments,
    /// A stage name with other characters than letters, digits and `-_.`.
    #[error("invalid stage name {0:?}")]
    InvalidStageName(String),
    /// `ENV name` without a value.
    #[error("{0} needs a name and a value")]
    MissingValue(&'static str),
    /// A word without an equals sign among `name=value` pairs.
    #[error("no = in {0:?}: name=value is needed here")]
    MissingEquals(String),
    /// `=value`.
    #[error("{0} has a pair without a name")]
    BlankName(&'static str),
    /// `VOLUME [""]`.
    #[error("VOLUME has an empty path")]
    BlankVolume,
    /// A flag that the instruction does not have.
    #[error("{keyword} has no flag --{flag}")]
    UnknownFlag {
        /// The instruction.
        keyword: &'static str,
        /// The flag's name.
        flag: String,
    },
    /// The same flag twice where one is allowed.
    #[error("--{0} can be given once only")]
    RepeatedFlag(String),
    /// A flag that needs `=value`.
    #[error("--{0} needs a value")]
    FlagWithoutValue(String),
    /// A switch with something else than true or false.
    #[error("--{0} takes true or false")]
    FlagNotBoolean(String),
    /// An instruction before the first FROM.
    #[error("{0} before the first FROM")]
    BeforeFrom(&'static str),
    /// `ONBUILD ONBUILD`, `ONBUILD FROM`, `ONBUILD MAINTAINER`.
    #[error("{0} cannot be an ONBUILD trigger")]
    OnbuildTrigger(&'static str),
    /// HEALTHCHECK with another word than CMD or NONE.
    #[error("HEALTHCHECK takes CMD or NONE, not {0:?}")]
    HealthcheckType(String),
    /// `HEALTHCHECK NONE` with arguments.
    #[error("HEALTHCHECK NONE takes no arguments")]
    HealthcheckNone,
    /// `HEALTHCHECK CMD` without a command.
    #[error("HEALTHCHECK CMD needs a command")]
    HealthcheckCommand,
    /// A duration or count that cannot be read.
    #[error("--{flag} cannot be {value:?}")]
    InvalidOption {
        /// The flag's name.
        flag: String,
        /// Its value.
        value: String,
    },
}
