//! Progress of layers on their way: a bar for each where somebody watches, a line for each in a log.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jettison_image::Digest;
use jettison_transport::{
    Source,
    copy::{BlobRole, CopyEvent, CopyProgressFn, PutBlob},
};

use crate::{
    messages::{ImageText, Language},
    terminal::{TURN, Terminal, spinner},
};

/// Blobs smaller than this get no bar: they are there before it is drawn. In bytes.
const SHOWN: u64 = 256 << 10;

/// Says a line, from any thread.
type Line = Arc<dyn Fn(&str) + Send + Sync>;

/// What is told of all blobs of a command.
pub(crate) struct Transfers {
    bars: Option<Arc<Bars>>,
    /// Says a line, where nobody watches.
    line: Option<Line>,
    language: Language,
}

#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    /// Turns while nothing is known of the layers yet.
    opening: Mutex<Option<ProgressBar>>,
    by_blob: Mutex<BTreeMap<Digest, ProgressBar>>,
}

impl Transfers {
    /// Bars where somebody watches.
    pub(crate) fn new(terminal: &Terminal) -> Self {
        // What was going on before is over; the bars tell what goes on.
        terminal.clear();
        let language = terminal.language;
        let (opening, by_blob) = (Mutex::default(), Mutex::default());
        let bars = terminal.bars().map(|all| Arc::new(Bars { all, opening, by_blob }));
        let is_log = !terminal.is_quiet() && bars.is_none();
        let line = is_log.then(|| Arc::new(terminal.notifier()) as Line);
        Self { bars, line, language }
    }

    /// The source is opened: until its layers are known, that is what goes on. Archives are read whole for it.
    pub(crate) fn opening(&self, source: &Source) {
        if let Some(bars) = &self.bars {
            let bar = bars.all.add(spinner());
            bar.set_message(self.language.say(ImageText::Opening, &[&source.to_string()]));
            bar.enable_steady_tick(TURN);
            *lock(&bars.opening) = Some(bar);
        }
    }

    /// What a copy is to call.
    pub(crate) fn listener(&self) -> CopyProgressFn {
        let (bars, line, language) = (self.bars.clone(), self.line.clone(), self.language);
        Arc::new(move |event| match (&bars, &line, event) {
            (Some(bars), _, event) => bars.tell(event, language),
            (None, Some(line), CopyEvent::Done { blob, how }) if blob.size >= SHOWN => {
                let size = crate::summary::bytes(blob.size);
                line(&format!("{}: {size} {}", blob.digest.short(), language.text(word(how))));
            }
            _ => {}
        })
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        if let Some(bars) = &self.bars {
            bars.opened();
            for bar in std::mem::take(&mut *lock(&bars.by_blob)).into_values() {
                bar.finish_and_clear();
                bars.all.remove(&bar);
            }
        }
    }
}

impl Bars {
    fn opened(&self) {
        if let Some(bar) = lock(&self.opening).take() {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    fn tell(&self, event: CopyEvent<'_>, language: Language) {
        let mut bars = lock(&self.by_blob);
        match event {
            CopyEvent::Planned { blobs } => {
                self.opened();
                let style = style("{decimal_bytes_per_sec:>12}");
                let layers = blobs.iter().filter(|(_, role)| *role == BlobRole::Layer);
                for (blob, _) in layers.filter(|(blob, _)| blob.size >= SHOWN) {
                    // Added before it is drawn for the first time.
                    let bar = self.all.add(ProgressBar::new(blob.size));
                    bar.set_style(style.clone());
                    bar.set_prefix(blob.digest.short().to_owned());
                    bars.insert(blob.digest.clone(), bar);
                }
            }
            CopyEvent::Moved { blob, position } => {
                if let Some(bar) = bars.get(&blob.digest) {
                    bar.set_position(position);
                }
            }
            CopyEvent::Done { blob, how } => {
                if let Some(bar) = bars.get(&blob.digest) {
                    bar.set_style(style("{msg}"));
                    bar.set_position(blob.size);
                    bar.finish_with_message(language.text(word(how)));
                }
            }
        }
    }
}

/// A layer's bar, with `end` behind it. Sizes count in powers of ten, as everywhere else.
fn style(end: &str) -> ProgressStyle {
    let template =
        format!("{{prefix:12}} {{bar:30}} {{decimal_bytes:>9}} / {{decimal_total_bytes:9}} {end}");
    ProgressStyle::with_template(&template).expect("the template is valid")
}

/// How a blob got where it is, in a word.
const fn word(how: PutBlob) -> ImageText {
    match how {
        PutBlob::Moved => ImageText::LayerMoved,
        PutBlob::Present => ImageText::LayerPresent,
        PutBlob::Linked => ImageText::LayerLinked,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
