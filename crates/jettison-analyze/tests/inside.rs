//! Packages that are linked into programs and packed into jars, found in the one pass over a layer.

use std::{num::NonZero, sync::Arc};

use jettison_analyze::{
    Analysis, AnalyzeOptions, ImageIndex, IndexCache, IndexOptions, LayerInput, Subject, analyze,
};
use jettison_image::ImageConfig;
use jettison_packages::zip::fixture::archive;
use jettison_rootfs::fixture::TreeBuilder;

/// What Go puts into a program: a marker, its version and the list of modules (the documentation of debug/buildinfo).
fn go_program(padding: usize) -> Vec<u8> {
    let list = "path\texample.org/server\nmod\texample.org/server\tv1.2.0\t\ndep\tgolang.org/x/net\tv0.9.0\th1:x=\n";
    let list = [&[b'<'; 16], list.as_bytes(), &[b'>'; 16]].concat();
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(64 + padding, 0);
    file.extend(b"\xff Go buildinf:\x08\x02");
    file.extend([0; 16]);
    file.extend(b"\x08go1.22.0");
    let length = u8::try_from(list.len() & 0x7f).expect("seven bits") | 0x80;
    file.extend([length, u8::try_from(list.len() >> 7).expect("it is short")]);
    file.extend(list);
    file.resize(file.len() + padding, 0);
    file
}

fn jar(artefact: &str, padding: usize) -> Vec<u8> {
    let properties = format!("groupId=org.example\nartifactId={artefact}\nversion=1.0\n");
    let path = format!("META-INF/maven/org.example/{artefact}/pom.properties");
    let library = archive(&[(
        "META-INF/maven/g/lib/pom.properties",
        b"groupId=g\nartifactId=lib\nversion=2\n",
    )]);
    archive(&[
        ("BOOT-INF/classes/blob", &vec![7; padding]),
        (&path, properties.as_bytes()),
        ("BOOT-INF/lib/lib-2.jar", &library),
    ])
}

fn layers() -> Vec<Vec<u8>> {
    TreeBuilder::new()
        .file("/app/long.jar", 0o644, &jar("long", 900_000))
        .file("/app/gone.jar", 0o644, &jar("gone", 10))
        .file("/usr/share/java/owned.jar", 0o644, &jar("owned", 10))
        .file(
            "/var/lib/dpkg/status",
            0o644,
            b"Package: java\nStatus: install ok installed\nVersion: 1\n",
        )
        .file("/var/lib/dpkg/info/java.list", 0o644, b"/usr/share/java/owned.jar\n")
        .layer()
        .whiteout("/app/gone.jar")
        .file("/srv/server", 0o755, &go_program(2_000_000))
        .file("/srv/small", 0o755, &go_program(100))
        .file("/srv/short.jar", 0o644, &jar("short", 10))
        .blobs()
}

fn analysed(inputs: &[LayerInput], cache: Option<IndexCache>) -> Analysis {
    let options = IndexOptions { cache, parallelism: NonZero::new(1), ..IndexOptions::default() };
    let index = ImageIndex::build(inputs, &options).expect("sound layers");
    let subject = Subject {
        name: "test".to_owned(),
        tags: Vec::new(),
        config: ImageConfig::default(),
        image_id: String::new(),
        stored: Vec::new(),
        warnings: Vec::new(),
    };
    analyze(&subject, &index, &AnalyzeOptions::default()).analysis
}

#[test]
fn they_are_listed_with_their_layer_and_file() {
    let stored = |is_packed: bool| -> Vec<LayerInput> {
        let content = |tar: Vec<u8>| {
            if !is_packed {
                return tar;
            }
            zstd::bulk::compress(&tar, 1).expect("memory takes all")
        };
        let layers = layers().into_iter();
        layers.map(|tar| LayerInput { diff_id: None, content: Arc::new(content(tar)) }).collect()
    };
    let analysis = analysed(&stored(false), None);
    let rows = analysis.packages.iter().filter(|facts| facts.kind != "deb");
    let mut rows: Vec<String> = rows
        .map(|facts| {
            let layer = facts.layer.expect("every file has one");
            let file = if facts.files == 1 { "whole" } else { "part" };
            format!("{} {} {} {layer} {file} {}", facts.kind, facts.name, facts.version, facts.home)
        })
        .collect();
    rows.sort();
    let expected = [
        "golang example.org/server v1.2.0 1 whole /srv/server",
        "golang example.org/server v1.2.0 1 whole /srv/small",
        "golang golang.org/x/net v0.9.0 1 part /srv/server",
        "golang golang.org/x/net v0.9.0 1 part /srv/small",
        "golang stdlib 1.22.0 1 part /srv/server",
        "golang stdlib 1.22.0 1 part /srv/small",
        "maven g:lib 2 0 part /app/long.jar",
        "maven g:lib 2 1 part /srv/short.jar",
        "maven org.example:long 1.0 0 whole /app/long.jar",
        "maven org.example:short 1.0 1 whole /srv/short.jar",
    ];
    assert_eq!(rows, expected, "neither what is gone nor what a distribution's package brought");
    let bytes = |home: &str| {
        analysis.packages.iter().filter(|facts| facts.home == home).map(|facts| facts.bytes).max()
    };
    assert!(bytes("/srv/server") > Some(4_000_000));
    assert_eq!(analysed(&stored(true), None).packages, analysis.packages);
    let directory = tempfile::tempdir().expect("a temporary directory");
    for _ in 0..2 {
        let cache = IndexCache::open(directory.path()).expect("writable");
        assert_eq!(analysed(&stored(false), Some(cache)).packages, analysis.packages);
    }
}
