//! Finds Dockerfiles below a directory.

use std::path::{Path, PathBuf};

/// Directories that hold other people's files, or none that are of interest.
const SKIPPED: &[&str] =
    &[".git", ".hg", ".svn", "node_modules", "vendor", "target", ".venv", "venv", "__pycache__"];

/// Most directories that are looked into, against loops made of bind mounts and the like.
const MAX_DIRECTORIES: usize = 100_000;

/// Whether a file of this name is a Dockerfile: `Dockerfile`, `Containerfile`, `Dockerfile.test`,
/// `test.Dockerfile`, in any letter case.
pub fn is_dockerfile_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".dockerignore") {
        return false;
    }
    ["dockerfile", "containerfile"].iter().any(|base| {
        lower == *base
            || lower.strip_prefix(base).is_some_and(|rest| rest.starts_with('.'))
            || lower.strip_suffix(base).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// The Dockerfiles at and below `directory`, sorted. Links to directories are not followed;
/// directories that cannot be read are passed over.
pub fn discover(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    let mut left = MAX_DIRECTORIES;
    while let Some(directory) = pending.pop() {
        let Some(less) = left.checked_sub(1) else { break };
        left = less;
        let Ok(entries) = fs_err::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && !SKIPPED.contains(&name.as_ref()) {
                pending.push(entry.path());
            } else if kind.is_file() && is_dockerfile_name(&name) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["Dockerfile", "dockerfile.dev", "app.Dockerfile", "Containerfile"] {
            assert!(is_dockerfile_name(name), "{name}");
        }
        for name in ["Dockerfile.dockerignore", "mydockerfile", "Dockerfiles", "docker-compose.yml"]
        {
            assert!(!is_dockerfile_name(name), "{name}");
        }
    }

    #[test]
    fn files_below_are_found_in_order() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for path in ["b/Dockerfile", "a/x.dockerfile", "node_modules/p/Dockerfile", "README"] {
            let path = directory.path().join(path);
            fs_err::create_dir_all(path.parent().expect("it has one")).expect("directories");
            fs_err::write(path, "FROM scratch\n").expect("the file");
        }
        let found = discover(directory.path());
        let names: Vec<_> =
            found.iter().filter_map(|path| path.strip_prefix(directory.path()).ok()).collect();
        assert_eq!(names, [Path::new("a/x.dockerfile"), Path::new("b/Dockerfile")]);
    }
}
