//! An archive that takes new layers before the rest of the image is known.

use std::sync::Arc;

use jettison_image::{Compression, Descriptor, ReadAt, Reference};

use crate::{
    Destination, NewImage, NewLayer, WriteError, Written,
    archive_destination::ArchiveDestination,
    archive_stream::ArchiveKind,
    copy::CopyError,
    entry_name::EntryName,
    write::{copy_to, written},
};

/// An archive that has no name yet. Its layers are hashed while they are written, and not read once more for that; what was
/// written of it is gone if it is dropped.
#[derive(Debug)]
pub struct ArchiveDraft<'d> {
    destination: &'d Destination,
    archive: ArchiveDestination,
}

impl<'d> ArchiveDraft<'d> {
    /// Begins the archive of an image with these names; `None` for a destination that is no archive.
    pub fn begin(
        destination: &'d Destination,
        tags: &[Reference],
    ) -> Result<Option<Self>, WriteError> {
        let (path, kind, names) = match destination {
            Destination::DockerArchive { path, name } => {
                let more = name.iter().filter(|more| !tags.contains(more));
                let tags: Vec<Reference> = tags.iter().chain(more).cloned().collect();
                (path, ArchiveKind::Docker, EntryName::all(&tags, None))
            }
            Destination::OciArchive { path, tag } => {
                (path, ArchiveKind::Oci, EntryName::all(tags, tag.as_deref()))
            }
            _ => return Ok(None),
        };
        let name = destination.to_string();
        let archive = ArchiveDestination::create(name, path, kind, vec![names])?;
        Ok(Some(Self { destination, archive }))
    }

    /// Writes an uncompressed layer and says what it is. Layers stand in the order in which they come, before everything else.
    pub fn layer(&self, tar: &Arc<dyn ReadAt>) -> Result<NewLayer, WriteError> {
        let failed = |source| CopyError::Destination { name: self.destination.to_string(), source };
        let digest = self.archive.put_new_layer(tar.as_ref()).map_err(failed)?;
        Ok(NewLayer {
            diff_id: digest.clone(),
            descriptor: Descriptor::new(Compression::None.oci_layer(), digest, tar.len()),
            content: Arc::clone(tar),
        })
    }

    /// Writes what is missing of the image and gives the archive its name, as [`write()`](crate::write()) does.
    pub fn finish(self, image: &NewImage) -> Result<Written, WriteError> {
        self.finish_exactly(image, image.config.to_vec())
    }

    pub(crate) fn finish_exactly(
        self,
        image: &NewImage,
        config: Vec<u8>,
    ) -> Result<Written, WriteError> {
        let source = image.source(config)?;
        let root = copy_to(&source, &self.archive)?;
        Ok(written(self.destination, image, (root, &source), self.archive.size()))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io};

    use jettison_image::{Digest, ImageConfig};

    use super::*;
    use crate::{OpenOptions, Source, open};

    fn image(layers: Vec<NewLayer>) -> NewImage {
        let mut config = ImageConfig::default();
        config.rootfs.diff_ids = layers.iter().map(|layer| layer.diff_id.clone()).collect();
        NewImage { config, layers, tags: Vec::new(), annotations: BTreeMap::new() }
    }

    fn tar(len: usize) -> Arc<dyn ReadAt> {
        // Two zero blocks and more: an archive without entries.
        Arc::new(vec![0_u8; len])
    }

    #[test]
    fn layers_get_their_names_when_they_are_known() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("image.tar");
        let to = Destination::OciArchive { path: path.clone(), tag: None };
        let draft = ArchiveDraft::begin(&to, &[]).expect("writable").expect("an archive");
        // The same layer twice is stored once; what comes behind it is not moved.
        let tars = [tar(1024), tar(1536), tar(1024), tar(2048)];
        let layers: Vec<NewLayer> =
            tars.iter().map(|tar| draft.layer(tar).expect("writable")).collect();
        assert_eq!(layers[1].diff_id, Digest::sha256(&[0; 1536]));
        assert!(!path.exists(), "it has no name yet");
        let written = draft.finish(&image(layers)).expect("writable");
        assert_eq!(written.bytes, fs_err::metadata(&path).expect("it is there").len());
        let options = OpenOptions::new(directory.path());
        let read = open(&Source::Path(path), &options).expect("a whole image");
        let sizes: Vec<u64> = read.layers.iter().map(|layer| layer.tar.len()).collect();
        assert_eq!(sizes, [1024, 1536, 1024, 2048]);
    }

    #[derive(Debug)]
    struct Broken;

    impl ReadAt for Broken {
        fn len(&self) -> u64 {
            4096
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            if offset > 0 {
                Err(io::Error::other("the disk broke"))
            } else {
                Ok(buf.len().min(512))
            }
        }
    }

    #[test]
    fn what_breaks_in_the_middle_leaves_nothing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let to =
            Destination::DockerArchive { path: directory.path().join("image.tar"), name: None };
        let draft = ArchiveDraft::begin(&to, &[]).expect("writable").expect("an archive");
        let broken: Arc<dyn ReadAt> = Arc::new(Broken);
        let error = draft.layer(&broken).expect_err("the disk broke").to_string();
        assert!(error.contains("the disk broke") && error.contains("image.tar"), "{error}");
        draft.layer(&tar(1024)).expect_err("the archive is closed");
        drop(draft);
        assert_eq!(fs_err::read_dir(directory.path()).expect("readable").count(), 0);
        let layout = Destination::OciLayout { path: directory.path().join("layout"), tag: None };
        assert!(ArchiveDraft::begin(&layout, &[]).expect("nothing is done").is_none());
    }
}
