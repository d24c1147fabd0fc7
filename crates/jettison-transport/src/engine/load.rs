//! An image into an engine, made while it is sent.

use std::{
    io::{self, BufRead, BufReader, BufWriter, PipeReader, PipeWriter, Read},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use jettison_image::{Descriptor, Reference};
use serde_json::Value;

use super::{Engine, EngineError, client::Method};
use crate::{
    archive_destination::put_blob,
    archive_stream::{ArchiveKind, ArchiveStream},
    copy::{Abilities, BlobTransfer, Document, ImageDestination, Order, PutBlob, TransferError},
    entry_name::EntryName,
    hashing::CHUNK,
};

/// The longest line of the engine's answer, in bytes.
const MAX_LINE: u64 = 1 << 20;

/// An image on its way into an engine.
#[derive(Debug)]
pub(crate) struct EngineDestination {
    name: String,
    names: Vec<EntryName>,
    state: Mutex<Option<Sending>>,
}

#[derive(Debug)]
struct Sending {
    stream: ArchiveStream<BufWriter<PipeWriter>>,
    /// Whether the stream was written to its end; without it, the request is broken off.
    is_complete: Arc<AtomicBool>,
    request: JoinHandle<Result<(), EngineError>>,
}

/// Something was put after the end.
#[derive(Debug, thiserror::Error)]
#[error("the image was sent already")]
struct Closed;

impl EngineDestination {
    /// Begins to load an image that is to have these names.
    pub(crate) fn open(
        name: String,
        engine: &Engine,
        names: &[Reference],
    ) -> Result<Self, EngineError> {
        // Asked before anything is read: it tells whether the engine is there.
        engine.version()?;
        let (reader, writer) = io::pipe()?;
        let is_complete = Arc::new(AtomicBool::new(false));
        let body = Sent { pipe: reader, is_complete: is_complete.clone() };
        let engine = engine.clone();
        let request = std::thread::Builder::new()
            .name("engine load".to_owned())
            .spawn(move || engine.load(body))?;
        let writer = BufWriter::with_capacity(CHUNK, writer);
        let stream = ArchiveStream::new(writer, ArchiveKind::Docker)?;
        let names = EntryName::all(names, None);
        let state = Mutex::new(Some(Sending { stream, is_complete, request }));
        Ok(Self { name, names, state })
    }

    /// Does something to the stream. When that fails, the engine's own words are the better reason.
    fn with<T>(
        &self,
        action: impl FnOnce(&mut ArchiveStream<BufWriter<PipeWriter>>) -> Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sending = state.take().ok_or(Closed)?;
        match action(&mut sending.stream) {
            Ok(result) => {
                *state = Some(sending);
                Ok(result)
            }
            Err(error) => {
                let is_broken_pipe = error
                    .downcast_ref::<io::Error>()
                    .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
                drop(sending.stream);
                match join(sending.request) {
                    Err(told) if is_broken_pipe => Err(told.into()),
                    _ => Err(error),
                }
            }
        }
    }
}

impl ImageDestination for EngineDestination {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn abilities(&self) -> Abilities {
        Abilities { indexes: false, order: Order::ByDigest, parallelism: Some(1) }
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
        let sending = self.state.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Sending { mut stream, is_complete, request } = sending.ok_or(Closed)?;
        stream.image(root, &self.names);
        let finished = stream.finish().map(|out| {
            is_complete.store(true, Ordering::Release);
            drop(out);
        });
        join(request)?;
        finished?;
        Ok(Vec::new())
    }
}

fn join(request: JoinHandle<Result<(), EngineError>>) -> Result<(), EngineError> {
    request.join().expect("the request does not panic")
}

/// The body of the request: an end without the last word is an error, so that the engine gets no end.
struct Sent {
    pipe: PipeReader,
    is_complete: Arc<AtomicBool>,
}

impl Read for Sent {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.pipe.read(buf)?;
        if read == 0 && !buf.is_empty() && !self.is_complete.load(Ordering::Acquire) {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the image was given up"));
        }
        Ok(read)
    }
}

impl Engine {
    /// Sends a tar and listens to what the engine says about it.
    fn load(&self, mut body: Sent) -> Result<(), EngineError> {
        let action = "loading the image";
        let answer = self.request(action, "/images/load?quiet=1", Method::Send(&mut body))?;
        let mut lines = BufReader::new(answer.into_body().into_reader());
        loop {
            let mut line = Vec::new();
            let read = lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            // Errors come in the middle of a stream that began with "200 OK".
            let said = serde_json::from_slice::<Value>(&line).unwrap_or_default();
            let error = said.pointer("/errorDetail/message").or_else(|| said.get("error"));
            if let Some(message) = error.and_then(Value::as_str) {
                let (address, action) = (self.address(), action.to_owned());
                return Err(EngineError::Refused { address, action, message: message.to_owned() });
            }
        }
    }
}
