//! Where an image comes from, as people write it: `docker-archive:nginx.tar`, `oci:dir:tag`.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use jettison_image::{Reference, ReferenceError};

/// Where an image comes from. Names and syntax are skopeo's where it has the transport too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file that `docker save` or `podman save` wrote, also compressed.
    DockerArchive {
        /// The file.
        path: PathBuf,
        /// Which image of it; needed when it holds several.
        image: Option<ArchiveChoice>,
    },
    /// A directory in OCI image layout.
    OciLayout {
        /// The directory.
        path: PathBuf,
        /// Which image of it, by `org.opencontainers.image.ref.name` or full name.
        tag: Option<String>,
    },
    /// A tar of an OCI image layout, also compressed.
    OciArchive {
        /// The file.
        path: PathBuf,
        /// Which image of it.
        tag: Option<String>,
    },
    /// A root file system: a directory, or a tar of one.
    Rootfs {
        /// The directory or file.
        path: PathBuf,
    },
    /// A directory in skopeo's own layout, `dir:`.
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The local store.
    Store {
        /// Name, id or digest.
        name: String,
    },
    /// Docker, or what answers in its place.
    DockerDaemon {
        /// Name or id.
        name: String,
    },
    /// podman's images, by its service.
    ContainersStorage {
        /// Name or id.
        name: String,
    },
    /// A registry.
    Registry {
        /// The full name.
        name: Reference,
    },
    /// A path or name alone: what it is gets recognised when it is opened. A path that exists comes first,
    /// then the local store, Docker, and the registry.
    Path(PathBuf),
}

/// Which image of an archive is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveChoice {
    /// The one with this name.
    Name(Reference),
    /// The one at this place of `manifest.json`, from 0: `@0`.
    Index(usize),
}

impl Source {
    /// The file or directory that is read, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::DockerArchive { path, .. }
            | Self::OciLayout { path, .. }
            | Self::OciArchive { path, .. }
            | Self::Rootfs { path }
            | Self::Directory { path }
            | Self::Path(path) => Some(path),
            Self::Store { .. }
            | Self::DockerDaemon { .. }
            | Self::ContainersStorage { .. }
            | Self::Registry { .. } => None,
        }
    }

    /// The name of the image, for a source that is not a path.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Store { name }
            | Self::DockerDaemon { name }
            | Self::ContainersStorage { name } => Some(name.clone()),
            Self::Registry { name } => Some(name.familiar()),
            _ => None,
        }
    }
}

/// Why a text names no source or destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Nothing was given.
    #[error(
        "the image source is empty; expected a name, a path, or docker-archive:FILE, oci:DIR[:TAG], \
             oci-archive:FILE[:TAG], dir:DIR, rootfs:PATH, docker-daemon:NAME, docker://NAME"
    )]
    Empty,
    /// A transport without a path.
    #[error("{text:?} has no path behind \"{transport}:\"")]
    NoPath {
        /// The whole text.
        text: String,
        /// Which transport.
        transport: &'static str,
    },
    /// A transport without a name.
    #[error("{text:?} has no image name behind \"{transport}\"")]
    NoName {
        /// The whole text.
        text: String,
        /// Which transport.
        transport: &'static str,
    },
    /// podman's storage somewhere else than where its service has it.
    #[error(
        "{text:?}: a storage of its own is not supported; start podman's service for it \
             (podman --root DIR system service) and name that with CONTAINER_HOST"
    )]
    OwnStorage {
        /// The whole text.
        text: String,
    },
    /// The image name behind the path is none.
    #[error("{text:?}: {source}")]
    Name {
        /// The whole text.
        text: String,
        /// What is wrong with the name.
        source: ReferenceError,
    },
    /// `@` is not followed by a number.
    #[error("{text:?}: expected a number behind '@', as in docker-archive:FILE:@0")]
    Index {
        /// The whole text.
        text: String,
    },
    /// A transport that images are read from but not written to, or a path that does not say how.
    #[error(
        "cannot write to {text:?}; expected docker-archive:FILE[:NAME], oci:DIR[:TAG], \
             oci-archive:FILE[:TAG], dir:DIR, docker-daemon:NAME, docker://NAME, or a name in the local store"
    )]
    NotADestination {
        /// The whole text.
        text: String,
    },
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if text.is_empty() {
            return Err(SourceError::Empty);
        }
        if let Some(named) = named(text)? {
            return Ok(match named {
                Named::Store(name) => Self::Store { name },
                Named::Docker(name) => Self::DockerDaemon { name },
                Named::Podman(name) => Self::ContainersStorage { name },
                Named::Registry(name) => Self::Registry { name },
            });
        }
        if let Some(rest) = text.strip_prefix("docker-archive:") {
            let (path, name) = split_path(text, rest, "docker-archive")?;
            let image = name.map(|name| parse_choice(text, name)).transpose()?;
            return Ok(Self::DockerArchive { path, image });
        }
        if let Some(rest) = text.strip_prefix("oci-archive:") {
            let (path, tag) = split_path(text, rest, "oci-archive")?;
            return Ok(Self::OciArchive { path, tag: tag.map(str::to_owned) });
        }
        if let Some(rest) = text.strip_prefix("oci:") {
            let (path, tag) = split_path(text, rest, "oci")?;
            return Ok(Self::OciLayout { path, tag: tag.map(str::to_owned) });
        }
        if let Some(rest) = text.strip_prefix("dir:") {
            return Ok(Self::Directory { path: whole_path(text, rest, "dir")? });
        }
        match text.strip_prefix("rootfs:") {
            Some("") => Err(SourceError::NoPath { text: text.to_owned(), transport: "rootfs" }),
            Some(path) => Ok(Self::Rootfs { path: path.into() }),
            None => Ok(Self::Path(text.into())),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DockerArchive { path, image } => {
                write!(f, "docker-archive:{}", path.display())?;
                match image {
                    Some(ArchiveChoice::Name(name)) => write!(f, ":{}", name.familiar()),
                    Some(ArchiveChoice::Index(index)) => write!(f, ":@{index}"),
                    None => Ok(()),
                }
            }
            Self::OciLayout { path, tag } => write_tagged(f, "oci", path, tag.as_deref()),
            Self::OciArchive { path, tag } => write_tagged(f, "oci-archive", path, tag.as_deref()),
            Self::Rootfs { path } => write!(f, "rootfs:{}", path.display()),
            Self::Directory { path } => write!(f, "dir:{}", path.display()),
            Self::Store { name } => write!(f, "store:{name}"),
            Self::DockerDaemon { name } => write!(f, "docker-daemon:{name}"),
            Self::ContainersStorage { name } => write!(f, "containers-storage:{name}"),
            Self::Registry { name } => write!(f, "docker://{}", name.familiar()),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

/// `transport:path[:tag]`.
pub(crate) fn write_tagged(
    f: &mut fmt::Formatter<'_>,
    transport: &str,
    path: &Path,
    tag: Option<&str>,
) -> fmt::Result {
    write!(f, "{transport}:{}", path.display())?;
    tag.map_or(Ok(()), |tag| write!(f, ":{tag}"))
}

/// Splits at the first colon, as skopeo does: a path with a colon cannot be named.
pub(crate) fn split_path<'t>(
    text: &str,
    rest: &'t str,
    transport: &'static str,
) -> Result<(PathBuf, Option<&'t str>), SourceError> {
    let (path, name) = match rest.split_once(':') {
        Some((path, name)) => (path, Some(name).filter(|name| !name.is_empty())),
        None => (rest, None),
    };
    if path.is_empty() {
        return Err(SourceError::NoPath { text: text.to_owned(), transport });
    }
    Ok((path.into(), name))
}

fn parse_choice(text: &str, name: &str) -> Result<ArchiveChoice, SourceError> {
    if let Some(index) = name.strip_prefix('@') {
        let index = index.parse().ok().map(ArchiveChoice::Index);
        return index.ok_or_else(|| SourceError::Index { text: text.to_owned() });
    }
    parse_name(text, name).map(ArchiveChoice::Name)
}

pub(crate) fn parse_name(text: &str, name: &str) -> Result<Reference, SourceError> {
    name.parse().map_err(|source| SourceError::Name { text: text.to_owned(), source })
}

/// A path that reaches to the end of the text.
pub(crate) fn whole_path(
    text: &str,
    rest: &str,
    transport: &'static str,
) -> Result<PathBuf, SourceError> {
    if rest.is_empty() {
        return Err(SourceError::NoPath { text: text.to_owned(), transport });
    }
    Ok(rest.into())
}

/// A place that knows images by name.
pub(crate) enum Named {
    /// The local store.
    Store(String),
    /// Docker.
    Docker(String),
    /// podman.
    Podman(String),
    /// A registry.
    Registry(Reference),
}

/// A text with the transport of a place that knows images by name; `None` for all others.
pub(crate) fn named(text: &str) -> Result<Option<Named>, SourceError> {
    let transports = ["docker://", "docker-daemon:", "containers-storage:", "store:"];
    let found = transports
        .into_iter()
        .find_map(|transport| Some((transport, text.strip_prefix(transport)?)));
    let Some((transport, name)) = found else {
        return Ok(None);
    };
    if name.is_empty() {
        return Err(SourceError::NoName { text: text.to_owned(), transport });
    }
    if name.starts_with('[') && transport == "containers-storage:" {
        return Err(SourceError::OwnStorage { text: text.to_owned() });
    }
    if transport == "docker://" {
        return Ok(Some(Named::Registry(parse_name(text, name)?)));
    }
    // An id, or its beginning, is no reference, and means an image all the same.
    let is_id = name.bytes().all(|byte| byte.is_ascii_hexdigit()) || name.starts_with("sha256:");
    if !is_id {
        parse_name(text, name)?;
    }
    let name = name.to_owned();
    Ok(Some(match transport {
        "store:" => Named::Store(name),
        "docker-daemon:" => Named::Docker(name),
        _ => Named::Podman(name),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports_print_as_they_parse() {
        for text in [
            "docker-archive:a.tar",
            "docker-archive:/x/a.tar:nginx:1",
            "docker-archive:a.tar:localhost:5000/b:1",
            "docker-archive:a.tar:@2",
            "oci:dir",
            "oci:dir:docker.io/library/nginx:1",
            "oci-archive:a.tar:latest",
            "rootfs:/some:where",
            "dir:/some:where",
            "store:nginx:1",
            "store:0123456789ab",
            "docker-daemon:nginx:1",
            "docker-daemon:sha256:0123",
            "containers-storage:localhost/a:1",
            "docker://nginx:1",
            "docker://localhost:5000/a:1",
            "nginx.tar",
            "./docker-archive",
        ] {
            assert_eq!(text.parse::<Source>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn parts_are_told_apart() {
        let source: Source = "docker-archive:a.tar:nginx".parse().expect("valid");
        let name: Reference = "nginx:latest".parse().expect("valid");
        let image = Some(ArchiveChoice::Name(name));
        assert_eq!(source, Source::DockerArchive { path: "a.tar".into(), image });
        let source: Source = "oci:dir:".parse().expect("valid");
        assert_eq!(source, Source::OciLayout { path: "dir".into(), tag: None });
    }

    #[test]
    fn errors_tell_the_way_out() {
        for (text, part) in [
            ("", "empty"),
            ("docker://", "no image name behind \"docker://\""),
            ("docker-daemon:", "no image name"),
            ("docker-daemon:Nginx", "upper case"),
            (
                "docker://0123456789012345678901234567890123456789012345678901234567890123",
                "image id",
            ),
            ("containers-storage:[overlay@/x]a", "podman --root DIR system service"),
            ("store:a b", "space"),
            ("dir:", "no path"),
            ("oci:", "no path behind \"oci:\""),
            ("oci-archive::a", "no path"),
            ("rootfs:", "no path"),
            ("docker-archive:a:Bad", "upper case"),
            ("docker-archive:a:@x", "a number behind '@'"),
        ] {
            let error = text.parse::<Source>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
