//! A JSON document with one long list in it, written one element after the other.

use std::io::{self, Write};

use serde_json::Value;

use super::writer::Form;
use crate::diagnostic::Diagnostic;

/// Stands for the elements in a document; no text of ours holds it.
const ELEMENTS: &str = "\u{1}elements\u{1}";

/// A document whose list of findings is written as they come.
pub(super) struct Document<F> {
    /// The element that a finding is.
    element: F,
    /// What is written before the first element, up to and with its indentation.
    before: String,
    /// What is written after the last.
    after: String,
    /// The document without any.
    empty: String,
    /// Begins a line of an element.
    line: String,
    is_begun: bool,
}

impl<F: FnMut(&Diagnostic) -> Value> Document<F> {
    /// The document that `around` makes of its list.
    pub(super) fn new(around: impl Fn(Value) -> Value, element: F) -> Self {
        let whole = pretty(&around(Value::Array(vec![ELEMENTS.into()])));
        let marker = Value::from(ELEMENTS).to_string();
        let (before, after) = whole.split_once(&marker).expect("the element is in its document");
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            element,
            before: before.to_owned(),
            after: after.to_owned(),
            empty: pretty(&around(Value::Array(Vec::new()))),
            line: format!("\n{line}"),
            is_begun: false,
        }
    }
}

impl<F: FnMut(&Diagnostic) -> Value> Form for Document<F> {
    fn add(&mut self, one: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
        let element = serde_json::to_string_pretty(&(self.element)(one))?;
        if self.is_begun {
            write!(out, ",{}", self.line)?;
        } else {
            out.write_all(self.before.as_bytes())?;
        }
        self.is_begun = true;
        // No string holds a line end as it is.
        out.write_all(element.replace('\n', &self.line).as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let left = if self.is_begun { &self.after } else { &self.empty };
        out.write_all(left.as_bytes())
    }
}

/// `value` over several lines, with a line end.
fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value can be written");
    text.push('\n');
    text
}
