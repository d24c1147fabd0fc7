//! Build stages.

use std::ops::Range;

use crate::{
    dockerfile::Dockerfile,
    instruction::Instruction,
    keyword::Keyword,
    scope::{self, Scopes},
    view::{Arguments, From},
};

/// What a stage starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageBase {
    /// An image.
    Image,
    /// An earlier stage, by index.
    Stage(usize),
    /// Nothing.
    Scratch,
}

/// A FROM and what follows it up to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Position among the stages.
    pub index: usize,
    /// The FROM instruction's position in [`Dockerfile::instructions`].
    pub from: usize,
    /// Positions of its other instructions.
    pub body: Range<usize>,
    /// Its name in lower case.
    pub name: Option<String>,
    /// The image or stage as written.
    pub image: String,
    /// What that names, with the defaults of the ARGs before the first FROM.
    pub base: StageBase,
}

impl Stage {
    /// The FROM instruction's view.
    pub fn from_view<'a>(&self, file: &'a Dockerfile) -> Option<&'a From> {
        match &file.instructions.get(self.from)?.arguments {
            Arguments::From(from) => Some(from),
            _ => None,
        }
    }

    /// The stage's instructions without its FROM.
    pub fn instructions<'a>(&self, file: &'a Dockerfile) -> &'a [Instruction] {
        &file.instructions[self.body.clone()]
    }
}

/// The stages of `file`, in order.
pub fn stages(file: &Dockerfile) -> Vec<Stage> {
    let starts: Vec<usize> = file
        .instructions
        .iter()
        .enumerate()
        .filter(|(_, instruction)| instruction.keyword == Keyword::From)
        .map(|(position, _)| position)
        .collect();
    let first = starts.first().copied().unwrap_or_default();
    let globals = scope::globals(&file.instructions[..first], file.escape);
    let mut stages: Vec<Stage> = Vec::with_capacity(starts.len());
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(file.instructions.len());
        let from = match &file.instructions[start].arguments {
            Arguments::From(from) => Some(from),
            _ => None,
        };
        let image = from.map_or_else(String::new, |from| from.image.text.clone());
        let base = base_of(&resolved(&image, &globals, file.escape), &stages);
        let name =
            from.and_then(|from| from.alias.as_ref()).map(|alias| alias.text.to_ascii_lowercase());
        stages.push(Stage { index, from: start, body: start + 1..end, name, image, base });
    }
    stages
}

/// `image` with the values that are known; as written when one is not.
fn resolved(image: &str, globals: &Scopes, escape: char) -> String {
    if !image.contains('$') {
        return image.to_owned();
    }
    globals.at(usize::MAX - 1).resolve(image, escape).unwrap_or_else(|| image.to_owned())
}

fn base_of(image: &str, earlier: &[Stage]) -> StageBase {
    if image == "scratch" {
        return StageBase::Scratch;
    }
    let wanted = image.to_ascii_lowercase();
    earlier
        .iter()
        .rev()
        .find(|stage| stage.name.as_deref() == Some(&wanted))
        .map_or(StageBase::Image, |stage| StageBase::Stage(stage.index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn stages_know_their_base() {
        let source = b"ARG V=ild\nFROM a:$V AS Build\nRUN x\nFROM bu$V\nFROM scratch\nCOPY a b\n";
        let file = parse(source);
        let stages = stages(&file);
        let bases: Vec<_> = stages.iter().map(|stage| stage.base).collect();
        assert_eq!(bases, [StageBase::Image, StageBase::Stage(0), StageBase::Scratch]);
        assert_eq!(stages[0].name.as_deref(), Some("build"));
        assert_eq!(stages[0].instructions(&file).len(), 1);
        assert_eq!(stages[2].body, 5..6);
    }
}
