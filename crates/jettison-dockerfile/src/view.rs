//! Typed views of instructions' arguments.

use std::ops::Range;

use crate::{instruction::Instruction, logical::LogicalText};

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word: quotes and escapes as written; of a JSON string, its value.
    pub text: String,
    /// Where it stands in the source; continuations within it included.
    pub span: Range<usize>,
}

/// `FROM [--platform=p] image [AS name]`. The platform is among the instruction's flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The image or stage named.
    pub image: Word,
    /// The word `AS`, as written.
    pub as_word: Option<Word>,
    /// The stage's name, as written.
    pub alias: Option<Word>,
}

/// A command in shell or exec form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Text for the shell that applies, with the way back to the source.
    Shell(LogicalText),
    /// Arguments as they are.
    Exec(Vec<Word>),
}

/// A source of COPY or ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferSource {
    /// A path, pattern or address.
    Path(Word),
    /// The here-document with this index.
    Heredoc(usize),
}

/// `COPY` and `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What is copied.
    pub sources: Vec<TransferSource>,
    /// Where to.
    pub destination: Option<Word>,
}

impl Transfer {
    /// The sources that are no here-documents.
    pub fn paths(&self) -> impl Iterator<Item = &Word> {
        self.sources.iter().filter_map(|source| match source {
            TransferSource::Path(word) => Some(word),
            TransferSource::Heredoc(_) => None,
        })
    }
}

/// What stands between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `name=value`
    Equals,
    /// `name value`, the old form.
    Blank,
    /// A name alone.
    Nothing,
}

/// A name and a value of ENV, LABEL or ARG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The name, quotes as written.
    pub key: Word,
    /// The value, quotes as written; none when only a name is given.
    pub value: Option<Word>,
    /// How they are joined.
    pub separator: Separator,
}

/// `HEALTHCHECK NONE` or `HEALTHCHECK [flags] CMD command`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healthcheck {
    /// The word after the flags.
    pub kind: Word,
    /// What follows it.
    pub command: Option<Command>,
}

/// An instruction's arguments, by its keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// FROM.
    From(From),
    /// RUN, CMD, ENTRYPOINT, SHELL.
    Command(Command),
    /// COPY, ADD.
    Transfer(Transfer),
    /// ENV, LABEL, ARG.
    Pairs(Vec<Pair>),
    /// EXPOSE, VOLUME.
    Words(Vec<Word>),
    /// USER, WORKDIR, STOPSIGNAL, MAINTAINER.
    Single(Word),
    /// HEALTHCHECK.
    Healthcheck(Healthcheck),
    /// ONBUILD.
    Onbuild(Box<Instruction>),
    /// An unknown instruction, or one without arguments.
    None,
}

/// Shell text of a RUN instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The text that the shell reads; each byte knows its place in the source.
    pub text: LogicalText,
    /// `#!` line of a here-document that is a script of its own, without the two characters.
    pub interpreter: Option<String>,
}
