//! Which ARG and ENV variables an instruction sees.
//!
//! Rules: Dockerfile reference, "ARG" (scope, precedence of ENV), "Automatic platform ARGs".

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dockerfile::Dockerfile,
    expand::Lexer,
    instruction::Instruction,
    keyword::Keyword,
    stage::{Stage, StageBase},
    view::{Arguments, Pair},
};

/// Platform variables that exist before the first FROM without being declared.
pub(crate) const PLATFORM_VARIABLES: &[(&str, &str)] = &[
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDOSVERSION", ""),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETOSVERSION", ""),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
];

/// A variable at one point of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its value, when the file determines it: an ARG without a default has none.
    pub value: Option<String>,
    /// Whether ENV set it (and the container therefore has it), rather than ARG.
    pub is_env: bool,
}

/// Bytes of values that are remembered for one file. `ENV A=$A$A` doubles, and a file may say so
/// often; values past this bound count as unknown.
const MAX_VALUES: usize = 4 << 20;

/// The variables of a whole file, at every point of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// The ARGs before the first FROM come first, then one history per stage.
    histories: Vec<History>,
    /// Which history each instruction is read in.
    history_of: Vec<usize>,
    remembered: usize,
}

/// Definitions in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct History {
    /// The history that this one goes on from.
    parent: Option<usize>,
    /// By name: the position of the defining instruction, and what it defined.
    definitions: BTreeMap<String, Vec<(usize, Variable)>>,
}

/// The variables that one instruction sees.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    scopes: &'a Scopes,
    history: usize,
    /// Definitions made at this place and later are not seen. Places are positions plus one:
    /// what is there from the beginning is at place 0.
    position: usize,
}

impl Scope<'_> {
    /// The variable called `name`.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        let mut history = Some(self.history);
        let mut position = self.position;
        while let Some(one) = history.and_then(|index| self.scopes.histories.get(index)) {
            let seen = one.definitions.get(name).and_then(|list| {
                let count = list.partition_point(|(at, _)| *at < position);
                count.checked_sub(1).and_then(|last| list.get(last))
            });
            if let Some((_, variable)) = seen {
                return Some(variable);
            }
            history = one.parent;
            position = usize::MAX;
        }
        None
    }

    /// The variable's value.
    pub fn value(&self, name: &str) -> Option<String> {
        self.get(name).and_then(|variable| variable.value.clone())
    }

    /// Whether the variable is declared, with a value or without.
    pub fn declares(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names of all variables seen here, sorted.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        let mut history = Some(self.history);
        let mut position = self.position;
        while let Some(one) = history.and_then(|index| self.scopes.histories.get(index)) {
            let seen = one
                .definitions
                .iter()
                .filter(|(_, list)| list.first().is_some_and(|(first, _)| *first < position));
            names.extend(seen.map(|(name, _)| name.as_str()));
            history = one.parent;
            position = usize::MAX;
        }
        names
    }

    /// `word` with this scope's variables; `None` when one of them has no known value or the
    /// word cannot be expanded.
    pub fn resolve(&self, word: &str, escape: char) -> Option<String> {
        let expanded = Lexer::new(escape).expand(word, &|name| self.value(name)).ok()?;
        expanded.unmatched.is_empty().then_some(expanded.text)
    }

    fn expanded(&self, word: &str, escape: char) -> Option<String> {
        let lexer = Lexer::new(escape);
        lexer.expand(word, &|name| self.value(name)).ok().map(|expanded| expanded.text)
    }
}

impl Scopes {
    /// The scope in which the instruction at `position` is read: its own definitions are not
    /// made yet. FROM sees the ARGs before the first FROM.
    pub fn at(&self, position: usize) -> Scope<'_> {
        let history = self.history_of.get(position).copied().unwrap_or_default();
        Scope { scopes: self, history, position: position + 1 }
    }

    fn set(&mut self, at: (usize, usize), name: &str, mut value: Option<String>, is_env: bool) {
        let (history, position) = at;
        self.remembered += value.as_ref().map_or(0, String::len);
        if self.remembered > MAX_VALUES {
            value = None;
        }
        let definitions = &mut self.histories[history].definitions;
        let list = definitions.entry(name.to_owned()).or_default();
        // Later entries win, also when one instruction defines a name twice.
        list.push((position, Variable { value, is_env }));
    }

    fn define_global(&mut self, position: usize, instruction: &Instruction, escape: char) {
        let Arguments::Pairs(pairs) = &instruction.arguments else { return };
        if instruction.keyword != Keyword::Arg {
            return;
        }
        for pair in pairs {
            let scope = Scope { scopes: self, history: 0, position: position + 1 };
            let value = pair.value.as_ref().and_then(|value| scope.expanded(&value.text, escape));
            self.set((0, position), &pair.key.text, value, false);
        }
    }

    fn define(&mut self, history: usize, position: usize, instruction: &Instruction, escape: char) {
        let Arguments::Pairs(pairs) = &instruction.arguments else { return };
        let at = (history, position);
        match instruction.keyword {
            Keyword::Env => self.define_env(at, pairs, escape),
            Keyword::Arg => pairs.iter().for_each(|pair| self.define_arg(at, pair, escape)),
            _ => {}
        }
    }

    /// All values of one ENV see the scope before it.
    fn define_env(&mut self, at: (usize, usize), pairs: &[Pair], escape: char) {
        for pair in pairs {
            let before = Scope { scopes: self, history: at.0, position: at.1 };
            let key = before.expanded(&pair.key.text, escape).unwrap_or_default();
            let value = pair.value.as_ref().and_then(|value| before.expanded(&value.text, escape));
            self.set(at, &key, value, true);
        }
    }

    fn define_arg(&mut self, at: (usize, usize), pair: &Pair, escape: char) {
        let name = &pair.key.text;
        let scope = Scope { scopes: self, history: at.0, position: at.1 + 1 };
        // ENV always wins over an ARG of the same name.
        if scope.get(name).is_some_and(|variable| variable.is_env) {
            return;
        }
        let value = match &pair.value {
            Some(value) => scope.expanded(&value.text, escape),
            None => Scope { scopes: self, history: 0, position: usize::MAX }.value(name),
        };
        self.set(at, name, value, false);
    }
}

/// The ARGs of `instructions`, which are those before the first FROM.
pub(crate) fn globals(instructions: &[Instruction], escape: char) -> Scopes {
    let mut scopes = Scopes { histories: vec![History::default()], ..Scopes::default() };
    for (name, value) in PLATFORM_VARIABLES {
        scopes.set((0, 0), name, Some((*value).to_owned()), false);
    }
    for (position, instruction) in instructions.iter().enumerate() {
        scopes.history_of.push(0);
        scopes.define_global(position + 1, instruction, escape);
    }
    scopes
}

/// The scopes of `file`, whose stages are `stages`. A stage that starts from another one goes on
/// with its variables, as BuildKit's build arguments and environment do.
pub fn scopes(file: &Dockerfile, stages: &[Stage]) -> Scopes {
    let first = stages.first().map_or(file.instructions.len(), |stage| stage.from);
    let mut scopes = globals(&file.instructions[..first], file.escape);
    for stage in stages {
        let parent = match stage.base {
            StageBase::Stage(base) => Some(base + 1),
            StageBase::Image | StageBase::Scratch => None,
        };
        scopes.histories.push(History { parent, ..History::default() });
        scopes.history_of.push(0);
        for (offset, instruction) in stage.instructions(file).iter().enumerate() {
            scopes.history_of.push(stage.index + 1);
            let position = stage.body.start + offset + 1;
            scopes.define(stage.index + 1, position, instruction, file.escape);
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse, stages};

    #[test]
    fn arguments_and_environment_have_their_scopes() {
        let source = b"ARG V=1.2\nARG W\nFROM a:$V AS one\nARG V\nENV A=$V B=$A\nARG A=x\nRUN x\n\
            FROM one\nRUN y\nFROM b\nRUN z\n";
        let file = parse(source);
        let scopes = scopes(&file, &stages(&file));
        assert_eq!(scopes.at(2).value("V").as_deref(), Some("1.2"));
        assert!(scopes.at(2).declares("W") && scopes.at(2).value("W").is_none());
        let run = scopes.at(6);
        assert_eq!(run.value("A").as_deref(), Some("1.2"), "ENV wins over ARG");
        assert_eq!(run.value("B").as_deref(), Some(""), "one ENV's values do not see each other");
        assert_eq!(scopes.at(8).value("A").as_deref(), Some("1.2"), "a stage inherits");
        assert!(!scopes.at(10).declares("A"), "an image does not");
        assert_eq!(run.resolve("x$A", '\\').as_deref(), Some("x1.2"));
        assert_eq!(run.resolve("x$NONE", '\\'), None);
    }

    #[test]
    fn doubling_values_stay_bounded() {
        let mut source = b"FROM a\nENV A=aaaaaaaaaaaaaaaa\n".to_vec();
        for _ in 0..11 {
            source.extend_from_slice(b"ENV A=$A$A\n");
        }
        for number in 0..200 {
            source.extend_from_slice(format!("ENV B{number}=$A\n").as_bytes());
        }
        let file = parse(&source);
        let scopes = scopes(&file, &stages(&file));
        assert!(scopes.remembered >= MAX_VALUES, "the bound was reached");
        let last = scopes.at(file.instructions.len() - 1);
        assert_eq!(last.value("A").map(|value| value.len()), Some(16 << 11));
        assert!(last.declares("B198") && last.value("B198").is_none());
    }
}
