//! Values that are measured anew each time, by the names they go by.

use std::collections::BTreeSet;

use super::mask::{is_number, tokenize};
use crate::payload::Payload;

/// Names whose numbers differed between runs of the fat image: `walltime` of `"walltime":"0.002"`.
///
/// In one answer a number may be the same in all runs by chance; that it is measured shows in the others.
#[derive(Debug, Default)]
pub(super) struct Measured(BTreeSet<Vec<u8>>);

impl Measured {
    /// Learns from one payload in several runs, if they have a common form.
    pub(super) fn learn(&mut self, runs: &[&Payload]) {
        let Some((first, others)) = runs.split_first() else { return };
        for other in others.iter().filter(|other| other.sha256 != first.sha256) {
            let (a, b) = (tokens(first), tokens(other));
            if a.len() != b.len() {
                continue;
            }
            for (index, (one, another)) in a.iter().zip(&b).enumerate() {
                if one != another && is_number(one) && is_number(another) {
                    self.0.extend(name_before(&a[..index], one).map(<[u8]>::to_vec));
                }
            }
        }
    }

    /// Whether the number behind these tokens is a measured one.
    pub(super) fn has(&self, before: &[&[u8]], number: &[u8]) -> bool {
        !self.0.is_empty() && name_before(before, number).is_some_and(|name| self.0.contains(name))
    }
}

fn tokens(payload: &Payload) -> Vec<&[u8]> {
    tokenize(&payload.sample.0).map(|(_, bytes)| bytes).collect()
}

/// The name that a number belongs to, as JSON, forms and lists write it: `"name":"7"`, `"name":7`, `name: 7`, `name=7`.
fn name_before<'t>(before: &[&'t [u8]], number: &[u8]) -> Option<&'t [u8]> {
    let mut is_assigned = number.starts_with(b":") || number.starts_with(b"=");
    for &token in before.iter().rev() {
        match token {
            b"\"" | b"'" | b" " => {}
            b":" | b"=" if !is_assigned => is_assigned = true,
            _ => {
                let has_colon = token.ends_with(b":") || token.ends_with(b"=");
                let is_name = token.first().is_some_and(u8::is_ascii_alphabetic);
                let name = token.strip_suffix(b":").or(token.strip_suffix(b"=")).unwrap_or(token);
                return (is_name && (is_assigned || has_colon)).then_some(name);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&str> {
        let all: Vec<&[u8]> = tokenize(text.as_bytes()).map(|(_, bytes)| bytes).collect();
        let at = all.iter().rposition(|token| is_number(token)).expect("a number");
        name_before(&all[..at], all[at]).map(|name| std::str::from_utf8(name).expect("text"))
    }

    #[test]
    fn numbers_have_names_where_something_assigns_them() {
        assert_eq!(name(r#"{"walltime":"0.01"}"#), Some("walltime"));
        assert_eq!(name(r#"{"size":17}"#), Some("size"));
        assert_eq!(name("Real time usage: 0.001 seconds"), Some("usage"));
        assert_eq!(name("<td>5</td>"), None);
        assert_eq!(name("3 ships"), None);
        assert_eq!(name("1: 3"), None);
        assert_eq!(name("took 3"), None);
    }
}
