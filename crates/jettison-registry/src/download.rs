//! Blobs in: a reader that goes on where it was cut, and asks the next place where one fails.

use std::io::{self, Read};

use jettison_image::{Descriptor, Digest};
use ureq::http::{Method, StatusCode};

use crate::{
    Notice, RegistryError, Repository,
    authenticator::Need,
    endpoint::{Endpoint, Purpose},
    fault,
    retry::Attempts,
    session::{Ask, Target, status_error},
    wire::Reply,
};

/// An attempt that brought less did not move: a registry that gives a byte at a time would never end.
pub(crate) const LEAST_PROGRESS: u64 = 64 << 10;

impl Repository {
    /// The bytes of a blob from `offset` on.
    ///
    /// Exactly as many come as the descriptor says, or an error, which holds a [`RegistryError`]; whether they have the
    /// right digest is for the reader to find out, and to tell [`Self::distrust`] if not. Nothing is asked for before the
    /// first byte is read.
    pub fn blob(&self, blob: &Descriptor, offset: u64) -> BlobReader {
        let place = 0;
        let attempts = self.attempts();
        let (repository, blob) = (self.clone(), blob.clone());
        BlobReader {
            repository,
            blob,
            position: offset,
            place,
            attempts,
            open: None,
            begun_at: offset,
        }
    }

    /// A blob of at most `limit` bytes, verified: a config.
    pub fn blob_bytes(&self, blob: &Descriptor, limit: usize) -> Result<Vec<u8>, RegistryError> {
        if blob.size > limit as u64 {
            let (host, what) = (self.name().to_owned(), "a config");
            return Err(RegistryError::TooLarge { host, what, limit });
        }
        loop {
            let mut hasher = blob.digest.hasher()?;
            let mut bytes = Vec::new();
            self.blob(blob, 0).read_to_end(&mut bytes).map_err(RegistryError::from_read)?;
            hasher.update(&bytes);
            let (found, expected) = (hasher.finish(), blob.digest.clone());
            if found == expected {
                return Ok(bytes);
            }
            if !self.distrust(&expected, &found) {
                let host = self.name().to_owned();
                return Err(RegistryError::WrongDigest { host, expected, found });
            }
        }
    }

    /// The size of a blob in bytes, if the registry has it.
    pub fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, RegistryError> {
        let endpoint = self.upstream();
        size_of(endpoint, digest, endpoint.pull())
    }
}

/// The size of a blob at one place, asked for with the rights of what shall be done next.
pub(crate) fn size_of(
    endpoint: &Endpoint,
    digest: &Digest,
    need: Need<'_>,
) -> Result<Option<u64>, RegistryError> {
    let path = endpoint.at(&format!("blobs/{digest}"));
    let ask = Ask::new(Method::HEAD, Target::Path(&path), need);
    let reply = endpoint.session.send(&ask)?;
    match reply.status() {
        StatusCode::OK => {
            let length = reply.header("content-length").and_then(|length| length.parse().ok());
            length.map(Some).ok_or_else(|| RegistryError::Protocol {
                host: reply.host.clone(),
                problem: format!("it does not say how long {digest} is"),
            })
        }
        StatusCode::NOT_FOUND => Ok(None),
        _ => Err(status_error(reply, &ask, None)),
    }
}

/// Reads a blob. Made by [`Repository::blob`].
pub struct BlobReader {
    repository: Repository,
    blob: Descriptor,
    /// Where the next byte is, from the blob's beginning.
    position: u64,
    /// Places before this one failed.
    place: usize,
    attempts: Attempts,
    open: Option<OpenBody>,
    /// Where the present attempt began.
    begun_at: u64,
}

/// An answer that is being read.
struct OpenBody {
    reader: Box<dyn Read + Send>,
    host: String,
    /// Whether its end is told apart from a cut.
    has_end: bool,
}

impl BlobReader {
    /// The next bytes, from wherever they can be had.
    fn next(&mut self, buf: &mut [u8]) -> Result<usize, RegistryError> {
        if self.position >= self.blob.size || buf.is_empty() {
            return Ok(0);
        }
        loop {
            match self.attempt(buf) {
                Ok(read) => return Ok(read),
                Err(error) => {
                    self.open = None;
                    self.recover(error)?;
                }
            }
        }
    }

    /// Waits and stays, or goes to the next place; gives the error back at the last one.
    fn recover(&mut self, error: RegistryError) -> Result<(), RegistryError> {
        if error.is_local() {
            return Err(error);
        }
        if self.position - self.begun_at >= LEAST_PROGRESS {
            self.attempts.moved();
        }
        let (place, endpoint) = self.repository.place(Purpose::Digest, self.place);
        let is_first = endpoint.session.is_first_contact(&error);
        let error = if is_first {
            error
        } else {
            match self.attempts.again(error) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            }
        };
        let Some(mirror) = endpoint.mirror() else { return Err(error) };
        if is_first {
            endpoint.set_gone();
        }
        let (mirror, problem) = (mirror.to_owned(), error.to_string());
        self.repository.tell(|| Notice::MirrorFailed { mirror, problem });
        self.place = place + 1;
        self.attempts = self.repository.attempts();
        Ok(())
    }

    fn attempt(&mut self, buf: &mut [u8]) -> Result<usize, RegistryError> {
        if self.open.is_none() {
            self.begun_at = self.position;
            self.open = Some(self.ask()?);
        }
        let open = self.open.as_mut().expect("it was just opened");
        let left = self.blob.size - self.position;
        let wanted = usize::try_from(left).map_or(buf.len(), |left| left.min(buf.len()));
        let read = open.read(&mut buf[..wanted], &self.repository)?;
        if read == 0 {
            let host = open.host.clone();
            return Err(if open.has_end {
                self.wrong_length(host, self.position.to_string())
            } else {
                // Without a length, the end of the body and a cut look the same.
                RegistryError::Broken { host, problem: "the blob ended too early".to_owned() }
            });
        }
        if read as u64 == left {
            // The connection is free for the next blob only when the end was seen; and there must be one.
            let mut beyond = [0];
            if matches!(open.reader.read(&mut beyond), Ok(1)) {
                let host = open.host.clone();
                return Err(self.wrong_length(host, format!("more than {}", self.blob.size)));
            }
            self.open = None;
            self.repository.served(&self.blob.digest, self.place);
        }
        self.position += read as u64;
        Ok(read)
    }

    /// One request, for what is missing yet.
    fn ask(&self) -> Result<OpenBody, RegistryError> {
        let endpoint = self.repository.place(Purpose::Digest, self.place).1;
        let path = endpoint.at(&format!("blobs/{}", self.blob.digest));
        let mut ask = Ask::new(Method::GET, Target::Path(&path), endpoint.pull());
        if self.position > 0 {
            ask.headers.push(("range", format!("bytes={}-", self.position)));
        }
        let reply = endpoint.session.send_once(&ask)?;
        let skip = match reply.status() {
            // It ignores Range and begins anew: what is there already is passed over.
            StatusCode::OK => self.position,
            StatusCode::PARTIAL_CONTENT if self.position > 0 => {
                self.check_range(&reply)?;
                0
            }
            StatusCode::NOT_FOUND => {
                let (repository, digest) = (endpoint.name(), self.blob.digest.clone());
                return Err(RegistryError::UnknownBlob { repository, digest });
            }
            _ => return Err(status_error(reply, &ask, None)),
        };
        self.check_length(&reply, skip)?;
        let has_end =
            reply.header("content-length").is_some() || reply.header("transfer-encoding").is_some();
        let host = reply.host.clone();
        let mut open = OpenBody { reader: Box::new(reply.into_reader()), host, has_end };
        open.pass_over(skip, &self.repository)?;
        Ok(open)
    }

    /// `Content-Range: bytes 5-9/10` must be what was asked for.
    fn check_range(&self, reply: &Reply) -> Result<(), RegistryError> {
        let value = reply.header("content-range").unwrap_or_default();
        let start = value.trim().strip_prefix("bytes ").and_then(|range| range.split_once('-'));
        if start.and_then(|(start, _)| start.trim().parse().ok()) == Some(self.position) {
            return Ok(());
        }
        let (asked, sent) = (self.position, fault::shown(value));
        let problem = format!("asked for bytes from {asked} on, it sends {sent:?}");
        Err(RegistryError::Protocol { host: reply.host.clone(), problem })
    }

    /// A length that is announced wrong needs no transfer to be found out.
    fn check_length(&self, reply: &Reply, skip: u64) -> Result<(), RegistryError> {
        let announced: Option<u64> =
            reply.header("content-length").and_then(|length| length.parse().ok());
        let before = self.position - skip;
        match announced {
            Some(length) if before.checked_add(length) != Some(self.blob.size) => {
                let found = before.saturating_add(length).to_string();
                Err(self.wrong_length(reply.host.clone(), found))
            }
            _ => Ok(()),
        }
    }

    fn wrong_length(&self, host: String, found: String) -> RegistryError {
        let (digest, expected) = (self.blob.digest.clone(), self.blob.size);
        RegistryError::WrongLength { host, digest, expected, found }
    }
}

impl OpenBody {
    fn read(&mut self, buf: &mut [u8], repository: &Repository) -> Result<usize, RegistryError> {
        loop {
            match self.reader.read(buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => {
                    return other
                        .map_err(|error| fault::of_body(&self.host, repository.stall(), &error));
                }
            }
        }
    }

    fn pass_over(&mut self, mut bytes: u64, repository: &Repository) -> Result<(), RegistryError> {
        let mut buf = vec![0; if bytes > 0 { 64 << 10 } else { 0 }];
        while bytes > 0 {
            let wanted = usize::try_from(bytes).map_or(buf.len(), |left| left.min(buf.len()));
            let read = self.read(&mut buf[..wanted], repository)?;
            if read == 0 {
                let problem = "the blob ended too early".to_owned();
                return Err(RegistryError::Broken { host: self.host.clone(), problem });
            }
            bytes -= read as u64;
        }
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.next(buf).map_err(|error| match error {
            RegistryError::Local(error) => error,
            error => io::Error::other(error),
        })
    }
}

impl std::fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader")
            .field("repository", &self.repository.name())
            .field("digest", &self.blob.digest)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
