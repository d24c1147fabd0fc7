//! Which names are shown, line by line.

use std::collections::HashSet;

use crate::{Node, Nodes, Sort};

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
    let matched = Filter::of(selection.filter).map(|filter| filter.matches(nodes));
    let mut shown = vec![false; list.len()];
    let end = u32::try_from(list.len()).expect("trees have fewer than 2^32 names");
    for (at, node) in (0..end).zip(list).rev() {
        let is_wanted = !selection.only_changes || node.is_touched;
        let is_matched = |at: u32| matched.as_ref().is_none_or(|matched| matched[at as usize]);
        if is_wanted && (shown[at as usize] || is_matched(at)) {
            shown[at as usize] = true;
            shown[node.parent as usize] = true;
        }
    }
    shown
}

/// What a name must hold, in lower case.
struct Filter {
    needle: Vec<u8>,
    is_glob: bool,
    /// Whether the whole path counts and not the name alone.
    has_slash: bool,
}

impl Filter {
    /// `None` of an empty text, which all names hold.
    fn of(text: &str) -> Option<Self> {
        let needle = text.to_lowercase().into_bytes();
        let is_glob = needle.iter().any(|byte| b"*?".contains(byte));
        let filter = Self { is_glob, has_slash: needle.contains(&b'/'), needle };
        (!filter.needle.is_empty()).then_some(filter)
    }

    /// Of each node, whether it matches.
    fn matches(&self, nodes: &Nodes) -> Vec<bool> {
        let finder = memchr::memmem::Finder::new(&self.needle);
        // A path grows and shrinks with the nodes, which stand depth first: none is made anew for each.
        let (mut path, mut ends) = (Vec::new(), Vec::new());
        let matches = |node: &Node| {
            let depth = usize::from(node.depth);
            ends.truncate(depth);
            path.truncate(ends.last().copied().unwrap_or_default());
            if depth > 0 {
                path.push(b'/');
            }
            let name_at = path.len();
            push_lower(&mut path, &node.name);
            ends.push(path.len());
            // Lines of the waste are whole paths already.
            let is_whole = !self.has_slash || node.name.contains(&b'/');
            let text = if is_whole { &path[name_at..] } else { &path[..] };
            if self.is_glob { glob(&self.needle, text) } else { finder.find(text).is_some() }
        };
        nodes.list().iter().map(matches).collect()
    }
}

/// Letters of other alphabets fold, too, where the name is text.
fn push_lower(path: &mut Vec<u8>, name: &[u8]) {
    match std::str::from_utf8(name) {
        Ok(text) if !name.is_ascii() => path.extend(text.to_lowercase().into_bytes()),
        _ => path.extend(name.iter().map(u8::to_ascii_lowercase)),
    }
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
