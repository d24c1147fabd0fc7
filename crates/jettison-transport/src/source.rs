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
    /// A path alone: what it is gets recognised by its content when it is opened.
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
    /// The file or directory that is read.
    pub fn path(&self) -> &Path {
        match self {
            Self::DockerArchive { path, .. }
            | Self::OciLayout { path, .. }
            | Self::OciArchive { path, .. }
            | Self::Rootfs { path }
            | Self::Path(path) => path,
        }
    }
}

/// Why a text names no source or destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Nothing was given.
    #[error(
        "the image source is empty; expected a path or docker-archive:FILE, oci:DIR[:TAG], \
             oci-archive:FILE[:TAG], rootfs:PATH"
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
    /// A transport that exists but is not read or written here.
    #[error("{text:?}: {transport} is not supported yet; {way_out}")]
    Unsupported {
        /// The whole text.
        text: String,
        /// The transport's name with its colon.
        transport: &'static str,
        /// What to do instead.
        way_out: String,
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
    /// A transport that images are read from but not written to.
    #[error(
        "cannot write to {text:?}; \
             expected docker-archive:FILE[:NAME], oci:DIR[:TAG] or oci-archive:FILE[:TAG]"
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
        refuse_unsupported(text)?;
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

/// Fails for transports that people know from skopeo, with the command that gets them an archive.
pub(crate) fn refuse_unsupported(text: &str) -> Result<(), SourceError> {
    let found = ["docker://", "docker-daemon:", "containers-storage:", "dir:"]
        .into_iter()
        .find_map(|transport| Some((transport, text.strip_prefix(transport)?)));
    let Some((transport, rest)) = found else {
        return Ok(());
    };
    let name = if rest.is_empty() { "NAME" } else { rest };
    let way_out = match transport {
        "docker://" => format!("pull it first: docker pull {name} && docker save {name} -o FILE"),
        "docker-daemon:" => format!("use an archive: docker save {name} -o FILE"),
        "containers-storage:" => format!("use an archive: podman save {name} -o FILE"),
        _ => format!("convert it: skopeo copy dir:{name} oci-archive:FILE"),
    };
    Err(SourceError::Unsupported { text: text.to_owned(), transport, way_out })
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
            ("docker://nginx:1", "docker save nginx:1 -o FILE"),
            ("docker-daemon:nginx:1", "docker save nginx:1 -o FILE"),
            ("containers-storage:a", "podman save a -o FILE"),
            ("dir:x", "skopeo copy dir:x"),
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
