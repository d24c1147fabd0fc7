//! Keys and the mouse as the model knows them, and what the model asks of its surroundings.

use jettison_rootfs::EntryRef;

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

/// What the mouse did, and at which cell of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Columns from the left, from 0.
    pub column: u16,
    /// Lines from the top, from 0.
    pub row: u16,
    /// What it did.
    pub gesture: Gesture,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// Its main button went down.
    Click,
    /// The wheel turned away from the person.
    WheelUp,
    /// The wheel turned towards the person.
    WheelDown,
}

/// What is to be done outside the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// The end.
    Quit,
    /// Copy the regular file that this entry holds into the current directory, under the last part of `path`.
    Extract {
        /// The absolute path, as it is shown.
        path: Vec<u8>,
        /// The entry with its bytes.
        at: EntryRef,
    },
}
