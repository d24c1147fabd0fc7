//! Text of an image as a terminal may have it.

use std::borrow::Cow;

use serde_json::Value;

use crate::analysis::Analysis;

/// The analysis without control characters: a name of a file may hold what moves the cursor, or names the window.
pub(super) fn printable(analysis: &Analysis) -> Cow<'_, Analysis> {
    let mut value = serde_json::to_value(analysis).expect("it has names as keys and no NaN");
    if !clean(&mut value) {
        return Cow::Borrowed(analysis);
    }
    Cow::Owned(serde_json::from_value(value).expect("it was one before, but for characters"))
}

/// Puts U+FFFD in place of control characters in values. Whether there were any.
fn clean(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            let is_bad = text.contains(char::is_control);
            if is_bad {
                *text = text.replace(char::is_control, "\u{fffd}");
            }
            is_bad
        }
        Value::Array(items) => items.iter_mut().fold(false, |found, item| clean(item) | found),
        Value::Object(fields) => {
            fields.values_mut().fold(false, |found, field| clean(field) | found)
        }
        _ => false,
    }
}
