//! Any keys and gestures in any order.

use std::collections::BTreeSet;

use jettison_analyze::Language;
use jettison_explore::{Action, Colours, Gesture, Key, Pane, Pointer};
use proptest::{collection::vec, prelude::*};
use ratatui::backend::TestBackend;

use crate::screen_of::{Screen, blobs, model_of};

#[derive(Clone, Debug)]
enum Step {
    Press(Key),
    Point(Pointer),
    Resize(u16, u16),
}

const KEYS: &[Key] = &[
    Key::Up,
    Key::Down,
    Key::Left,
    Key::Right,
    Key::PageUp,
    Key::PageDown,
    Key::Home,
    Key::End,
    Key::Enter,
    Key::Tab,
    Key::Backspace,
    Key::Escape,
];

fn step() -> impl Strategy<Value = Step> {
    let gestures = &[Gesture::Click, Gesture::WheelUp, Gesture::WheelDown][..];
    let pointer = (0_u16..130, 0_u16..40, prop::sample::select(gestures))
        .prop_map(|(column, row, gesture)| Step::Point(Pointer { column, row, gesture }));
    prop_oneof![
        6 => prop::sample::select(KEYS).prop_map(Step::Press),
        6 => prop::sample::select(&b"aws*? /e.jkgGlq"[..])
            .prop_map(|letter| Step::Press(Key::Char(letter.into()))),
        3 => pointer,
        1 => (1_u16..130, 1_u16..40).prop_map(|(width, height)| Step::Resize(width, height)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Nothing panics, and the chosen line of the pane that has the keys is on the screen and marked.
    #[test]
    fn the_chosen_line_is_always_seen(steps in vec(step(), 1..60)) {
        let mut screen = Screen::new(model_of(blobs(), Language::English), 110, 24);
        for step in steps {
            match step {
                Step::Press(key) => {
                    let was_typing = screen.model.is_typing || screen.model.has_help;
                    let action = screen.model.press(key);
                    prop_assert_eq!(action == Action::Quit, key == Key::Char('q') && !was_typing);
                }
                Step::Point(pointer) => screen.model.point(pointer),
                Step::Resize(width, height) => {
                    *screen.terminal.backend_mut() = TestBackend::new(width, height);
                    screen.terminal.autoresize().expect("a test backend");
                }
            }
            let _drawn = screen.text(Colours::On);
            seen(&screen)?;
        }
    }
}

fn seen(screen: &Screen) -> Result<(), TestCaseError> {
    let model = &screen.model;
    let list = if model.pane == Pane::Layers { &model.layers } else { &model.files };
    prop_assert!(list.chosen() < list.len().max(1));
    let area = screen.terminal.backend().buffer().area;
    // Help lies over the lists; a screen of few lines has no room for them.
    if model.has_help || area.width < 20 || area.height < 10 || list.is_empty() {
        return Ok(());
    }
    let boundary = usize::from(area.width) * 2 / 5;
    let is_here = |column: usize| (column < boundary) == (model.pane == Pane::Layers);
    let rows: BTreeSet<usize> = screen
        .marked()
        .into_iter()
        .filter(|(column, _)| is_here(*column))
        .map(|(_, row)| row)
        .collect();
    prop_assert_eq!(rows.len(), 1, "{:?}", model.pane);
    Ok(())
}
