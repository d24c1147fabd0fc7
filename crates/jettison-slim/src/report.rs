//! The report: plain data, with a versioned schema. `docs/report.md` documents every field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Raised when a field changes its meaning or goes; added fields do not raise it.
pub const SCHEMA: u32 = 1;

/// Everything that is known about one slimming.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`] of the version that wrote it.
    pub schema: u32,
    /// Version of jettison that wrote it.
    pub jettison: String,
    /// The fat image.
    pub source: ImageFacts,
    /// The slim image; its digests are empty when none was written.
    pub slim: ImageFacts,
    /// Where the slim image was written to, as `--to` names it.
    pub written: Vec<String>,
    /// What was dropped, as an image of its own; null when that was not asked for, or nothing was written.
    #[serde(default)]
    pub rest: Option<RestFacts>,
    /// What the comparison of both found.
    pub verdict: Verdict,
    /// How the images were run.
    pub run: RunFacts,
    /// Time by stage, in the order of the stages.
    pub stages: Vec<Stage>,
    /// Every kept path, sorted.
    pub kept: Vec<Kept>,
    /// Every dropped path, sorted. Directories that went whole stand for what was in them.
    pub dropped: Vec<Dropped>,
    /// What each rule kept that nothing before it did, by rule.
    pub rules: BTreeMap<String, Cost>,
    /// What switched-off rules and exclusions dropped though it was wanted.
    pub risks: Vec<Risk>,
    /// Things a person should look at.
    pub warnings: Vec<Warning>,
}

/// An image in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Where it came from or what it is called.
    pub name: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Digest of the configuration: what Docker calls the image id.
    pub image_id: String,
    /// Digest of the manifest, where there is one.
    pub manifest_digest: Option<String>,
    /// Bytes of all layers, uncompressed: what Docker shows as the size.
    pub bytes: u64,
    /// Bytes of all layers as stored or transferred.
    pub stored_bytes: u64,
    /// Regular files, each counted once.
    pub files: u64,
    /// Layers.
    pub layers: u64,
}

/// The rest: an image with what was dropped, for `jettison restore`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestFacts {
    /// Where it was written to, as `--rest` names it.
    pub written: Vec<String>,
    /// Bytes of all layers, uncompressed.
    pub bytes: u64,
    /// Bytes of all layers as stored.
    pub stored_bytes: u64,
}

/// Whether the slim image answers as the fat one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether everything that was compared was equal.
    pub equal: bool,
    /// In one line: "214 requests, 3 commands, 1 health check: equal".
    pub summary: String,
    /// How much was compared.
    #[serde(default)]
    pub compared: Compared,
    /// What differed, each in a line or a few.
    pub differences: Vec<String>,
    /// Paths that the probes of a slim run touched and that were added for it.
    pub added_for_misses: Vec<String>,
    /// Dropped paths that the last run asked for and did not find, other than the above.
    pub missing_in_slim: Vec<String>,
}

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Requests over HTTP and FastCGI.
    pub requests: usize,
    /// Commands: those in the container, those in containers of their own, those outside, and the image's own where its
    /// run is the probe.
    pub commands: usize,
    /// Health checks.
    pub health_checks: usize,
    /// Conversations over WebSockets.
    pub sockets: usize,
}

impl From<jettison_probe::Summary> for Compared {
    fn from(summary: jettison_probe::Summary) -> Self {
        let jettison_probe::Summary { requests, commands, health_checks, sockets } = summary;
        Self { requests, commands, health_checks, sockets }
    }
}

/// How the images were run, and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Sandbox tier, 1 to 3; see `jettison doctor`.
    pub tier: u8,
    /// The command that was run.
    pub command: Vec<String>,
    /// Ports that listened, as `80/tcp`.
    pub listening: Vec<String>,
    /// Declared ports, as `80/tcp`.
    pub exposed: Vec<String>,
    /// Processes that were seen.
    pub processes: Vec<ProcessFact>,
    /// System calls that were seen, with their number; those that the sandbox lets through unasked are not counted.
    pub syscalls: BTreeMap<String, u64>,
    /// What the program wrote, outside `/dev`, `/proc` and `/sys`.
    pub writes: Vec<Write>,
    /// How the fat image ended.
    pub exit: String,
}

/// A process that was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProcessFact {
    /// Its number inside the container.
    pub pid: u32,
    /// Its command line.
    pub command: String,
    /// The user id it ran as.
    pub uid: u32,
}

/// Something that the program wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Write {
    /// Where.
    pub path: String,
    /// `created`, `modified` or `deleted`.
    pub change: String,
    /// Whether a declared volume holds it.
    pub in_volume: bool,
}

/// A stage and its cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Name.
    pub name: String,
    /// Wall time in milliseconds.
    pub wall_ms: f64,
    /// CPU time of jettison itself in milliseconds; the program's own is not in it.
    pub cpu_ms: f64,
}

/// A kept path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Absolute path.
    pub path: String,
    /// `file`, `directory`, `symlink` and so on.
    pub kind: String,
    /// Bytes of a regular file.
    pub bytes: u64,
    /// Layer of the fat image that holds it, the lowest being 0.
    pub layer: Option<u64>,
    /// The rule that kept it.
    pub rule: String,
    /// Why, in words.
    pub because: String,
    /// How it was touched: `read`, `listed`, `linked through`, `xattr`, `looked up`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<String>,
    /// Part of the run in which it was first touched: `setup`, `start`, `probe`, `stop`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// When it was first touched, in milliseconds from the start of the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// Process that touched it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// A dropped path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Absolute path; a directory stands for everything in it.
    pub path: String,
    /// Bytes of regular files in it.
    pub bytes: u64,
    /// Regular files in it.
    pub files: u64,
}

/// What a rule cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Paths of any kind.
    pub paths: u64,
    /// Bytes of regular files.
    pub bytes: u64,
}

/// A path that was dropped though a rule wanted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Absolute path.
    pub path: String,
    /// The rule that is switched off, or `excluded`.
    pub rule: String,
    /// Why the rule wanted it.
    pub because: String,
}

/// Something a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// Stable name, such as `port-not-listening`.
    pub code: String,
    /// In words.
    pub text: String,
}

impl Report {
    /// Why `path` was kept, or under what it was dropped. `None` when the fat image does not hold it.
    pub fn why(&self, path: &str) -> Option<Answer<'_>> {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        if let Ok(at) = self.kept.binary_search_by(|kept| kept.path.as_str().cmp(path)) {
            return Some(Answer::Kept(&self.kept[at]));
        }
        let covers = |dropped: &&Dropped| {
            path.strip_prefix(dropped.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.dropped.iter().find(covers).map(|dropped| Answer::Dropped {
            under: dropped,
            risk: self.risks.iter().find(|risk| risk.path == path),
        })
    }
}

/// What the report says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// It stays.
    Kept(&'a Kept),
    /// It went, alone or with the directory that is named.
    Dropped {
        /// The dropped entry that covers it.
        under: &'a Dropped,
        /// Set when a switched-off rule or an exclusion dropped it.
        risk: Option<&'a Risk>,
    },
}
