//! Whom to believe that it is the registry: certificates of the system, of a host, of a person.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, RootCertStore,
    client::WebPkiServerVerifier,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::verifier::{Pinned, Unverified};

/// Where the certificate authorities of a system lie: Debian and Alpine, Fedora, SUSE, BSD. The first that exists is read.
pub const SYSTEM_CA_FILES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Certificates to believe and to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Files with the system's certificate authorities (PEM); the first that exists is read. Where there is none,
    /// Mozilla's list of the time this was built is used.
    pub system_cas: Vec<PathBuf>,
    /// Files with more certificate authorities, for every host.
    pub extra_cas: Vec<PathBuf>,
    /// Folders with one folder a host, as `/etc/docker/certs.d`: `*.crt` are authorities, `*.cert` and `*.key` show
    /// who we are.
    pub host_folders: Vec<PathBuf>,
}

/// More about one host, from containerd's `hosts.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HostCertificates {
    pub(crate) cas: Vec<PathBuf>,
    /// Certificate and key; they may be in one file.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
}

/// Why a file with certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It cannot be read. The error names it.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is not PEM, or holds nothing of the kind.
    #[error("{}: no usable {what} in it (expected PEM): {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A certificate without its key, or the reverse.
    #[error("{}: there is no {} beside it", path.display(), missing.display())]
    NoPartner {
        /// The file that is there.
        path: PathBuf,
        /// The one that is not.
        missing: PathBuf,
    },
}

/// Makes TLS settings for hosts.
#[derive(Debug)]
pub(crate) struct Tls {
    options: TlsOptions,
    provider: Arc<CryptoProvider>,
    system: OnceLock<Arc<RootCertStore>>,
}

impl Tls {
    pub(crate) fn new(options: TlsOptions) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Self { options, provider, system: OnceLock::new() }
    }

    /// The settings for `host` (with its port), whose certificate is not looked at when it is not `verified`.
    pub(crate) fn config(
        &self,
        host: &str,
        more: &HostCertificates,
        verification: Verification,
    ) -> Result<ClientConfig, CertificateError> {
        let files = HostFiles::find(&self.options.host_folders, host)?;
        let builder = ClientConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .expect("ring has the ciphers of every version");
        let builder = match verification {
            Verification::Off => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Unverified(self.provider.clone()))),
            Verification::On => {
                let mut own = Vec::new();
                for path in self.options.extra_cas.iter().chain(&files.cas).chain(&more.cas) {
                    own.extend(read_certificates(path)?);
                }
                let mut roots = RootCertStore::clone(&*self.system_roots()?);
                roots.add_parsable_certificates(own.iter().cloned());
                let inner = WebPkiServerVerifier::builder_with_provider(
                    Arc::new(roots),
                    self.provider.clone(),
                )
                .build()
                .expect("there are roots, and no revocation lists");
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(Pinned { inner, certificates: own }))
            }
        };
        let Some((certificate, key)) = more.client.clone().or(files.client) else {
            return Ok(builder.with_no_client_auth());
        };
        let chain = read_certificates(&certificate)?;
        let own = PrivateKeyDer::from_pem_slice(&fs_err::read(&key)?)
            .map_err(|error| malformed(&key, "private key", &error))?;
        builder
            .with_client_auth_cert(chain, own)
            .map_err(|error| malformed(&key, "private key", &error))
    }

    fn system_roots(&self) -> Result<Arc<RootCertStore>, CertificateError> {
        if let Some(roots) = self.system.get() {
            return Ok(roots.clone());
        }
        let mut roots = RootCertStore::empty();
        match self.options.system_cas.iter().find(|path| path.exists()) {
            // Bundles hold certificates that nobody can use any more; those are left out.
            Some(path) => drop(roots.add_parsable_certificates(read_certificates(path)?)),
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        Ok(self.system.get_or_init(|| Arc::new(roots)).clone())
    }
}

/// Whether a server has to prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verification {
    On,
    Off,
}

/// What the folders of a host hold.
#[derive(Debug, Default, PartialEq, Eq)]
struct HostFiles {
    cas: Vec<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
}

impl HostFiles {
    /// The first folder of that name wins, as for docker and podman.
    fn find(folders: &[PathBuf], host: &str) -> Result<Self, CertificateError> {
        let mut found = Self::default();
        let Some(folder) = folders.iter().map(|f| f.join(host)).find(|f| f.is_dir()) else {
            return Ok(found);
        };
        let mut names: Vec<PathBuf> = fs_err::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_, std::io::Error>>()?;
        names.sort();
        let extension = |path: &Path| path.extension().map(|e| e.to_string_lossy().into_owned());
        for path in names {
            match extension(&path).as_deref() {
                Some("crt") => found.cas.push(path),
                Some("cert") => {
                    let key = path.with_extension("key");
                    if !key.exists() {
                        return Err(CertificateError::NoPartner { path, missing: key });
                    }
                    found.client.get_or_insert((path, key));
                }
                Some("key") if !path.with_extension("cert").exists() => {
                    let missing = path.with_extension("cert");
                    return Err(CertificateError::NoPartner { path, missing });
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let bytes = fs_err::read(path)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = certificates.map_err(|error| malformed(path, "certificate", &error))?;
    if certificates.is_empty() {
        return Err(malformed(path, "certificate", &"it holds none"));
    }
    Ok(certificates)
}

fn malformed(path: &Path, what: &'static str, problem: &dyn std::fmt::Display) -> CertificateError {
    CertificateError::Malformed { path: path.to_owned(), what, problem: problem.to_string() }
}
