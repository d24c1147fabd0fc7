//! Builds in GitHub workflows, by Docker's action.

use std::path::Path;

use super::{Build, build, files::text, is_written_out, plain};
use crate::yaml::{Node, documents};

/// Most workflows that are read.
const MAX_FILES: usize = 100;

/// The builds that the workflows of the repository `root` describe.
pub(super) fn builds(root: &Path) -> Vec<Build> {
    let Ok(entries) = fs_err::read_dir(root.join(".github/workflows")) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let is_yaml = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|end| end == "yml" || end == "yaml")
    };
    let mut paths: Vec<_> = paths.filter(is_yaml).take(MAX_FILES).collect();
    paths.sort();
    paths.iter().filter_map(|path| text(path)).flat_map(|text| in_workflow(root, &text)).collect()
}

fn in_workflow(root: &Path, text: &str) -> Vec<Build> {
    // Most workflows build no images: they need not be read as YAML.
    if !text.contains("docker/build-push-action") {
        return Vec::new();
    }
    let (documents, _) = documents(text);
    let jobs = documents.iter().filter_map(|one| one.get("jobs")).flat_map(Node::entries);
    let steps = jobs.filter_map(|(_, job)| job.get("steps")).flat_map(Node::items);
    let builds = steps.filter(|step| {
        let uses = step.get("uses").and_then(Node::text);
        uses.is_some_and(|uses| uses.starts_with("docker/build-push-action@"))
    });
    builds.filter_map(|step| in_step(root, step.get("with")?)).collect()
}

/// Both count from the repository (the action's README): the Dockerfile does not from the context.
fn in_step(root: &Path, with: &Node) -> Option<Build> {
    let value = |key: &str| with.get(key).and_then(Node::text);
    // Without a context the repository is cloned anew: the same.
    let build = build(root, value("context"), None)?;
    let Some(file) = value("file") else { return Some(build) };
    is_written_out(file).then(|| Build { dockerfile: plain(&root.join(file)), ..build })
}
