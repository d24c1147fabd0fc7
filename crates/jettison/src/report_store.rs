//! Where reports are kept, so that `why` can answer about an image later: one file per image, named by its id.

use std::path::{Path, PathBuf};

use fs_err as fs;
use jettison_slim::report::Report;

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
};

/// A report of a large image has some ten megabytes; more is something else.
const SIZE_LIMIT: u64 = 1 << 30;

/// The directory of reports.
#[derive(Debug)]
pub(crate) struct ReportStore {
    directory: PathBuf,
}

impl ReportStore {
    /// The store of this user; `None` without a home.
    pub(crate) fn of(environment: &Environment) -> Option<Self> {
        environment.state.as_ref().map(|state| Self { directory: state.join("reports") })
    }

    /// Keeps a report under the id of its slim image.
    pub(crate) fn keep(&self, report: &Report) -> Result<(), Failure> {
        fs::create_dir_all(&self.directory)
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
        write(&self.file(&report.slim.image_id), report)
    }

    /// The report of the image with this id, or of the newest one that has this tag.
    pub(crate) fn find(&self, wanted: &str) -> Result<Option<Report>, Failure> {
        let by_id = self.file(wanted);
        if by_id.is_file() {
            return read(&by_id).map(Some);
        }
        let Ok(entries) = fs::read_dir(&self.directory) else { return Ok(None) };
        let mut found = Vec::new();
        for entry in entries
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|end| end == "json"))
        {
            let Ok(report) = read(&entry.path()) else { continue };
            let has_tag = report.slim.tags.iter().any(|tag| same_tag(tag, wanted));
            if has_tag || report.slim.image_id.trim_start_matches("sha256:").starts_with(wanted) {
                let age = entry.metadata().and_then(|data| data.modified()).ok();
                found.push((age, report));
            }
        }
        Ok(found.into_iter().max_by_key(|(age, _)| *age).map(|(_, report)| report))
    }

    fn file(&self, image_id: &str) -> PathBuf {
        let safe: String = image_id
            .trim_start_matches("sha256:")
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        self.directory.join(format!("{safe}.json"))
    }
}

fn same_tag(tag: &str, wanted: &str) -> bool {
    let parse = |text: &str| {
        text.parse::<jettison_image::Reference>().map(|reference| reference.to_string()).ok()
    };
    tag == wanted || parse(tag).is_some_and(|tag| parse(wanted) == Some(tag))
}

/// Writes a report to a file: temporary name, sync, rename.
pub(crate) fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let json = serde_json::to_vec_pretty(report)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    jettison_slim::artifacts::write_file(path, &json)
        .map_err(|error| Failure::from_error(Kind::Operation, &error))
}

/// Reads a report from a file.
pub(crate) fn read(path: &Path) -> Result<Report, Failure> {
    let wrong = |reason: String| {
        Failure::new(Kind::Input, format!("{} is no report of jettison: {reason}", path.display()))
            .hint("name a file that `jettison slim --report FILE` wrote")
    };
    let data = fs::metadata(path).map_err(|error| Failure::from_error(Kind::Input, &error))?;
    if data.len() > SIZE_LIMIT {
        return Err(wrong(format!("it has {} bytes", data.len())));
    }
    let bytes = fs::read(path).map_err(|error| Failure::from_error(Kind::Input, &error))?;
    let report: Report =
        serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if report.schema > jettison_slim::report::SCHEMA {
        return Err(wrong(format!(
            "it has schema {}, this jettison knows {}",
            report.schema,
            jettison_slim::report::SCHEMA
        )));
    }
    Ok(report)
}
