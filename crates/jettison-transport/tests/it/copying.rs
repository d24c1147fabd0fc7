//! Images copied from layout to layout: digests stay, indexes stay whole, nothing else is let through.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use jettison_image::{Descriptor, Digest};
use jettison_transport::{
    Destination, OpenOptions, Places, Source,
    copy::{
        CopyError, CopyEvent, CopyOptions, Document, ImageSource, Platforms, PutBlob, SourceReader,
        TransferError, copy,
    },
    locate, open_destination, open_source,
};

use crate::fixture::{
    Files, Fixture, Packing, entries, lay_out, multi_platform, open_in, tar_of, whole_index,
};

fn at(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}

fn source(dir: &Path, text: &str) -> Box<dyn ImageSource> {
    let source: Source = text.parse().expect(text);
    open_source(&source, &OpenOptions::new(dir)).expect(text)
}

/// Copies, and returns the digest that has the name now.
fn copied(dir: &Path, from: &str, to: &str, platforms: Platforms) -> Result<Digest, CopyError> {
    let source = source(dir, from);
    let destination: Destination = to.parse().expect(to);
    let destination = open_destination(&destination, &source.tags(), &Places::default()).expect(to);
    let options = CopyOptions { platforms, ..CopyOptions::default() };
    Ok(copy(source.as_ref(), destination.as_ref(), &options)?.root.digest)
}

fn write(dir: &Path, name: &str, files: &Files) -> String {
    let path = at(dir, name);
    fs_err::write(&path, tar_of(files)).expect("writable");
    path
}

#[test]
fn a_stored_image_is_found_without_being_read() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let fixture = Fixture::new("jettison:1");
    let mut files = fixture.oci_files(Packing::Gzip);
    let manifest = files.keys().find(|name| files[*name].starts_with(b"{\"config\"")).cloned();
    let manifest = files[&manifest.expect("there is a manifest")].clone();
    // Layers that are damaged are not looked into.
    for (name, bytes) in &mut files {
        if name.starts_with("blobs/") && bytes.starts_with(&[0x1f, 0x8b]) {
            bytes.fill(b'x');
        }
    }
    let path = write(dir.path(), "image.tar", &files);
    let source: Source = path.parse().expect("a path");
    let image = locate(&source, &OpenOptions::new(dir.path())).expect("its documents are whole");
    assert_eq!(image.config_bytes, fixture.config);
    let stored = image.manifest.as_ref().expect("it has one");
    assert_eq!(stored.bytes, manifest);
    assert_eq!(stored.descriptor.digest, Digest::sha256(&manifest));
    assert_eq!(image.layers.len(), 3);
    for (layer, tar) in image.layers.iter().zip(&fixture.layers) {
        assert_eq!(layer.diff_id, Digest::sha256(tar));
        let descriptor = layer.descriptor.as_ref().expect("the manifest has it");
        assert_eq!(descriptor.size, layer.content.len());
        layer.verify(&OpenOptions::new(dir.path())).expect_err("it is damaged");
    }
    image.verify(&OpenOptions::new(dir.path())).expect_err("it is damaged");
}

#[test]
fn every_form_becomes_a_layout_and_keeps_its_id() {
    let fixture = Fixture::new("jettison:1");
    for packing in Packing::ALL {
        for (name, files) in [
            ("old", fixture.old_docker_files(packing)),
            ("new", fixture.new_docker_files(packing)),
            ("oci", fixture.oci_files(packing)),
        ] {
            let dir = tempfile::tempdir().expect("a temporary directory");
            let from = write(dir.path(), "image.tar", &files);
            for (to, from_there) in [
                (format!("oci:{}:x", at(dir.path(), "layout")), "layout"),
                (format!("oci-archive:{}", at(dir.path(), "o.tar")), "o.tar"),
                (format!("docker-archive:{}", at(dir.path(), "d.tar")), "d.tar"),
            ] {
                let root = copied(dir.path(), &from, &to, Platforms::One(None)).expect(name);
                if name == "oci" {
                    let meant = entries(&files)[0]["digest"].as_str().map(str::to_owned);
                    assert_eq!(Some(root.to_string()), meant, "the manifest keeps its bytes");
                }
                let image = open_in(dir.path(), &at(dir.path(), from_there)).expect(name);
                fixture.assert_is(&image);
                assert_eq!(image.config_bytes, fixture.config, "and the config");
            }
        }
    }
}

#[test]
fn an_index_stays_whole_or_one_platform_is_picked() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let layer = |text: &str| vec![tar_of(&crate::fixture::files([("a", text.as_bytes())]))];
    let (amd64, s390x) = (Fixture::of("x:1", layer("amd64")), Fixture::of("x:1", layer("s390x")));
    let platforms = [("linux/amd64", &amd64), ("linux/s390x", &s390x)];
    // An attestation is part of the index; that of this one leads nowhere.
    lay_out(&dir.path().join("broken"), &multi_platform(&platforms));
    let (from, all) =
        (format!("oci:{}", at(dir.path(), "broken")), format!("oci:{}:all", at(dir.path(), "all")));
    let error = copied(dir.path(), &from, &all, Platforms::All).expect_err("a broken manifest");
    assert!(error.to_string().contains("is missing"), "{error}");

    let files = whole_index(&platforms);
    lay_out(&dir.path().join("from"), &files);
    let from = format!("oci:{}", at(dir.path(), "from"));
    let index = entries(&files)[0]["digest"].as_str().expect("text").to_owned();
    let root = copied(dir.path(), &from, &all, Platforms::All).expect("whole");
    assert_eq!(root.to_string(), index);
    let mut options = OpenOptions::new(dir.path());
    for (platform, fixture) in [("linux/amd64", &amd64), ("linux/s390x", &s390x)] {
        options.platform = Some(platform.parse().expect("valid"));
        let one = format!("oci:{}:one", at(dir.path(), platform.rsplit('/').next().expect("two")));
        let wanted = Platforms::One(options.platform.clone());
        copied(dir.path(), &all, &one, wanted).expect(platform);
        fixture.assert_is(&open_in(dir.path(), &one).expect("one image"));
    }
    let missing = Platforms::One(Some("linux/riscv64".parse().expect("valid")));
    let error = copied(dir.path(), &all, &format!("oci:{}", at(dir.path(), "none")), missing);
    let error = error.expect_err("not there").to_string();
    assert!(error.contains("not for linux/riscv64; it is for linux/amd64, linux/s390x"), "{error}");
}

#[test]
fn what_is_there_is_not_moved_again() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let fixture = Fixture::new("jettison:1");
    let from = write(dir.path(), "image.tar", &fixture.oci_files(Packing::Gzip));
    let source = source(dir.path(), &from);
    let to: Destination = format!("oci:{}:1", at(dir.path(), "layout")).parse().expect("valid");
    let told = Arc::new(Mutex::new(Vec::new()));
    for round in [PutBlob::Moved, PutBlob::Present] {
        told.lock().expect("no panic").clear();
        let listener = told.clone();
        let options = CopyOptions {
            progress: Some(Arc::new(move |event| {
                if let CopyEvent::Done { how, .. } = event {
                    listener.lock().expect("no panic").push(how);
                }
            })),
            ..CopyOptions::default()
        };
        let destination = open_destination(&to, &[], &Places::default()).expect("writable");
        let copied = copy(source.as_ref(), destination.as_ref(), &options).expect("writable");
        assert_eq!(*told.lock().expect("no panic"), [round; 3], "two layers and a config");
        assert_eq!(copied.moved == 0, round == PutBlob::Present);
    }
}

/// A source that tells a lie.
struct Liar<'s> {
    inner: &'s dyn ImageSource,
    about: Lie,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    Root,
    Blob,
    Short,
}

impl ImageSource for Liar<'_> {
    fn name(&self) -> String {
        "liar".to_owned()
    }

    fn root(&self) -> Result<Document, TransferError> {
        let mut root = self.inner.root()?;
        if self.about == Lie::Root {
            root.bytes.push(b' ');
        }
        Ok(root)
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, TransferError> {
        self.inner.document(descriptor)
    }

    fn blob(
        &self,
        descriptor: &Descriptor,
        offset: u64,
    ) -> Result<SourceReader<'_>, TransferError> {
        let mut bytes = Vec::new();
        self.inner.blob(descriptor, offset)?.read_to_end(&mut bytes)?;
        match self.about {
            Lie::Root => {}
            Lie::Blob => bytes[0] ^= 1,
            Lie::Short => bytes.truncate(bytes.len() - 1),
        }
        Ok(Box::new(std::io::Cursor::new(bytes)))
    }
}

#[test]
fn lies_are_refused_and_nothing_is_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let fixture = Fixture::new("jettison:1");
    let from = write(dir.path(), "image.tar", &fixture.oci_files(Packing::Gzip));
    let inner = source(dir.path(), &from);
    for about in [Lie::Root, Lie::Blob, Lie::Short] {
        let liar = Liar { inner: inner.as_ref(), about };
        for transport in ["oci", "oci-archive", "docker-archive"] {
            let path = at(dir.path(), &format!("{transport}-{about:?}"));
            let to: Destination = format!("{transport}:{path}").parse().expect("valid");
            let destination = open_destination(&to, &[], &Places::default()).expect("writable");
            let error = copy(&liar, destination.as_ref(), &CopyOptions::default());
            let error = error.expect_err("a lie").to_string();
            assert!(error.contains("digest says") || error.contains("ends after"), "{error}");
            drop(destination);
            assert!(!Path::new(&path).join("index.json").exists());
            assert!(transport == "oci" || !Path::new(&path).exists());
            let blobs = Path::new(&path).join("blobs/sha256");
            for blob in fs_err::read_dir(blobs).into_iter().flatten() {
                let blob = blob.expect("readable").path();
                let digest = Digest::sha256(&fs_err::read(&blob).expect("readable"));
                assert_eq!(Some(digest.hex()), blob.file_name().and_then(|name| name.to_str()));
            }
        }
    }
}
