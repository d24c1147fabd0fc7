//! What commands that read and write images have in common: their sources, destinations, tags and compression.

use std::path::{Path, PathBuf};

use jettison_image::{Platform, Reference};
use jettison_transport::{
    Compression, Destination, OpenOptions, RootfsDescription, Source, SourceError,
};

use crate::failure::{Failure, Kind};

/// How written layers are compressed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum CompressionArg {
    Gzip,
    Zstd,
    None,
}

impl From<CompressionArg> for Compression {
    fn from(arg: CompressionArg) -> Self {
        match arg {
            CompressionArg::Gzip => Self::Gzip,
            CompressionArg::Zstd => Self::Zstd,
            CompressionArg::None => Self::None,
        }
    }
}

/// How images are opened: temporary files go to `work_dir`.
pub(crate) fn open_options(
    work_dir: &Path,
    platform: Option<&str>,
) -> Result<OpenOptions, Failure> {
    let platform = platform.map(|text| text.parse::<Platform>().map_err(|error| input(&error)));
    let mut open = OpenOptions::new(work_dir);
    open.platform = platform.transpose()?;
    open.rootfs = RootfsDescription::default();
    Ok(open)
}

/// Where temporary files go.
pub(crate) fn work_dir(given: Option<&Path>) -> PathBuf {
    given.map_or_else(std::env::temp_dir, Path::to_owned)
}

/// The names that texts spell.
pub(crate) fn tags(texts: &[String]) -> Result<Vec<Reference>, Failure> {
    texts.iter().map(|text| text.parse().map_err(|error| input(&error))).collect()
}

/// The destinations that texts name. Without any, an image of a file lands beside the caller, under the file's name with
/// `suffix`; an existing file is not overwritten then, because nobody named it. An image with a name gets a neighbour.
pub(crate) fn destinations(
    texts: &[String],
    source: &Source,
    suffix: &str,
    tags: &[Reference],
) -> Result<Vec<Destination>, Failure> {
    if !texts.is_empty() {
        return texts.iter().map(|text| text.parse().map_err(|error| input(&error))).collect();
    }
    let Some(path) = source.path() else {
        return beside(source, suffix, tags);
    };
    let name =
        path.file_name().map_or_else(|| "image".into(), |name| name.to_string_lossy().into_owned());
    let stem = [".tar.gz", ".tar.zst", ".tgz", ".tar"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    let file = PathBuf::from(format!("{stem}-{suffix}.tar"));
    if file.exists() {
        return Err(Failure::new(Kind::Input, format!("{} is there already", file.display()))
            .hint(format!("name the destination: --to docker-archive:{}", file.display())));
    }
    Ok(vec![Destination::DockerArchive { path: file, name: None }])
}

/// A neighbour of an image in the same place, called as `tags` say or with `suffix` behind its own tag. What comes from a
/// registry stays here, in the local store: nothing is pushed unasked.
fn beside(source: &Source, suffix: &str, tags: &[Reference]) -> Result<Vec<Destination>, Failure> {
    let place = |name| match source {
        Source::DockerDaemon { .. } => Destination::DockerDaemon { name },
        Source::ContainersStorage { .. } => Destination::ContainersStorage { name },
        _ => Destination::Store { name },
    };
    if !tags.is_empty() {
        return Ok(tags.iter().cloned().map(place).collect());
    }
    let unnamed = || {
        Failure::new(
            Kind::Input,
            format!("{source}: the new image needs a name, and this is an id"),
        )
        .hint("name the destination: --to NAME")
    };
    let name: Reference = source.name().and_then(|name| name.parse().ok()).ok_or_else(unnamed)?;
    let new = format!("{}:{}-{suffix}", name.repository(), name.tag().unwrap_or("latest"));
    Ok(vec![place(new.parse().map_err(|error| input(&error))?)])
}

/// A destination, or a file that becomes an archive.
pub(crate) fn destination_or_file(text: &str) -> Result<Destination, Failure> {
    match text.parse() {
        Ok(destination) => Ok(destination),
        Err(SourceError::NotADestination { .. }) if !text.is_empty() => {
            Ok(Destination::DockerArchive { path: PathBuf::from(text), name: None })
        }
        Err(error) => Err(input(&error)),
    }
}

/// An argument that cannot be used.
pub(crate) fn input(error: &dyn std::error::Error) -> Failure {
    Failure::from_error(Kind::Input, error)
}
