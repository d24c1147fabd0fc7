//! How long the screen takes to answer each key: `cargo bench -p jettison-explore --bench keys -- FILE`, an image archive.
//!
//! Every key is pressed on every layer, with the whole tree open, filtered and sorted, and in the waste; what is timed is what
//! a person waits for: the change of the model and the drawing of a screen of 200 x 60.

#![expect(clippy::print_stdout, reason = "the figures are this program's output")]

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use jettison_analyze::{
    AnalyzeOptions, ImageIndex, IndexOptions, Language, Subject, analyze, layer_inputs,
};
use jettison_explore::{Action, Colours, Contents, Gesture, Key, Model, Pointer, draw};
use jettison_transport::{OpenOptions, Source, locate};
use ratatui::{Terminal, backend::TestBackend};

/// Keys that a person types one after the other; digits stand for special keys, see [`key`].
const WALK: &str = "9*jjjkk34340110*s/usr/li_____etc8a*jj34aw7jj7jj3455w0s?qa8";

struct Bench {
    terminal: Terminal<TestBackend>,
    model: Model,
    times: BTreeMap<String, Vec<Duration>>,
}

impl Bench {
    fn timed(&mut self, name: String, deed: impl FnOnce(&mut Model)) {
        let begun = Instant::now();
        deed(&mut self.model);
        let model = &mut self.model;
        self.terminal.draw(|frame| draw(frame, model, Colours::On)).expect("a test backend");
        self.times.entry(name).or_default().push(begun.elapsed());
    }

    fn press(&mut self, key: Key) {
        self.timed(format!("{key:?}"), |model| {
            let action = model.press(key);
            assert!(!matches!(action, Action::Quit), "the walk does not end");
        });
    }

    fn point(&mut self, gesture: Gesture, column: u16) {
        let name = format!("{gesture:?} at column {column}");
        self.timed(name, |model| model.point(Pointer { column, row: 5, gesture }));
    }
}

fn key(letter: char) -> Key {
    match letter {
        '0' => Key::Home,
        '1' => Key::End,
        '3' => Key::PageDown,
        '4' => Key::PageUp,
        '5' => Key::Left,
        '7' => Key::Right,
        '8' => Key::Escape,
        '9' => Key::Tab,
        '_' => Key::Backspace,
        other => Key::Char(other),
    }
}

fn main() -> ExitCode {
    // Cargo puts flags of its own among the arguments.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let Some(file) = arguments.next().map(PathBuf::from) else { return ExitCode::SUCCESS };
    let open = OpenOptions::new(std::env::temp_dir());
    let image = locate(&Source::Path(file), &open).expect("an image archive");
    let inputs = layer_inputs(&image);
    let index = ImageIndex::build(&inputs, &IndexOptions::default()).expect("sound layers");
    let entries: usize = index.layers.iter().map(|layer| layer.index.entries().len()).sum();
    let (names, bytes, layers) = (index.tree.len(), index.tar_bytes(), index.layers.len());
    let begun = Instant::now();
    let analyzed = analyze(&Subject::of(&image), &index, &AnalyzeOptions::default());
    let (analysed, begun) = (begun.elapsed(), Instant::now());
    let model = Model::new(Contents::new(index, analyzed, Language::English));
    let made = begun.elapsed();
    println!("{} MB, {layers} layers, {entries} entries, {names} names", bytes / 1_000_000);
    println!("analysed in {} ms, made ready in {} ms", analysed.as_millis(), made.as_millis());
    let terminal = Terminal::new(TestBackend::new(200, 60)).expect("a test backend");
    let mut bench = Bench { terminal, model, times: BTreeMap::new() };
    for layer in 0..layers {
        bench.press(Key::Tab);
        bench.press(Key::Tab);
        WALK.chars().for_each(|letter| bench.press(key(letter)));
        for column in [5, 150] {
            for gesture in [Gesture::Click, Gesture::WheelDown, Gesture::WheelUp] {
                bench.point(gesture, column);
            }
        }
        // Back to the layers, and to one that was not shown for a while.
        bench.point(Gesture::Click, 5);
        bench.press(Key::Home);
        (0..layer).for_each(|_| bench.press(Key::Down));
    }
    report(&bench.times)
}

/// The slowest of each key, and of all.
fn report(times: &BTreeMap<String, Vec<Duration>>) -> ExitCode {
    let ms = |time: &Duration| time.as_secs_f64() * 1000.0;
    let mut all: Vec<(f64, &str, f64, usize)> = times
        .iter()
        .map(|(name, times)| {
            let mut sorted: Vec<f64> = times.iter().map(ms).collect();
            sorted.sort_by(f64::total_cmp);
            (sorted[sorted.len() - 1], name.as_str(), sorted[sorted.len() / 2], sorted.len())
        })
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!("{:24} {:>6} {:>10} {:>10}", "key", "times", "median ms", "most ms");
    for (most, name, median, count) in &all {
        println!("{name:24} {count:>6} {median:>10.1} {most:>10.1}");
    }
    let most = all.first().map_or(0.0, |slowest| slowest.0);
    println!("slowest answer: {most:.1} ms (bar: 100 ms)");
    if most <= 100.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
