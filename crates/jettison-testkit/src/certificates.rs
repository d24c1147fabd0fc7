//! Certificates for test servers, made once and valid for a century: nothing secret, nothing trusted anywhere.

use std::path::{Path, PathBuf};

/// Which certificate a test server shows. All are for `localhost` and 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerCertificate {
    /// Signed by the test CA.
    Valid,
    /// Signed by the test CA, and expired since 2024.
    Expired,
    /// Signed by itself, and an authority at once, as `openssl req -x509` makes them.
    SelfSigned,
}

/// The files, in a folder of a test.
#[derive(Clone, Debug)]
pub struct Certificates {
    dir: PathBuf,
}

const FILES: &[(&str, &str)] = &[
    ("ca.crt", include_str!("../certificates/ca.crt")),
    ("server.crt", include_str!("../certificates/server.crt")),
    ("server.key", include_str!("../certificates/server.key")),
    ("expired.crt", include_str!("../certificates/expired.crt")),
    ("self-signed.crt", include_str!("../certificates/self-signed.crt")),
    ("self-signed.key", include_str!("../certificates/self-signed.key")),
    ("client.crt", include_str!("../certificates/client.crt")),
    ("client.key", include_str!("../certificates/client.key")),
    ("token.crt", include_str!("../certificates/token.crt")),
    ("token.key", include_str!("../certificates/token.key")),
];

impl Certificates {
    /// Writes them into `certificates` below a folder.
    ///
    /// # Panics
    ///
    /// When the folder cannot be written to.
    pub fn write_to(dir: &Path) -> Self {
        let dir = dir.join("certificates");
        fs_err::create_dir_all(&dir).expect("writable");
        for (name, text) in FILES {
            fs_err::write(dir.join(name), text).expect("writable");
        }
        Self { dir }
    }

    /// The authority behind all but the self-signed one.
    pub fn ca(&self) -> PathBuf {
        self.dir.join("ca.crt")
    }

    /// A server's certificate and key.
    pub fn server(&self, certificate: ServerCertificate) -> (PathBuf, PathBuf) {
        let (certificate, key) = match certificate {
            ServerCertificate::Valid => ("server.crt", "server.key"),
            ServerCertificate::Expired => ("expired.crt", "server.key"),
            ServerCertificate::SelfSigned => ("self-signed.crt", "self-signed.key"),
        };
        (self.dir.join(certificate), self.dir.join(key))
    }

    /// A client's certificate and key.
    pub fn client(&self) -> (PathBuf, PathBuf) {
        (self.dir.join("client.crt"), self.dir.join("client.key"))
    }

    /// What tokens are signed with.
    pub fn token(&self) -> (PathBuf, PathBuf) {
        (self.dir.join("token.crt"), self.dir.join("token.key"))
    }
}

/// The DER bytes in a PEM text of one item.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).expect("the files are PEM")
}

/// The certificate that tokens carry, and the key that signs them, as DER.
pub(crate) fn token_parts() -> (Vec<u8>, Vec<u8>) {
    (der(include_str!("../certificates/token.crt")), der(include_str!("../certificates/token.key")))
}
