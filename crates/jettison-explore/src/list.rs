//! A list of lines on the screen: which is chosen, which are shown, where.

use ratatui::layout::{Position, Rect};

use crate::Key;

/// Lines of which one is chosen. What is shown moves no further than the chosen line makes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct List {
    len: usize,
    chosen: usize,
    /// The first line that is shown.
    top: usize,
    /// Where the lines are shown, as of the last drawing.
    area: Rect,
}

impl List {
    /// The chosen line; 0 for a list without lines.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn set_len(&mut self, len: usize) {
        self.len = len;
        self.choose(self.chosen);
    }

    /// Chooses a line, or the last if there are not so many.
    pub(crate) fn choose(&mut self, line: usize) {
        self.chosen = line.min(self.len.saturating_sub(1));
    }

    /// The line that a key leads to, if it is one that moves.
    pub(crate) fn after(&self, key: Key) -> Option<usize> {
        let page = usize::from(self.area.height).max(1);
        Some(match key {
            Key::Up | Key::Char('k') => self.chosen.saturating_sub(1),
            Key::Down | Key::Char('j') => self.moved_down(1),
            Key::PageUp => self.chosen.saturating_sub(page),
            Key::PageDown => self.moved_down(page),
            Key::Home | Key::Char('g') => 0,
            Key::End | Key::Char('G') => self.moved_down(self.len),
            _ => return None,
        })
    }

    fn moved_down(&self, lines: usize) -> usize {
        (self.chosen + lines).min(self.len.saturating_sub(1))
    }

    /// The lines that are shown in `area`, the chosen one among them.
    pub(crate) fn shown_in(&mut self, area: Rect) -> std::ops::Range<usize> {
        let height = usize::from(area.height);
        self.area = area;
        self.top = self.top.min(self.chosen).max((self.chosen + 1).saturating_sub(height));
        self.top = self.top.min(self.len.saturating_sub(height));
        self.top..(self.top + height).min(self.len)
    }

    /// Whether a cell of the screen is in the list.
    pub(crate) fn holds(&self, column: u16, row: u16) -> bool {
        self.area.contains(Position { x: column, y: row })
    }

    /// The line at a row of the screen.
    pub(crate) fn line_at(&self, row: u16) -> Option<usize> {
        let line = self.top + usize::from(row.checked_sub(self.area.y)?);
        (line < self.len).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_moves_with_the_chosen_line_and_no_further() {
        let area = Rect { x: 0, y: 2, width: 10, height: 4 };
        let mut list = List::default();
        list.set_len(10);
        for (chosen, expected) in
            [(0, 0..4), (3, 0..4), (4, 1..5), (2, 1..5), (9, 6..10), (0, 0..4)]
        {
            list.choose(chosen);
            assert_eq!(list.shown_in(area), expected, "{chosen}");
        }
        assert_eq!((list.line_at(3), list.line_at(1)), (Some(1), None));
        list.set_len(2);
        assert_eq!((list.shown_in(area), list.line_at(4)), (0..2, None));
        list.set_len(0);
        assert_eq!((list.chosen(), list.shown_in(area), list.after(Key::End)), (0, 0..0, Some(0)));
        assert_eq!(list.shown_in(Rect::default()), 0..0);
    }
}
