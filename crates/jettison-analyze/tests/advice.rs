//! Each piece of waste comes with an edit that recovers it.

mod given;

use jettison_analyze::{AnalyzeOptions, DockerfileText, analysis::Purpose, analyze};
use jettison_testkit::{Entry, FatImage, layer};
use serde_json::json;

#[test]
fn compiled_caches_are_left_out_by_who_makes_them() {
    let status = "Package: python3-yaml\nStatus: install ok installed\nVersion: 6.0\n";
    let compiled = |directory: &str| {
        [
            Entry::file(&format!("{directory}/yaml.py"), "x = 1\n"),
            Entry::file(&format!("{directory}/__pycache__/yaml.cpython-311.pyc"), vec![7; 9000]),
        ]
    };
    let mut entries = vec![Entry::file("var/lib/dpkg/status", status)];
    entries.extend(compiled("usr/lib/python3/dist-packages"));
    entries.extend(compiled("app"));
    let image = FatImage::new("python:1", json!({"Cmd": ["python3"]}), vec![layer(entries)]);
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let advice = analysis.advice.iter().filter(|advice| advice.cause.id() == "compiled-cache");
    let mut codes: Vec<&str> = advice.map(|advice| advice.code[0].as_str()).collect();
    codes.sort_unstable();
    // What dpkg's hooks compile heeds no variable.
    let clean =
        "    && find /usr/lib/python3* /usr/share -name __pycache__ -prune -exec rm -rf {} +";
    assert_eq!(codes, [clean, "ENV PYTHONDONTWRITEBYTECODE=1"]);
}

#[test]
fn an_rm_names_nothing_that_is_needed() {
    let mut entries = vec![
        Entry::file("var/lib/dpkg/status", "Package: base-files\nVersion: 12\n"),
        Entry::file("var/lib/dpkg/status-old", vec![7; 3000]),
        Entry::file("var/cache/debconf/config.dat", "x"),
        Entry::file("var/cache/debconf/config.dat-old", vec![7; 3000]),
        Entry::file("var/cache/debconf/templates.dat-old", vec![7; 3000]),
    ];
    entries
        .extend((0..9).map(|number| Entry::file(&format!("var/log/{number}.log"), vec![7; 900])));
    let mut image = FatImage::new("logs:1", json!({"Cmd": ["x"]}), vec![layer(entries)]);
    image.history = vec![json!({"created_by": "RUN /bin/sh -c apt-get install x # buildkit"})];
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let mut advice = analysis.advice.iter().filter(|advice| advice.cause.id() == "temporary");
    let code = advice.next().expect("it is above what is worth an edit").code[0].clone();
    assert_eq!(
        code,
        "    && rm -rf /var/cache/debconf/config.dat-old /var/cache/debconf/templates.dat-old \
         /var/lib/dpkg/status-old /var/log/*"
    );
}

/// A hard link to a file of a lower layer would copy it, and a link has the permissions of what it points to.
#[test]
fn equal_files_are_linked_where_that_saves_and_changes_nothing() {
    let content = vec![7; 9000];
    let layers = vec![
        layer([
            Entry::file("opt/first", content.clone()),
            Entry::file("opt/second", content.clone()),
            Entry::file("opt/setuid", content.clone()).mode(0o4755),
        ]),
        layer([Entry::file("opt/third", content)]),
    ];
    let mut image = FatImage::new("twice:1", json!({"Cmd": ["x"]}), layers);
    image.history =
        ["RUN make", "RUN make more"].map(|text| json!({ "created_by": text })).to_vec();
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let advice = analysis.advice.iter().filter(|advice| advice.cause.id() == "duplicate");
    let mut codes: Vec<&str> = advice.flat_map(|one| &one.code).map(String::as_str).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        ["    && ln -f /opt/first /opt/second", "    && ln -sf /opt/first /opt/third"]
    );
}

#[test]
fn what_is_set_once_is_advised_once() {
    let page = |path: &str| Entry::file(path, vec![7; 9000]);
    let layers = vec![
        layer([Entry::file("var/lib/dpkg/status", ""), page("usr/share/man/man1/a.1.gz")]),
        layer([page("usr/share/man/man1/b.1.gz")]),
    ];
    let mut image = FatImage::new("pages:1", json!({"Cmd": ["x"]}), layers);
    image.history = ["RUN apt-get install a", "RUN apt-get install b"]
        .map(|text| json!({ "created_by": text }))
        .to_vec();
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let pages: Vec<_> =
        analysis.advice.iter().filter(|one| one.cause.id() == "manual-pages").collect();
    let [advice] = pages[..] else { panic!("{pages:?}") };
    assert_eq!((advice.layer, advice.files), (0, 2));
    let waste = analysis.waste.iter().filter(|group| group.cause.id() == "manual-pages");
    assert_eq!(advice.bytes, waste.map(|group| group.bytes).sum::<u64>());
    let sentence =
        jettison_analyze::format::advice_sentence(advice, jettison_analyze::Language::English);
    assert_eq!(sentence.matches("layer").count(), 1, "{sentence}");
}

/// What lies in the base is changed by its makers; an instruction of the Dockerfile that came later is none of theirs.
#[test]
fn what_the_base_brings_is_not_blamed_on_an_instruction() {
    let lists = |byte: u8| Entry::file("var/cache/apt/pkgcache.bin", vec![byte; 9000]);
    let layers =
        vec![layer([lists(1), Entry::file("usr/include/x.h", vec![7; 9000])]), layer([lists(2)])];
    let mut image = FatImage::new("base:1", json!({"Cmd": ["x"]}), layers);
    image.history = vec![
        json!({"created_by": "RUN /bin/sh -c apt-get install gcc # buildkit"}),
        json!({"created_by": "RUN /bin/sh -c apt-get install x # buildkit"}),
    ];
    let dockerfile = DockerfileText {
        name: "Dockerfile".to_owned(),
        bytes: b"FROM acme/build:1\nRUN apt-get install x\n".to_vec(),
        target: None,
    };
    let options = AnalyzeOptions { dockerfile: Some(dockerfile), purpose: Some(Purpose::Runtime) };
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &options).analysis;
    let told: Vec<_> = analysis
        .advice
        .iter()
        .map(|one| {
            (one.cause.id(), one.code[0].as_str(), one.place.as_ref().map(|place| place.line))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("overwritten", "jettison squash IMAGE --to REF", None),
            ("package-lists", "    && apt-get clean && rm -rf /var/lib/apt/lists/*", Some(2)),
            ("headers", "FROM …  # smaller than acme/build:1", None),
        ]
    );
}

/// Each installation writes down anew what is installed: that is no reason to merge what has nothing else in common.
#[test]
fn databases_of_packages_are_no_reason_to_merge() {
    let status = |byte: u8| Entry::file("var/lib/dpkg/status", vec![byte; 9000]);
    let layers = vec![layer([status(b'a')]), layer([status(b'b')])];
    let mut image = FatImage::new("status:1", json!({"Cmd": ["x"]}), layers);
    image.history = ["RUN apt-get install a", "RUN apt-get install b"]
        .map(|text| json!({ "created_by": text }))
        .to_vec();
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let codes: Vec<&str> = analysis.advice.iter().map(|one| one.code[0].as_str()).collect();
    assert_eq!(codes, ["jettison squash IMAGE --to REF"]);
}

#[test]
fn an_rm_that_cannot_name_all_names_the_largest() {
    let mut entries: Vec<Entry> = ["etc/group-", "etc/gshadow-", "etc/passwd-", "etc/shadow-"]
        .map(|path| Entry::file(path, vec![7; 900]))
        .to_vec();
    entries.extend(
        ["etc/group", "var/lib/dpkg/status", "var/log/kept"].map(|path| Entry::file(path, "x")),
    );
    entries.push(Entry::file("var/lib/dpkg/status-old", vec![7; 90_000]));
    entries.push(Entry::file("var/tmp/x", vec![7; 20_000]));
    let mut image = FatImage::new("old:1", json!({"Cmd": ["x"]}), vec![layer(entries)]);
    image.history = vec![json!({"created_by": "RUN useradd x"})];
    let (subject, index) = (given::subject(&image), given::index(&image));
    let analysis = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let advice = analysis.advice.iter().find(|advice| advice.cause.id() == "temporary");
    let code = &advice.expect("there is some").code[0];
    for path in ["/var/lib/dpkg/status-old", "/var/tmp", "…"] {
        assert!(code.contains(path), "{code}");
    }
}
