//! Progress of layers on their way: a bar for each where somebody watches, a line for each in a log.

use std::{
    collections::BTreeMap,
    io::IsTerminal,
    sync::{Arc, Mutex, PoisonError},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jettison_image::Digest;
use jettison_transport::copy::{BlobRole, CopyEvent, CopyProgressFn, PutBlob};

use crate::terminal::Terminal;

/// Blobs smaller than this get no bar: they are there before it is drawn. In bytes.
const SHOWN: u64 = 256 << 10;

/// Says a line, from any thread.
type Line = Arc<dyn Fn(&str) + Send + Sync>;

/// What is told of all blobs of a command.
pub(crate) struct Transfers {
    bars: Option<Arc<Bars>>,
    /// Says a line, where nobody watches.
    line: Option<Line>,
}

#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    by_blob: Mutex<BTreeMap<Digest, ProgressBar>>,
}

impl Transfers {
    /// Bars on stderr, if that is a terminal and nobody asked for quiet.
    pub(crate) fn new(terminal: &Terminal) -> Self {
        let watched = !terminal.is_quiet() && std::io::stderr().is_terminal();
        let bars = watched.then(|| {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            Arc::new(Bars { all, by_blob: Mutex::new(BTreeMap::new()) })
        });
        let is_log = !terminal.is_quiet() && bars.is_none();
        let line = is_log.then(|| Arc::new(terminal.notifier()) as Line);
        Self { bars, line }
    }

    /// What a copy is to call.
    pub(crate) fn listener(&self) -> CopyProgressFn {
        let (bars, line) = (self.bars.clone(), self.line.clone());
        Arc::new(move |event| match (&bars, &line, event) {
            (Some(bars), _, event) => bars.tell(event),
            (None, Some(line), CopyEvent::Done { blob, how }) if blob.size >= SHOWN => {
                let size = crate::summary::bytes(blob.size);
                line(&format!("{}: {size} {}", blob.digest.short(), word(how)));
            }
            _ => {}
        })
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        if let Some(bars) = &self.bars {
            bars.by_blob.lock().unwrap_or_else(PoisonError::into_inner).clear();
            // A terminal that went away is no reason to fail.
            drop(bars.all.clear());
        }
    }
}

impl Bars {
    fn tell(&self, event: CopyEvent<'_>) {
        let mut bars = self.by_blob.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            CopyEvent::Planned { blobs } => {
                let style = ProgressStyle::with_template(
                    "{prefix:12} {bar:30} {bytes:>10}/{total_bytes:10} {bytes_per_sec:>12} {msg}",
                );
                let style = style.expect("the template is valid");
                let layers = blobs.iter().filter(|(_, role)| *role == BlobRole::Layer);
                for (blob, _) in layers.filter(|(blob, _)| blob.size >= SHOWN) {
                    let bar = ProgressBar::new(blob.size).with_style(style.clone());
                    bar.set_prefix(blob.digest.short().to_owned());
                    bars.insert(blob.digest.clone(), self.all.add(bar));
                }
            }
            CopyEvent::Moved { blob, position } => {
                if let Some(bar) = bars.get(&blob.digest) {
                    bar.set_position(position);
                }
            }
            CopyEvent::Done { blob, how } => {
                if let Some(bar) = bars.get(&blob.digest) {
                    bar.set_position(blob.size);
                    bar.finish_with_message(word(how));
                }
            }
        }
    }
}

/// How a blob got where it is, in a word.
const fn word(how: PutBlob) -> &'static str {
    match how {
        PutBlob::Moved => "done",
        PutBlob::Present => "already there",
        PutBlob::Linked => "linked",
    }
}
