//! Media types of OCI and Docker, and what they say about a blob.

/// OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI image index: manifests for several platforms, or of several images.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI image config.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// OCI layer, uncompressed.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// OCI layer, gzip.
pub const OCI_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// OCI layer, zstd.
pub const OCI_LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
/// OCI layer that registries must not hold (withdrawn in image-spec 1.1, still met).
pub const OCI_FOREIGN_LAYER: &str = "application/vnd.oci.image.layer.nondistributable.v1.tar";
/// The empty JSON object that artifacts use as their config.
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Docker image manifest, version 2 schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker manifest list.
pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker image config.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Docker layer, uncompressed.
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";
/// Docker layer, gzip.
pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// Docker layer, zstd, as containerd and BuildKit name it.
pub const DOCKER_LAYER_ZSTD: &str = "application/vnd.docker.image.rootfs.diff.tar.zstd";
/// Docker layer that is fetched from its own address.
pub const DOCKER_FOREIGN_LAYER: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
/// Docker manifest, version 2 schema 1: given up by every engine.
pub const DOCKER_SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+json";
/// The same with signatures.
pub const DOCKER_SCHEMA1_SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// How the bytes of a layer are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// A plain tar.
    None,
    /// gzip (RFC 1952), possibly of several members.
    Gzip,
    /// zstd (RFC 8878), possibly of several frames.
    Zstd,
}

impl Compression {
    /// The name that the command line and messages use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The OCI media type of a layer compressed so.
    pub const fn oci_layer(self) -> &'static str {
        match self {
            Self::None => OCI_LAYER,
            Self::Gzip => OCI_LAYER_GZIP,
            Self::Zstd => OCI_LAYER_ZSTD,
        }
    }
}

impl std::fmt::Display for Compression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Compression {
    type Err = UnknownCompression;

    fn from_str(text: &str) -> Result<Self, UnknownCompression> {
        match text {
            "none" => Ok(Self::None),
            "gzip" => Ok(Self::Gzip),
            "zstd" => Ok(Self::Zstd),
            _ => Err(UnknownCompression { name: text.to_owned() }),
        }
    }
}

/// A name that is none of [`Compression`]'s.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compression {name:?} is not known (expected gzip, zstd or none)")]
pub struct UnknownCompression {
    name: String,
}

/// What a media type says its blob is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A manifest of one image.
    Manifest,
    /// A list of manifests.
    Index,
    /// An image's config.
    Config,
    /// A layer that lies beside its manifest.
    Layer(Compression),
    /// A layer that must be fetched from elsewhere, and may be absent.
    ForeignLayer(Compression),
    /// A manifest of the format before 2016.
    Schema1,
    /// Anything else: artifacts, encrypted layers, signatures.
    Other,
}

impl MediaKind {
    /// Classifies a media type. Parameters behind `;` do not count.
    pub fn of(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence {
            OCI_MANIFEST | DOCKER_MANIFEST => Self::Manifest,
            OCI_INDEX | DOCKER_INDEX => Self::Index,
            OCI_CONFIG | DOCKER_CONFIG => Self::Config,
            DOCKER_SCHEMA1 | DOCKER_SCHEMA1_SIGNED => Self::Schema1,
            OCI_LAYER | DOCKER_LAYER => Self::Layer(Compression::None),
            OCI_LAYER_GZIP | DOCKER_LAYER_GZIP => Self::Layer(Compression::Gzip),
            OCI_LAYER_ZSTD | DOCKER_LAYER_ZSTD => Self::Layer(Compression::Zstd),
            DOCKER_FOREIGN_LAYER => Self::ForeignLayer(Compression::Gzip),
            "application/vnd.docker.image.rootfs.foreign.diff.tar" => {
                Self::ForeignLayer(Compression::None)
            }
            other => match other.strip_prefix(OCI_FOREIGN_LAYER) {
                Some("") => Self::ForeignLayer(Compression::None),
                Some("+gzip") => Self::ForeignLayer(Compression::Gzip),
                Some("+zstd") => Self::ForeignLayer(Compression::Zstd),
                _ => Self::Other,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_media_types() {
        for (media_type, kind) in [
            (OCI_MANIFEST, MediaKind::Manifest),
            (DOCKER_INDEX, MediaKind::Index),
            (OCI_CONFIG, MediaKind::Config),
            (OCI_LAYER_ZSTD, MediaKind::Layer(Compression::Zstd)),
            (
                "application/vnd.oci.image.layer.v1.tar+gzip; a=b",
                MediaKind::Layer(Compression::Gzip),
            ),
            (DOCKER_FOREIGN_LAYER, MediaKind::ForeignLayer(Compression::Gzip)),
            (
                "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
                MediaKind::ForeignLayer(Compression::Zstd),
            ),
            ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", MediaKind::Other),
            ("application/vnd.oci.image.layer.nondistributable.v1.tarx", MediaKind::Other),
            (DOCKER_SCHEMA1_SIGNED, MediaKind::Schema1),
            ("", MediaKind::Other),
        ] {
            assert_eq!(MediaKind::of(media_type), kind, "{media_type}");
        }
    }

    #[test]
    fn compression_names_round_trip() {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            assert_eq!(compression.name().parse(), Ok(compression));
            assert_eq!(MediaKind::of(compression.oci_layer()), MediaKind::Layer(compression));
        }
        let error = "lz4".parse::<Compression>().expect_err("unknown").to_string();
        assert!(error.contains("gzip, zstd or none"), "{error}");
    }
}
