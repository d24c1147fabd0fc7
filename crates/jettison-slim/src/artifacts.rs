//! Files beside the image: report, seccomp profile, Dockerfile told back (`--copy-meta-artifacts`).

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{Outcome, report::Report};

/// Why a file could not be written.
#[derive(Debug, Error)]
#[error("cannot write {path}: {source}")]
pub struct ArtifactError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Writes every artifact into `directory`, which is made when it is missing.
///
/// The names are docker-slim's (`creport.json`, `Dockerfile.reversed`) where it has the file, so that pipelines find them.
pub fn write_all(directory: &Path, outcome: &Outcome) -> Result<(), ArtifactError> {
    fs_err::create_dir_all(directory)
        .map_err(|source| ArtifactError { path: directory.to_owned(), source })?;
    let report = report_json(&outcome.report);
    write_file(&directory.join("creport.json"), &report)?;
    write_file(&directory.join("Dockerfile.reversed"), outcome.dockerfile.as_bytes())?;
    let profile = outcome.seccomp.to_json();
    write_file(
        &directory.join(format!("{}-seccomp.json", profile_stem(outcome))),
        profile.as_bytes(),
    )
}

/// A report as the bytes of its file.
pub fn report_json(report: &Report) -> Vec<u8> {
    serde_json::to_vec_pretty(report).expect("reports hold nothing that JSON cannot")
}

/// Writes a file under a temporary name beside it, syncs it, and renames it over `path`.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let failed = |source| ArtifactError { path: path.to_owned(), source };
    let directory =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file =
        tempfile::Builder::new().prefix(".jettison-").tempfile_in(directory).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The image's name without what a file name cannot hold, as docker-slim names its profiles.
fn profile_stem(outcome: &Outcome) -> String {
    let name = outcome.report.slim.tags.first().map_or("image", String::as_str);
    name.split(['@', ':']).next().unwrap_or(name).replace('/', "-")
}
