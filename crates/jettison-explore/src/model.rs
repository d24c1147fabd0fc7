//! What a person sees, and how keys change it.

use std::{collections::HashSet, sync::Arc};

use jettison_rootfs::{EntryKind, Inode, Kind};

use crate::{
    Action, Contents, Key, LayerTree, Nodes,
    contents::lossy,
    list::List,
    rows::{Selection, rows},
    waste::Item,
    words::Word,
};

/// Which pane takes the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The list of layers.
    Layers,
    /// The tree, or the waste.
    Files,
}

/// What the files pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The tree after the layer.
    Aggregated,
    /// Only what the layer changed.
    Changes,
    /// What the image could do without, by cause.
    Waste,
}

/// The order of names in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    Name,
    /// The largest first.
    Size,
}

/// The state of the screen.
#[derive(Debug)]
pub struct Model {
    /// The image.
    pub contents: Contents,
    /// Which pane takes the keys.
    pub pane: Pane,
    /// What the files pane shows.
    pub mode: Mode,
    /// The order of names.
    pub sort: Sort,
    /// What names must hold.
    pub filter: String,
    /// Whether the filter is being typed.
    pub is_typing: bool,
    /// Whether help is shown.
    pub has_help: bool,
    /// A message for the last line.
    pub message: String,
    /// The layers; the chosen one is that whose tree is shown.
    pub layers: List,
    /// The lines of the files pane.
    pub files: List,
    tree: Option<Arc<LayerTree>>,
    /// Open directories of the tree.
    open: HashSet<u32>,
    /// Open lines of the waste.
    open_waste: HashSet<u32>,
    rows: Vec<u32>,
}

impl Model {
    /// The top layer, with its tree.
    pub fn new(contents: Contents) -> Self {
        let mut model = Self {
            layers: List::default(),
            files: List::default(),
            contents,
            pane: Pane::Layers,
            mode: Mode::Aggregated,
            sort: Sort::Name,
            filter: String::new(),
            is_typing: false,
            has_help: false,
            message: String::new(),
            tree: None,
            open: HashSet::new(),
            open_waste: HashSet::new(),
            rows: Vec::new(),
        };
        model.layers.set_len(model.contents.layers.len());
        model.layers.choose(model.contents.layers.len().saturating_sub(1));
        model.tree = model.contents.after(model.layer());
        model.refresh();
        model
    }

    /// The chosen layer, from 0.
    pub fn layer(&self) -> usize {
        self.layers.chosen()
    }

    /// The tree that is shown; none for an image without layers.
    pub(crate) fn tree(&self) -> Option<&LayerTree> {
        self.tree.as_deref()
    }

    /// The file of a line of the tree; lines of the waste are none.
    pub(crate) fn file(&self, at: u32) -> Option<&Inode> {
        let tree = self.tree().filter(|_| self.mode != Mode::Waste)?;
        Some(tree.inode(at))
    }

    /// What the lines of the files pane are lines of.
    pub(crate) fn nodes(&self) -> Option<&Nodes> {
        match self.mode {
            Mode::Waste => Some(&self.contents.waste_tree.nodes),
            _ => self.tree().map(|tree| &tree.nodes),
        }
    }

    /// The places of the lines of the files pane.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether a directory is open.
    pub(crate) fn is_open(&self, at: u32) -> bool {
        !self.filter.is_empty() || self.open_here().contains(&at)
    }

    fn open_here(&self) -> &HashSet<u32> {
        if self.mode == Mode::Waste { &self.open_waste } else { &self.open }
    }

    fn open_here_mut(&mut self) -> &mut HashSet<u32> {
        if self.mode == Mode::Waste { &mut self.open_waste } else { &mut self.open }
    }

    /// The place of the chosen line of the files pane.
    pub(crate) fn chosen(&self) -> Option<u32> {
        self.rows.get(self.files.chosen()).copied()
    }

    /// What is known of what is chosen, in lines.
    pub(crate) fn details(&self) -> Vec<String> {
        match (self.pane, self.mode, self.chosen(), self.tree()) {
            (Pane::Layers, ..) => self.contents.layer_details(self.layer()),
            (_, Mode::Waste, Some(at), _) => self.contents.waste_details(at),
            (_, _, Some(at), Some(tree)) => self.contents.file_details(tree, at),
            _ => Vec::new(),
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Action {
        self.message.clear();
        if self.has_help {
            self.has_help = false;
            return Action::None;
        }
        if self.is_typing {
            self.edit_filter(key);
            return Action::None;
        }
        match key {
            Key::Char('q') => return Action::Quit,
            Key::Char('e') => return self.extract(),
            Key::Char('?') => self.has_help = true,
            Key::Char('/') => self.is_typing = true,
            Key::Char('a') => self.show(match self.mode {
                Mode::Aggregated => Mode::Changes,
                _ => Mode::Aggregated,
            }),
            Key::Char('w') => self.show(match self.mode {
                Mode::Waste => Mode::Aggregated,
                _ => Mode::Waste,
            }),
            Key::Char('s') => {
                self.sort = if self.sort == Sort::Name { Sort::Size } else { Sort::Name };
                self.refresh_at_chosen();
            }
            Key::Tab => {
                self.pane = if self.pane == Pane::Layers { Pane::Files } else { Pane::Layers };
            }
            Key::Escape => {
                self.filter.clear();
                self.refresh_at_chosen();
            }
            _ if self.pane == Pane::Layers => self.move_layer(key),
            _ => self.move_line(key),
        }
        Action::None
    }

    fn show(&mut self, mode: Mode) {
        self.mode = mode;
        self.pane = Pane::Files;
        self.files.choose(0);
        self.refresh();
    }

    fn edit_filter(&mut self, key: Key) {
        match key {
            Key::Char(letter) => self.filter.push(letter),
            Key::Backspace => {
                self.filter.pop();
            }
            Key::Escape => {
                self.filter.clear();
                self.is_typing = false;
            }
            Key::Enter => {
                self.is_typing = false;
                self.pane = Pane::Files;
            }
            _ => return,
        }
        self.refresh_at_chosen();
    }

    fn move_layer(&mut self, key: Key) {
        if matches!(key, Key::Enter | Key::Right) {
            self.pane = Pane::Files;
        } else if let Some(wanted) = self.layers.after(key) {
            self.choose_layer(wanted);
        }
    }

    /// Shows the tree of another layer: the same directories stay open, and the same line chosen, where it has them.
    pub(crate) fn choose_layer(&mut self, layer: usize) {
        if layer == self.layer() {
            return;
        }
        self.layers.choose(layer);
        let Some(old) = self.tree.take() else { return };
        let chosen = self.chosen().filter(|_| self.mode != Mode::Waste);
        let chosen = chosen.map(|at| old.nodes.path(at));
        self.tree = self.contents.after(layer);
        let Some(nodes) = self.tree.as_ref().map(|tree| &tree.nodes) else { return };
        self.open = old.nodes.same_in(&self.open, nodes);
        let chosen = chosen.map(|path| nodes.nearest(&path));
        self.refresh();
        self.choose_place(chosen);
    }

    fn move_line(&mut self, key: Key) {
        match key {
            Key::Enter | Key::Char(' ') => self.toggle(),
            Key::Char('*') => self.open_all(),
            Key::Right => self.open_chosen(),
            Key::Left => self.close_or_leave(),
            _ => {
                if let Some(wanted) = self.files.after(key) {
                    self.files.choose(wanted);
                }
            }
        }
    }

    /// Opens or closes the chosen directory.
    pub(crate) fn toggle(&mut self) {
        let Some(at) = self.chosen_directory() else { return };
        let open = self.open_here_mut();
        if !open.remove(&at) {
            open.insert(at);
        }
        self.refresh();
    }

    fn chosen_directory(&self) -> Option<u32> {
        let nodes = self.nodes()?;
        self.chosen().filter(|at| nodes.list()[*at as usize].is_directory)
    }

    fn open_chosen(&mut self) {
        let Some(at) = self.chosen_directory() else { return };
        self.open_here_mut().insert(at);
        self.refresh();
    }

    /// Opens a directory and all below it.
    fn open_all(&mut self) {
        let Some(at) = self.chosen_directory() else { return };
        let list = self.nodes().map_or(&[][..], Nodes::list);
        let below = at..list[at as usize].end;
        let directories: Vec<u32> =
            below.filter(|below| list[*below as usize].is_directory).collect();
        self.open_here_mut().extend(directories);
        self.refresh();
    }

    /// Closes an open directory; else goes to the one above.
    fn close_or_leave(&mut self) {
        let Some(at) = self.chosen() else { return };
        if self.open_here_mut().remove(&at) {
            self.refresh();
            return;
        }
        let parent = self.nodes().map(|nodes| nodes.list()[at as usize].parent);
        self.choose_place(parent);
    }

    fn extract(&mut self) -> Action {
        let wanted = self.chosen().and_then(|at| match (self.mode, self.tree()) {
            (Mode::Waste, _) => match self.contents.waste_tree.item(at) {
                Item::Entry { at: entry, .. } => {
                    Some((self.contents.waste_tree.nodes.list()[at as usize].name.to_vec(), *entry))
                }
                _ => None,
            },
            (_, Some(tree)) => Some((tree.nodes.path(at), tree.inode(at).origin?)),
            (_, None) => None,
        });
        let is_file = |at| self.contents.entry(at).kind == EntryKind::Own(Kind::File);
        let language = self.contents.language;
        let Some((path, at)) = wanted.filter(|(_, at)| is_file(*at)) else {
            Word::ChooseFile.say(language).clone_into(&mut self.message);
            return Action::None;
        };
        self.message = Word::Copying.with(language, &[&lossy(&path)]);
        Action::Extract { path, at }
    }

    /// Tells that a file was copied, and where to.
    pub fn tell_copied(&mut self, path: &[u8], file: &str) {
        self.message = Word::Copied.with(self.contents.language, &[&lossy(path), file]);
    }

    /// Shows the lines anew, with the same one chosen if it is still there.
    fn refresh_at_chosen(&mut self) {
        let chosen = self.chosen();
        self.refresh();
        self.files.choose(0);
        self.choose_place(chosen);
    }

    /// Chooses the line of a node, or of the nearest directory above it that has one.
    fn choose_place(&mut self, at: Option<u32>) {
        let Some(mut at) = at else { return };
        loop {
            if let Some(line) = self.rows.iter().position(|row| *row == at) {
                self.files.choose(line);
                return;
            }
            let Some(nodes) = self.nodes() else { return };
            let parent = nodes.list()[at as usize].parent;
            if parent == at {
                return;
            }
            at = parent;
        }
    }

    fn refresh(&mut self) {
        let selection = Selection {
            open: self.open_here(),
            only_changes: self.mode == Mode::Changes,
            filter: &self.filter,
            // The largest waste comes first in any case.
            sort: if self.mode == Mode::Waste { Sort::Name } else { self.sort },
        };
        self.rows = self.nodes().map_or_else(Vec::new, |nodes| rows(nodes, selection));
        self.files.set_len(self.rows.len());
    }
}
