//! Fixes keep what they promise, on every file that this repository has: the rules' examples, the
//! articles' blocks, the images of the tests. `benches/fixes.rs` asks the same of a collection.

mod promises;

use std::path::{Path, PathBuf};

use fs_err as fs;
use jettison_lint::{ContextDirectory, GivenFiles, Neighbours, Settings, rules};

fn settings() -> Settings {
    // 2026-11-21
    Settings { today: Some(20_778), ..Settings::default() }
}

/// Dockerfiles below `directory`.
fn dockerfiles(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            dockerfiles(&path, found);
        } else if jettison_lint::is_dockerfile_name(&name.to_string_lossy()) {
            found.push(path);
        }
    }
}

fn broken(name: &str, source: &[u8], around: &dyn Neighbours, applied: &mut usize) -> Vec<String> {
    let faults = promises::broken(source, around, &settings(), |_| *applied += 1);
    faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
}

#[test]
fn fixes_keep_their_promises() {
    let (mut files, mut applied, mut faults) = (0, 0, Vec::new());
    for rule in rules().filter(|rule| !rule.id.starts_with("JT-k8s")) {
        let beside = rule.page.files.iter();
        let around =
            GivenFiles(beside.map(|(path, text)| ((*path).into(), (*text).into())).collect());
        for source in [rule.page.bad, rule.page.good] {
            files += 1;
            faults.extend(broken(rule.id, source.as_bytes(), &around, &mut applied));
            // The same as Windows' editors write it.
            let other = source.replace('\n', "\r\n");
            faults.extend(broken(rule.id, other.as_bytes(), &around, &mut applied));
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for directory in ["tests/seeds", "../../tests/corpus", "../../tests/corpus-more"] {
        dockerfiles(&root.join(directory), &mut paths);
    }
    for path in &paths {
        let source = fs::read(path).expect("the file");
        let around = ContextDirectory::new(path.parent().expect("it lies somewhere"));
        faults.extend(broken(&path.display().to_string(), &source, &around, &mut applied));
    }
    files += paths.len();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(files > 300 && applied > 350, "{files} files, {applied} fixes: too few to tell");
}
