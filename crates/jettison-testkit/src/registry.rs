//! A real registry: Debian's docker-registry, on a port of its own, with the configuration a test wants.

use std::{
    fmt::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::certificates::{Certificates, ServerCertificate};

/// The user that [`RegistryAuth::Password`] and the token server know.
pub const USER: &str = "alice";
/// Their password. It has a space and a colon, as some have.
pub const PASSWORD: &str = "correct: horse";
/// Its bcrypt hash.
const PASSWORD_HASH: &str = "$2b$04$eA3jQ7O.3h16qer8zqqHnu/tYcnTKTK.37PABUuSCUtc0yPjcC09S";

/// How the registry finds out who asks.
#[derive(Clone, Debug, Default)]
pub enum RegistryAuth {
    /// Not at all.
    #[default]
    Open,
    /// By name and password.
    Password,
    /// By tokens of the server at this address.
    Token {
        /// `http://127.0.0.1:1234/token`.
        realm: String,
    },
}

/// How the registry is configured.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// Who may do what.
    pub auth: RegistryAuth,
    /// The certificate it shows; without one, it speaks plain HTTP.
    pub certificate: Option<ServerCertificate>,
    /// Whether it wants a certificate of its clients.
    pub wants_client_certificate: bool,
    /// Blobs are not sent, but redirected to this address.
    pub redirect: Option<String>,
}

/// A running registry. It ends, and its storage goes, when this is dropped.
#[derive(Debug)]
pub struct Registry {
    child: Child,
    address: SocketAddr,
    dir: TempDir,
    certificates: Certificates,
}

/// It is up within a fraction of this, also where everything is slow.
const START: Duration = Duration::from_secs(30);

impl Registry {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    ///
    /// When docker-registry is missing or does not start.
    pub fn start(options: &RegistryOptions) -> Self {
        let dir = storage();
        let certificates = Certificates::write_to(dir.path());
        // Between finding a free port and using it, somebody else may take it.
        for _ in 0..5 {
            let port = free_port();
            let mut child = spawn(dir.path(), port, options, &certificates);
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            if is_up(&mut child, address) {
                return Self { child, address, dir, certificates };
            }
            drop(child.kill());
            drop(child.wait());
        }
        let log = fs_err::read_to_string(dir.path().join("log")).unwrap_or_default();
        panic!("docker-registry does not start: {log}");
    }

    /// An open one in plain HTTP.
    pub fn open() -> Self {
        Self::start(&RegistryOptions::default())
    }

    /// Its name in references: `localhost:PORT`.
    pub fn domain(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of its files; `log` is its log, `data` its storage.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The certificates that belong to the one it shows.
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The file that holds a blob's bytes.
    pub fn blob_file(&self, hex: &str) -> PathBuf {
        let blobs = "data/docker/registry/v2/blobs/sha256";
        self.dir.path().join(blobs).join(&hex[..2]).join(hex).join("data")
    }

    /// What it wrote into its log.
    pub fn log(&self) -> String {
        fs_err::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A folder for its files: in memory where there is room, because it waits for the disk after each request.
fn storage() -> TempDir {
    /// Tests store some dozens of megabytes.
    const ROOM: u64 = 1 << 30;
    let memory = Path::new("/dev/shm");
    let has_room = rustix::fs::statvfs(memory)
        .is_ok_and(|stat| stat.f_bavail.saturating_mul(stat.f_frsize) >= ROOM);
    let in_memory = has_room.then(|| TempDir::new_in(memory).ok()).flatten();
    in_memory.unwrap_or_else(|| TempDir::new().expect("a temporary directory"))
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has ports");
    listener.local_addr().expect("it is bound").port()
}

fn spawn(dir: &Path, port: u16, options: &RegistryOptions, certificates: &Certificates) -> Child {
    let config = dir.join("config.yml");
    fs_err::write(&config, configuration(dir, port, options, certificates)).expect("writable");
    let log = fs_err::File::create(dir.join("log")).expect("writable").into_parts().0;
    Command::new("docker-registry")
        .arg("serve")
        .arg(&config)
        .env("OTEL_TRACES_EXPORTER", "none")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .expect("docker-registry is missing: apt-get install docker-registry")
}

fn configuration(
    dir: &Path,
    port: u16,
    options: &RegistryOptions,
    certificates: &Certificates,
) -> String {
    let shown = dir.display();
    let mut text = format!(
        "version: 0.1\nlog: {{level: info}}\nstorage:\n  filesystem: {{rootdirectory: {shown}/data}}\n  \
         delete: {{enabled: true}}\n"
    );
    if let Some(address) = &options.redirect {
        write!(
            text,
            "middleware:\n  storage:\n    - name: redirect\n      options: {{baseurl: {address}}}\n"
        )
        .expect("a string takes all");
    }
    write!(text, "http:\n  addr: 127.0.0.1:{port}\n  secret: of-no-worth\n")
        .expect("a string takes all");
    if let Some(certificate) = &options.certificate {
        let (certificate, key) = certificates.server(*certificate);
        write!(
            text,
            "  tls:\n    certificate: {}\n    key: {}\n",
            certificate.display(),
            key.display()
        )
        .expect("a string takes all");
        if options.wants_client_certificate {
            writeln!(text, "    clientcas: [{}]", certificates.ca().display()).expect("as above");
        }
    }
    match &options.auth {
        RegistryAuth::Open => {}
        RegistryAuth::Password => {
            fs_err::write(dir.join("htpasswd"), format!("{USER}:{PASSWORD_HASH}\n"))
                .expect("writable");
            write!(text, "auth:\n  htpasswd: {{realm: test, path: {shown}/htpasswd}}\n")
                .expect("as above");
        }
        RegistryAuth::Token { realm } => {
            let bundle = certificates.token().0;
            write!(
                text,
                "auth:\n  token:\n    realm: {realm}\n    service: test-registry\n    issuer: test-issuer\n    \
                 rootcertbundle: {}\n",
                bundle.display()
            )
            .expect("as above");
        }
    }
    text
}

fn is_up(child: &mut Child, address: SocketAddr) -> bool {
    let end = Instant::now() + START;
    while Instant::now() < end {
        if child.try_wait().expect("our own child").is_some() {
            return false;
        }
        if TcpStream::connect(address).is_ok() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}
