//! How registries are spoken to, out of arguments, environment and the files of other tools.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jettison_registry::{
    Client, ClientOptions, CredentialSource, InsecureHosts, MirrorArgument, MirrorFiles, Mirrors,
    Notice, ProxyOptions, RegistryError, RetryPolicy, SYSTEM_CA_FILES, StoredCredentials, Timeouts,
    TlsOptions,
};
use jettison_transport::copy::{self, TransferError};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    messages::RegistryText,
    terminal::Terminal,
};

/// How registries are spoken to.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Registries")]
pub(crate) struct RegistryArgs {
    #[command(flatten)]
    pub(crate) authfile: AuthfileArg,
    #[command(flatten)]
    connection: ConnectionArgs,
    /// Read from this mirror first: of Docker Hub, or of REGISTRY; repeatable, asked in order
    #[arg(long = "mirror", value_name = "[REGISTRY=]URL")]
    mirrors: Vec<MirrorArgument>,
}

/// Which file holds the credentials.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct AuthfileArg {
    /// The only file of credentials, in docker's or podman's format; without it docker's config.json, then podman's
    /// auth.json
    #[arg(long, value_name = "FILE")]
    pub(crate) authfile: Option<PathBuf>,
}

/// How connections are made.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ConnectionArgs {
    /// Believe the certificate authorities in this file too; repeatable
    #[arg(long = "tls-ca", value_name = "FILE")]
    tls_cas: Vec<PathBuf>,
    /// Do not verify the certificate of HOST[:PORT], *.SUFFIX or a network, and speak plain HTTP to it where it has none
    #[arg(long = "insecure-registry", value_name = "HOST")]
    insecure: Vec<String>,
    /// With false, verify no registry's certificate
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    tls_verify: bool,
    /// How often a request that failed in passing is made again; a transfer that moves begins to count anew
    #[arg(long, value_name = "N", default_value_t = RetryPolicy::default().retries)]
    retries: u32,
    /// How long a connection may stand still before it is given up, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    stall_timeout: u64,
}

/// What the environment says of registries.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegistryEnvironment {
    /// `DOCKER_CONFIG`, or `~/.docker`.
    docker_config: Option<PathBuf>,
    /// `REGISTRY_AUTH_FILE`: podman's and skopeo's `--authfile`.
    auth_file: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    runtime: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, or `~/.config`.
    config: Option<PathBuf>,
    /// `CONTAINERS_REGISTRIES_CONF`.
    registries_conf: Option<PathBuf>,
    /// `SSL_CERT_FILE`.
    certificates: Option<PathBuf>,
    proxy: ProxyOptions,
}

impl RegistryEnvironment {
    /// From the variables of a process.
    pub(crate) fn from_variables(set: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| set(name).map(PathBuf::from);
        let home = path("HOME");
        let below = |rest: &str| home.as_ref().map(|home| home.join(rest));
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| set(name))
                .map(|value| value.to_string_lossy().into_owned())
        };
        Self {
            docker_config: path("DOCKER_CONFIG").or_else(|| below(".docker")),
            auth_file: path("REGISTRY_AUTH_FILE"),
            runtime: path("XDG_RUNTIME_DIR"),
            config: path("XDG_CONFIG_HOME").or_else(|| below(".config")),
            registries_conf: path("CONTAINERS_REGISTRIES_CONF"),
            certificates: path("SSL_CERT_FILE"),
            proxy: ProxyOptions {
                http: text(&["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
                https: text(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
                no_proxy: text(&["no_proxy", "NO_PROXY"]).unwrap_or_default(),
            },
        }
    }

    /// Where `login` keeps credentials: as docker does.
    fn docker_file(&self) -> Option<PathBuf> {
        self.docker_config.as_ref().map(|dir| dir.join("config.json"))
    }

    /// Files of credentials, in the order in which they are asked.
    fn credential_files(&self) -> Vec<PathBuf> {
        let own_podman = match &self.runtime {
            Some(runtime) => Some(runtime.join("containers/auth.json")),
            // Without a session, podman keeps them by user id.
            None => fs_err::metadata("/proc/self")
                .ok()
                .map(|own| PathBuf::from(format!("/run/containers/{}/auth.json", own.uid()))),
        };
        let kept = self.config.as_ref().map(|config| config.join("containers/auth.json"));
        [self.docker_file(), own_podman, kept].into_iter().flatten().collect()
    }

    fn mirror_files(&self) -> MirrorFiles {
        let own = |rest: &str| self.config.as_ref().map(|config| config.join(rest));
        let list = |own: Option<PathBuf>, system: &str| {
            own.into_iter().chain([PathBuf::from(system)]).collect::<Vec<_>>()
        };
        let conf = "/etc/containers/registries.conf";
        MirrorFiles {
            registries_conf: match &self.registries_conf {
                Some(given) => vec![given.clone()],
                None => list(own("containers/registries.conf"), conf),
            },
            registries_conf_dirs: [PathBuf::from(format!("{conf}.d"))]
                .into_iter()
                .chain(own("containers/registries.conf.d"))
                .collect(),
            daemon_json: list(own("docker/daemon.json"), "/etc/docker/daemon.json"),
            hosts_dirs: vec![PathBuf::from("/etc/containerd/certs.d")],
        }
    }

    fn tls(&self, extra: &[PathBuf]) -> TlsOptions {
        let own = |rest: &str| self.config.as_ref().map(|config| config.join(rest));
        let system = SYSTEM_CA_FILES.iter().map(PathBuf::from);
        TlsOptions {
            system_cas: self.certificates.iter().cloned().chain(system).collect(),
            extra_cas: extra.to_vec(),
            host_folders: [own("docker/certs.d"), own("containers/certs.d")]
                .into_iter()
                .flatten()
                .chain(["/etc/docker/certs.d", "/etc/containers/certs.d"].map(PathBuf::from))
                .collect(),
        }
    }
}

impl AuthfileArg {
    /// The file that `login` writes and `logout` cleans.
    pub(crate) fn own_file(&self, environment: &Environment) -> Result<PathBuf, Failure> {
        let environment = &environment.registries;
        let given = self.authfile.clone().or_else(|| environment.auth_file.clone());
        given.or_else(|| environment.docker_file()).ok_or_else(|| {
            Failure::new(Kind::Input, "there is no home directory to keep credentials in")
                .hint("name a file: --authfile FILE")
        })
    }

    /// Everything that may hold credentials.
    pub(crate) fn files(&self, environment: &Environment) -> Vec<PathBuf> {
        let environment = &environment.registries;
        let given = self.authfile.clone().or_else(|| environment.auth_file.clone());
        given.map_or_else(|| environment.credential_files(), |given| vec![given])
    }
}

impl RegistryArgs {
    /// The client for all registries of a command.
    pub(crate) fn client(
        &self,
        environment: &Environment,
        terminal: &Terminal,
    ) -> Result<Client, Failure> {
        if let Some(given) = self.authfile.authfile.as_ref().filter(|given| !given.exists()) {
            let problem = format!("{}: there is no such file of credentials", given.display());
            return Err(
                Failure::new(Kind::Input, problem).hint("make it: jettison login --authfile FILE")
            );
        }
        let stored = StoredCredentials::new(self.authfile.files(environment));
        self.connection.client(Arc::new(stored), self.mirrors.clone(), environment, terminal)
    }
}

impl ConnectionArgs {
    /// A client with these credentials.
    pub(crate) fn client(
        &self,
        credentials: Arc<dyn CredentialSource>,
        mirrors: Vec<MirrorArgument>,
        environment: &Environment,
        terminal: &Terminal,
    ) -> Result<Client, Failure> {
        let settings = &environment.registries;
        let mirrors = Mirrors::load(&settings.mirror_files(), mirrors)
            .map_err(|error| Failure::from_error(Kind::Input, &error))?;
        let all = (!self.tls_verify).then(|| "*".to_owned());
        Ok(Client::new(ClientOptions {
            credentials,
            tls: settings.tls(&self.tls_cas),
            insecure: InsecureHosts::new(self.insecure.iter().cloned().chain(all)),
            mirrors,
            proxy: settings.proxy.clone(),
            retry: RetryPolicy { retries: self.retries, ..RetryPolicy::default() },
            timeouts: Timeouts {
                stall: Duration::from_secs(self.stall_timeout),
                ..Timeouts::default()
            },
            notice: Some(teller(terminal)),
            ..ClientOptions::default()
        }))
    }
}

/// Tells each notice once, from whichever thread it comes.
fn teller(terminal: &Terminal) -> Arc<dyn Fn(Notice) + Send + Sync> {
    let (notify, language) = (terminal.notifier(), terminal.language);
    let told = Mutex::new(BTreeSet::new());
    Arc::new(move |notice| {
        let text = match &notice {
            Notice::MirrorFailed { mirror, problem } => {
                language.say(RegistryText::MirrorFailed, &[mirror, problem])
            }
            Notice::Served { reference, mirror } => {
                language.say(RegistryText::Served, &[reference, mirror])
            }
        };
        if told.lock().unwrap_or_else(PoisonError::into_inner).insert(text.clone()) {
            notify(&text);
        }
    })
}

/// The registry's own error inside of another crate's, as the person is told it: the rest would only repeat it.
pub(crate) fn failure_in(error: &TransferError) -> Option<Failure> {
    copy::cause_of(error.as_ref()).map(failure)
}

/// A registry does not do what was asked. Networks and servers are not the caller's fault.
pub(crate) fn failure(error: &RegistryError) -> Failure {
    let kind = match error {
        RegistryError::Unreachable { .. }
        | RegistryError::Broken { .. }
        | RegistryError::Stalled { .. }
        | RegistryError::Certificate { .. }
        | RegistryError::Tls { .. }
        | RegistryError::TokenServer { .. }
        | RegistryError::RateLimited { .. }
        | RegistryError::UnknownBlob { .. }
        | RegistryError::WrongDigest { .. }
        | RegistryError::WrongLength { .. }
        | RegistryError::TooLarge { .. }
        | RegistryError::Status { .. }
        | RegistryError::Protocol { .. }
        | RegistryError::Local(_) => Kind::Operation,
        _ => Kind::Input,
    };
    Failure::from_error(kind, error)
}

/// A registry as people name it, without scheme and path.
pub(crate) fn domain(text: &str) -> Result<String, Failure> {
    let bare = text.trim_start_matches("https://").trim_start_matches("http://");
    let host = bare.split('/').next().unwrap_or_default();
    // A name of an image in it is what its grammar is known by.
    let probe: Result<jettison_image::Reference, _> = format!("{host}/a").parse();
    match probe {
        Ok(name) if !host.is_empty() && name.path() == "a" => Ok(name.domain().to_owned()),
        Ok(name) if name.domain() == "docker.io" && host == "docker.io" => {
            Ok(name.domain().to_owned())
        }
        _ if host == "index.docker.io" || host == "docker.io" => Ok("docker.io".to_owned()),
        _ => Err(Failure::new(Kind::Input, format!("{text:?} is no registry"))
            .hint("name it as images do: ghcr.io, registry.example:5000")),
    }
}

/// A path as it is shown.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> RegistryEnvironment {
        RegistryEnvironment::from_variables(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn files_are_where_their_owners_have_them() {
        let own = environment(&[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/r")]);
        let expected = [
            "/h/.docker/config.json",
            "/r/containers/auth.json",
            "/h/.config/containers/auth.json",
        ];
        assert_eq!(own.credential_files(), expected.map(PathBuf::from));
        let files = own.mirror_files();
        assert_eq!(files.registries_conf[0], Path::new("/h/.config/containers/registries.conf"));
        assert_eq!(files.daemon_json[1], Path::new("/etc/docker/daemon.json"));
        let other =
            environment(&[("HOME", "/h"), ("DOCKER_CONFIG", "/d"), ("XDG_CONFIG_HOME", "/c")]);
        assert_eq!(other.credential_files()[0], Path::new("/d/config.json"));
        assert_eq!(other.credential_files()[2], Path::new("/c/containers/auth.json"));
        let given = environment(&[("CONTAINERS_REGISTRIES_CONF", "/x")]);
        assert_eq!(given.mirror_files().registries_conf, [PathBuf::from("/x")]);
        let given = environment(&[("SSL_CERT_FILE", "/ca")]);
        assert_eq!(given.tls(&[]).system_cas[0], Path::new("/ca"));
    }

    #[test]
    fn proxies_are_read_as_curl_reads_them() {
        let proxy = environment(&[
            ("https_proxy", "http://a"),
            ("HTTPS_PROXY", "http://b"),
            ("HTTP_PROXY", "http://c"),
            ("NO_PROXY", "d"),
        ])
        .proxy;
        assert_eq!(proxy.https.as_deref(), Some("http://a"));
        assert_eq!(proxy.http.as_deref(), Some("http://c"));
        assert_eq!(proxy.no_proxy, "d");
    }

    #[test]
    fn registries_in_every_spelling() {
        for (text, expected) in [
            ("docker.io", "docker.io"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("ghcr.io", "ghcr.io"),
            ("https://ghcr.io/", "ghcr.io"),
            ("localhost:5000", "localhost:5000"),
            ("localhost", "localhost"),
            ("[::1]:5000", "[::1]:5000"),
        ] {
            assert_eq!(domain(text).expect(text), expected);
        }
        for text in ["", "nginx", "a b", "user@ghcr.io"] {
            let failure = domain(text).expect_err(text).to_string();
            assert!(failure.contains("is no registry"), "{failure}");
        }
    }
}
