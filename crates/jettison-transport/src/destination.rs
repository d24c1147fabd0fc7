//! Where an image goes to, as people write it: `docker-archive:slim.tar`, `oci:dir:tag`.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use jettison_image::Reference;

use crate::source::{SourceError, parse_name, refuse_unsupported, split_path, write_tagged};

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
}

impl Destination {
    /// The file or directory that is written.
    pub fn path(&self) -> &Path {
        match self {
            Self::DockerArchive { path, .. }
            | Self::OciLayout { path, .. }
            | Self::OciArchive { path, .. } => path,
        }
    }
}

impl FromStr for Destination {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        refuse_unsupported(text)?;
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
        Err(SourceError::NotADestination { text: text.to_owned() })
    }
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
        ] {
            assert_eq!(text.parse::<Destination>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn other_transports_are_refused() {
        for (text, part) in [
            ("nginx.tar", "expected docker-archive:FILE[:NAME]"),
            ("rootfs:dir", "cannot write to \"rootfs:dir\""),
            ("docker://a", "not supported yet"),
            ("", "cannot write to \"\""),
            ("docker-archive:a:B", "upper case"),
        ] {
            let error = text.parse::<Destination>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
