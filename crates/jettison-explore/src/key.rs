//! Keys as the model knows them, and what the model asks of its surroundings.

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// One line up or down.
    Up,
    /// One line down.
    Down,
    /// Close, or to the directory above.
    Left,
    /// Open.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first line.
    Home,
    /// To the last line.
    End,
    /// Open or close; end of input.
    Enter,
    /// To the other pane.
    Tab,
    /// Away with the last character.
    Backspace,
    /// Away with filter or help.
    Escape,
}

/// What is to be done outside the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// The end.
    Quit,
    /// Copy this path, as the given layer (from 0) holds it, into the current directory.
    Extract {
        /// The absolute path.
        path: String,
        /// The layer.
        layer: usize,
    },
}
