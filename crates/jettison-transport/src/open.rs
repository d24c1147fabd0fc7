//! Opening an image: finding out what the source is, and handing it to the reader for that.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use jettison_image::{
    Compression, Descriptor, ReadAt,
    docker_archive::{MANIFEST, REPOSITORIES},
};

use crate::{
    ArchiveChoice, FileBlob, Image, Layer, OpenError, OpenOptions, Progress, Source, StoredImage,
    archive::{Archive, normal_name},
    compression_magic::Magic,
    copy::ImageSource,
    docker_archive,
    inflater::{Inflater, Unverified},
    layout_source::LayoutSource,
    named_places,
    oci_layout::{self, INDEX, LAYOUT},
    resolve::resolve,
    rootfs,
    single_image::SingleImage,
    skopeo_directory,
    store::Use,
    stored_files::StoredFiles,
    tar_members::TarMembers,
};

/// Opens an image and verifies all of it: after this, no digest needs to be checked again.
///
/// Nothing is unpacked. Uncompressed layers are read where they lie; compressed ones are inflated to
/// unnamed temporary files, or to the cache.
pub fn open(source: &Source, options: &OpenOptions) -> Result<Image, OpenError> {
    locate(source, options)?.verify(options)
}

/// Finds an image and reads its documents; its layers stay as they are stored, neither hashed nor
/// inflated.
///
/// What cannot be found without reading it is read: an archive that is compressed as a whole, and a root
/// file system, whose diff-id is not written anywhere.
pub fn locate(source: &Source, options: &OpenOptions) -> Result<StoredImage, OpenError> {
    let source = resolve(source, &options.places)?;
    let mut image = find(&source, options)?.locate(options)?;
    image.source_name = source.to_string();
    Ok(image)
}

/// The image as the source of a copy: with all its platforms, where it has several. Of a registry,
/// nothing is fetched yet.
pub fn open_source(
    source: &Source,
    options: &OpenOptions,
) -> Result<Box<dyn ImageSource>, OpenError> {
    let source = resolve(source, &options.places)?;
    if let Source::Registry { name } = &source {
        return named_places::registry(name, options);
    }
    let name = source.to_string();
    match find(&source, options)? {
        Found::Layout { files, entries, held } => {
            Ok(Box::new(LayoutSource::new(name, files, entries, held)))
        }
        found => {
            let mut image = found.locate(options)?;
            image.source_name = name;
            let made = SingleImage::new(&image);
            let path = image.path;
            Ok(Box::new(made.map_err(|source| OpenError::Compressed { path, source })?))
        }
    }
}

/// What was found at a source.
pub(crate) enum Found {
    /// An archive of `docker save`.
    Docker(StoredFiles, Option<ArchiveChoice>),
    /// Entries of an index that make up one image.
    Layout {
        /// The layout.
        files: StoredFiles,
        /// One, or one for each platform.
        entries: Vec<Descriptor>,
        /// What keeps the files there.
        held: Option<Use>,
    },
    /// A root file system.
    Image(Box<StoredImage>),
}

impl Found {
    fn layout(files: StoredFiles, transport: &str, tag: Option<&str>) -> Result<Self, OpenError> {
        let entries = oci_layout::entries(&files, transport, tag)?;
        Ok(Self::Layout { files, entries, held: None })
    }

    fn locate(self, options: &OpenOptions) -> Result<StoredImage, OpenError> {
        match self {
            Self::Docker(files, image) => docker_archive::locate(&files, image.as_ref(), options),
            // Once its files are open, nobody can take them away.
            Self::Layout { files, entries, held: _ } => {
                oci_layout::locate(&files, &entries, options)
            }
            Self::Image(image) => Ok(*image),
        }
    }
}

fn find(source: &Source, options: &OpenOptions) -> Result<Found, OpenError> {
    Ok(match source {
        Source::DockerArchive { path, image } => {
            Found::Docker(Outer::open(path, options)?.index(path)?, image.clone())
        }
        Source::OciLayout { path, tag } => {
            if !fs_err::metadata(path)?.is_dir() {
                let hint = format!("it is a file; use oci-archive:{}", path.display());
                let (path, expected) = (path.clone(), "an OCI image layout");
                return Err(OpenError::WrongKind { path, expected, hint });
            }
            let files = StoredFiles::Directory(path.clone());
            Found::layout(files, "oci", tag.as_deref())?
        }
        Source::OciArchive { path, tag } => {
            let files = Outer::open(path, options)?.index(path)?;
            Found::layout(files, "oci-archive", tag.as_deref())?
        }
        Source::Rootfs { path } if fs_err::metadata(path)?.is_dir() => {
            Found::Image(Box::new(rootfs::locate_dir(path, options)?))
        }
        Source::Rootfs { path } => {
            let outer = Outer::open(path, options)?;
            recognise_tar(path, outer.tar.as_ref())?;
            outer.rootfs(path, options)?
        }
        Source::Directory { path } => {
            let (files, root) = skopeo_directory::open(path)?;
            Found::Layout { files, entries: vec![root], held: None }
        }
        Source::Store { name } => named_places::store(name, options)?,
        Source::DockerDaemon { name } => {
            let docker = options.places.docker.as_ref();
            named_places::engine(name, docker, source, options)?
        }
        Source::ContainersStorage { name } => {
            let podman = options.places.podman.as_ref();
            named_places::engine(name, podman, source, options)?
        }
        Source::Registry { name } => named_places::fetched(name, options)?,
        Source::Path(path) => find_path(path, options)?,
    })
}

/// The files of an image archive, or of the directory of a layout.
pub(crate) fn files_of(path: &Path, options: &OpenOptions) -> Result<StoredFiles, OpenError> {
    if fs_err::metadata(path)?.is_dir() {
        return Ok(StoredFiles::Directory(path.to_owned()));
    }
    Outer::open(path, options)?.index(path)
}

/// Finds the image of a path that does not say what it is.
fn find_path(path: &Path, options: &OpenOptions) -> Result<Found, OpenError> {
    if fs_err::metadata(path)?.is_dir() {
        return find(&recognise_dir(path)?, options);
    }
    let outer = Outer::open(path, options)?;
    Ok(match recognise_tar(path, outer.tar.as_ref())? {
        TarKind::Docker => Found::Docker(outer.index(path)?, None),
        TarKind::Oci => Found::layout(outer.index(path)?, "oci-archive", None)?,
        TarKind::Rootfs => outer.rootfs(path, options)?,
    })
}

fn recognise_dir(path: &Path) -> Result<Source, OpenError> {
    let has = |name: &str| path.join(name).is_file();
    let refuse = |hint: String| {
        let expected = "an image or root file system";
        Err(OpenError::WrongKind { path: path.to_owned(), expected, hint })
    };
    let shown = path.display();
    if has(LAYOUT) || (has(INDEX) && path.join("blobs").is_dir()) {
        return Ok(Source::OciLayout { path: path.to_owned(), tag: None });
    }
    if has(MANIFEST) && has("version") {
        return Ok(Source::Directory { path: path.to_owned() });
    }
    if has(MANIFEST) {
        return refuse(format!(
            "it is an unpacked docker archive; pack it: tar -C {shown} -cf FILE ."
        ));
    }
    Ok(Source::Rootfs { path: path.to_owned() })
}

enum TarKind {
    Docker,
    Oci,
    Rootfs,
}

/// Reads the names only: a root file system may hold what an image archive must not.
fn recognise_tar(path: &Path, tar: &dyn ReadAt) -> Result<TarKind, OpenError> {
    let broken = |source| OpenError::Archive { path: path.to_owned(), source };
    let telling = [MANIFEST, INDEX, LAYOUT, REPOSITORIES];
    let mut found = BTreeSet::new();
    let mut empty = true;
    let mut members = TarMembers::new(&tar);
    while let Some(member) = members.next_member().map_err(broken)? {
        empty = false;
        let name = normal_name(&member.name).unwrap_or_default();
        found.extend(telling.into_iter().find(|telling| *telling == name));
    }
    // An archive with the old list alone is Docker's too; its reader tells why it cannot be read.
    if found.contains(MANIFEST) || (found.contains(REPOSITORIES) && !found.contains(INDEX)) {
        return Ok(TarKind::Docker);
    }
    if found.contains(INDEX) && found.contains(LAYOUT) {
        return Ok(TarKind::Oci);
    }
    if empty { Err(OpenError::NoImage { path: path.to_owned() }) } else { Ok(TarKind::Rootfs) }
}

/// A file that was opened as a tar.
struct Outer {
    /// The uncompressed bytes.
    tar: Arc<dyn ReadAt>,
    /// The same, verified, if they had to be inflated.
    inflated: Option<Layer>,
}

impl Outer {
    /// Inflates the file if it is compressed, else reads nothing of it.
    fn open(path: &Path, options: &OpenOptions) -> Result<Self, OpenError> {
        let tar: Arc<dyn ReadAt> = Arc::new(FileBlob::open(path)?);
        if Magic::of(&tar)? == Magic::Known(Compression::None) {
            return Ok(Self { tar, inflated: None });
        }
        let layer = load(path, tar, options)?;
        Ok(Self { tar: layer.tar.clone(), inflated: Some(layer) })
    }

    fn index(self, path: &Path) -> Result<StoredFiles, OpenError> {
        match Archive::index(self.tar) {
            Ok(archive) => Ok(StoredFiles::Archive(archive, path.to_owned())),
            Err(source) => Err(OpenError::Archive { path: path.to_owned(), source }),
        }
    }

    fn rootfs(self, path: &Path, options: &OpenOptions) -> Result<Found, OpenError> {
        let layer = match self.inflated {
            Some(layer) => layer,
            None => load(path, self.tar, options)?,
        };
        Ok(Found::Image(Box::new(rootfs::locate_layer(path, layer, options))))
    }
}

/// Reads a whole file as one layer whose digest is not known before.
fn load(path: &Path, content: Arc<dyn ReadAt>, options: &OpenOptions) -> Result<Layer, OpenError> {
    let stored = Unverified { diff_id: None, descriptor: None, content };
    let inflater = Inflater { work_dir: &options.work_dir, cache: None, limits: &options.limits };
    let mut read = 0;
    let size = stored.content.len();
    let layer = inflater.load(&stored, &mut |more| {
        read += more;
        options.report(Progress { layer: 0, layers: 1, read, size });
    });
    layer.map_err(|source| OpenError::Compressed { path: path.to_owned(), source })
}
