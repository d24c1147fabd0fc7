//! Files beside the image: report, seccomp profile, Dockerfile told back (`--copy-meta-artifacts`).

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
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

/// Writes a file under a temporary name beside it, syncs it, and renames it over `path`, or over what a link there leads to.
/// What is there and no regular file (`/dev/null`, `/dev/stdout`, a named pipe) is written to, never replaced.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ArtifactError> {
    let written = match fs_err::metadata(path) {
        Ok(metadata) if !metadata.is_file() => write_into(path, bytes),
        Ok(metadata) => fs_err::canonicalize(path)
            .and_then(|path| replace(&path, bytes, Some(metadata.permissions()))),
        Err(_) => replace(path, bytes, None),
    };
    written.map_err(|source| ArtifactError { path: path.to_owned(), source })
}

fn write_into(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs_err::OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

fn replace(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let directory =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A new file's mode is what the umask leaves of this.
    let mut builder = tempfile::Builder::new();
    builder.prefix(".jettison-").permissions(Permissions::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The image's name without what a file name cannot hold, as docker-slim names its profiles.
fn profile_stem(outcome: &Outcome) -> String {
    let name = outcome.report.slim.tags.first().map_or("image", String::as_str);
    name.split(['@', ':']).next().unwrap_or(name).replace('/', "-")
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::symlink, process::Command, thread};

    use super::*;

    #[test]
    fn what_is_no_file_is_written_to_and_stays() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let pipe = directory.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let reader = thread::spawn({
            let pipe = pipe.clone();
            move || fs_err::read_to_string(pipe)
        });
        write_file(&pipe, b"through it").expect("somebody reads");
        assert_eq!(reader.join().expect("it ends").expect("it reads"), "through it");
        assert!(!fs_err::metadata(&pipe).expect("it is there").is_file());
    }

    #[test]
    fn links_lead_to_the_new_bytes_and_modes_stay() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        fs_err::write(&file, "old").expect("writable");
        fs_err::set_permissions(&file, Permissions::from_mode(0o640)).expect("ours");
        symlink("file", &link).expect("writable");
        write_file(&link, b"new").expect("writable");
        assert_eq!(fs_err::read_to_string(&file).expect("readable"), "new");
        assert!(link.is_symlink());
        let mode = fs_err::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(fs_err::read_dir(directory.path()).expect("readable").count(), 2);
    }
}
