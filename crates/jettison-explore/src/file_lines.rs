//! Lines of the files pane.

use jettison_analyze::format::bytes;
use jettison_rootfs::{Inode, Kind};
use ratatui::{style::Color, text::Line};

use crate::{
    Colours, Model, Node, Pane, Status,
    contents::lossy,
    view::{chosen_style, safe},
};

/// Columns from which on permissions and owners are shown: names come first.
const WIDE: u16 = 72;

/// The line of that number.
pub(crate) fn line(model: &Model, number: usize, width: u16, colours: Colours) -> Line<'static> {
    let at = model.rows()[number];
    let nodes = model.nodes().expect("there are rows");
    let node = &nodes.list()[at as usize];
    let is_chosen = number == model.files.chosen() && model.pane == Pane::Files;
    let inode = model.file(at);
    let (sign, colour) = match node.status {
        Status::Unchanged => (' ', None),
        Status::Added => ('+', Some(Color::Green)),
        Status::Modified => ('~', Some(Color::Yellow)),
        Status::Removed => ('-', Some(Color::Red)),
    };
    let owner = inode.filter(|_| width >= WIDE).map(owner).unwrap_or_default();
    let name = name(node, inode, model.is_open(at));
    let text = format!("{sign} {owner}{:>8}  {name}", bytes(node.bytes));
    Line::styled(text, chosen_style(is_chosen, colours.style(colour)))
}

/// `-rwsr-xr-x    0:0     `, as `ls -l` has it.
fn owner(inode: &Inode) -> String {
    let kind = match inode.kind {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Symlink => 'l',
        Kind::CharDevice => 'c',
        Kind::BlockDevice => 'b',
        Kind::Fifo => 'p',
    };
    let owner = format!("{}:{}", inode.uid, inode.gid);
    format!("{kind}{} {owner:<11} ", permissions(inode.mode))
}

/// `rwxr-xr-x`, with the set-id bits and the sticky bit where `ls` shows them.
fn permissions(mode: u32) -> String {
    let mut shown = String::new();
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        shown.push(if bits & 4 != 0 { 'r' } else { '-' });
        shown.push(if bits & 2 != 0 { 'w' } else { '-' });
        shown.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    shown
}

fn name(node: &Node, inode: Option<&Inode>, is_open: bool) -> String {
    let mark = match (node.is_directory, is_open) {
        (true, true) => "▾ ",
        (true, false) => "▸ ",
        (false, _) => "  ",
    };
    let indent = "  ".repeat(usize::from(node.depth).saturating_sub(1));
    let target = inode.and_then(|inode| inode.target.as_ref());
    let target = target.map_or_else(String::new, |target| format!(" → {}", lossy(target)));
    safe(&format!("{indent}{mark}{}{target}", lossy(&node.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_shown_as_ls_does() {
        for (mode, expected) in [
            (0o755, "rwxr-xr-x"),
            (0o4755, "rwsr-xr-x"),
            (0o4644, "rwSr--r--"),
            (0o2710, "rwx--s---"),
            (0o1777, "rwxrwxrwt"),
            (0o1666, "rw-rw-rwT"),
            (0, "---------"),
        ] {
            assert_eq!(permissions(mode), expected, "{mode:o}");
        }
    }
}
