//! Images that waste a known number of bytes for known reasons, leak known secrets and run known risks.
//!
//! What is wasted is counted here by what the `tar` crate writes, with none of jettison's code: the truth that `analyze` is
//! held against. Beside each image stands its [`WastefulImage::clean`] sister, the same without the waste; the difference of
//! the two in bytes is what can be saved, to the byte.

mod archive;
mod kinds;
mod near_misses;
mod planter;
mod risks;
mod secrets;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use kinds::KINDS;
use planter::{Plant, Planter};
use risks::RISKS;
pub use secrets::{PlantedSecret, SecretSpot};

use crate::{Chance, Entry, FatImage, entry::layer};

/// Waste of one cause: its name, the layer it lies in, the layer that made it useless.
pub type Share = (&'static str, usize, Option<usize>);

/// An image, and what is known of it.
#[derive(Clone, Debug)]
pub struct WastefulImage {
    /// Its tag.
    pub tag: String,
    steps: Vec<Step>,
    config: Value,
    /// Files that several kinds write lines into, by path; they lie in the lowest layer.
    shared: BTreeMap<&'static str, String>,
    secrets: Vec<PlantedSecret>,
    risks: Vec<(&'static str, Option<usize>)>,
}

/// A layer, with the instruction that is said to have made it.
#[derive(Clone, Debug)]
struct Step {
    keyword: &'static str,
    build_argument: Option<String>,
    arguments: String,
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

/// What is known of a risk that was planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlantedRisk {
    /// How often.
    pub count: usize,
    /// The layer it came with, when that is one.
    pub layer: Option<usize>,
}

impl WastefulImage {
    /// An image with every kind of waste, of secret and of risk, in places that the seed chooses.
    ///
    /// Of the risks, one is missing: an image whose user does not exist does not run as root.
    pub fn generate(seed: u64, scale: Scale) -> Self {
        let mut image = Self::sound(scale.layers);
        "wasteful:latest".clone_into(&mut image.tag);
        image.packages(scale.rounds * KINDS.len());
        let mut chance = Chance::new(seed);
        for round in 0..scale.rounds {
            for (number, kind) in KINDS.iter().enumerate() {
                image.plant(&mut chance, round * KINDS.len() + number, scale.largest, *kind);
            }
        }
        let end = scale.rounds * KINDS.len();
        for (number, (id, risk)) in RISKS.iter().enumerate() {
            if *id != "JR-root-user" && *id != "JR-file-secret" {
                image.plant(&mut chance, end + number, scale.largest, *risk);
            }
        }
        image.plant(&mut chance, end + RISKS.len(), scale.largest, secrets::plant);
        image.finished()
    }

    /// An image without a risk, but with what looks like one of each.
    pub fn near_misses() -> Self {
        let mut image = Self::sound(Scale::SMALL.layers);
        let mut chance = Chance::new(1);
        image.plant(&mut chance, 0, 100, near_misses::plant);
        image.finished()
    }

    /// For each risk, an image that has it, and those that cannot be had apart from it.
    pub fn each_risk() -> impl Iterator<Item = (&'static str, Self)> {
        RISKS.iter().map(|(id, risk)| {
            let mut image = Self::sound(Scale::SMALL.layers);
            image.plant(&mut Chance::new(1), 0, 100, *risk);
            (*id, image.finished())
        })
    }

    /// Layers that hold next to nothing, and a configuration that nobody finds fault with.
    fn sound(layers: usize) -> Self {
        let config = json!({
            "Cmd": ["/app/server", "--listen"],
            "Env": ["PATH=/usr/bin"],
            "User": "app",
            "Healthcheck": {"Test": ["CMD", "/app/server", "--check"]},
            "Labels": {"org.opencontainers.image.version": "1.4.2"},
        });
        let shared = BTreeMap::from([
            (
                "etc/passwd",
                "root:x:0:0::/root:/bin/sh\napp:x:10001:10001::/:/sbin/nologin\n".to_owned(),
            ),
            ("etc/group", "root:x:0:\napp:x:10001:\n".to_owned()),
            ("etc/shadow", "root:*:19000:0:99999:7:::\napp:!:19000::::::\n".to_owned()),
            (
                "var/lib/dpkg/status",
                "Package: base\nStatus: install ok installed\nVersion: 1\n".to_owned(),
            ),
            ("var/lib/dpkg/info/base.list", "/etc/passwd\n/etc/group\n".to_owned()),
        ]);
        Self {
            tag: "sound:1.4.2".to_owned(),
            steps: (0..layers).map(step).collect(),
            config,
            shared,
            secrets: Vec::new(),
            risks: Vec::new(),
        }
    }

    /// A package of compilers, so that files of theirs have an owner.
    fn packages(&mut self, ids: usize) {
        let status = "Package: gcc-99\nStatus: install ok installed\nVersion: 99\n";
        self.line("var/lib/dpkg/status", &format!("\n{status}"));
        let tools: Vec<String> = (0..ids).map(|id| format!("/usr/bin/tool-{id}\n")).collect();
        self.keep(0, Entry::file("var/lib/dpkg/info/gcc-99.list", tools.concat()));
    }

    fn plant(&mut self, chance: &mut Chance, id: usize, largest: usize, kind: Plant) {
        let layers = self.steps.len();
        kind(&mut Planter { image: self, chance, id, layers, largest });
    }

    fn finished(mut self) -> Self {
        for (path, text) in std::mem::take(&mut self.shared) {
            self.keep(0, Entry::file(path, text));
        }
        self
    }

    fn keep(&mut self, layer: usize, entry: Entry) {
        self.steps[layer].entries.push(Planned { entry, waste: None });
    }

    fn waste(&mut self, layer: usize, entry: Entry, cause: &'static str, by: Option<usize>) {
        let waste = Some(Planted { cause, by, instead: None });
        self.steps[layer].entries.push(Planned { entry, waste });
    }

    /// Adds text to a file of the lowest layer.
    fn line(&mut self, path: &'static str, text: &str) {
        self.shared.entry(path).or_default().push_str(text);
    }

    /// Lets the instruction of a layer carry out a command as well.
    fn command(&mut self, layer: usize, command: &str) {
        let arguments = &mut self.steps[layer].arguments;
        arguments.push_str(" && ");
        arguments.push_str(command);
    }

    fn risk(&mut self, id: &'static str, layer: Option<usize>) {
        self.risks.push((id, layer));
    }

    /// A risk that a layer has or has not, however often.
    fn risk_of_layer(&mut self, id: &'static str, layer: usize) {
        if !self.risks.contains(&(id, Some(layer))) {
            self.risk(id, Some(layer));
        }
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

    /// Every secret that was planted, but those that make up a risk of their own.
    pub fn secrets(&self) -> &[PlantedSecret] {
        &self.secrets
    }

    /// Every risk that was planted. That of secrets in files is left to who knows how much each of them matters.
    pub fn risks(&self) -> BTreeMap<&'static str, PlantedRisk> {
        let mut risks: BTreeMap<&str, PlantedRisk> = BTreeMap::new();
        for &(id, layer) in &self.risks {
            let risk = risks.entry(id).or_insert(PlantedRisk { count: 0, layer });
            risk.count += 1;
            risk.layer = risk.layer.filter(|_| risk.layer == layer);
        }
        risks
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

    /// The history: an instruction for each layer, as BuildKit writes it.
    pub fn history(&self) -> Vec<Value> {
        let step = |step: &Step| json!({ "created": "2024-01-01T00:00:00Z", "created_by": step.created_by() });
        self.steps.iter().map(step).collect()
    }

    /// The whole image in memory. For small ones.
    pub fn image(&self) -> FatImage {
        self.of((0..self.layers()).map(|number| self.layer(number)).collect())
    }

    /// The same without the waste.
    pub fn clean(&self) -> FatImage {
        self.of((0..self.layers()).map(|number| self.clean_layer(number)).collect())
    }

    fn of(&self, layers: Vec<Vec<u8>>) -> FatImage {
        let mut image = FatImage::new(&self.tag, self.config.clone(), layers);
        image.history = self.history();
        image
    }
}

impl Step {
    fn created_by(&self) -> String {
        let Self { keyword, build_argument, arguments, .. } = self;
        match (*keyword, build_argument) {
            ("RUN", Some(argument)) => {
                format!("RUN |1 {argument} /bin/sh -c {arguments} # buildkit")
            }
            ("RUN", None) => format!("RUN /bin/sh -c {arguments} # buildkit"),
            (keyword, _) => format!("{keyword} {arguments} # buildkit"),
        }
    }
}

/// Two RUNs, then a COPY, and so on.
fn step(number: usize) -> Step {
    let (keyword, arguments) = match number % 3 {
        0 => ("RUN", format!("make step-{number}")),
        1 => ("COPY", format!("part-{number} /opt/")),
        _ => ("RUN", format!("install step-{number}")),
    };
    Step { keyword, build_argument: None, arguments, entries: Vec::new() }
}
