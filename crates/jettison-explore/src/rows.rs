//! Which names are shown, line by line.

use std::collections::HashSet;

use crate::{Nodes, Sort};

/// What is shown of a tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection<'a> {
    /// Open directories.
    pub(crate) open: &'a HashSet<u32>,
    /// Only what the layer changed.
    pub(crate) only_changes: bool,
    /// Only what holds this text, or matches it where it has `*` or `?`; nothing if empty.
    pub(crate) filter: &'a str,
    pub(crate) sort: Sort,
}

/// The places of the shown names, in order.
pub(crate) fn rows(nodes: &Nodes, selection: Selection<'_>) -> Vec<u32> {
    let shown = shown(nodes, selection);
    let mut rows = Vec::new();
    let mut todo: Vec<u32> = vec![0];
    while let Some(at) = todo.pop() {
        if at != 0 {
            rows.push(at);
        }
        // A filter opens what leads to its matches.
        let is_open = at == 0 || !selection.filter.is_empty() || selection.open.contains(&at);
        if !is_open {
            continue;
        }
        let mut children: Vec<u32> =
            nodes.children(at).filter(|child| shown[*child as usize]).collect();
        if selection.sort == Sort::Size {
            children.sort_by_key(|child| std::cmp::Reverse(nodes.list()[*child as usize].bytes));
        }
        todo.extend(children.into_iter().rev());
    }
    rows
}

fn shown(nodes: &Nodes, selection: Selection<'_>) -> Vec<bool> {
    let list = nodes.list();
    let mut shown = vec![false; list.len()];
    let needle = selection.filter.to_lowercase();
    let is_glob = needle.contains(['*', '?']);
    for (at, node) in list.iter().enumerate().rev() {
        let is_wanted = !selection.only_changes || node.is_touched;
        let matches = || match (needle.is_empty(), is_glob) {
            (true, _) => true,
            (_, true) => glob(needle.as_bytes(), node.name.to_lowercase().as_bytes()),
            (_, false) => node.name.to_lowercase().contains(&needle),
        };
        if is_wanted && (shown[at] || matches()) {
            shown[at] = true;
            shown[node.parent as usize] = true;
        }
    }
    shown
}

/// Whether a name matches a pattern of `*` and `?`.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut star = None;
    while place < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((mark, from)) = star else { return false };
                star = Some((mark, from + 1));
                at = mark + 1;
                place = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("*.so*", "libc.so.6", true),
            ("*.so", "libc.so.6", false),
            ("lib?.a", "libm.a", true),
            ("lib?.a", "libmm.a", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("?", "", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
