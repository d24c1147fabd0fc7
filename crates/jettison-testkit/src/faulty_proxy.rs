//! A TCP proxy that breaks connections at points that chance decides, the same each time for the same seed.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    os::fd::AsRawFd as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Both sides are closed in the middle of whatever they say.
    Cut,
    /// Nothing passes any more, and nothing says so.
    Stall,
}

/// Which connections break, and where.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// What chance begins with.
    pub seed: u64,
    /// Of so many connections, one is left alone; 0 leaves none alone.
    pub spare_one_of: u64,
    /// A connection breaks before this many bytes have passed, both ways together.
    pub before: u64,
    /// How.
    pub fault: Fault,
}

/// What passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Connections.
    pub connections: u64,
    /// Of those, broken.
    pub broken: u64,
    /// Bytes from clients.
    pub up: u64,
    /// Bytes to clients.
    pub down: u64,
}

/// A running proxy. It accepts nobody any more when it is dropped.
#[derive(Debug)]
pub struct FaultyProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    fault: Fault,
    is_over: AtomicBool,
    counts: Counts,
    /// Connections that are kept open though nothing passes.
    stalled: Mutex<Vec<TcpStream>>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    broken: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
}

/// A connection that breaks when its budget of bytes is spent.
struct Link {
    shared: Arc<Shared>,
    budget: AtomicU64,
    is_broken: AtomicBool,
    client: TcpStream,
    server: TcpStream,
}

impl FaultyProxy {
    /// Starts one on loopback before a server.
    ///
    /// # Panics
    ///
    /// When loopback has no port.
    pub fn start(server: SocketAddr, plan: FaultPlan) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has ports");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            server,
            fault: plan.fault,
            is_over: AtomicBool::new(false),
            counts: Counts::default(),
            stalled: Mutex::default(),
        });
        let proxy = Self { address, shared: shared.clone() };
        thread::spawn(move || {
            let mut chance = plan.seed | 1;
            for client in listener.incoming().flatten() {
                if shared.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let (budget, shared) = (plan.budget(&mut chance), shared.clone());
                // A server that is gone breaks the connection too.
                thread::spawn(move || drop(serve(client, budget, shared)));
            }
        });
        proxy
    }

    /// `localhost:PORT`.
    pub fn domain(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// What passed so far.
    pub fn passed(&self) -> Passed {
        let get = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let Counts { connections, broken, up, down } = &self.shared.counts;
        Passed { connections: get(connections), broken: get(broken), up: get(up), down: get(down) }
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
        if let Ok(stalled) = self.shared.stalled.lock() {
            stalled.iter().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }
}

impl FaultPlan {
    /// Bytes that the next connection may pass.
    fn budget(&self, chance: &mut u64) -> u64 {
        *chance ^= *chance << 13;
        *chance ^= *chance >> 7;
        *chance ^= *chance << 17;
        let is_spared = self.spare_one_of > 0 && (*chance >> 8).is_multiple_of(self.spare_one_of);
        if is_spared { u64::MAX } else { (*chance >> 20) % self.before.max(1) }
    }
}

fn serve(client: TcpStream, budget: u64, shared: Arc<Shared>) -> io::Result<()> {
    shared.counts.connections.fetch_add(1, Ordering::SeqCst);
    let server = TcpStream::connect(shared.server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (budget, is_broken) = (AtomicU64::new(budget), AtomicBool::new(false));
    let link = Arc::new(Link { shared, budget, is_broken, client, server });
    let other = link.clone();
    let up = thread::spawn(move || {
        drop(other.pass(&other.client, &other.server, &other.shared.counts.up));
    });
    drop(link.pass(&link.server, &link.client, &link.shared.counts.down));
    drop(up.join());
    if link.is_broken.load(Ordering::SeqCst) && link.shared.fault == Fault::Stall {
        // Kept open: the client has to find out by itself that nothing comes.
        link.shared.stalled.lock().expect("nobody panics").push(link.client.try_clone()?);
    }
    Ok(())
}

impl Link {
    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream, count: &AtomicU64) -> io::Result<()> {
        let mut buf = vec![0; 16 << 10];
        loop {
            let read = from.read(&mut buf)?;
            if read == 0 {
                // A half-close is passed on, but not from a connection that was broken.
                if !self.is_broken.load(Ordering::SeqCst) {
                    to.shutdown(Shutdown::Write)?;
                }
                return Ok(());
            }
            let allowed = self.spend(read as u64);
            let allowed = usize::try_from(allowed).expect("no more than was read");
            to.write_all(&buf[..allowed])?;
            count.fetch_add(allowed as u64, Ordering::SeqCst);
            if allowed < read {
                self.break_off();
                return Ok(());
            }
        }
    }

    /// How many of `wanted` bytes may pass.
    fn spend(&self, wanted: u64) -> u64 {
        let take = |left: u64| Some(left.saturating_sub(wanted));
        let before = self
            .budget
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
            .expect("there is always a next value");
        before.min(wanted)
    }

    fn break_off(&self) {
        if self.is_broken.swap(true, Ordering::SeqCst) {
            return;
        }
        self.shared.counts.broken.fetch_add(1, Ordering::SeqCst);
        drop(self.server.shutdown(Shutdown::Both));
        match self.shared.fault {
            // Every other one by its descriptor, to have both kinds of end.
            Fault::Cut if self.client.as_raw_fd() % 2 == 0 => {
                drop(self.client.shutdown(Shutdown::Write));
                drop(self.client.shutdown(Shutdown::Both));
            }
            Fault::Cut => drop(self.client.shutdown(Shutdown::Both)),
            Fault::Stall => {}
        }
    }
}
