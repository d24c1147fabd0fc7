//! What a person sees, and how keys change it.

use std::collections::HashSet;

use crate::{
    Action, Contents, Key, Nodes,
    rows::{Selection, rows},
};

/// Which pane takes the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The list of layers.
    Layers,
    /// The tree, or the list of what is hidden.
    Files,
}

/// What the files pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The tree after the layer.
    Aggregated,
    /// Only what the layer changed.
    Changes,
    /// What higher layers hide of lower ones, the largest first.
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
    /// The chosen layer, from 0.
    pub layer: usize,
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
    /// The chosen line of the files pane.
    pub cursor: usize,
    /// A message for the last line.
    pub message: String,
    /// Lines of the files pane, as of the last drawing; what a page is.
    pub page: usize,
    open: HashSet<u32>,
    rows: Vec<u32>,
}

impl Model {
    /// The top layer, with its tree.
    pub fn new(contents: Contents) -> Self {
        let mut model = Self {
            layer: contents.layers.len().saturating_sub(1),
            contents,
            pane: Pane::Layers,
            mode: Mode::Aggregated,
            sort: Sort::Name,
            filter: String::new(),
            is_typing: false,
            has_help: false,
            cursor: 0,
            message: String::new(),
            page: 10,
            open: HashSet::new(),
            rows: Vec::new(),
        };
        model.refresh();
        model
    }

    /// The tree that is shown; none for an image without layers.
    pub fn nodes(&self) -> Option<&Nodes> {
        self.contents.after.get(self.layer)
    }

    /// The places of the lines of the tree.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Whether a directory is open.
    pub fn is_open(&self, at: u32) -> bool {
        !self.filter.is_empty() || self.open.contains(&at)
    }

    /// The name at the cursor.
    pub fn chosen(&self) -> Option<u32> {
        if self.mode == Mode::Waste { None } else { self.rows.get(self.cursor).copied() }
    }

    /// How many lines the files pane has.
    pub fn lines(&self) -> usize {
        if self.mode == Mode::Waste { self.contents.hidden.len() } else { self.rows.len() }
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
                self.refresh();
            }
            Key::Tab => {
                self.pane = if self.pane == Pane::Layers { Pane::Files } else { Pane::Layers };
            }
            Key::Escape => {
                self.filter.clear();
                self.refresh();
            }
            _ if self.pane == Pane::Layers => self.move_layer(key),
            _ => self.move_cursor(key),
        }
        Action::None
    }

    fn show(&mut self, mode: Mode) {
        self.mode = mode;
        self.pane = Pane::Files;
        self.cursor = 0;
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
        self.cursor = 0;
        self.refresh();
    }

    fn move_layer(&mut self, key: Key) {
        let last = self.contents.layers.len().saturating_sub(1);
        let wanted = match key {
            Key::Up | Key::Char('k') => self.layer.saturating_sub(1),
            Key::Down | Key::Char('j') => (self.layer + 1).min(last),
            Key::Home | Key::PageUp => 0,
            Key::End | Key::PageDown => last,
            Key::Enter | Key::Right => {
                self.pane = Pane::Files;
                return;
            }
            _ => return,
        };
        if wanted != self.layer {
            self.layer = wanted;
            self.open.clear();
            self.cursor = 0;
            self.refresh();
        }
    }

    fn move_cursor(&mut self, key: Key) {
        let last = self.lines().saturating_sub(1);
        match key {
            Key::Up | Key::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            Key::Down | Key::Char('j') => self.cursor = (self.cursor + 1).min(last),
            Key::PageUp => self.cursor = self.cursor.saturating_sub(self.page),
            Key::PageDown => self.cursor = (self.cursor + self.page).min(last),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = last,
            Key::Enter | Key::Char(' ') => self.toggle(),
            Key::Right => self.open_chosen(),
            Key::Left => self.close_or_leave(),
            _ => {}
        }
    }

    fn toggle(&mut self) {
        if let Some(at) = self.chosen() {
            if !self.open.remove(&at) {
                self.open.insert(at);
            }
            self.refresh();
        }
    }

    fn open_chosen(&mut self) {
        if let Some(at) = self.chosen() {
            self.open.insert(at);
            self.refresh();
        }
    }

    /// Closes an open directory; else goes to the one above.
    fn close_or_leave(&mut self) {
        let Some(at) = self.chosen() else { return };
        if self.open.remove(&at) {
            self.refresh();
            return;
        }
        let parent = self.nodes().map(|nodes| nodes.list()[at as usize].parent);
        if let Some(place) = self.rows.iter().position(|row| Some(*row) == parent) {
            self.cursor = place;
        }
    }

    fn extract(&mut self) -> Action {
        let wanted = match self.mode {
            Mode::Waste => self
                .contents
                .hidden
                .get(self.cursor)
                .map(|hidden| (hidden.path.clone(), hidden.layer)),
            _ => self.chosen().and_then(|at| {
                let path = self.nodes()?.path(at);
                let layer = self.contents.holder(self.layer, &path)?;
                Some((path, layer))
            }),
        };
        if let Some((path, layer)) = wanted {
            return Action::Extract { path, layer };
        }
        "choose a regular file first".clone_into(&mut self.message);
        Action::None
    }

    fn refresh(&mut self) {
        let selection = Selection {
            open: &self.open,
            only_changes: self.mode == Mode::Changes,
            filter: &self.filter,
            sort: self.sort,
        };
        self.rows = self
            .contents
            .after
            .get(self.layer)
            .map_or_else(Vec::new, |nodes| rows(nodes, selection));
        self.cursor = self.cursor.min(self.lines().saturating_sub(1));
    }
}
