//! An image archive as the destination of a copy.

use std::{
    fs::File,
    io::{self, BufWriter, IntoInnerError, Read, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        mpsc::{Sender, channel},
    },
    thread::{self, JoinHandle},
};

use jettison_image::{Descriptor, Digest, MAX_CONFIG, ReadAt};

use crate::{
    WriteError,
    archive_stream::{ArchiveKind, ArchiveStream},
    copy::{
        Abilities, BlobRole, BlobTransfer, Document, ImageDestination, Order, PutBlob,
        TransferError, VerifyError,
    },
    entry_name::EntryName,
    hash_thread::HashThread,
    hashing::CHUNK,
    staged_file::{Durability, StagedFile},
};

/// A file that appears under its name when the last image is committed.
#[derive(Debug)]
pub(crate) struct ArchiveDestination {
    name: String,
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `None` once it is finished, or broken by an error in the middle.
    stream: Option<ArchiveStream<BufWriter<Sink>>>,
    /// The names of the images that are still to come, the next one last.
    images: Vec<Vec<EntryName>>,
    /// Bytes of the finished file.
    size: u64,
}

/// Where the archive is written.
enum Sink {
    /// A file without a name yet.
    File(StagedFile),
    /// A stream.
    Stream(Box<dyn Write + Send>),
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => f.debug_tuple("File").field(file).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(buf),
            Self::Stream(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}

/// Something was put after the end, or after an error that left the archive incomplete.
#[derive(Debug, thiserror::Error)]
#[error("the archive is closed")]
struct Closed;

impl ArchiveDestination {
    /// An archive of as many images as there are lists of names.
    pub(crate) fn create(
        name: String,
        path: &Path,
        kind: ArchiveKind,
        images: Vec<Vec<EntryName>>,
    ) -> Result<Self, WriteError> {
        let path = target(path)?;
        let staged = StagedFile::new_in(directory_of(&path))?;
        Self::begin(name, path, (Sink::File(staged), kind), images)
    }

    /// The same, written to a stream.
    pub(crate) fn stream(
        name: String,
        stream: Box<dyn Write + Send>,
        kind: ArchiveKind,
        images: Vec<Vec<EntryName>>,
    ) -> Result<Self, WriteError> {
        Self::begin(name, PathBuf::new(), (Sink::Stream(stream), kind), images)
    }

    fn begin(
        name: String,
        path: PathBuf,
        (sink, kind): (Sink, ArchiveKind),
        mut images: Vec<Vec<EntryName>>,
    ) -> Result<Self, WriteError> {
        let stream = ArchiveStream::new(BufWriter::with_capacity(CHUNK, sink), kind)?;
        images.reverse();
        let state = State { stream: Some(stream), images, size: 0 };
        Ok(Self { name, path, state: Mutex::new(state) })
    }

    /// The size of the finished file in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).size
    }

    /// Writes an uncompressed layer and hashes it beside; its header gets its name when that is known. The disk takes what
    /// was written while more is read: otherwise everything waits for it at the end.
    pub(crate) fn put_new_layer(&self, tar: &dyn ReadAt) -> Result<Digest, TransferError> {
        self.with(|stream| {
            let out = stream.out();
            out.flush()?;
            let Sink::File(staged) = out.get_ref() else { return Err(Closed.into()) };
            staged.reserve(tar.len())?;
            let (start, file) = (staged.len()?, staged.handle()?);
            let (written, flusher) = sync_beside(file);
            let (hasher, mut since) = (HashThread::start(), 0);
            let copied = stream.unnamed_layer(tar, &hasher, &mut |bytes| {
                since += bytes;
                if since >= SYNC_BYTES {
                    since = 0;
                    // A thread that ended tells why when it is joined.
                    let _told = written.send(());
                }
            });
            drop(written);
            flusher.join().expect("syncing does not panic")?;
            copied?;
            let digest = hasher.finish();
            let header = stream.named(&digest, tar.len());
            let out = stream.out();
            out.flush()?;
            let Sink::File(staged) = out.get_ref() else { return Err(Closed.into()) };
            match header {
                Some(header) => staged.write_over(start, header.as_bytes())?,
                None => staged.cut(start)?,
            }
            Ok(digest)
        })
    }

    /// Does something to the stream; an error closes it for good.
    fn with<T>(
        &self,
        action: impl FnOnce(&mut ArchiveStream<BufWriter<Sink>>) -> Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = state.stream.take().ok_or(Closed)?;
        let result = action(&mut stream)?;
        state.stream = Some(stream);
        Ok(result)
    }
}

impl ImageDestination for ArchiveDestination {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn abilities(&self) -> Abilities {
        Abilities { indexes: true, order: Order::ByDigest, parallelism: Some(1) }
    }

    fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, TransferError> {
        self.with(|stream| Ok(stream.has(&descriptor.digest)))
    }

    fn put_blob(&self, transfer: &mut BlobTransfer<'_>) -> Result<PutBlob, TransferError> {
        self.with(|stream| put_blob(stream, transfer))
    }

    fn put_document(&self, document: &Document) -> Result<(), TransferError> {
        self.with(|stream| Ok(stream.document(document.digest(), &document.bytes)?))
    }

    fn commit(&self, root: &Document) -> Result<Vec<String>, TransferError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let names = state.images.pop().ok_or(Closed)?;
        let mut stream = state.stream.take().ok_or(Closed)?;
        stream.image(root, &names);
        if state.images.is_empty() {
            let sink = stream.finish()?.into_inner().map_err(IntoInnerError::into_error)?;
            match sink {
                Sink::File(staged) => {
                    state.size = staged.publish(&self.path, Durability::Synced)?.len();
                }
                Sink::Stream(mut stream) => stream.flush()?,
            }
        } else {
            state.stream = Some(stream);
        }
        Ok(Vec::new())
    }
}

/// Bytes after which a thread carries them to the disk: some tenths of a second of a disk's work.
const SYNC_BYTES: usize = 128 << 20;

/// A thread that syncs a file whenever it is told to. Its error is that of the file: a later sync would not tell it again.
fn sync_beside(file: File) -> (Sender<()>, JoinHandle<io::Result<()>>) {
    let (tell, told) = channel();
    let flusher = thread::spawn(move || {
        while told.recv().is_ok() {
            while told.try_recv().is_ok() {}
            file.sync_data()?;
        }
        Ok(())
    });
    (tell, flusher)
}

/// Writes a blob; configs are looked into.
pub(crate) fn put_blob<W: Write>(
    stream: &mut ArchiveStream<W>,
    transfer: &mut BlobTransfer<'_>,
) -> Result<PutBlob, TransferError> {
    let descriptor = transfer.descriptor().clone();
    match transfer.role() {
        BlobRole::Config if descriptor.size <= MAX_CONFIG as u64 => {
            let mut bytes = Vec::new();
            transfer.open(0)?.read_to_end(&mut bytes)?;
            stream.config(&descriptor.digest, &bytes)?;
        }
        BlobRole::Config => {
            let (digest, size) = (descriptor.digest, descriptor.size);
            return Err(VerifyError::TooLarge { digest, size, limit: MAX_CONFIG }.into());
        }
        BlobRole::Layer => stream.layer(&descriptor, &mut transfer.open(0)?)?,
    }
    Ok(PutBlob::Moved)
}

/// Where the file really goes: links are followed, and only a regular file is replaced.
fn target(path: &Path) -> Result<PathBuf, WriteError> {
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(fs_err::canonicalize(path)?),
        Ok(_) => Err(WriteError::NotAFile { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error.into()),
    }
}

/// The directory that a file is in.
fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
