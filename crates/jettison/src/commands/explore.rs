//! `jettison explore`: an image in the terminal.

use std::{
    io::{self, IsTerminal, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use jettison_analyze::{
    AnalyzeOptions, ImageIndex, IndexCache, IndexOptions, Subject, analyze, layer_inputs,
};
use jettison_explore::{Action, Colours, Contents, Gesture, Key, Model, Pointer, draw, extract};
use jettison_rootfs::{EntryRef, LayerEntry};
use jettison_transport::{OpenOptions, StoredImage, locate};
use ratatui::{
    DefaultTerminal,
    crossterm::{
        event::{
            self, DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEvent, KeyEventKind,
            KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
        },
        execute,
    },
};
use signal_hook::consts::SIGTERM;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::{self, input},
    messages::{DiffText as Text, Language},
    places::{self, PlaceArgs},
    terminal::Terminal,
};

/// How long a key is waited for before the request to end is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// Exit status of a process that SIGTERM ended, as shells tell it.
const TERMINATED: u8 = 128 + 15;

/// Look through an image in the terminal: layers, files, what each layer changes, what is wasted and the edit that saves it
///
/// `?` shows the keys. The mouse works, too; with Shift held, it marks text as ever.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Image: a name (looked for in the local store, in Docker, in its registry), a path, or docker-archive:FILE[:REF],
    /// oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR, docker-daemon:NAME, containers-storage:NAME, docker://NAME, rootfs:PATH
    #[arg(value_name = "IMAGE")]
    source: String,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<String>,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Language of the screen: en, zh; the locale's without it
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    #[command(flatten)]
    places: PlaceArgs,
}

/// Shows the image until the person has seen enough.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    if !stdout().is_terminal() || !stdin().is_terminal() {
        return Err(Failure::new(Kind::Input, "explore needs a terminal")
            .hint("`jettison analyze` and `jettison diff` write to files and pipes"));
    }
    let places = args.places.places(environment, terminal)?;
    let source = places::source(&args.source, &places, terminal)?;
    let mut open = images::open_options(
        &images::work_dir(args.work_dir.as_deref()),
        args.platform.as_deref(),
    )?;
    open.cache = args.places.cache(environment);
    open.places = places;
    terminal.progress(&terminal.language.say(Text::Reading, &[&source.to_string()]));
    let image = locate(&source, &open).map_err(|error| places::not_opened(&error))?;
    let index = index(&image, environment)?;
    let analyzed = analyze(&Subject::of(&image), &index, &AnalyzeOptions::default());
    let language = args.lang.as_deref().map_or(terminal.language, Language::of_locale);
    let mut model = Model::new(Contents::new(index, analyzed, language.into()));
    terminal.clear();
    let colours = if environment.no_color { Colours::Off } else { Colours::On };
    show(&mut model, colours, &image, &open)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))
}

fn index(image: &StoredImage, environment: &Environment) -> Result<ImageIndex, Failure> {
    let cache = environment.cache.as_ref().map(|cache| IndexCache::open(&cache.join("index")));
    let cache = cache.transpose().map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    let options = IndexOptions { cache, ..IndexOptions::default() };
    ImageIndex::build(&layer_inputs(image), &options).map_err(|error| input(&error))
}

/// Takes the terminal over and gives it back, however that ends: ratatui's panic hook does so too.
fn show(
    model: &mut Model,
    colours: Colours,
    image: &StoredImage,
    open: &OpenOptions,
) -> io::Result<ExitCode> {
    let is_terminated = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGTERM, Arc::clone(&is_terminated))?;
    let mut screen = ratatui::try_init()?;
    let mouse = execute!(stdout(), EnableMouseCapture);
    let shown =
        mouse.and_then(|()| watch(&mut screen, (model, colours), image, open, &is_terminated));
    // Both, whatever became of the first.
    let mouse = execute!(stdout(), DisableMouseCapture);
    ratatui::restore();
    mouse.and(shown)
}

/// A file that was copied, or was not: its path and where it is.
type Copied = (Vec<u8>, Result<PathBuf, String>);

fn watch(
    screen: &mut DefaultTerminal,
    (model, colours): (&mut Model, Colours),
    image: &StoredImage,
    open: &OpenOptions,
    is_terminated: &AtomicBool,
) -> io::Result<ExitCode> {
    let (done, copied): (Sender<Copied>, Receiver<Copied>) = channel();
    thread::scope(|scope| {
        loop {
            while let Ok((path, result)) = copied.try_recv() {
                match result {
                    Ok(file) => model.tell_copied(&path, &file.display().to_string()),
                    Err(error) => model.message = error,
                }
            }
            screen.draw(|frame| draw(frame, model, colours))?;
            if is_terminated.load(Ordering::Relaxed) {
                return Ok(ExitCode::from(TERMINATED));
            }
            if !event::poll(GLANCE)? {
                continue;
            }
            match happened(model, &event::read()?) {
                Action::None => {}
                Action::Quit => return Ok(ExitCode::SUCCESS),
                Action::Extract { path, at } => {
                    // A layer may have to be unpacked: the screen answers meanwhile.
                    let (done, entry) = (done.clone(), model.contents.entry(at).clone());
                    scope.spawn(move || {
                        let result = copy_out(image, open, &entry, (&path, at));
                        // Nobody listens once the screen was left.
                        let _sent = done.send((path, result));
                    });
                }
            }
        }
    })
}

/// Hands the model what happened, and says what is to be done.
fn happened(model: &mut Model, event: &Event) -> Action {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
                return Action::Quit;
            }
            translated(*key).map_or(Action::None, |key| model.press(key))
        }
        Event::Mouse(mouse) => {
            if let Some(pointer) = pointer(*mouse) {
                model.point(pointer);
            }
            Action::None
        }
        _ => Action::None,
    }
}

fn pointer(mouse: MouseEvent) -> Option<Pointer> {
    let gesture = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
        MouseEventKind::ScrollUp => Gesture::WheelUp,
        MouseEventKind::ScrollDown => Gesture::WheelDown,
        _ => return None,
    };
    Some(Pointer { column: mouse.column, row: mouse.row, gesture })
}

fn translated(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab | KeyCode::BackTab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Esc => Key::Escape,
        _ => return None,
    })
}

/// Copies the file of an entry into the current directory.
fn copy_out(
    image: &StoredImage,
    open: &OpenOptions,
    entry: &LayerEntry,
    (path, at): (&[u8], EntryRef),
) -> Result<PathBuf, String> {
    let layer = &image.layers[at.layer as usize];
    let opened = layer.verify(open).map_err(|error| format!("layer {}: {error}", at.layer + 1))?;
    extract(&opened.tar, entry, path, Path::new(".")).map_err(|error| error.to_string())
}
