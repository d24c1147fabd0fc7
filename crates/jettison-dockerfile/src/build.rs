//! From an instruction's logical line to its typed view.

use std::ops::Range;

use crate::{
    flags::{self, Flag},
    heredoc::{self, Heredoc},
    instruction::Instruction,
    json::{JsonOutcome, parse_string_array},
    keyword::Keyword,
    logical::LogicalText,
    problem::{Problem, ProblemKind},
    view::{
        Arguments, Command, From, Healthcheck, Pair, Separator, Transfer, TransferSource, Word,
    },
    words,
};

/// Builds the instruction in `line`. Its lines are left at zero.
pub(crate) fn instruction(
    line: &LogicalText,
    escape: char,
    problems: &mut Vec<Problem>,
) -> Instruction {
    let line = line.trimmed();
    let (mut outer, rest) = head(&line);
    if outer.keyword != Keyword::Onbuild {
        fill(&mut outer, rest, escape, problems);
        return outer;
    }
    if !rest.is_empty() {
        // BuildKit refuses a second ONBUILD inside; its arguments are not read further.
        let (mut inner, rest) = head(&rest);
        if inner.keyword != Keyword::Onbuild {
            fill(&mut inner, rest, escape, problems);
        }
        outer.arguments = Arguments::Onbuild(Box::new(inner));
    }
    outer.text = rest;
    outer
}

/// Gives `instruction` its here-documents; markers among COPY's and ADD's sources get to know
/// theirs.
pub(crate) fn attach_heredocs(instruction: &mut Instruction, heredocs: Vec<Heredoc>) {
    let target = match &mut instruction.arguments {
        Arguments::Onbuild(inner) => inner.as_mut(),
        _ => &mut *instruction,
    };
    if let Arguments::Transfer(transfer) = &mut target.arguments {
        for source in &mut transfer.sources {
            if let TransferSource::Path(word) = source
                && let Some(index) =
                    heredocs.iter().position(|heredoc| heredoc.marker.start == word.span.start)
            {
                *source = TransferSource::Heredoc(index);
            }
        }
    }
    target.heredocs.clone_from(&heredocs);
    instruction.heredocs = heredocs;
}

/// The first word and the flags; the rest is returned and also the instruction's text.
fn head(line: &LogicalText) -> (Instruction, LogicalText) {
    let text = line.as_str();
    let is_blank = |c: char| matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ');
    let name_end = text.find(is_blank).unwrap_or(text.len());
    let (flags, rest_start) = flags::split(&text[name_end..]);
    let flags = flags
        .into_iter()
        .map(|(text, range)| Flag {
            text,
            span: line.source_range(name_end + range.start..name_end + range.end),
        })
        .collect();
    let rest = line.slice(name_end + rest_start..text.len()).trimmed();
    let instruction = Instruction {
        keyword: Keyword::of(&text[..name_end]),
        name: word(line, 0..name_end),
        span: line.source_range(0..text.len()),
        first_line: 0,
        last_line: 0,
        flags,
        text: rest.clone(),
        heredocs: Vec::new(),
        blank_lines: Vec::new(),
        arguments: Arguments::None,
        json: false,
    };
    (instruction, rest)
}

fn fill(
    instruction: &mut Instruction,
    text: LogicalText,
    escape: char,
    problems: &mut Vec<Problem>,
) {
    if text.is_empty() {
        return;
    }
    let span = text.source_range(0..text.as_str().len());
    let mut json = Json { problems, is_json: false };
    instruction.arguments = match instruction.keyword {
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell => {
            Arguments::Command(json.command(text))
        }
        Keyword::Add | Keyword::Copy => Arguments::Transfer(transfer(json.words(&text))),
        Keyword::Volume => Arguments::Words(json.words(&text)),
        Keyword::Expose => Arguments::Words(plain_words(&text)),
        Keyword::From => from(&plain_words(&text), span, json.problems),
        Keyword::Env | Keyword::Label => pairs(instruction.keyword, &text, escape, json.problems),
        Keyword::Arg => definitions(&text, escape),
        Keyword::Healthcheck => json.healthcheck(&text),
        Keyword::User | Keyword::Workdir | Keyword::Stopsignal | Keyword::Maintainer => {
            Arguments::Single(word(&text, 0..text.as_str().len()))
        }
        Keyword::Onbuild | Keyword::Unknown => Arguments::None,
    };
    instruction.json = json.is_json;
}

fn word(text: &LogicalText, range: Range<usize>) -> Word {
    Word { text: text.as_str()[range.clone()].to_owned(), span: text.source_range(range) }
}

fn plain_words(text: &LogicalText) -> Vec<Word> {
    words::by_whitespace(text.as_str()).into_iter().map(|range| word(text, range)).collect()
}

struct Json<'a> {
    problems: &'a mut Vec<Problem>,
    is_json: bool,
}

impl Json<'_> {
    fn array(&mut self, text: &LogicalText) -> Option<Vec<Word>> {
        match parse_string_array(text.as_str()) {
            JsonOutcome::Strings(strings) => {
                self.is_json = true;
                let words = strings.into_iter().map(|string| Word {
                    text: string.value,
                    span: text.source_range(string.range),
                });
                Some(words.collect())
            }
            JsonOutcome::NotStrings(range) => {
                let span = text.source_range(range);
                self.problems.push(Problem { kind: ProblemKind::NotStrings, span });
                None
            }
            JsonOutcome::NotArray | JsonOutcome::Syntax(_) => None,
        }
    }

    fn command(&mut self, text: LogicalText) -> Command {
        match self.array(&text) {
            Some(words) => Command::Exec(words),
            None => Command::Shell(text),
        }
    }

    fn words(&mut self, text: &LogicalText) -> Vec<Word> {
        self.array(text).unwrap_or_else(|| plain_words(text))
    }

    fn healthcheck(&mut self, text: &LogicalText) -> Arguments {
        let line = text.as_str();
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        let rest = text.slice(end..line.len()).trimmed();
        let command = (!rest.is_empty()).then(|| self.command(rest));
        Arguments::Healthcheck(Healthcheck { kind: word(text, 0..end), command })
    }
}

fn transfer(mut words: Vec<Word>) -> Transfer {
    let destination = if words.len() > 1 { words.pop() } else { None };
    let sources = words.into_iter().map(TransferSource::Path).collect();
    Transfer { sources, destination }
}

/// Whether a destination is a here-document marker, which BuildKit refuses.
pub(crate) fn is_heredoc_marker(word: &Word) -> bool {
    heredoc::is_marker(&word.text)
}

fn from(words: &[Word], span: Range<usize>, problems: &mut Vec<Problem>) -> Arguments {
    let Some(image) = words.first().cloned() else { return Arguments::None };
    let named = match words {
        [_, as_word, alias] if as_word.text.eq_ignore_ascii_case("as") => Some((as_word, alias)),
        [_] => None,
        _ => {
            problems.push(Problem { kind: ProblemKind::FromArguments, span });
            None
        }
    };
    Arguments::From(From {
        image,
        as_word: named.map(|(as_word, _)| as_word.clone()),
        alias: named.map(|(_, alias)| alias.clone()),
    })
}

fn pairs(
    keyword: Keyword,
    text: &LogicalText,
    escape: char,
    problems: &mut Vec<Problem>,
) -> Arguments {
    let ranges = words::by_quotes(text.as_str(), escape);
    let is_old = ranges.first().is_some_and(|first| !text.as_str()[first.clone()].contains('='));
    if is_old {
        return Arguments::Pairs(vec![old_pair(keyword, text, problems)]);
    }
    let pairs = ranges.into_iter().map(|range| {
        let pair = split_pair(text, range);
        if pair.separator == Separator::Nothing {
            let kind = ProblemKind::MissingEquals(pair.key.text.clone());
            problems.push(Problem { kind, span: pair.key.span.clone() });
        }
        pair
    });
    Arguments::Pairs(pairs.collect())
}

/// `NAME value with blanks`: the value is the rest of the line.
fn old_pair(keyword: Keyword, text: &LogicalText, problems: &mut Vec<Problem>) -> Pair {
    let line = text.as_str();
    let words = words::by_whitespace(line);
    let key = words.first().cloned().unwrap_or(0..line.len());
    let value = words.get(1).map(|second| word(text, second.start..line.len()));
    if value.is_none() {
        let kind = ProblemKind::MissingValue(keyword.name());
        problems.push(Problem { kind, span: text.source_range(key.clone()) });
    }
    let separator = if value.is_some() { Separator::Blank } else { Separator::Nothing };
    Pair { key: word(text, key), value, separator }
}

fn split_pair(text: &LogicalText, range: Range<usize>) -> Pair {
    match text.as_str()[range.clone()].find('=') {
        Some(at) => Pair {
            key: word(text, range.start..range.start + at),
            value: Some(word(text, range.start + at + 1..range.end)),
            separator: Separator::Equals,
        },
        None => Pair { key: word(text, range), value: None, separator: Separator::Nothing },
    }
}

fn definitions(text: &LogicalText, escape: char) -> Arguments {
    let ranges = words::by_quotes(text.as_str(), escape);
    Arguments::Pairs(ranges.into_iter().map(|range| split_pair(text, range)).collect())
}
