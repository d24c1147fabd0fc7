//! Rules of the house that neither rustc nor clippy can check.

#![expect(clippy::disallowed_methods, reason = "tidy reports the path itself")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The crate map: which workspace crates each workspace crate may depend on.
///
/// `docs/ARCHITECTURE.md` draws the same graph; change both in one commit.
const CRATE_MAP: &[(&str, &[&str])] = &[
    ("jettison-image", &[]),
    ("jettison-sandbox", &[]),
    ("jettison-probe", &[]),
    ("jettison-dockerfile", &[]),
    ("jettison-registry", &["jettison-image"]),
    ("jettison-transport", &["jettison-image", "jettison-registry"]),
    ("jettison-rootfs", &["jettison-image"]),
    ("jettison-record", &["jettison-rootfs"]),
    ("jettison-packages", &["jettison-rootfs"]),
    ("jettison-keep", &["jettison-rootfs", "jettison-packages"]),
    (
        "jettison-restore",
        &["jettison-image", "jettison-transport", "jettison-rootfs", "jettison-packages"],
    ),
    ("jettison-lint", &["jettison-dockerfile", "jettison-image"]),
    ("jettison-lsp", &["jettison-dockerfile", "jettison-lint"]),
    (
        "jettison-analyze",
        &[
            "jettison-image",
            "jettison-transport",
            "jettison-rootfs",
            "jettison-packages",
            "jettison-dockerfile",
        ],
    ),
    (
        "jettison-slim",
        &[
            "jettison-image",
            "jettison-transport",
            "jettison-rootfs",
            "jettison-packages",
            "jettison-restore",
            "jettison-record",
            "jettison-sandbox",
            "jettison-probe",
            "jettison-keep",
        ],
    ),
    (
        "jettison-diff",
        &[
            "jettison-analyze",
            "jettison-image",
            "jettison-transport",
            "jettison-rootfs",
            "jettison-packages",
        ],
    ),
    (
        "jettison-explore",
        &["jettison-analyze", "jettison-image", "jettison-rootfs", "jettison-packages"],
    ),
    ("jettison-squash", &["jettison-image", "jettison-transport", "jettison-rootfs"]),
    (
        "jettison",
        &[
            "jettison-image",
            "jettison-registry",
            "jettison-transport",
            "jettison-rootfs",
            "jettison-packages",
            "jettison-restore",
            "jettison-keep",
            "jettison-probe",
            "jettison-sandbox",
            "jettison-slim",
            "jettison-squash",
            "jettison-diff",
            "jettison-explore",
            "jettison-dockerfile",
            "jettison-lint",
            "jettison-lsp",
            "jettison-analyze",
        ],
    ),
    ("jettison-testkit", &["jettison-image"]),
    ("xtask", &[]),
];

/// Names that say nothing about what a file holds.
const VAGUE_STEMS: &[&str] = &["utils", "util", "helpers", "common", "misc", "types"];

/// A file longer than this holds more than one idea. Inline tests do not count.
const MAX_CODE_LINES: usize = 600;

/// Raise it knowingly, in a commit that says which dependency earns its place.
const MAX_LOCKED_PACKAGES: usize = 246;

/// The platform whose dependencies are counted.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Permissive licences. CDLA-Permissive is a data licence: the Mozilla root certificates that come with TLS.
const LICENSES: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "Zlib",
    "Unicode-3.0",
];

/// Returns every broken rule, one line each.
pub(crate) fn problems() -> Vec<String> {
    let mut problems = Vec::new();
    match metadata() {
        Ok(metadata) => {
            check_crate_map(&metadata, &mut problems);
            check_locked_packages(&metadata, &mut problems);
        }
        Err(problem) => problems.push(problem),
    }
    let mut files = Vec::new();
    for root in ["crates", "xtask"] {
        collect_rust_files(Path::new(root), &mut files);
    }
    for file in &files {
        check_file(file, &mut problems);
    }
    problems
}

fn metadata() -> Result<Value, String> {
    let output = Command::new("cargo")
        // What is built on Linux: crates for other systems are locked, but nobody downloads them.
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", PLATFORM])
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cannot read cargo metadata: {error}"))
}

fn check_crate_map(metadata: &Value, problems: &mut Vec<String>) {
    let map: BTreeMap<&str, BTreeSet<&str>> =
        CRATE_MAP.iter().map(|&(name, deps)| (name, deps.iter().copied().collect())).collect();
    for package in list(metadata, "packages") {
        if !package["source"].is_null() {
            continue;
        }
        let name = text(package, "name");
        let Some(allowed) = map.get(name) else {
            problems.push(format!("{name}: not in the crate map"));
            continue;
        };
        for dependency in list(package, "dependencies") {
            let target = text(dependency, "name");
            let is_internal = dependency["path"].is_string();
            let is_dev = text(dependency, "kind") == "dev";
            if is_internal && !is_dev && !allowed.contains(target) {
                problems.push(format!("{name}: may not depend on {target}"));
            }
        }
    }
}

fn check_locked_packages(metadata: &Value, problems: &mut Vec<String>) {
    let packages = list(metadata, "packages");
    if packages.len() > MAX_LOCKED_PACKAGES {
        problems.push(format!("Cargo.lock: {} packages", packages.len()));
    }
    for package in packages {
        let license = text(package, "license");
        let is_allowed = license.split(['/', ' ', '(', ')']).any(|part| LICENSES.contains(&part));
        if !is_allowed {
            problems.push(format!("{}: licence {license:?} is not allowed", text(package, "name")));
        }
    }
}

fn check_file(path: &Path, problems: &mut Vec<String>) {
    let shown = path.display();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if VAGUE_STEMS.contains(&stem.as_ref()) {
        problems.push(format!("{shown}: name it for what it holds"));
    }
    let Ok(source) = fs::read_to_string(path) else {
        problems.push(format!("{shown}: unreadable"));
        return;
    };
    if !source.starts_with("//!") {
        problems.push(format!("{shown}: open with a //! line saying what the module is for"));
    }
    let code_lines = source.lines().take_while(|line| !line.starts_with("mod tests {")).count();
    if code_lines > MAX_CODE_LINES {
        problems.push(format!("{shown}: {code_lines} lines; split it"));
    }
}

fn collect_rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
