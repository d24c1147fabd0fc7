//! Builds that Compose files, bake files and Skaffold's describe.

use std::path::Path;

use super::{Build, bake, build};
use crate::yaml::{Node, documents};

/// Largest file that is read.
const MAX_FILE: u64 = 1 << 20;

/// Most entries of a directory that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// The builds that files in `directory` describe, in the order of the files' names.
pub(super) fn builds(directory: &Path) -> Vec<Build> {
    let Ok(entries) = fs_err::read_dir(directory) else { return Vec::new() };
    let names = entries.flatten().take(MAX_ENTRIES);
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| kind(name).is_some()).collect();
    names.sort();
    let mut found = Vec::new();
    for name in names {
        let Some(text) = text(&directory.join(&name)) else { continue };
        found.extend(match kind(&name) {
            Some(Kind::Compose) => compose(directory, &text),
            Some(Kind::BakeJson) => bake_json(directory, &text),
            Some(Kind::Bake) => bake::builds(directory, &text),
            Some(Kind::Skaffold) => skaffold(directory, &text),
            None => Vec::new(),
        });
    }
    found
}

/// The text of a file of a size that such files have.
pub(super) fn text(path: &Path) -> Option<String> {
    let metadata = fs_err::metadata(path).ok()?;
    let is_read = metadata.is_file() && metadata.len() <= MAX_FILE;
    is_read.then(|| fs_err::read_to_string(path).ok()).flatten()
}

#[derive(Clone, Copy)]
enum Kind {
    Compose,
    Bake,
    BakeJson,
    Skaffold,
}

fn kind(name: &str) -> Option<Kind> {
    let (stem, end) = name.rsplit_once('.')?;
    let is_yaml = matches!(end, "yaml" | "yml");
    let begins = |with: &str| {
        stem.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
    };
    match end {
        _ if is_yaml && (begins("compose") || begins("docker-compose")) => Some(Kind::Compose),
        "hcl" if begins("docker-bake") => Some(Kind::Bake),
        "json" if begins("docker-bake") => Some(Kind::BakeJson),
        _ if is_yaml && begins("skaffold") => Some(Kind::Skaffold),
        _ => None,
    }
}

/// `services.NAME.build`: a context, or a mapping (Compose Build Specification).
fn compose(directory: &Path, text: &str) -> Vec<Build> {
    let (documents, _) = documents(text);
    let services = documents.iter().filter_map(|one| one.get("services")).flat_map(Node::entries);
    let builds = services.filter_map(|(_, service)| service.get("build"));
    let builds = builds.filter_map(|one| match one.text() {
        Some(context) => build(directory, Some(context), None),
        None if one.get("dockerfile_inline").is_some() => None,
        None => from_mapping(directory, one),
    });
    builds.collect()
}

/// `target.NAME` (Bake file reference).
fn bake_json(directory: &Path, text: &str) -> Vec<Build> {
    let (documents, _) = documents(text);
    let targets = documents.iter().filter_map(|one| one.get("target")).flat_map(Node::entries);
    targets.filter_map(|(_, target)| from_mapping(directory, target)).collect()
}

fn from_mapping(directory: &Path, node: &Node) -> Option<Build> {
    let text = |key: &str| node.get(key).and_then(Node::text);
    build(directory, text("context"), text("dockerfile"))
}

/// `build.artifacts`, also those of profiles (Skaffold's reference, `skaffold.yaml`).
fn skaffold(directory: &Path, text: &str) -> Vec<Build> {
    let (documents, _) = documents(text);
    let profiles = documents.iter().filter_map(|one| one.get("profiles")).flat_map(Node::items);
    let artifacts = documents
        .iter()
        .chain(profiles)
        .filter_map(|one| one.at(&["build", "artifacts"]))
        .flat_map(Node::items);
    let builds = artifacts.filter_map(|one| {
        let dockerfile = one.at(&["docker", "dockerfile"]).and_then(Node::text);
        build(directory, one.get("context").and_then(Node::text), dockerfile)
    });
    builds.collect()
}
