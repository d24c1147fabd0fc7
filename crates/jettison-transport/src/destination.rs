//! Where an image goes to, as people write it: `docker-archive:slim.tar`, `oci:dir:tag`.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use jettison_image::Reference;

use crate::source::{Named, SourceError, named, parse_name, split_path, whole_path, write_tagged};

/// Where an image goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A file for `docker load`, `podman load` and skopeo; an OCI layout is inside as well.
    ///
    /// Docker 20.10 and later load it, if its layers are gzip or uncompressed; zstd needs Docker 23.0
    /// (tried: 20.10.24 takes the compressed bytes for a tar and fails).
    DockerArchive {
        /// The file.
        path: PathBuf,
        /// A name, beside those that the image has.
        name: Option<Reference>,
    },
    /// A directory in OCI image layout; what is in it already stays.
    OciLayout {
        /// The directory.
        path: PathBuf,
        /// `org.opencontainers.image.ref.name`; replaces an image of that name.
        tag: Option<String>,
    },
    /// A tar of an OCI image layout.
    OciArchive {
        /// The file.
        path: PathBuf,
        /// `org.opencontainers.image.ref.name`.
        tag: Option<String>,
    },
    /// A directory in skopeo's own layout, `dir:`; what it held before is replaced.
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The local store.
    Store {
        /// The name it gets.
        name: Reference,
    },
    /// Docker, or what answers in its place.
    DockerDaemon {
        /// The name it gets.
        name: Reference,
    },
    /// podman's images, by its service.
    ContainersStorage {
        /// The name it gets.
        name: Reference,
    },
    /// A registry.
    Registry {
        /// The full name.
        name: Reference,
    },
}

impl Destination {
    /// The file or directory that is written, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::DockerArchive { path, .. }
            | Self::OciLayout { path, .. }
            | Self::OciArchive { path, .. }
            | Self::Directory { path } => Some(path),
            Self::Store { .. }
            | Self::DockerDaemon { .. }
            | Self::ContainersStorage { .. }
            | Self::Registry { .. } => None,
        }
    }
}

impl FromStr for Destination {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if let Some(named) = named(text)? {
            return Ok(match named {
                Named::Store(name) => Self::Store { name: parse_name(text, &name)? },
                Named::Docker(name) => Self::DockerDaemon { name: parse_name(text, &name)? },
                Named::Podman(name) => Self::ContainersStorage { name: parse_name(text, &name)? },
                Named::Registry(name) => Self::Registry { name },
            });
        }
        if let Some(rest) = text.strip_prefix("docker-archive:") {
            let (path, name) = split_path(text, rest, "docker-archive")?;
            let name = name.map(|name| parse_name(text, name)).transpose()?;
            return Ok(Self::DockerArchive { path, name });
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
        if is_path(text) {
            return Err(SourceError::NotADestination { text: text.to_owned() });
        }
        let name = parse_name(text, text)?;
        Ok(if names_a_registry(text) { Self::Registry { name } } else { Self::Store { name } })
    }
}

/// Whether a bare name begins with a registry's host, by Docker's rule (`splitDockerDomain` of distribution/reference): who
/// writes it out means that registry. `store:` means the local store whatever follows. `localhost` without a port is no
/// registry here: podman calls images so that have no other name.
fn names_a_registry(text: &str) -> bool {
    text.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']))
}

/// Whether a bare text looks like a path, which does not say what is to be written there. Names of images
/// that look like one can be written with `store:`.
fn is_path(text: &str) -> bool {
    let ends = [".tar", ".tar.gz", ".tar.zst", ".tgz", "/"];
    text.is_empty()
        || text.starts_with(['/', '.', '~'])
        || text.starts_with("rootfs:")
        || ends.iter().any(|end| text.ends_with(end))
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DockerArchive { path, name } => {
                let name = name.as_ref().map(Reference::familiar);
                write_tagged(f, "docker-archive", path, name.as_deref())
            }
            Self::OciLayout { path, tag } => write_tagged(f, "oci", path, tag.as_deref()),
            Self::OciArchive { path, tag } => write_tagged(f, "oci-archive", path, tag.as_deref()),
            Self::Directory { path } => write!(f, "dir:{}", path.display()),
            Self::Store { name } => write!(f, "store:{}", name.familiar()),
            Self::DockerDaemon { name } => write!(f, "docker-daemon:{}", name.familiar()),
            Self::ContainersStorage { name } => {
                write!(f, "containers-storage:{}", name.familiar())
            }
            Self::Registry { name } => write!(f, "docker://{}", name.familiar()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_print_as_they_parse() {
        for text in [
            "docker-archive:a.tar",
            "docker-archive:a.tar:nginx:slim",
            "oci:dir",
            "oci:dir:a/b:c",
            "oci-archive:x.tar:1",
            "dir:x:y",
            "store:nginx.tar:latest",
            "docker-daemon:nginx:1",
            "containers-storage:nginx:1",
            "docker://localhost:5000/a:1",
        ] {
            assert_eq!(text.parse::<Destination>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn a_bare_name_is_one_of_the_store_unless_it_names_a_registry() {
        for (text, expected) in [
            ("app", "store:app:latest"),
            ("acme/app:1.4-slim", "store:acme/app:1.4-slim"),
            ("store:ghcr.io/a/app:1", "store:ghcr.io/a/app:1"),
            ("ghcr.io/a/app:1", "docker://ghcr.io/a/app:1"),
            ("localhost/app", "store:localhost/app:latest"),
            ("localhost:5000/app", "docker://localhost:5000/app:latest"),
            ("registry:5000/app:1", "docker://registry:5000/app:1"),
            ("docker.io/acme/app:1", "docker://acme/app:1"),
        ] {
            let destination: Destination = text.parse().expect(text);
            assert_eq!(destination.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn other_transports_are_refused() {
        for (text, part) in [
            ("nginx.tar", "expected docker-archive:FILE[:NAME]"),
            ("rootfs:dir", "cannot write to \"rootfs:dir\""),
            ("./nginx", "expected docker-archive:FILE[:NAME]"),
            ("docker://", "no image name"),
            ("App", "upper case"),
            ("", "cannot write to \"\""),
            ("docker-archive:a:B", "upper case"),
        ] {
            let error = text.parse::<Destination>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
