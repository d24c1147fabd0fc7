//! Messages with descriptors over a stream socket: a length, then JSON.
//!
//! Both ends are the same program, but a workload may try to disturb the helper, so lengths are bounded and a message that
//! does not parse ends the conversation.

use std::{
    ffi::{OsStr, OsString},
    io::{self, IoSlice, IoSliceMut, Read, Write},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

/// Longest message in bytes. The largest is the list of written files: about 250 bytes each, so a quarter of a million.
const MAX_MESSAGE: u32 = 64 << 20;

/// Most descriptors that travel with one message: an exec's three streams.
const MAX_FDS: usize = 4;

/// One end of a conversation.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: UnixStream,
}

impl Channel {
    /// Two connected ends.
    pub(crate) fn pair() -> io::Result<(Self, Self)> {
        let (left, right) = UnixStream::pair()?;
        Ok((Self { stream: left }, Self { stream: right }))
    }

    /// The end that a descriptor is, for the program that was started with it.
    pub(crate) fn from_fd(fd: OwnedFd) -> Self {
        Self { stream: UnixStream::from(fd) }
    }

    /// Gives the descriptor up, to start a program with it.
    pub(crate) fn into_fd(self) -> OwnedFd {
        self.stream.into()
    }

    /// A second handle to the same end.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()? })
    }

    /// Makes [`Self::receive`] fail with `WouldBlock` after this long without a byte.
    pub(crate) fn set_patience(&self, patience: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(patience)
    }

    /// Ends the conversation in both directions: the other side reads end-of-file.
    pub(crate) fn shutdown(&self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Both)
    }

    /// Sends one message with descriptors, which stay open here.
    pub(crate) fn send<M: Serialize>(&self, message: &M, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let body = serde_json::to_vec(message).map_err(io::Error::other)?;
        let length = u32::try_from(body.len())
            .ok()
            .filter(|length| *length <= MAX_MESSAGE)
            .ok_or_else(|| io::Error::other("message too long for the sandbox helper"))?;
        let mut framed = length.to_le_bytes().to_vec();
        framed.extend_from_slice(&body);
        let sent = self.send_first(&framed, fds)?;
        (&self.stream).write_all(framed.get(sent..).unwrap_or_default())
    }

    /// Sends as much as the socket takes at once, with the descriptors.
    fn send_first(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(io::Error::other("too many descriptors in one message"));
        }
        let sent = rustix::io::retry_on_intr(|| {
            rustix::net::sendmsg(
                &self.stream,
                &[IoSlice::new(bytes)],
                &mut control,
                SendFlags::NOSIGNAL,
            )
        })?;
        Ok(sent)
    }

    /// Receives one message and its descriptors; `Ok(None)` when the other side has closed.
    pub(crate) fn receive<M: DeserializeOwned>(&self) -> io::Result<Option<(M, Vec<OwnedFd>)>> {
        let mut length = [0; 4];
        let (received, fds) = self.receive_first(&mut length)?;
        if received == 0 {
            return Ok(None);
        }
        (&self.stream).read_exact(length.get_mut(received..).unwrap_or_default())?;
        let length = u32::from_le_bytes(length);
        if length > MAX_MESSAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "message too long"));
        }
        let mut body = Vec::new();
        let read = (&self.stream).take(u64::from(length)).read_to_end(&mut body)?;
        if read != length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let message = serde_json::from_slice(&body).map_err(io::Error::other)?;
        Ok(Some((message, fds)))
    }

    fn receive_first(&self, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = rustix::io::retry_on_intr(|| {
            rustix::net::recvmsg(
                &self.stream,
                &mut [IoSliceMut::new(buffer)],
                &mut control,
                RecvFlags::CMSG_CLOEXEC,
            )
        })?;
        let fds = control
            .drain()
            .filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(rights) => Some(rights),
                _ => None,
            })
            .flatten()
            .collect();
        Ok((received.bytes, fds))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// Serde for paths that need not be UTF-8 (`PathBuf`'s own refuses them).
pub(crate) mod os_path {
    use super::{Deserialize, Deserializer, OsStr, OsString, Path, PathBuf, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        path: impl AsRef<Path>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let name: &OsStr = path.as_ref().as_os_str();
        name.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<PathBuf, D::Error> {
        OsString::deserialize(deserializer).map(PathBuf::from)
    }
}

/// As [`os_path`], for a path that may be missing.
pub(crate) mod optional_os_path {
    use super::{Deserialize, Deserializer, OsString, PathBuf, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        path.as_ref().map(|path| path.as_os_str()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<OsString>::deserialize(deserializer)?.map(PathBuf::from))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, os::unix::ffi::OsStringExt};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        #[serde(with = "os_path")]
        path: PathBuf,
        #[serde(with = "optional_os_path")]
        other: Option<PathBuf>,
        body: String,
    }

    #[test]
    fn carries_any_path_and_descriptors() {
        let (left, right) = Channel::pair().expect("socketpair");
        let path = PathBuf::from(OsString::from_vec(vec![b'/', 0xff, b'a']));
        let note = Note { path: path.clone(), other: Some(path), body: "x".repeat(1 << 20) };
        let file = File::open("/dev/null").expect("/dev/null");
        let (received, fds) = std::thread::scope(|scope| {
            scope.spawn(|| left.send(&note, &[file.as_fd(), file.as_fd()]).expect("send"));
            right.receive::<Note>().expect("receive").expect("open")
        });
        assert_eq!(received, note);
        assert_eq!(fds.len(), 2);
        drop(left);
        assert!(right.receive::<Note>().expect("closed").is_none());
    }

    #[test]
    fn refuses_what_is_too_long_or_no_message() {
        for (bytes, why) in [
            (u32::MAX.to_le_bytes().to_vec(), "length beyond the bound"),
            ([&3_u32.to_le_bytes()[..], b"{}"].concat(), "cut short"),
            ([&2_u32.to_le_bytes()[..], b"{x"].concat(), "no JSON"),
        ] {
            let (left, right) = Channel::pair().expect("socketpair");
            (&left.stream).write_all(&bytes).expect("send");
            drop(left);
            assert!(right.receive::<Note>().is_err(), "{why}");
        }
    }
}
