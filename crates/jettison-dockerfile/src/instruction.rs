//! Instructions.

use std::ops::Range;

use crate::{
    flags::Flag,
    heredoc::Heredoc,
    keyword::Keyword,
    logical::LogicalText,
    view::{Arguments, Command, Script, Word},
};

/// One instruction with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it is.
    pub keyword: Keyword,
    /// Its first word as written.
    pub name: Word,
    /// From the first word to the end of the last line, here-documents included, without the
    /// last line's end. Source bytes.
    pub span: Range<usize>,
    /// First line, zero-based.
    pub first_line: usize,
    /// Last line, zero-based: comments and blank lines that end a continuation, and
    /// here-documents, are part of the instruction.
    pub last_line: usize,
    /// Flags before the arguments.
    pub flags: Vec<Flag>,
    /// Everything after the flags as one line.
    pub text: LogicalText,
    /// Here-documents in order.
    pub heredocs: Vec<Heredoc>,
    /// Blank lines between continued lines, source bytes with their line ends.
    pub blank_lines: Vec<Range<usize>>,
    /// Typed view of the arguments.
    pub arguments: Arguments,
    pub(crate) json: bool,
}

impl Instruction {
    /// The first flag called `name` (without dashes).
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name() == name)
    }

    /// Whether the arguments are a JSON array.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// The instruction that ONBUILD defers, or this one.
    pub fn innermost(&self) -> &Self {
        match &self.arguments {
            Arguments::Onbuild(inner) => inner,
            _ => self,
        }
    }

    /// What a shell reads when this RUN instruction (or a command in shell form) is executed.
    /// `source` is the text of the file.
    pub fn script(&self, source: &str) -> Option<Script> {
        let Arguments::Command(Command::Shell(text)) = &self.arguments else { return None };
        let [first, rest @ ..] = self.heredocs.as_slice() else {
            return Some(Script { text: text.clone(), interpreter: None });
        };
        let marker_only =
            rest.is_empty() && text.source_range(0..text.as_str().trim_end().len()) == first.marker;
        if marker_only {
            let text = heredoc_text(first, source);
            let interpreter = text
                .as_str()
                .strip_prefix("#!")
                .map(|line| line.lines().next().unwrap_or_default().trim().to_owned());
            return Some(Script { text, interpreter });
        }
        let mut whole = text.clone();
        for heredoc in &self.heredocs {
            // The builder joins them with line feeds that stand nowhere in the file in this
            // form; the line end before the body is the nearest place.
            whole.push("\n", heredoc.body.start.saturating_sub(1));
            whole.push(&source[heredoc.body.clone()], heredoc.body.start);
            whole.push(&source[heredoc.terminator.clone()], heredoc.terminator.start);
        }
        Some(Script { text: whole, interpreter: None })
    }
}

fn heredoc_text(heredoc: &Heredoc, source: &str) -> LogicalText {
    let mut text = LogicalText::new();
    let mut offset = heredoc.body.start;
    for line in source[heredoc.body.clone()].split_inclusive('\n') {
        let kept = if heredoc.chomps { line.trim_start_matches('\t') } else { line };
        text.push(kept, offset + line.len() - kept.len());
        offset += line.len();
    }
    text
}
