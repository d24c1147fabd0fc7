//! Whether what is asked for can be written at all: told before an image runs for minutes, not after.

use std::path::{Path, PathBuf};

use jettison_transport::Destination;

use crate::failure::{Failure, Kind};

/// Files need a directory, layouts no file in their place; and nothing may overwrite the fat image.
pub(crate) fn check<'a>(
    destinations: &[Destination],
    files: impl IntoIterator<Item = &'a PathBuf>,
    source: Option<&Path>,
) -> Result<(), Failure> {
    let source = source.and_then(|source| fs_err::canonicalize(source).ok());
    for destination in destinations {
        // What is no path is checked by the place itself.
        let Some(path) = destination.path() else {
            continue;
        };
        match destination {
            Destination::OciLayout { .. } if path.exists() && !path.is_dir() => {
                return Err(Failure::new(
                    Kind::Input,
                    format!("{} is a file, and an OCI layout is a directory", path.display()),
                )
                .hint(format!("name another directory, or --to oci-archive:{}", path.display())));
            }
            Destination::DockerArchive { .. } | Destination::OciArchive { .. } => {
                check_file(path, source.as_deref())?;
            }
            _ => {}
        }
    }
    files.into_iter().try_for_each(|file| check_file(file, source.as_deref()))
}

fn check_file(path: &Path, source: Option<&Path>) -> Result<(), Failure> {
    let wrong = |what: &str| Failure::new(Kind::Input, format!("{} {what}", path.display()));
    if path.is_dir() {
        return Err(wrong("is a directory, and a file is to be written")
            .hint(format!("name a file in it: {}", path.join("slim.tar").display())));
    }
    if source.is_some() && fs_err::canonicalize(path).ok().as_deref() == source {
        return Err(wrong("is the image that is read, and it would be overwritten")
            .hint("name another file"));
    }
    let directory = directory_of(path);
    if directory.is_dir() {
        return Ok(());
    }
    Err(wrong("cannot be written: its directory does not exist")
        .hint(format!("mkdir -p {}", directory.display())))
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_named() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| directory.path().join(name);
        let (fat, other) = (at("fat.tar"), at("other.tar"));
        for file in [&fat, &other] {
            fs_err::write(file, "").expect("writable");
        }
        let verdict = |destination: String| {
            let destination = destination.parse().expect("a destination");
            check(&[destination], None, Some(&fat)).map_err(|failure| failure.to_string())
        };
        let to = |kind: &str, path: &Path| verdict(format!("{kind}:{}", path.display()));
        assert_eq!(to("docker-archive", &at("new.tar")), Ok(()));
        assert_eq!(to("oci-archive", &other), Ok(()));
        assert_eq!(to("oci", &at("new/layout")), Ok(()));
        assert_eq!(to("oci", directory.path()), Ok(()));
        for (kind, path, word) in [
            ("docker-archive", at("no/new.tar"), "does not exist"),
            ("docker-archive", fat.clone(), "overwritten"),
            ("oci-archive", directory.path().to_owned(), "is a directory"),
            ("oci", other.clone(), "is a file"),
        ] {
            let message = to(kind, &path).expect_err("it cannot be written");
            assert!(message.contains(word), "{message}");
            assert!(message.contains(&path.display().to_string()), "{message}");
        }
        let report = at("no/report.json");
        assert!(check(&[], [&report], Some(&fat)).is_err());
        assert!(check(&[], [&PathBuf::from("report.json")], Some(&fat)).is_ok());
    }
}
