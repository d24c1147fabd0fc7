//! The analysis as it is.

use crate::analysis::Analysis;

pub(super) fn json(analysis: &Analysis) -> String {
    let mut text = serde_json::to_string_pretty(analysis).expect("an analysis can be written");
    text.push('\n');
    text
}
