//! The screen as a person sees it, key by key, on ratatui's test backend.

use std::sync::Arc;

use jettison_analyze::{ImageIndex, IndexOptions, LayerInput};
use jettison_explore::{Action, Colours, Contents, Key, Mode, Model, Pane, Sort, draw};
use jettison_rootfs::fixture::TreeBuilder;
use ratatui::{Terminal, backend::TestBackend, style::Color};

fn model() -> Model {
    let layers = TreeBuilder::new()
        .dir("/etc", 0o755)
        .file("/etc/a.conf", 0o640, b"a=1")
        .owner("/etc/a.conf", 5, 6)
        .file("/etc/gone.conf", 0o644, &[1; 3000])
        .dir("/usr", 0o755)
        .file("/usr/large", 0o755, &vec![2; 70_000])
        .layer()
        .file("/etc/a.conf", 0o644, b"a=22")
        .whiteout("/etc/gone.conf")
        .file("/new/evil\u{1b}[31m", 0o644, b"x")
        .blobs();
    let input = |blob: Vec<u8>| LayerInput { diff_id: None, content: Arc::new(blob) };
    let inputs: Vec<LayerInput> = layers.into_iter().map(input).collect();
    let index = ImageIndex::build(&inputs, &IndexOptions::default()).expect("sound layers");
    let made = ["ADD rootfs /".to_owned(), "RUN change".to_owned()];
    Model::new(Contents::new("test image", &index, &made).expect("the layers merge"))
}

struct Screen {
    terminal: Terminal<TestBackend>,
    model: Model,
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        let terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
        Self { terminal, model: model() }
    }

    fn press(&mut self, keys: &[Key]) -> Action {
        keys.iter().fold(Action::None, |_, &key| self.model.press(key))
    }

    fn text(&mut self, colours: Colours) -> String {
        let model = &mut self.model;
        self.terminal.draw(|frame| draw(frame, model, colours)).expect("it can be drawn");
        let buffer = self.terminal.backend().buffer();
        let width = usize::from(buffer.area.width);
        let cells: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        cells.chunks(width).map(|line| line.concat() + "\n").collect()
    }

    fn colours(&self) -> Vec<Color> {
        self.terminal.backend().buffer().content.iter().map(|cell| cell.fg).collect()
    }
}

#[test]
fn the_tree_shows_what_the_layer_did() {
    let mut screen = Screen::new(110, 24);
    let text = screen.text(Colours::On);
    for part in [
        "test image",
        "ADD rootfs /",
        "RUN change",
        "tree after layer 2",
        "> etc",
        "+       1 B  > new",
    ] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    screen.press(&[Key::Tab, Key::Enter]);
    let text = screen.text(Colours::On);
    for part in ["v etc", "~       4 B      a.conf", "-    3.0 kB      gone.conf"] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    for colour in [Color::Green, Color::Yellow, Color::Red] {
        assert!(screen.colours().contains(&colour), "{colour:?}");
    }
    let _plain = screen.text(Colours::Off);
    assert!(screen.colours().iter().all(|colour| *colour == Color::Reset));
    screen.press(&[Key::Down]);
    let text = screen.text(Colours::On);
    assert!(text.contains("/etc/a.conf") && text.contains("file 0644 0:0 4 B"), "{text}");
    assert!(!text.contains('\u{1b}'), "names do not steer the terminal");
    // The lower layer has the file as it was.
    screen.press(&[Key::Tab, Key::Up, Key::Tab, Key::Right, Key::Down]);
    let text = screen.text(Colours::On);
    assert!(text.contains("file 0640 5:6 3 B"), "{text}");
}

#[test]
fn only_changes_filter_and_sort() {
    let mut screen = Screen::new(100, 20);
    screen.press(&[Key::Char('a')]);
    assert_eq!(screen.model.mode, Mode::Changes);
    let text = screen.text(Colours::Off);
    assert!(text.contains("changes of layer 2") && !text.contains("usr"), "{text}");
    screen.press(&[Key::Char('a'), Key::Char('s')]);
    assert_eq!(screen.model.sort, Sort::Size);
    let text = screen.text(Colours::Off);
    let place = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name}: {text}"));
    assert!(place("usr") < place("etc"), "{text}");
    screen.press(&"/*.CONF".chars().map(Key::Char).collect::<Vec<_>>());
    let text = screen.text(Colours::Off);
    assert!(text.contains("a.conf") && !text.contains("large"), "{text}");
    assert!(text.contains("/*.CONF"), "{text}");
    screen.press(&[Key::Backspace, Key::Enter]);
    assert_eq!((screen.model.pane, screen.model.is_typing), (Pane::Files, false));
    screen.press(&[Key::Escape]);
    assert!(screen.text(Colours::Off).contains("usr"));
}

#[test]
fn what_is_hidden_is_listed_and_files_are_asked_for() {
    let mut screen = Screen::new(100, 20);
    assert_eq!(screen.press(&[Key::Char('e')]), Action::None);
    assert!(screen.text(Colours::Off).contains("choose a regular file first"));
    screen.press(&[Key::Char('w')]);
    let text = screen.text(Colours::Off);
    assert!(text.contains("-    3.5 kB    1  /etc/gone.conf"), "{text}");
    assert!(text.contains("deleted by a higher layer"), "{text}");
    let wanted = Action::Extract { path: "/etc/gone.conf".to_owned(), layer: 0 };
    assert_eq!(screen.press(&[Key::Char('e')]), wanted);
    let wanted = Action::Extract { path: "/etc/a.conf".to_owned(), layer: 1 };
    assert_eq!(screen.press(&[Key::Char('w'), Key::Right, Key::Down, Key::Char('e')]), wanted);
    assert_eq!(screen.press(&[Key::Char('q')]), Action::Quit);
}

#[test]
fn help_and_every_size_of_screen() {
    let mut screen = Screen::new(100, 24);
    screen.press(&[Key::Char('?')]);
    assert!(screen.text(Colours::Off).contains("copy the file into the current directory"));
    screen.press(&[Key::Char('q')]);
    assert!(!screen.text(Colours::Off).contains("copy the file into the current directory"));
    for (width, height) in [(1, 1), (3, 2), (20, 5), (300, 80)] {
        let mut screen = Screen::new(width, height);
        let _drawn = screen.text(Colours::On);
        screen.press(&[Key::Char('w'), Key::PageDown, Key::End, Key::Char('?')]);
        let _drawn = screen.text(Colours::On);
    }
}
