//! An image as `docker save` wrote it before version 25, written without holding any layer.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use jettison_image::{Platform, Sha256Hasher};
use serde_json::{Value, json};
use tar::{Builder, Header};

use super::WastefulImage;
use crate::{
    Entry,
    entry::{BLOCK, layer, write_layer},
};

impl WastefulImage {
    /// Writes the image, file by file: of a large one, no more than the file at hand is in memory.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_docker_archive(&self, path: &Path) -> io::Result<()> {
        let mut archive = Builder::new(BufWriter::new(fs_err::File::create(path)?));
        let names: Vec<String> =
            (0..self.layers()).map(|number| format!("layer-{number:03}/layer.tar")).collect();
        let mut diff_ids = Vec::new();
        for (number, name) in names.iter().enumerate() {
            let entries = || self.steps[number].entries.iter().map(|planned| &planned.entry);
            let bytes = entries().map(Entry::stored_bytes).sum::<u64>() + end_bytes();
            // The header stands before a member's bytes, so it is written without them.
            archive.append_data(&mut header(bytes), name, io::empty())?;
            let mut layer = Digesting { out: archive.get_mut(), hasher: Sha256Hasher::new() };
            write_layer(entries().cloned(), &mut layer)?;
            diff_ids.push(layer.hasher.finish().to_string());
        }
        let mut append = |name: &str, value: &Value| {
            let bytes = value.to_string().into_bytes();
            archive.append_data(&mut header(bytes.len() as u64), name, bytes.as_slice())
        };
        append(
            "config.json",
            &json!({
                "architecture": Platform::host().architecture,
                "os": "linux",
                "created": "2024-01-01T00:00:00Z",
                "config": self.config,
                "history": self.history(),
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
            }),
        )?;
        let member = json!({"Config": "config.json", "RepoTags": [self.tag], "Layers": names});
        append("manifest.json", &json!([member]))?;
        archive.into_inner()?.flush()
    }
}

fn header(bytes: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_size(bytes);
    header.set_mode(0o644);
    header
}

/// The mark at the end of a tar. Tars are whole blocks, so a member that is one needs no padding.
fn end_bytes() -> u64 {
    let end = layer([]).len();
    assert_eq!(end % BLOCK, 0, "tars are padded");
    end as u64
}

/// Writes on, and notes the digest.
struct Digesting<W> {
    out: W,
    hasher: Sha256Hasher,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
