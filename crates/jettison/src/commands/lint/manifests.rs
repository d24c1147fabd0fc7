//! `--k8s`: Kubernetes manifests.

use std::path::{Path, PathBuf};

use jettison_lint::{lint_manifests, manifest_diagnostics};

use super::{
    Args,
    look::{Failures, Tell},
    subjects::{Subjects, plain},
};
use crate::failure::{Failure, Kind};

/// Largest manifest that is read: the API server takes none above 3 MiB in one object.
const MAX_MANIFEST: u64 = 16 << 20;

/// Deepest directory that is looked into.
const MAX_DEPTH: usize = 20;

/// Looks at the manifests.
pub(super) fn look(
    args: &Args,
    subjects: &mut Subjects<'_>,
    failures: &mut Failures<'_>,
    told: &mut Tell<'_>,
) -> Result<(), Failure> {
    for path in files(&args.k8s)? {
        let read = read(&path).and_then(|text| Ok((text, subjects.settings_for(&path)?)));
        match read {
            Ok((text, settings)) => {
                let findings = lint_manifests(&text, &settings);
                let shown = path.display().to_string();
                let found = manifest_diagnostics(&shown, &text, &findings);
                told(&shown, found)?;
            }
            Err(failure) => failures.take(failure),
        }
    }
    Ok(())
}

/// The named files, and those that end in `.yaml` or `.yml` below the named directories, sorted.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut below = Vec::new();
            collect(path, 0, &mut below)?;
            below.sort();
            found.extend(below);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn collect(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::from_error(Kind::Input, &error);
    for entry in fs_err::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(failed)?;
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if kind.is_dir() && depth < MAX_DEPTH {
            collect(&path, depth + 1, found)?;
        } else if kind.is_file() && is_yaml {
            found.push(plain(&path));
        }
    }
    Ok(())
}

/// The text of a manifest.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::from_error(Kind::Input, &error);
    let size = fs_err::metadata(path).map_err(failed)?.len();
    if size > MAX_MANIFEST {
        let text = format!("{} has {size} bytes, more than a manifest may have", path.display());
        return Err(Failure::new(Kind::Input, text).hint("name the manifests themselves"));
    }
    fs_err::read_to_string(path).map_err(failed)
}
