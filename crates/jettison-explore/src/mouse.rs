//! What the mouse does.

use crate::{Gesture, Model, Pane, Pointer};

/// Lines that one notch of the wheel moves.
const NOTCH: usize = 3;

impl Model {
    /// Takes a gesture of the mouse. The wheel moves what it stands over.
    pub fn point(&mut self, pointer: Pointer) {
        let Pointer { column, row, gesture } = pointer;
        if gesture == Gesture::Click {
            self.message.clear();
            if std::mem::take(&mut self.has_help) {
                return;
            }
        }
        if self.layers.holds(column, row) {
            self.point_at_layers(row, gesture);
        } else if self.files.holds(column, row) {
            self.point_at_files(row, gesture);
        }
    }

    fn point_at_layers(&mut self, row: u16, gesture: Gesture) {
        let chosen = self.layers.chosen();
        let wanted = match gesture {
            Gesture::Click => {
                self.pane = Pane::Layers;
                self.layers.line_at(row)
            }
            Gesture::WheelUp => chosen.checked_sub(1),
            Gesture::WheelDown => Some(chosen + 1).filter(|next| *next < self.layers.len()),
        };
        if let Some(layer) = wanted {
            self.choose_layer(layer);
        }
    }

    /// A click on the chosen line opens or closes it.
    fn point_at_files(&mut self, row: u16, gesture: Gesture) {
        let chosen = self.files.chosen();
        match gesture {
            Gesture::WheelUp => self.files.choose(chosen.saturating_sub(NOTCH)),
            Gesture::WheelDown => self.files.choose(chosen + NOTCH),
            Gesture::Click => {
                let was_here = self.pane == Pane::Files;
                self.pane = Pane::Files;
                match self.files.line_at(row) {
                    Some(line) if line == chosen && was_here => self.toggle(),
                    Some(line) => self.files.choose(line),
                    None => {}
                }
            }
        }
    }
}
