//! How fast the secret scanner is, on one core: `secret_speed FILE...`, each a `docker save` with uncompressed layers.
//!
//! Files are read before the clock runs, so that the disk is not measured; each distinct content is searched once, as `analyze`
//! does it. Prints bytes, seconds of processor time and GB/s of the search alone.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::{collections::HashSet, path::Path, process::ExitCode, sync::Arc, time::Duration};

use jettison_analyze::{ContentId, secrets::SecretScanner};
use jettison_image::{ReadAt, SubRange};
use jettison_rootfs::{DataMap, LayerIndex, Limits};
use jettison_transport::FileBlob;
use rustix::time::{ClockId, clock_gettime};

#[derive(Default)]
struct Measured {
    layers: u64,
    searched: u64,
    hits: usize,
    time: Duration,
}

impl Measured {
    /// Searches some files, and empties the list of them.
    fn add<P: AsRef<[u8]>>(&mut self, scanner: &SecretScanner, batch: &mut Vec<(P, Vec<u8>)>) {
        let begun = processor_time();
        for (path, bytes) in &*batch {
            self.hits += scanner.scan(path.as_ref(), bytes).len();
        }
        self.time += processor_time().saturating_sub(begun);
        self.searched += batch.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
        batch.clear();
    }
}

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        return ExitCode::from(2);
    }
    let scanner = SecretScanner::new();
    let mut seen = HashSet::new();
    for file in &files {
        let mut measured = Measured::default();
        let archive: Arc<dyn ReadAt> = Arc::new(FileBlob::open(Path::new(file)).expect("a file"));
        for (offset, len) in layers(&archive) {
            let layer = SubRange::new(Arc::clone(&archive), offset, len).expect("within the file");
            measured.layers += len;
            search(&layer, &scanner, &mut seen, &mut measured);
        }
        let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
        let (searched, seconds) = (gigabytes(measured.searched), measured.time.as_secs_f64());
        println!(
            "  {name:24} {:.2} GB of layers, {searched:.2} GB searched in {seconds:.2} s: {:.2} GB/s, {} hits",
            gigabytes(measured.layers),
            searched / seconds.max(1e-9),
            measured.hits
        );
    }
    ExitCode::SUCCESS
}

/// What this thread has had of a core: other programs on the machine do not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("it counts up from 0");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("it is below a second"))
}

fn gigabytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let bytes = bytes as f64;
    bytes / 1e9
}

/// Where the layers of an archive lie. A layer that is there twice is a link the second time.
fn layers(archive: &Arc<dyn ReadAt>) -> Vec<(u64, u64)> {
    let index = LayerIndex::read(archive.as_ref(), &Limits::DEFAULT).expect("a tar");
    let members = index.entries().iter().filter(|entry| entry.size > 1024);
    let places = members.filter_map(|entry| match &entry.data {
        DataMap::Contiguous(start) => Some((*start, entry.size)),
        DataMap::Sparse(_) => None,
    });
    places.filter(|(start, _)| is_tar(archive.as_ref(), *start)).collect()
}

/// "ustar" stands at 257 of every header (POSIX.1-1988).
fn is_tar(archive: &dyn ReadAt, start: u64) -> bool {
    let mut magic = [0; 5];
    archive.read_exact_at(start + 257, &mut magic).is_ok() && magic == *b"ustar"
}

/// So many bytes are read before the clock runs: it is a system call, which would be a third of the time of small files.
const BATCH: usize = 64 << 20;

fn search(
    layer: &SubRange,
    scanner: &SecretScanner,
    seen: &mut HashSet<ContentId>,
    measured: &mut Measured,
) {
    let index = LayerIndex::read(layer, &Limits::DEFAULT).expect("a layer");
    let (mut batch, mut held) = (Vec::new(), 0);
    for entry in index.entries() {
        let DataMap::Contiguous(start) = entry.data else { continue };
        let mut bytes = vec![0; usize::try_from(entry.size).expect("it fits into memory")];
        layer.read_exact_at(start, &mut bytes).expect("within the layer");
        if entry.size == 0 || !seen.insert(ContentId::of(&bytes)) {
            continue;
        }
        held += bytes.len();
        batch.push((&entry.path, bytes));
        if held >= BATCH {
            measured.add(scanner, &mut batch);
            held = 0;
        }
    }
    measured.add(scanner, &mut batch);
}
