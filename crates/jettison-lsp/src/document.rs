//! A document that the editor holds.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use jettison_dockerfile::{Column, LineIndex, parse};
use jettison_lint::{
    BuildContexts, ConfigError, Configuration, ContextDirectory, Images, Linted, Neighbours,
    NoNeighbours, Overlay, Settings, is_dockerfile_name, lint,
};
use url::Url;

use crate::protocol::{Change, Position, Range, TextDocument};

/// RUNs that are read before an answer: each takes some tenths of a millisecond, and a keystroke in the name of a variable
/// may concern all of them.
const PATIENCE: usize = 2;

/// One open document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) uri: String,
    pub(crate) version: i64,
    pub(crate) text: String,
    /// Where it lies, when it is a file.
    pub(crate) path: Option<PathBuf>,
    /// Whether it is a Dockerfile, rather than something that stands beside one.
    pub(crate) is_dockerfile: bool,
    pub(crate) context: Option<ContextDirectory>,
    pub(crate) settings: Settings,
    /// What was found in the present text.
    pub(crate) linted: Option<Linted>,
}

impl Document {
    pub(crate) fn open(opened: TextDocument) -> Self {
        let path = Url::parse(&opened.uri).ok().and_then(|uri| uri.to_file_path().ok());
        let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
        let is_dockerfile = matches!(opened.language_id.as_str(), "dockerfile" | "containerfile")
            || name.is_some_and(|name| is_dockerfile_name(&name));
        Self {
            uri: opened.uri,
            version: opened.version,
            text: opened.text,
            path,
            is_dockerfile,
            context: None,
            settings: Settings::default(),
            linted: None,
        }
    }

    /// Reads the configuration that holds for it, and forgets what is known of its surroundings.
    /// Without a readable configuration the settings stay as they were.
    pub(crate) fn reload(
        &mut self,
        today: Option<i64>,
        images: Option<&Arc<dyn Images>>,
    ) -> Result<(), ConfigError> {
        self.linted = None;
        self.settings.today = today;
        self.settings.patience = Some(PATIENCE);
        let Some(path) = &self.path else { return Ok(()) };
        let directory = path.parent().unwrap_or(Path::new("/"));
        let configuration = Configuration::find(directory);
        let configured = configuration.as_ref().ok().and_then(|one| one.context_for(path));
        let place = configured.map(Path::to_owned).or_else(|| {
            // What is known of the directories is read anew, as what is in them may have changed.
            BuildContexts::default().find(path, &parse(self.text.as_bytes()))
        });
        let context = place.map_or_else(ContextDirectory::unknown, ContextDirectory::new);
        let context = match images {
            Some(images) => context.with_images(Arc::clone(images)),
            None => context,
        };
        let name =
            context.path().and_then(|context| Some(path.strip_prefix(context).ok()?.to_owned()));
        self.context = Some(context);
        let settings = configuration?.settings_for(path);
        self.settings = Settings { today, patience: Some(PATIENCE), ..settings };
        if let Some(name) = name {
            self.settings.file_name = Some(name.to_string_lossy().into_owned());
        }
        Ok(())
    }

    /// Applies the editor's changes, one after the other.
    pub(crate) fn change(&mut self, version: i64, changes: Vec<Change>, unit: Column) {
        for change in changes {
            match change.range {
                None => self.text = change.text,
                Some(range) => {
                    let lines = LineIndex::new(&self.text);
                    let start = offset(&self.text, &lines, range.start, unit);
                    let end = offset(&self.text, &lines, range.end, unit).max(start);
                    self.text.replace_range(start..end, &change.text);
                }
            }
        }
        self.version = version;
        self.linted = None;
    }

    /// What stands beside it; `texts` are those that the editor holds, by path on disk.
    pub(crate) fn neighbours<'a>(&'a self, texts: &'a BTreeMap<PathBuf, String>) -> Overlay<'a> {
        let Some(context) = &self.context else {
            return Overlay { below: &NoNeighbours, texts: BTreeMap::new() };
        };
        let relative = texts.iter().filter_map(|(path, text)| {
            let inside = path.strip_prefix(context.path()?).ok()?;
            Some((inside.to_string_lossy().into_owned(), text.clone()))
        });
        Overlay { below: context as &dyn Neighbours, texts: relative.collect() }
    }

    /// Whether the present text, or a part of it, is still to be looked at.
    pub(crate) fn is_stale(&self) -> bool {
        self.linted.as_ref().is_none_or(|linted| linted.is_provisional)
    }

    /// What is found in the present text.
    pub(crate) fn lint(&mut self, texts: &BTreeMap<PathBuf, String>) {
        if self.is_stale() {
            let linted = lint(self.text.as_bytes(), &self.neighbours(texts), &self.settings);
            self.linted = Some(linted);
        }
    }
}

/// The byte at `position`.
pub(crate) fn offset(text: &str, lines: &LineIndex, position: Position, unit: Column) -> usize {
    let place = jettison_dockerfile::Position { line: position.line, column: position.character };
    lines.offset(text, place, unit)
}

/// The range of `span`, bytes of `text`.
pub(crate) fn range(
    text: &str,
    lines: &LineIndex,
    span: &std::ops::Range<usize>,
    unit: Column,
) -> Range {
    let place = |offset: usize| {
        let position = lines.position(text, offset, unit);
        Position { line: position.line, character: position.column }
    };
    Range { start: place(span.start), end: place(span.end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document::open(TextDocument {
            uri: "untitled:Dockerfile".to_owned(),
            version: 1,
            language_id: "dockerfile".to_owned(),
            text: text.to_owned(),
        })
    }

    fn at(line: usize, character: usize) -> Position {
        Position { line, character }
    }

    #[test]
    fn changes_count_in_the_unit_that_was_agreed() {
        // é is two bytes and one unit of UTF-16; 𝕏 is four and two.
        let cases = [(Column::Bytes, 7, 9), (Column::Utf16, 4, 5), (Column::Chars, 3, 4)];
        for (unit, start, end) in cases {
            let mut one = document("a\n𝕏éb c\r\nd");
            let range = match unit {
                Column::Bytes => Range { start: at(1, 4), end: at(1, 6) },
                Column::Utf16 => Range { start: at(1, 2), end: at(1, 3) },
                Column::Chars => Range { start: at(1, 1), end: at(1, 2) },
            };
            one.change(2, vec![Change { range: Some(range), text: "ee".to_owned() }], unit);
            assert_eq!(one.text, "a\n𝕏eeb c\r\nd", "{unit:?} {start} {end}");
        }
    }

    #[test]
    fn several_changes_apply_one_after_the_other() {
        let mut one = document("FROM a\n");
        let insert = |position, text: &str| Change {
            range: Some(Range { start: position, end: position }),
            text: text.to_owned(),
        };
        let whole = Change { range: None, text: "x\n".to_owned() };
        one.change(
            3,
            vec![whole, insert(at(1, 0), "y\n"), insert(at(1, 1), "z"), insert(at(9, 9), "!")],
            Column::Utf16,
        );
        assert_eq!((one.text.as_str(), one.version), ("x\nyz\n!", 3));
    }
}
