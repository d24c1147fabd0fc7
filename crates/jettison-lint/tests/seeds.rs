//! The blocks of two practitioners' articles, mistakes included (`seeds/`): every mistake is found
//! at its line and column, and the file that was made of it is clean.
//!
//! A block's folder holds it as it was `shown`, with the files that it needs, what is `found` in
//! it, one place and rule a line, and the same `fixed`. Excerpts were given a FROM. Blocks b10 and
//! b14 to b16 put into files what the second article only tells.

use std::path::{Path, PathBuf};

use fs_err as fs;
use jettison_lint::{
    Configuration, ContextDirectory, Diagnostic, Language, Neighbours as _, Safety, Settings,
    diagnostics, fix, lint, lint_manifests, manifest_diagnostics,
};

/// 2026-11-21, so that what has ended stays ended.
const TODAY: i64 = 20_778;

fn settings() -> Settings {
    Settings { today: Some(TODAY), ..Settings::default() }
}

fn blocks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds");
    let mut blocks: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path()).collect();
    blocks.sort();
    assert_eq!(blocks.len(), 22, "{blocks:?}");
    blocks
}

/// What is found in the Dockerfile or manifest in `folder`.
fn found(folder: &Path) -> Vec<Diagnostic> {
    let manifest = folder.join("manifest.yaml");
    if manifest.exists() {
        let text = fs::read_to_string(manifest).expect("the manifest");
        return manifest_diagnostics("manifest.yaml", &text, &lint_manifests(&text, &settings()));
    }
    let context = ContextDirectory::new(folder);
    let source = fs::read(folder.join("Dockerfile")).expect("the Dockerfile");
    diagnostics("Dockerfile", Path::new(""), &lint(&source, &context, &settings()), &context)
}

fn place(one: &Diagnostic) -> String {
    format!("{}:{}:{} {}", one.path, one.line, one.column, one.finding.rule)
}

#[test]
fn every_mistake_is_found_at_its_place() {
    for block in blocks() {
        let expected = fs::read_to_string(block.join("found")).expect("what is to be found");
        let found: Vec<String> = found(&block.join("shown")).iter().map(place).collect();
        assert_eq!(found, expected.lines().collect::<Vec<_>>(), "{}", block.display());
    }
}

#[test]
fn what_was_fixed_is_clean() {
    for block in blocks() {
        let left: Vec<String> = found(&block.join("fixed")).iter().map(place).collect();
        assert_eq!(left, [""; 0], "{}", block.display());
    }
}

/// All fixes at once leave nothing that has one, and make the files readable.
#[test]
fn fixes_of_the_blocks_come_to_an_end() {
    for block in blocks() {
        let folder = block.join("shown");
        let Ok(source) = fs::read(folder.join("Dockerfile")) else { continue };
        let context = ContextDirectory::new(&folder);
        let fixed = fix(&source, &context, &settings(), Safety::Unsafe);
        let around = jettison_lint::Overlay { below: &context, texts: fixed.beside };
        let again = lint(&fixed.source, &around, &settings());
        let left: Vec<_> = again.findings.iter().filter(|one| one.fix.is_some()).collect();
        assert!(left.is_empty(), "{}: {left:#?}", block.display());
        let was_readable = lint(&source, &context, &settings()).file.problems.is_empty();
        assert!(!was_readable || again.file.problems.is_empty(), "{}", block.display());
    }
}

#[test]
fn the_java_command_is_repaired() {
    let folder = blocks().into_iter().find(|block| block.ends_with("a3-java")).expect("a block");
    let source = fs::read(folder.join("shown/Dockerfile")).expect("the Dockerfile");
    let settings = Settings {
        select: ["JT-broken-array".to_owned(), "JT-syntax".to_owned()].into(),
        ..Settings::default()
    };
    let context = ContextDirectory::new(&folder);
    let fixed = fix(&source, &context, &settings, Safety::Safe).source;
    let text = String::from_utf8(fixed).expect("it is text");
    assert!(text.contains(r#"CMD ["java", "-server", "-Xms512m", "-Xmx1024m","#), "{text}");
    assert!(text.ends_with("\"-jar\", \"my-app.jar\"]\n"), "{text}");
    assert_eq!(lint(text.as_bytes(), &context, &settings).findings, []);
}

#[test]
fn what_stands_beside_is_fixed_and_leads_back() {
    let folder =
        blocks().into_iter().find(|block| block.ends_with("b14-wrapper")).expect("a block");
    let shown = folder.join("shown");
    let all = found(&shown);
    let script = all.iter().find(|one| one.finding.rule == "JT-script-exec").expect("no exec");
    let related = script.related.as_ref().expect("the Dockerfile leads to it");
    assert_eq!((related.path.as_str(), related.line, related.column), ("Dockerfile", 3, 13));
    assert!(related.message.in_language(Language::Chinese).contains("start.sh"));
    let context = ContextDirectory::new(&shown);
    let source = fs::read(shown.join("Dockerfile")).expect("the Dockerfile");
    let fixed = fix(&source, &context, &settings(), Safety::Safe);
    let before = context.text("start.sh").expect("the script");
    assert_eq!(fixed.beside["start.sh"], before.replace("\nnginx", "\nexec nginx"));
    assert!(!fixed.beside.contains_key("nginx.conf"), "that one is for a person to choose");
    let all = fix(&source, &context, &settings(), Safety::Unsafe).beside;
    let before = context.text("nginx.conf").expect("the configuration");
    assert_eq!(all["nginx.conf"], before.replace("auto", "2"));
    // A comment in the Dockerfile silences what it leads to.
    let text = String::from_utf8(source).expect("text");
    let silenced =
        text.replace("ENTRYPOINT", "# jettison ignore=JT-script-exec a reason\nENTRYPOINT");
    let left = lint(silenced.as_bytes(), &context, &settings()).findings;
    assert!(left.iter().all(|one| one.rule != "JT-script-exec" && one.rule != "JT-unused-ignore"));
}

#[test]
fn an_ignore_file_is_made_or_added_to() {
    let folder = blocks().into_iter().find(|block| block.ends_with("a4-go")).expect("a block");
    let context = ContextDirectory::new(folder.join("shown"));
    let source = fs::read(folder.join("shown/Dockerfile")).expect("the Dockerfile");
    let only = ["JT-dockerignore".to_owned()];
    let settings = Settings { select: only.into(), ..settings() };
    let ignore_file = |source: &[u8], settings: &Settings, present: &[(&str, &str)]| {
        let texts = present.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        let around = jettison_lint::Overlay { below: &context, texts: texts.collect() };
        fix(source, &around, settings, Safety::Unsafe).beside
    };
    assert_eq!(ignore_file(&source, &settings, &[])[".dockerignore"], ".env\n");
    let with = [(".dockerignore", "*.md\n!x")];
    assert_eq!(ignore_file(&source, &settings, &with)[".dockerignore"], "*.md\n!x\n.env\n");
    // The file of the Dockerfile's own name goes before the context's.
    let named = Settings { file_name: Some("app.Dockerfile".to_owned()), ..settings.clone() };
    let with = [("app.Dockerfile.dockerignore", "a\n"), (".dockerignore", ".env\n")];
    let fixed = ignore_file(&source, &named, &with);
    assert_eq!(fixed["app.Dockerfile.dockerignore"], "a\n.env\n");
    assert!(
        Configuration::default().settings_for(Path::new("a/b.Dockerfile")).file_name.as_deref()
            == Some("b.Dockerfile")
    );
    // Only what is copied counts.
    let narrow = String::from_utf8(source).expect("text").replace("COPY . .", "COPY main.go .");
    assert!(ignore_file(narrow.as_bytes(), &settings, &[]).is_empty());
}
