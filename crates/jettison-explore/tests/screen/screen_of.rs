//! A model of a small image, and the screen it is shown on.

use std::sync::Arc;

use jettison_analyze::{
    AnalyzeOptions, ImageIndex, IndexOptions, Language, LayerInput, Subject, analyze,
};
use jettison_explore::{Action, Colours, Contents, Key, Model, draw};
use jettison_image::{Digest, History, ImageConfig};
use jettison_rootfs::fixture::TreeBuilder;
use ratatui::{
    Terminal,
    backend::TestBackend,
    style::{Color, Modifier},
};

/// Two layers: files, a link, some removed, one changed, one with a name that would steer a terminal.
pub(crate) fn blobs() -> Vec<Vec<u8>> {
    TreeBuilder::new()
        .dir("/etc", 0o755)
        .file("/etc/a.conf", 0o640, b"a=1")
        .owner("/etc/a.conf", 5, 6)
        .file("/etc/gone.conf", 0o644, &[1; 3000])
        .symlink("/etc/link", "a.conf")
        .dir("/usr", 0o755)
        .file("/usr/large", 0o755, &vec![2; 70_000])
        .file("/usr/large-cache", 0o644, &vec![3; 70_000])
        .layer()
        .file("/etc/a.conf", 0o644, b"a=22")
        .whiteout("/etc/gone.conf")
        .whiteout("/usr/large-cache")
        .file("/new/evil\u{1b}[31m", 0o644, b"x")
        .blobs()
}

pub(crate) fn model_of(blobs: Vec<Vec<u8>>, language: Language) -> Model {
    let mut config = ImageConfig::default();
    for (number, blob) in blobs.iter().enumerate() {
        let made = if number == 0 { "RUN make rootfs" } else { "RUN change it" };
        config.rootfs.diff_ids.push(Digest::sha256(blob));
        config.history.push(History { created_by: Some(made.to_owned()), ..History::default() });
    }
    let input = |blob: Vec<u8>| LayerInput { diff_id: None, content: Arc::new(blob) };
    let inputs: Vec<LayerInput> = blobs.into_iter().map(input).collect();
    let index = ImageIndex::build(&inputs, &IndexOptions::default()).expect("sound layers");
    let subject = Subject {
        name: "test image".to_owned(),
        tags: Vec::new(),
        config,
        image_id: String::new(),
        stored: Vec::new(),
        warnings: Vec::new(),
    };
    let analyzed = analyze(&subject, &index, &AnalyzeOptions::default());
    Model::new(Contents::new(index, analyzed, language))
}

pub(crate) struct Screen {
    pub(crate) terminal: Terminal<TestBackend>,
    pub(crate) model: Model,
}

impl Screen {
    pub(crate) fn new(model: Model, width: u16, height: u16) -> Self {
        let terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
        Self { terminal, model }
    }

    pub(crate) fn press(&mut self, keys: &[Key]) -> Action {
        keys.iter().fold(Action::None, |_, &key| self.model.press(key))
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        text.chars().for_each(|letter| {
            self.model.press(Key::Char(letter));
        });
    }

    /// Draws, and tells what stands there: not what the backend holds, which keeps old cells behind wide letters.
    pub(crate) fn text(&mut self, colours: Colours) -> String {
        let model = &mut self.model;
        let drawn = self.terminal.draw(|frame| draw(frame, model, colours));
        let buffer = drawn.expect("it can be drawn").buffer;
        let width = usize::from(buffer.area.width);
        let cells: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        cells.chunks(width).map(|line| line.concat() + "\n").collect()
    }

    pub(crate) fn colours(&self) -> Vec<Color> {
        self.terminal.backend().buffer().content.iter().map(|cell| cell.fg).collect()
    }

    /// Columns and rows of the cells that are marked as chosen.
    pub(crate) fn marked(&self) -> Vec<(usize, usize)> {
        let buffer = self.terminal.backend().buffer();
        let width = usize::from(buffer.area.width);
        let is_marked = |cell: &ratatui::buffer::Cell| cell.modifier.contains(Modifier::REVERSED);
        let cells = buffer.content.iter().enumerate().filter(|(_, cell)| is_marked(cell));
        cells.map(|(at, _)| (at % width, at / width)).collect()
    }
}
