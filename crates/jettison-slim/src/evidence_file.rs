//! Evidence as a file, so that several runs decide together: a CI suite, a day of staging, a crawl.
//!
//! Paths, not ids: the image may have been built anew between two runs. What is not in the tree any more counts for nothing.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use jettison_rootfs::{
    Tree,
    evidence::{Evidence, Phase, Seen, Touches},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Raised when a field changes its meaning.
const SCHEMA: u32 = 1;
/// A file of a large image has some megabytes; more is something else.
const SIZE_LIMIT: u64 = 256 << 20;

/// Why evidence could not be read.
#[derive(Debug, Error)]
pub enum EvidenceFileError {
    /// The file could not be read.
    #[error("cannot read evidence from {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is something else.
    #[error("{path} holds no evidence: {problem}; name a file that --evidence-out wrote")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct EvidenceFile {
    schema: u32,
    /// Id of the image that was watched.
    image: String,
    seen: Vec<SeenPath>,
}

/// What was seen of one path.
#[derive(Debug, Serialize, Deserialize)]
struct SeenPath {
    path: String,
    touches: Vec<String>,
    phase: String,
    at_ms: u64,
}

/// The bytes of a file with everything that was seen. Paths that are not UTF-8 cannot be told in JSON and are left out.
pub(crate) fn to_json(tree: &Tree, evidence: &Evidence, image: &str) -> Vec<u8> {
    let seen = evidence.iter().filter_map(|(path, seen)| {
        Some(SeenPath {
            path: String::from_utf8(tree.path(path)).ok()?,
            touches: seen.touches.words().map(str::to_owned).collect(),
            phase: seen.phase.word().to_owned(),
            at_ms: u64::try_from(seen.at.as_millis()).unwrap_or(u64::MAX),
        })
    });
    let file = EvidenceFile { schema: SCHEMA, image: image.to_owned(), seen: seen.collect() };
    serde_json::to_vec_pretty(&file).expect("strings and numbers always serialise")
}

/// Reads a file and adds what it tells of names in the tree. Returns how many paths the tree does not have.
pub(crate) fn add(
    file: &Path,
    tree: &Tree,
    evidence: &mut Evidence,
) -> Result<usize, EvidenceFileError> {
    let failed = |source| EvidenceFileError::Read { path: file.to_owned(), source };
    let wrong = |problem: String| EvidenceFileError::Form { path: file.to_owned(), problem };
    let size = fs_err::metadata(file).map_err(failed)?.len();
    if size > SIZE_LIMIT {
        return Err(wrong(format!("it has {size} bytes")));
    }
    let bytes = fs_err::read(file).map_err(failed)?;
    let read: EvidenceFile =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if read.schema != SCHEMA {
        return Err(wrong(format!("it has schema {}, this jettison knows {SCHEMA}", read.schema)));
    }
    let mut unknown = 0;
    for entry in read.seen {
        let Some(path) = tree.find(entry.path.as_bytes()) else {
            unknown += 1;
            continue;
        };
        evidence.note(path, seen(&entry));
    }
    Ok(unknown)
}

fn seen(entry: &SeenPath) -> Seen {
    let has = |word: &&str| entry.touches.iter().any(|touch| touch == word);
    let touches = Touches::WORDS
        .iter()
        .filter(|(_, word)| has(word))
        .fold(Touches::NONE, |sum, (touch, _)| sum.union(*touch));
    let phases = [Phase::Setup, Phase::Start, Phase::Probe, Phase::Stop];
    let phase =
        phases.into_iter().find(|phase| phase.word() == entry.phase).unwrap_or(Phase::Probe);
    // The process numbers of another run mean nothing in this one.
    Seen { touches, phase, at: Duration::from_millis(entry.at_ms), ..Seen::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;

    #[test]
    fn what_was_seen_comes_back_and_unknown_paths_are_counted() {
        let fat = TreeBuilder::new().file("/a", 0o644, b"x").file("/b", 0o644, b"y").build();
        let mut evidence = Evidence::default();
        let at = Duration::from_millis(7);
        let touches = Touches::READ.union(Touches::LOOKED_UP);
        for path in ["/a", "/b"] {
            let path = fat.find(path.as_bytes()).expect("it is there");
            evidence
                .note(path, Seen { touches, phase: Phase::Start, at, pid: 3, ..Seen::default() });
        }
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("evidence.json");
        fs_err::write(&file, to_json(&fat, &evidence, "sha256:x")).expect("writable");

        let rebuilt = TreeBuilder::new().file("/a", 0o644, b"x").build();
        let mut merged = Evidence::default();
        assert_eq!(add(&file, &rebuilt, &mut merged).expect("it reads"), 1);
        let seen = merged.of(rebuilt.find(b"/a").expect("it is there")).expect("it was seen");
        assert_eq!(seen, Seen { touches, phase: Phase::Start, at, ..Seen::default() });
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("other.json");
        let tree = TreeBuilder::new().build();
        for text in ["", "{}", r#"{"schema":9,"image":"","seen":[]}"#] {
            fs_err::write(&file, text).expect("writable");
            let error = add(&file, &tree, &mut Evidence::default()).expect_err(text).to_string();
            assert!(error.contains("other.json") && error.contains("--evidence-out"), "{error}");
        }
    }
}
