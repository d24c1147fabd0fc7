//! What single keys and clicks do.

use jettison_analyze::Language;
use jettison_explore::{Action, Colours, Gesture, Key, Mode, Pane, Pointer, Sort};
use jettison_rootfs::{EntryRef, fixture::TreeBuilder};
use ratatui::style::Color;

use crate::screen_of::{Screen, blobs, model_of};

fn screen(width: u16, height: u16) -> Screen {
    Screen::new(model_of(blobs(), Language::English), width, height)
}

fn click(column: u16, row: u16) -> Pointer {
    Pointer { column, row, gesture: Gesture::Click }
}

#[test]
fn the_tree_shows_what_the_layer_did() {
    let mut screen = screen(110, 24);
    let text = screen.text(Colours::On);
    for part in [
        "test image",
        "RUN make rootfs",
        "RUN change it",
        "tree after layer 2",
        "▸ etc",
        "+      1 B  ▸ new",
    ] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    screen.press(&[Key::Tab, Key::Enter]);
    let text = screen.text(Colours::On);
    for part in ["▾ etc", "~      4 B      a.conf", "-   3.0 kB      gone.conf"] {
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
    // The lower layer has the file as it was; the directory stays open and the line chosen.
    screen.press(&[Key::Tab, Key::Up, Key::Tab]);
    let text = screen.text(Colours::On);
    assert!(text.contains("file 0640 5:6 3 B"), "{text}");
}

#[test]
fn wide_screens_show_permissions_and_owners() {
    let mut screen = screen(140, 24);
    screen.press(&[Key::Tab, Key::Char('*')]);
    screen.press(&[Key::Tab, Key::Up]);
    let text = screen.text(Colours::Off);
    assert!(text.contains("-rw-r----- 5:6 ") && text.contains("drwxr-xr-x 0:0 "), "{text}");
    assert!(text.contains("lrwxrwxrwx") && text.contains("link → a.conf"), "{text}");
}

#[test]
fn only_changes_filter_and_sort() {
    let mut screen = screen(100, 20);
    screen.press(&[Key::Char('a'), Key::Char('*')]);
    assert_eq!(screen.model.mode, Mode::Changes);
    let text = screen.text(Colours::Off);
    assert!(text.contains("changes of layer 2") && text.contains("a.conf"), "{text}");
    assert!(!text.contains("link"), "the layer did not change it: {text}");
    screen.press(&[Key::Left, Key::Char('a'), Key::Char('s')]);
    assert_eq!(screen.model.sort, Sort::Size);
    let text = screen.text(Colours::Off);
    let place = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name}: {text}"));
    assert!(place("usr") < place("etc"), "{text}");
    screen.type_text("/*.CONF");
    let text = screen.text(Colours::Off);
    assert!(text.contains("a.conf") && !text.contains("large"), "{text}");
    assert!(text.contains("/*.CONF"), "{text}");
    screen.press(&[Key::Backspace, Key::Enter]);
    assert_eq!((screen.model.pane, screen.model.is_typing), (Pane::Files, false));
    screen.press(&[Key::Escape]);
    assert!(screen.text(Colours::Off).contains("usr"));
    screen.type_text("/usr/la");
    let text = screen.text(Colours::Off);
    assert!(text.contains("large") && !text.contains("conf"), "the whole path counts: {text}");
    screen.type_text("#");
    assert!(screen.text(Colours::Off).contains("no name matches usr/la#"));
}

#[test]
fn waste_stands_under_its_cause_with_the_edit_that_saves_it() {
    let mut screen = screen(120, 30);
    screen.press(&[Key::Char('w')]);
    let text = screen.text(Colours::Off);
    assert!(
        text.contains("waste by cause") && text.contains("▸ removed by a later layer"),
        "{text}"
    );
    assert!(text.contains("what to do:") && text.contains("(layer 1)"), "{text}");
    screen.press(&[Key::Enter, Key::Down]);
    let text = screen.text(Colours::Off);
    assert!(text.contains("layer 1 · removed by layer 2"), "{text}");
    screen.press(&[Key::Right, Key::Down]);
    let text = screen.text(Colours::Off);
    assert!(text.contains("-  70.7 kB") && text.contains("/usr/large-cache"), "{text}");
    let at = EntryRef { layer: 0, entry: 6 };
    let wanted = Action::Extract { path: b"/usr/large-cache".to_vec(), at };
    assert_eq!(screen.press(&[Key::Char('e')]), wanted);
    assert!(screen.text(Colours::Off).contains("copying /usr/large-cache"));
    // Back in the tree its own directories are open, not those of the waste.
    screen.press(&[Key::Char('w')]);
    let text = screen.text(Colours::Off);
    assert!(text.contains("▸ etc") && !text.contains('▾'), "{text}");
}

#[test]
fn files_are_asked_for_by_their_entry() {
    let mut screen = screen(100, 20);
    screen.press(&[Key::Tab]);
    assert_eq!(screen.press(&[Key::Char('e')]), Action::None);
    assert!(screen.text(Colours::Off).contains("choose a regular file first"));
    let wanted =
        Action::Extract { path: b"/etc/a.conf".to_vec(), at: EntryRef { layer: 1, entry: 0 } };
    assert_eq!(screen.press(&[Key::Right, Key::Down, Key::Char('e')]), wanted);
    screen.model.tell_copied(b"/etc/a.conf", "./a.conf");
    assert!(screen.text(Colours::Off).contains("/etc/a.conf is copied to ./a.conf"));
    assert_eq!(screen.press(&[Key::Char('q')]), Action::Quit);
}

#[test]
fn names_that_are_no_text_are_kept_to_the_byte() {
    let mut tar = tar::Builder::new(Vec::new());
    let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"d\xe9j\xe0");
    let mut header = tar::Header::new_gnu();
    header.set_path(name).expect("it is short");
    header.set_size(1);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, &b"x"[..]).expect("memory takes all");
    let blob = tar.into_inner().expect("memory takes all");
    let mut screen = Screen::new(model_of(vec![blob], Language::English), 100, 20);
    assert!(screen.text(Colours::Off).contains("d\u{fffd}j\u{fffd}"));
    let wanted =
        Action::Extract { path: b"/d\xe9j\xe0".to_vec(), at: EntryRef { layer: 0, entry: 0 } };
    assert_eq!(screen.press(&[Key::Tab, Key::Char('e')]), wanted);
}

#[test]
fn the_mouse_chooses_opens_and_scrolls() {
    let mut screen = screen(110, 24);
    let _drawn = screen.text(Colours::On);
    // The list of layers begins below its title.
    screen.model.point(click(5, 1));
    assert_eq!((screen.model.layer(), screen.model.pane), (0, Pane::Layers));
    screen.model.point(Pointer { column: 5, row: 1, gesture: Gesture::WheelDown });
    assert_eq!(screen.model.layer(), 1);
    let _drawn = screen.text(Colours::On);
    screen.model.point(click(80, 1));
    assert_eq!((screen.model.pane, screen.model.files.chosen()), (Pane::Files, 0));
    screen.model.point(click(80, 1));
    assert!(screen.text(Colours::On).contains("gone.conf"), "a second click opens");
    screen.model.point(Pointer { column: 80, row: 9, gesture: Gesture::WheelDown });
    assert_eq!(screen.model.files.chosen(), 3);
    screen.model.point(Pointer { column: 80, row: 9, gesture: Gesture::WheelUp });
    assert_eq!(screen.model.files.chosen(), 0);
    // Below the last line, on the frame and on the last row there is nothing to choose.
    for (column, row) in [(80, 20), (80, 0), (0, 1), (5, 23), (500, 500)] {
        screen.model.point(click(column, row));
        assert_eq!(screen.model.files.chosen(), 0, "{column} {row}");
    }
    screen.press(&[Key::Char('?')]);
    screen.model.point(click(80, 2));
    assert!(!screen.model.has_help);
}

#[test]
fn help_and_every_size_of_screen() {
    let mut shown = screen(100, 24);
    shown.press(&[Key::Char('?')]);
    assert!(shown.text(Colours::Off).contains("copy the file into the current directory"));
    shown.press(&[Key::Char('q')]);
    assert!(!shown.text(Colours::Off).contains("copy the file into the current directory"));
    for (width, height) in [(1, 1), (3, 2), (20, 5), (300, 80)] {
        let mut screen = screen(width, height);
        let _drawn = screen.text(Colours::On);
        screen.press(&[Key::Char('w'), Key::PageDown, Key::End, Key::Char('?')]);
        let _drawn = screen.text(Colours::On);
    }
}

#[test]
fn the_screen_speaks_chinese() {
    let mut screen = Screen::new(model_of(blobs(), Language::Chinese), 110, 28);
    let text = screen.text(Colours::Off);
    // A wide letter takes two cells, of which the second shows as a blank.
    let has = |text: &str, part: &str| text.replace(' ', "").contains(&part.replace(' ', ""));
    assert!(has(&text, "第 2 层之后的文件树") && has(&text, "? 帮助"), "{text}");
    screen.press(&[Key::Char('w')]);
    let text = screen.text(Colours::Off);
    assert!(has(&text, "被后面的层删除") && has(&text, "如何改进"), "{text}");
    screen.press(&[Key::Char('?')]);
    let text = screen.text(Colours::Off);
    assert!(has(&text, "打开或关闭目录"), "{text}");
    let english = screen.text(Colours::Off);
    assert!(!has(&english, "wasted") && !has(&english, "layer"), "{english}");
}

#[test]
fn trees_of_layers_are_the_same_when_one_comes_back() {
    let mut builder = TreeBuilder::new().file("/base", 0o644, b"x");
    for layer in 1..12 {
        builder = builder.layer().file(&format!("/d/file-{layer}"), 0o644, b"x");
        builder = if layer % 3 == 0 {
            builder.whiteout(&format!("/d/file-{}", layer - 1))
        } else {
            builder
        };
    }
    let mut screen = Screen::new(model_of(builder.blobs(), Language::English), 100, 40);
    screen.press(&[Key::Tab, Key::Char('*'), Key::Down, Key::Char('*'), Key::Tab]);
    let mut seen = vec![screen.text(Colours::Off)];
    for _ in 0..11 {
        screen.press(&[Key::Up]);
        seen.push(screen.text(Colours::Off));
    }
    assert!(seen[3].contains("tree after layer 9"), "{}", seen[3]);
    assert!(seen[2].contains("-      1 B      file-8"), "{}", seen[2]);
    for expected in seen.iter().rev().skip(1) {
        screen.press(&[Key::Down]);
        let text = screen.text(Colours::Off);
        assert!(text.contains("base"), "{text}");
        let title = |text: &str| text.lines().next().map(str::to_owned);
        assert_eq!(title(&text), title(expected));
    }
    // What was open where nothing was left to open stays closed; open it and all is as it was.
    screen.press(&[Key::Home, Key::End, Key::Tab, Key::End, Key::Right]);
    let files = |text: &str| text.matches("file-").count();
    let text = screen.text(Colours::Off);
    assert_eq!(files(&text), files(&seen[0]), "{text}\n{}", seen[0]);
}
