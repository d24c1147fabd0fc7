//! Blobs out: not sent when they are there, mounted where they are next door, resumed where they were cut.

use std::{cell::RefCell, num::NonZero};

use jettison_image::Descriptor;
use ureq::http::{Method, StatusCode};
use url::Url;

use crate::{
    BlobContent, RegistryError, Repository,
    authenticator::Need,
    download::{LEAST_PROGRESS, size_of},
    endpoint::Endpoint,
    payload::BlobStretch,
    retry::Attempts,
    scope::{Action, Scopes},
    session::{Ask, Target, status_error},
    wire::{Payload, Reply},
};

/// How a blob came to be in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The registry took it from another of its repositories.
    Mounted {
        /// Which one.
        from: String,
    },
    /// It was sent.
    Uploaded,
}

/// A blob up to this size goes in one request, without the one that only begins or ends a longer upload.
const MONOLITHIC: u64 = 4 << 20;

/// When a registry, or what stands before it, refuses a request as too large, pieces are not made smaller than this.
const LEAST_PIECE: u64 = 1 << 20;

impl Repository {
    /// Stores a blob. Whether it is there already is for the caller to ask ([`Self::has_blob`]).
    ///
    /// `neighbours` are repositories of the same registry that may have it.
    pub fn push_blob(
        &self,
        blob: &Descriptor,
        content: &mut dyn BlobContent,
        neighbours: &[String],
    ) -> Result<Pushed, RegistryError> {
        let content = RefCell::new(content);
        let endpoint = self.upstream();
        let mut upload = Upload {
            endpoint,
            blob,
            content: &content,
            location: None,
            offset: 0,
            piece: endpoint.session.network().piece.map_or(u64::MAX, NonZero::get),
            has_resumed: false,
        };
        for neighbour in neighbours.iter().filter(|neighbour| **neighbour != endpoint.path) {
            if upload.mount(neighbour)? {
                return Ok(Pushed::Mounted { from: neighbour.clone() });
            }
        }
        upload.run()?;
        Ok(Pushed::Uploaded)
    }

    /// Whether the registry has a blob of this size, asked for with the rights of a push.
    pub fn has_blob(&self, blob: &Descriptor) -> Result<bool, RegistryError> {
        let endpoint = self.upstream();
        Ok(size_of(endpoint, &blob.digest, endpoint.push())? == Some(blob.size))
    }
}

/// One blob on its way.
struct Upload<'a, 'c> {
    endpoint: &'a Endpoint,
    blob: &'a Descriptor,
    content: &'a RefCell<&'c mut dyn BlobContent>,
    /// Where the upload goes on; `None` before it has begun.
    location: Option<Url>,
    /// Bytes that the registry has.
    offset: u64,
    /// Bytes in one request at most.
    piece: u64,
    /// Whether it was ever taken up after a cut.
    has_resumed: bool,
}

impl<'c> Upload<'_, 'c> {
    fn is_present(&self) -> Result<bool, RegistryError> {
        let size = size_of(self.endpoint, &self.blob.digest, self.endpoint.push())?;
        Ok(size == Some(self.blob.size))
    }

    /// Asks for the blob of another repository. When the registry will not, it begins an upload instead.
    fn mount(&mut self, neighbour: &str) -> Result<bool, RegistryError> {
        let path = format!(
            "{}/blobs/uploads/?mount={}&from={neighbour}",
            self.endpoint.path, self.blob.digest
        );
        let mut scopes = Scopes::repository(&self.endpoint.path, &[Action::Pull, Action::Push]);
        scopes.add(neighbour, &[Action::Pull]);
        let need = Need { repository: &self.endpoint.path, scopes: &scopes };
        match self.start(&path, need) {
            // One may not read there, or the connection broke: that is no reason not to push, which tries more than once.
            Err(error) if !error.is_local() => Ok(false),
            other => other,
        }
    }

    /// Begins an upload; `true` when the blob is there at once.
    fn start(&mut self, path: &str, need: Need<'_>) -> Result<bool, RegistryError> {
        let mut ask = Ask::new(Method::POST, Target::Path(path), need);
        ask.payload = Payload::Bytes(&[]);
        let reply = self.endpoint.session.send_once(&ask)?;
        match reply.status() {
            StatusCode::CREATED => {
                reply.drain();
                Ok(true)
            }
            StatusCode::ACCEPTED => {
                self.location = Some(self.endpoint.session.location(&reply)?);
                self.offset = 0;
                reply.drain();
                Ok(false)
            }
            _ => Err(status_error(reply, &ask, None)),
        }
    }

    fn run(&mut self) -> Result<(), RegistryError> {
        let mut attempts = self.endpoint.session.network().attempts();
        loop {
            let error = match self.transfer() {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let reached = self.offset;
            self.wait(&mut attempts, error)?;
            // The answer to the last request may be all that was lost.
            if self.is_present()? {
                return Ok(());
            }
            self.take_up()?;
            if self.offset.saturating_sub(reached) >= LEAST_PROGRESS {
                attempts.moved();
            }
        }
    }

    /// Waits before another attempt, and decides how it is to be different.
    fn wait(&mut self, attempts: &mut Attempts, error: RegistryError) -> Result<(), RegistryError> {
        let RegistryError::Status { status, .. } = &error else { return attempts.again(error) };
        match *status {
            413 if self.next_piece() > LEAST_PIECE => {
                self.piece = (self.next_piece() / 2).max(LEAST_PIECE);
                self.location = None;
                Ok(())
            }
            // The upload is not known any more, or it is known otherwise than we think.
            404 | 416 => attempts.again_anyway(error),
            400 if self.has_resumed => {
                self.location = None;
                self.has_resumed = false;
                attempts.again_anyway(error)
            }
            _ => attempts.again(error),
        }
    }

    /// Sends what is missing, and closes the upload.
    fn transfer(&mut self) -> Result<(), RegistryError> {
        if self.location.is_none() {
            let path = format!("{}/blobs/uploads/", self.endpoint.path);
            if self.start(&path, self.endpoint.push())? {
                return Ok(());
            }
        }
        if self.blob.size <= MONOLITHIC.min(self.piece) && self.offset == 0 {
            return self.close(self.blob.size);
        }
        while self.offset < self.blob.size {
            self.send_piece()?;
        }
        self.close(0)
    }

    fn next_piece(&self) -> u64 {
        self.piece.min(self.blob.size - self.offset)
    }

    fn send_piece(&mut self) -> Result<(), RegistryError> {
        let len = self.next_piece();
        let location = self.location.clone().expect("the upload has begun");
        let mut ask = Ask::new(Method::PATCH, Target::Url(&location), self.endpoint.push());
        ask.headers.push(("content-type", "application/octet-stream".to_owned()));
        let end = self.offset + len;
        if len < self.blob.size {
            ask.headers.push(("content-range", format!("{}-{}", self.offset, end - 1)));
        }
        let stretch = self.stretch(len);
        ask.payload = Payload::Stretch(&stretch);
        ask.patience = Some(self.endpoint.session.network().timeouts.commit_of(len));
        let reply = self.endpoint.session.send_once(&ask)?;
        if !matches!(
            reply.status(),
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT | StatusCode::CREATED
        ) {
            return Err(status_error(reply, &ask, None));
        }
        self.location = Some(self.endpoint.session.location(&reply)?);
        let has = received(&reply).filter(|has| *has > self.offset).unwrap_or(end);
        if has > end {
            let problem = format!("it has {has} bytes of an upload of which {end} were sent");
            return Err(RegistryError::Protocol { host: reply.host, problem });
        }
        reply.drain();
        self.offset = has;
        Ok(())
    }

    /// Says that all is there, with the last `len` bytes.
    fn close(&mut self, len: u64) -> Result<(), RegistryError> {
        let mut location = self.location.clone().expect("the upload has begun");
        location.query_pairs_mut().append_pair("digest", self.blob.digest.as_str());
        let mut ask = Ask::new(Method::PUT, Target::Url(&location), self.endpoint.push());
        ask.headers.push(("content-type", "application/octet-stream".to_owned()));
        let stretch = self.stretch(len);
        ask.payload = if len == 0 { Payload::Bytes(&[]) } else { Payload::Stretch(&stretch) };
        ask.patience = Some(self.endpoint.session.network().timeouts.commit_of(self.blob.size));
        let reply = self.endpoint.session.send_once(&ask)?;
        if !reply.status().is_success() {
            return Err(status_error(reply, &ask, None));
        }
        reply.drain();
        Ok(())
    }

    fn stretch(&self, len: u64) -> BlobStretch<'_, 'c> {
        BlobStretch { content: self.content, start: self.offset, len }
    }

    /// Asks how much the registry has, after a cut. If it does not say, the upload begins anew.
    fn take_up(&mut self) -> Result<(), RegistryError> {
        let Some(location) = self.location.take() else {
            self.offset = 0;
            return Ok(());
        };
        let ask = Ask::new(Method::GET, Target::Url(&location), self.endpoint.push());
        self.offset = 0;
        let reply = match self.endpoint.session.send(&ask) {
            Err(error) if !error.is_local() => return Ok(()),
            other => other?,
        };
        let has = received(&reply).filter(|has| *has > 0 && *has <= self.blob.size);
        if reply.status().is_success()
            && let Some(has) = has
        {
            self.offset = has;
            self.has_resumed = true;
            // Without a new address, the old one still holds.
            self.location = Some(self.endpoint.session.location(&reply).unwrap_or(location));
        }
        reply.drain();
        Ok(())
    }
}

/// How many bytes of the upload the registry has: `Range: 0-4` is five. `0-0` is said for none as well as for one, and is
/// read as none.
fn received(reply: &Reply) -> Option<u64> {
    let range = reply.header("range")?.trim();
    let (start, end) = range.strip_prefix("bytes=").unwrap_or(range).split_once('-')?;
    let end: u64 = end.trim().parse().ok()?;
    match (start.trim(), end) {
        ("0", 0) => Some(0),
        ("0", end) => end.checked_add(1),
        _ => None,
    }
}
