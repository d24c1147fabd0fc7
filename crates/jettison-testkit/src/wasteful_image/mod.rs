//! Images that waste a known number of bytes for known reasons.
//!
//! What is wasted is counted here by what the `tar` crate writes, with none of jettison's code: the truth that `analyze` is
//! held against. Beside each image stands its [`WastefulImage::clean`] sister, the same without the waste; the difference of
//! the two in bytes is what can be saved, to the byte.

mod kinds;

use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Write},
    path::Path,
};

use jettison_image::{Digest, Platform};
use serde_json::{Value, json};

use kinds::{KINDS, Planter};

use crate::{Chance, Entry, FatImage, entry::layer};

/// Waste of one cause: its name, the layer it lies in, the layer that made it useless.
pub type Share = (&'static str, usize, Option<usize>);

/// An image, and what is known of it.
#[derive(Clone, Debug)]
pub struct WastefulImage {
    steps: Vec<Step>,
    config: Value,
}

/// A layer, with the instruction that is said to have made it.
#[derive(Clone, Debug)]
struct Step {
    instruction: String,
    entries: Vec<Planned>,
}

#[derive(Clone, Debug)]
struct Planned {
    entry: Entry,
    waste: Option<Planted>,
}

/// Why an entry, or how much of it, is waste.
#[derive(Clone, Debug)]
struct Planted {
    cause: &'static str,
    by: Option<usize>,
    /// What the clean image has in its place; nothing when the whole entry goes.
    instead: Option<Entry>,
}

/// How large an image is to be.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Layers; at least 4.
    pub layers: usize,
    /// How often each kind of waste is planted.
    pub rounds: usize,
    /// Longest file, in bytes.
    pub largest: usize,
}

impl Scale {
    /// A small image, for tests.
    pub const SMALL: Self = Self { layers: 6, rounds: 1, largest: 20_000 };
}

/// Programs that the package of compilers lists; more rounds of all kinds would need more.
const MAX_IDS: usize = 4000;

impl WastefulImage {
    /// An image with every kind of waste, in places that the seed chooses.
    pub fn generate(seed: u64, scale: Scale) -> Self {
        let steps = (0..scale.layers)
            .map(|number| Step { instruction: instruction(number), entries: Vec::new() })
            .collect();
        let config =
            json!({ "Cmd": ["/app/server", "--listen"], "Env": ["PATH=/usr/bin"], "User": "app" });
        let mut image = Self { steps, config };
        image.packages();
        let mut chance = Chance::new(seed);
        for round in 0..scale.rounds {
            for (number, kind) in KINDS.iter().enumerate() {
                let (id, layers) = (round * KINDS.len() + number, scale.layers);
                let mut planter = Planter {
                    image: &mut image,
                    chance: &mut chance,
                    id,
                    layers,
                    largest: scale.largest,
                };
                kind(&mut planter);
            }
        }
        image
    }

    /// A database of packages, so that files of compilers have an owner.
    fn packages(&mut self) {
        let status = "Package: gcc-99\nStatus: install ok installed\nVersion: 99\n\nPackage: base\nStatus: install ok installed\nVersion: 1\n";
        let tools: Vec<String> = (0..MAX_IDS).map(|id| format!("/usr/bin/tool-{id}")).collect();
        let list = tools.join("\n") + "\n";
        self.keep(0, Entry::file("var/lib/dpkg/status", status));
        self.keep(0, Entry::file("var/lib/dpkg/info/gcc-99.list", list));
    }

    fn keep(&mut self, layer: usize, entry: Entry) {
        self.steps[layer].entries.push(Planned { entry, waste: None });
    }

    fn waste(&mut self, layer: usize, entry: Entry, cause: &'static str, by: Option<usize>) {
        let waste = Some(Planted { cause, by, instead: None });
        self.steps[layer].entries.push(Planned { entry, waste });
    }

    /// The bytes of each cause in each layer.
    pub fn truth(&self) -> BTreeMap<Share, u64> {
        let mut truth = BTreeMap::new();
        for (number, step) in self.steps.iter().enumerate() {
            for planned in &step.entries {
                let Some(waste) = &planned.waste else { continue };
                let left = waste.instead.as_ref().map_or(0, Entry::stored_bytes);
                *truth.entry((waste.cause, number, waste.by)).or_default() +=
                    planned.entry.stored_bytes() - left;
            }
        }
        truth
    }

    /// How many layers there are.
    pub fn layers(&self) -> usize {
        self.steps.len()
    }

    /// The tar of one layer.
    pub fn layer(&self, number: usize) -> Vec<u8> {
        layer(self.steps[number].entries.iter().map(|planned| planned.entry.clone()))
    }

    /// The same layer without what is waste.
    pub fn clean_layer(&self, number: usize) -> Vec<u8> {
        let left = |planned: &Planned| match &planned.waste {
            None => Some(planned.entry.clone()),
            Some(waste) => waste.instead.clone(),
        };
        layer(self.steps[number].entries.iter().filter_map(left))
    }

    /// The configuration, with a history.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// The history: an instruction for each layer, as BuildKit writes it.
    pub fn history(&self) -> Vec<Value> {
        let step = |step: &Step| json!({ "created": "2024-01-01T00:00:00Z", "created_by": step.instruction });
        self.steps.iter().map(step).collect()
    }

    /// The whole image in memory. For small ones.
    pub fn image(&self, tag: &str) -> FatImage {
        let layers = (0..self.layers()).map(|number| self.layer(number)).collect();
        let mut image = FatImage::new(tag, self.config.clone(), layers);
        image.history = self.history();
        image
    }

    /// Writes what `docker save` wrote before version 25, holding no more than one layer in memory.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write_docker_archive(&self, path: &Path, tag: &str) -> io::Result<()> {
        let mut archive = tar::Builder::new(BufWriter::new(fs_err::File::create(path)?));
        let mut append = |name: &str, bytes: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, bytes)
        };
        let mut diff_ids = Vec::new();
        let mut names = Vec::new();
        for number in 0..self.layers() {
            let layer = self.layer(number);
            let digest = Digest::sha256(&layer);
            let name = format!("{}/layer.tar", digest.hex());
            append(&name, &layer)?;
            names.push(name);
            diff_ids.push(digest.to_string());
        }
        let config = json!({
            "architecture": Platform::host().architecture,
            "os": "linux",
            "created": "2024-01-01T00:00:00Z",
            "config": self.config,
            "history": self.history(),
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        let config = config.to_string().into_bytes();
        let config_name = format!("{}.json", Digest::sha256(&config).hex());
        append(&config_name, &config)?;
        let manifest = json!([{"Config": config_name, "RepoTags": [tag], "Layers": names}]);
        append("manifest.json", manifest.to_string().as_bytes())?;
        archive.into_inner()?.flush()
    }

    /// The same without the waste.
    pub fn clean(&self, tag: &str) -> FatImage {
        let layers = (0..self.layers()).map(|number| self.clean_layer(number)).collect();
        let mut image = FatImage::new(tag, self.config.clone(), layers);
        image.history = self.history();
        image
    }
}

fn instruction(number: usize) -> String {
    match number % 3 {
        0 => format!("RUN /bin/sh -c make step-{number} # buildkit"),
        1 => format!("COPY part-{number} /opt/ # buildkit"),
        _ => format!("RUN /bin/sh -c install step-{number} # buildkit"),
    }
}
