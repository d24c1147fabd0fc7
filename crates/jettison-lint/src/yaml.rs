//! YAML with the place of everything in it.

use std::ops::Range;

use granit_parser::{Event, Parser, Span};

/// Deepest nesting that is followed: manifests have about fifteen levels.
const MAX_DEPTH: usize = 100;

/// Most nodes that are kept: a file of a thousand workloads has fewer.
const MAX_NODES: usize = 500_000;

/// A value and its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// The value's bytes; of a block collection, from its first to its last entry.
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// `*name`: not followed.
    Alias,
}

impl Node {
    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            Value::List(_) | Value::Map(_) | Value::Alias => None,
        }
    }

    /// The entry called `key` of a mapping: its key and its value.
    pub(crate) fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        match &self.value {
            Value::Map(entries) => {
                entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(k, v)| (k, v))
            }
            Value::Scalar(_) | Value::List(_) | Value::Alias => None,
        }
    }

    /// The value called `key` of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The value at the end of `path`.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Scalar(_) | Value::List(_) | Value::Alias => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Map(_) | Value::Alias => &[],
        }
    }
}

/// Where and why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) offset: usize,
    pub(crate) reason: String,
}

/// The documents of `text`, and what stopped reading it, if anything did.
pub(crate) fn documents(text: &str) -> (Vec<Node>, Option<Unreadable>) {
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut count = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let reason = error.to_string();
                let offset = error.marker().byte_offset().unwrap_or_default().min(text.len());
                return (documents, Some(Unreadable { offset, reason }));
            }
        };
        let range = bytes(&span);
        count += 1;
        if open.len() > MAX_DEPTH || count > MAX_NODES {
            let reason = "it is nested too deeply or too large".to_owned();
            return (documents, Some(Unreadable { offset: range.start, reason }));
        }
        let finished = match event {
            Event::Scalar(value, ..) => {
                Some(Node { span: range, value: Value::Scalar(value.into_owned()) })
            }
            Event::Alias(_) => Some(Node { span: range, value: Value::Alias }),
            Event::SequenceStart(..) => {
                open.push(Open { is_map: false, start: range.start, children: Vec::new() });
                None
            }
            Event::MappingStart(..) => {
                open.push(Open { is_map: true, start: range.start, children: Vec::new() });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|one| one.close(range.end)),
            _ => None,
        };
        if let Some(node) = finished {
            match open.last_mut() {
                Some(parent) => parent.children.push(node),
                None => documents.push(node),
            }
        }
    }
    (documents, None)
}

fn bytes(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

/// A collection whose end was not read yet.
struct Open {
    is_map: bool,
    start: usize,
    children: Vec<Node>,
}

impl Open {
    fn close(self, end: usize) -> Node {
        let end = self.children.last().map_or(end, |last| last.span.end);
        let span = self.start..end.max(self.start);
        if !self.is_map {
            return Node { span, value: Value::List(self.children) };
        }
        let mut entries = Vec::with_capacity(self.children.len() / 2);
        let mut children = self.children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            entries.push((key, value));
        }
        Node { span, value: Value::Map(entries) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_text() {
        let text = "# é\na: {b: [1, \"x\"]}\n---\nk:\n  - n: v\n    m: |\n      t\n";
        let (documents, stopped) = documents(text);
        assert_eq!((documents.len(), stopped), (2, None));
        let list = documents[0].at(&["a", "b"]).expect("it is there");
        assert_eq!(&text[list.items()[1].span.clone()], "\"x\"");
        let item = &documents[1].get("k").expect("a list").items()[0];
        assert_eq!(&text[item.get("n").expect("a value").span.clone()], "v");
        assert_eq!(item.get("m").and_then(Node::text), Some("t\n"));
    }

    #[test]
    fn what_cannot_be_read_is_told_and_bounded() {
        assert!(documents("a: [").1.is_some());
        assert!(documents(&"[".repeat(5000)).1.is_some());
    }
}
