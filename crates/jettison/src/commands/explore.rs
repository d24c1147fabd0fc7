//! `jettison explore`: an image in the terminal.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jettison_analyze::{ImageIndex, IndexCache, IndexOptions, LayerInput};
use jettison_explore::{Action, Colours, Contents, Key, Model, draw, extract};
use jettison_image::ImageConfig;
use jettison_transport::{OpenOptions, StoredImage, StoredLayer, locate};
use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
};
use signal_hook::consts::SIGTERM;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::{self, input},
    messages::DiffText as Text,
    places::{self, PlaceArgs},
    terminal::Terminal,
};

/// How long a key is waited for before the request to end is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// Exit status of a process that SIGTERM ended, as shells tell it.
const TERMINATED: u8 = 128 + 15;

/// Look through an image in the terminal: layers, files, what each layer changes, what higher layers hide
///
/// `?` shows the keys.
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
    #[command(flatten)]
    places: PlaceArgs,
}

/// Shows the image until the person has seen enough.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::new(Kind::Input, "explore needs a terminal")
            .hint("`jettison diff` writes to files and pipes"));
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
    let contents = Contents::new(&image.source_name, &index, &instructions(&image.config));
    let mut model = Model::new(contents.map_err(|error| input(&error))?);
    drop(index);
    terminal.clear();
    let colours = if environment.no_color { Colours::Off } else { Colours::On };
    show(&mut model, colours, &image, &open)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))
}

fn index(image: &StoredImage, environment: &Environment) -> Result<ImageIndex, Failure> {
    let cache = environment.cache.as_ref().map(|cache| IndexCache::open(&cache.join("index")));
    let cache = cache.transpose().map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    let input_of = |layer: &StoredLayer| LayerInput {
        diff_id: Some(layer.diff_id.clone()),
        content: Arc::clone(&layer.content),
    };
    let inputs: Vec<LayerInput> = image.layers.iter().map(input_of).collect();
    let options = IndexOptions { cache, ..IndexOptions::default() };
    ImageIndex::build(&inputs, &options).map_err(|error| input(&error))
}

/// What made each layer; nothing where the history does not fit the layers.
fn instructions(config: &ImageConfig) -> Vec<String> {
    let steps = config.history.iter().filter(|step| !step.empty_layer);
    let made: Vec<String> = steps
        .map(|step| step.created_by.as_deref().unwrap_or_default().trim().to_owned())
        .collect();
    if made.len() == config.rootfs.diff_ids.len() { made } else { Vec::new() }
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
    let shown = watch(&mut screen, model, colours, &is_terminated, &mut |path, layer| {
        copy_out(image, open, path, layer)
    });
    ratatui::restore();
    shown
}

/// What copies a file out and says what came of it.
type Extract<'a> = &'a mut dyn FnMut(&str, usize) -> String;

fn watch(
    screen: &mut DefaultTerminal,
    model: &mut Model,
    colours: Colours,
    is_terminated: &AtomicBool,
    copy: Extract<'_>,
) -> io::Result<ExitCode> {
    loop {
        screen.draw(|frame| draw(frame, model, colours))?;
        while !event::poll(GLANCE)? {
            if is_terminated.load(Ordering::Relaxed) {
                return Ok(ExitCode::from(TERMINATED));
            }
        }
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Ok(ExitCode::SUCCESS);
        }
        let Some(key) = translated(key) else { continue };
        match model.press(key) {
            Action::None => {}
            Action::Quit => return Ok(ExitCode::SUCCESS),
            Action::Extract { path, layer } => model.message = copy(&path, layer),
        }
    }
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

/// Copies a file out of a layer into the current directory, and says what came of it.
fn copy_out(image: &StoredImage, open: &OpenOptions, path: &str, layer: usize) -> String {
    let opened = match image.layers[layer].verify(open) {
        Ok(opened) => opened,
        Err(error) => return format!("layer {}: {error}", layer + 1),
    };
    match extract(&opened.tar, path, Path::new(".")) {
        Ok(file) => format!("{path} is copied to {}", file.display()),
        Err(error) => error.to_string(),
    }
}
