//! Ports of this machine that lead into the container, for a person's browser and a user's own tests.
//!
//! The listening sockets are made once and are the same in every run, so that addresses are. What arrives between two runs is
//! turned away.

use std::{
    collections::BTreeMap,
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    str::FromStr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::Scope,
    time::Duration,
};

use jettison_probe::Dialer;
use jettison_sandbox::Tier;
use rustix::{
    event::{EventfdFlags, PollFd, PollFlags},
    fd::OwnedFd,
};
use thiserror::Error;

/// A port to publish, as `--publish` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publish {
    /// The address of this machine that it is open on.
    pub ip: IpAddr,
    /// The port of this machine; 0 for any free one.
    pub port: u16,
    /// The port in the container.
    pub container_port: u16,
}

/// Why a port cannot be published.
#[derive(Debug, Error)]
pub enum PublishError {
    /// It is written wrongly.
    #[error("{text:?}: {problem}; write PORT, PORT:CONTAINER-PORT or ADDRESS:PORT:CONTAINER-PORT")]
    Form {
        /// As given.
        text: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Without namespaces the image may have the same network as this machine, and wants the port itself.
    #[error(
        "port {port} cannot be published as itself where images run without user namespaces (tier 3): publish it as another, \
         such as {other}:{port}"
    )]
    Shared {
        /// The port.
        port: u16,
        /// Another one.
        other: u16,
    },
    /// The machine's port cannot be had.
    #[error("cannot publish on {address}: {source}")]
    Bind {
        /// The address of this machine.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl FromStr for Publish {
    type Err = PublishError;

    fn from_str(text: &str) -> Result<Self, PublishError> {
        let fail = |problem| PublishError::Form { text: text.to_owned(), problem };
        let plain = match text.rsplit_once('/') {
            None | Some((_, "tcp")) => text.trim_end_matches("/tcp"),
            Some((_, "udp")) => return Err(fail("UDP cannot be published")),
            Some(_) => return Err(fail("it is no port")),
        };
        let number = |text: &str| text.parse::<u16>().map_err(|_error| fail("it is no port"));
        let (rest, container) = match plain.rsplit_once(':') {
            None => (plain, plain),
            Some((rest, container)) => (rest, container),
        };
        let container_port = number(container)?;
        if container_port == 0 {
            return Err(fail("the container's port cannot be 0"));
        }
        let (ip, port) = match rest.rsplit_once(':') {
            None => (IpAddr::V4(Ipv4Addr::LOCALHOST), rest),
            Some((ip, port)) => {
                let ip = ip.trim_start_matches('[').trim_end_matches(']');
                (ip.parse().map_err(|_error| fail("it is no address"))?, port)
            }
        };
        let port = if port.is_empty() { 0 } else { number(port)? };
        Ok(Self { ip, port, container_port })
    }
}

/// A published port with its socket.
#[derive(Debug)]
struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    container_port: u16,
}

/// All published ports.
#[derive(Debug, Default)]
pub(crate) struct Published(Mutex<Vec<Bound>>);

impl Published {
    /// Opens the sockets, so that a port that is taken is known before anything runs.
    pub(crate) fn bind(wanted: &[Publish], tier: Tier) -> Result<Self, PublishError> {
        let published = Self::default();
        for publish in wanted {
            let port = publish.container_port;
            if tier == Tier::Chroot && publish.port == port {
                return Err(PublishError::Shared { port, other: port ^ 1 });
            }
            published.open(*publish)?;
        }
        Ok(published)
    }

    fn open(&self, publish: Publish) -> Result<(), PublishError> {
        let address = SocketAddr::new(publish.ip, publish.port);
        let failed = |source| PublishError::Bind { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        self.lock().push(Bound { listener, address, container_port: publish.container_port });
        Ok(())
    }

    /// Publishes each of these ports of the container that is not published yet, on a port that the system chooses.
    pub(crate) fn ensure(
        &self,
        container_ports: impl Iterator<Item = u16>,
    ) -> Result<(), PublishError> {
        for container_port in container_ports {
            if self.lock().iter().all(|bound| bound.container_port != container_port) {
                let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
                self.open(Publish { ip, port: 0, container_port })?;
            }
        }
        Ok(())
    }

    /// The port in the container and the address of this machine that leads there.
    pub(crate) fn addresses(&self) -> Vec<(u16, SocketAddr)> {
        self.lock().iter().map(|bound| (bound.container_port, reachable(bound.address))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Bound>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An address to connect to where a socket listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Connections that are passed on at a time; a test tool opens hundreds, a flood more.
const MAX_CONNECTIONS: usize = 1024;

/// Connections go from this machine to this machine.
const DIAL_TIME: Duration = Duration::from_secs(10);

/// What passes connections on, until it is stopped.
pub(crate) struct Forwarding {
    stop: OwnedFd,
    open: Mutex<BTreeMap<u64, (TcpStream, TcpStream)>>,
    last: AtomicU64,
}

impl fmt::Debug for Forwarding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Forwarding")
    }
}

impl Forwarding {
    /// Ready to start.
    pub(crate) fn new() -> io::Result<Self> {
        let stop = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { stop, open: Mutex::default(), last: AtomicU64::new(0) })
    }

    /// Passes connections to published ports on, in threads of the scope.
    pub(crate) fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        published: &Published,
        dialer: &'scope dyn Dialer,
    ) -> io::Result<()> {
        for bound in &*published.lock() {
            let listener = bound.listener.try_clone()?;
            let port = bound.container_port;
            turn_away(&listener);
            scope.spawn(move || self.accept(scope, &listener, (port, dialer)));
        }
        Ok(())
    }

    /// Ends all connections and threads.
    pub(crate) fn stop(&self) {
        // The counter is 0 before, so this cannot fail but by a bug.
        if let Err(error) = rustix::io::write(&self.stop, &1_u64.to_ne_bytes()) {
            tracing::error!(%error, "published ports cannot be closed");
        }
        for (_, (near, far)) in std::mem::take(&mut *self.lock()) {
            end(&near);
            end(&far);
        }
    }

    fn accept<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        listener: &TcpListener,
        (port, dialer): (u16, &'scope dyn Dialer),
    ) {
        loop {
            let mut fds =
                [PollFd::new(&self.stop, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
            match rustix::event::poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return tracing::error!(%error, "a published port is closed"),
                Ok(_) => {}
            }
            if !fds[0].revents().is_empty() {
                return;
            }
            // Whoever has gone meanwhile needs no connection.
            let Ok((near, _)) = listener.accept() else { continue };
            if self.lock().len() >= MAX_CONNECTIONS {
                continue;
            }
            match dialer.dial(port, DIAL_TIME) {
                Ok(far) => {
                    if let Err(error) = self.pass(scope, near, far) {
                        tracing::debug!(%error, port, "a connection is not passed on");
                    }
                }
                Err(error) => tracing::debug!(%error, port, "nothing listens in the container"),
            }
        }
    }

    /// Copies both ways until both ends have said all.
    fn pass<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        near: TcpStream,
        far: TcpStream,
    ) -> io::Result<()> {
        near.set_nonblocking(false)?;
        near.set_nodelay(true)?;
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, (near.try_clone()?, far.try_clone()?));
        scope.spawn(move || {
            std::thread::scope(|inner| {
                inner.spawn(|| copy(&near, &far));
                copy(&far, &near);
            });
            self.lock().remove(&number);
        });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, (TcpStream, TcpStream)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends connections that were made while nothing ran.
fn turn_away(listener: &TcpListener) {
    while let Ok((early, _)) = listener.accept() {
        drop(early);
    }
}

/// Copies one direction, then tells the other side that no more will come.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    // That either end breaks off is the same as its end.
    io::copy(&mut from, &mut to).ok();
    to.shutdown(Shutdown::Write).ok();
}

fn end(stream: &TcpStream) {
    // One that has ended already needs no end.
    stream.shutdown(Shutdown::Both).ok();
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        thread,
    };

    use super::*;

    #[test]
    fn ports_are_read_as_docker_writes_them() {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        for (text, expected) in [
            ("8080", (local, 8080, 8080)),
            ("8080:80", (local, 8080, 80)),
            ("8080:80/tcp", (local, 8080, 80)),
            ("0:80", (local, 0, 80)),
            ("127.0.0.2:8080:80", ("127.0.0.2".parse().expect("address"), 8080, 80)),
            ("127.0.0.1::80", (local, 0, 80)),
            ("[::1]:8080:80", (IpAddr::V6(Ipv6Addr::LOCALHOST), 8080, 80)),
        ] {
            let Publish { ip, port, container_port } = text.parse().expect(text);
            assert_eq!((ip, port, container_port), expected, "{text}");
        }
        for text in ["", "x", "80:0", "1:2:3", "80/udp", "99999", "80/sctp", "a:80:80"] {
            let error = text.parse::<Publish>().expect_err(text).to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }

    struct Local(u16);

    impl Dialer for Local {
        fn dial(&self, _port: u16, _timeout: Duration) -> io::Result<TcpStream> {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.0))
        }
    }

    #[test]
    fn connections_are_passed_on_until_the_end() {
        let server = TcpListener::bind("127.0.0.1:0").expect("free port");
        let target = Local(server.local_addr().expect("bound").port());
        let published = Published::default();
        published.ensure([80, 80].into_iter()).expect("free port");
        let (_, address) = published.addresses()[0];
        assert_eq!(published.addresses().len(), 1);
        thread::spawn(move || {
            for stream in server.incoming() {
                let mut stream = stream.expect("accepted");
                thread::spawn(move || {
                    let mut said = [0; 5];
                    while stream.read_exact(&mut said).is_ok() {
                        stream.write_all(&said).expect("writable");
                    }
                });
            }
        });
        for _ in 0..2 {
            let forwarding = Forwarding::new().expect("descriptors");
            thread::scope(|scope| {
                forwarding.start(scope, &published, &target).expect("starts");
                let mut client = TcpStream::connect(address).expect("connects");
                client.write_all(b"hello").expect("writable");
                let mut heard = [0; 5];
                client.read_exact(&mut heard).expect("readable");
                assert_eq!(&heard, b"hello");
                let mut idle = TcpStream::connect(address).expect("connects");
                idle.write_all(b"hello").expect("writable");
                idle.read_exact(&mut heard).expect("readable");
                forwarding.stop();
                assert_eq!(idle.read(&mut heard).unwrap_or(0), 0, "it ends with the run");
            });
        }
        let taken = address.to_string() + ":80";
        let error = Published::bind(&[taken.parse().expect("valid")], Tier::FuseNamespaces);
        let error = error.expect_err("taken");
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        let own: Publish = "1:1".parse().expect("valid");
        let error = Published::bind(&[own], Tier::Chroot).expect_err("it is the image's");
        assert!(error.to_string().contains("tier 3"), "{error}");
    }
}
