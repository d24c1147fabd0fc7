//! Kinds of waste, one function each.

use super::{
    Planned, Planted,
    planter::{Plant, Planter},
};
use crate::{Content, Entry};

/// Everything that can be planted, one function each.
pub(super) const KINDS: &[Plant] = &[
    plain,
    deleted_file,
    deleted_directory,
    emptied_directory,
    chowned,
    chmodded,
    touched,
    overwritten,
    replaced_directory,
    listed_again,
    version_control,
    package_caches,
    package_lists,
    compiled,
    temporary,
    build_context,
    debug_files,
    debug_sections,
    build_tools,
    headers,
    static_libraries,
    tests,
    manual_pages,
    documentation,
    locales,
    duplicate,
    surviving_link,
];

fn plain(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.kept(&format!("opt/plain-{id}/file"));
    let (layer, name) = (plant.layer(), "n".repeat(120));
    plant.image.keep(
        layer,
        Entry::file(&format!("opt/plain-{id}/{name}"), "a long name has a header of its own"),
    );
    let layer = plant.layer();
    plant.image.keep(layer, Entry::symlink(&format!("opt/plain-{id}/link"), "file"));
}

fn deleted_file(plant: &mut Planter<'_>) {
    let (id, (low, high), content) = (plant.id, plant.two_layers(), plant.content());
    let name = "d".repeat(if id.is_multiple_of(2) { 10 } else { 110 });
    plant.image.waste(
        low,
        Entry::file(&format!("data/{id}/{name}"), content),
        "deleted",
        Some(high),
    );
    plant.image.waste(high, Entry::whiteout(&format!("data/{id}"), &name), "deleted", None);
}

fn deleted_directory(plant: &mut Planter<'_>) {
    let (id, (low, high)) = (plant.id, plant.two_layers());
    plant.image.waste(low, Entry::directory(&format!("build/{id}")), "deleted", Some(high));
    for number in 0..3 {
        let content = plant.content();
        plant.image.waste(
            low,
            Entry::file(&format!("build/{id}/{number}.o"), content),
            "deleted",
            Some(high),
        );
    }
    plant.image.waste(high, Entry::whiteout("build", &id.to_string()), "deleted", None);
}

fn emptied_directory(plant: &mut Planter<'_>) {
    let (id, (low, high), content) = (plant.id, plant.two_layers(), plant.content());
    let directory = format!("cache/{id}");
    plant.image.waste(
        low,
        Entry::file(&format!("{directory}/old"), content),
        "deleted",
        Some(high),
    );
    plant.image.waste(high, Entry::whiteout(&directory, ".wh..opq"), "deleted", None);
    let content = plant.content();
    plant.image.keep(high, Entry::file(&format!("{directory}/new"), content));
}

fn copied(plant: &mut Planter<'_>, change: fn(Entry) -> Entry) {
    let (id, (low, high), content) = (plant.id, plant.two_layers(), plant.content());
    let file = Entry::file(&format!("srv/{id}/file"), content);
    plant.image.waste(low, file.clone(), "copied-up", Some(high));
    plant.image.keep(high, change(file));
}

fn chowned(plant: &mut Planter<'_>) {
    copied(plant, |file| file.owner(1000, 1000));
}

fn chmodded(plant: &mut Planter<'_>) {
    copied(plant, |file| file.mode(0o755));
}

fn touched(plant: &mut Planter<'_>) {
    copied(plant, |file| file.later(60));
}

fn overwritten(plant: &mut Planter<'_>) {
    let (id, (low, high)) = (plant.id, plant.two_layers());
    let path = format!("etc/app-{id}.conf");
    let (old, new) = (plant.content(), plant.random(777));
    plant.image.waste(low, Entry::file(&path, old), "overwritten", Some(high));
    plant.image.keep(high, Entry::file(&path, new));
}

fn replaced_directory(plant: &mut Planter<'_>) {
    let (id, (low, high), content) = (plant.id, plant.two_layers(), plant.content());
    let path = format!("opt/replaced-{id}");
    plant.image.waste(low, Entry::directory(&path), "overwritten", Some(high));
    plant.image.waste(
        low,
        Entry::file(&format!("{path}/file"), content),
        "overwritten",
        Some(high),
    );
    plant.image.keep(high, Entry::symlink(&path, "elsewhere"));
}

fn listed_again(plant: &mut Planter<'_>) {
    let (id, (low, high)) = (plant.id, plant.two_layers());
    let path = format!("home/user-{id}");
    plant.image.waste(low, Entry::directory(&path), "listed-again", Some(high));
    plant.image.keep(high, Entry::directory(&path).mode(0o700));
}

fn version_control(plant: &mut Planter<'_>) {
    let (id, layer) = (plant.id, plant.layer());
    let git = format!("app/{id}/.git");
    plant.image.waste(layer, Entry::directory(&git), "version-control", None);
    plant.image.risk("JR-developer-file", Some(layer));
    plant.image.waste(layer, Entry::directory(&format!("{git}/objects")), "version-control", None);
    for number in 0..3 {
        let content = plant.content();
        plant.image.waste(
            layer,
            Entry::file(&format!("{git}/objects/{number}"), content),
            "version-control",
            None,
        );
    }
}

fn package_caches(plant: &mut Planter<'_>) {
    let id = plant.id;
    for path in [
        format!("var/cache/apt/archives/p{id}.deb"),
        format!("var/cache/apk/p{id}.apk"),
        format!("var/cache/dnf/p{id}.rpm"),
        format!("root/.cache/pip/http/{id}"),
        format!("root/.npm/_cacache/{id}"),
        format!("usr/local/share/.cache/yarn/v6/{id}"),
        format!("root/go/pkg/mod/m{id}@v1/m.go"),
        format!("usr/local/cargo/registry/c{id}.crate"),
        format!("root/.m2/repository/a{id}.jar"),
        format!("usr/local/bundle/cache/g{id}.gem"),
    ] {
        plant.placed(&path, "package-cache");
    }
}

fn package_lists(plant: &mut Planter<'_>) {
    let id = plant.id;
    let layer = plant.placed(&format!("var/lib/apt/lists/deb_{id}_Packages"), "package-lists");
    plant.image.risk_of_layer("JR-apt-lists", layer);
    plant.placed(&format!("var/cache/apk/APKINDEX.{id}.tar.gz"), "package-lists");
    plant.placed(&format!("var/cache/dnf/repo{id}.solv"), "package-lists");
}

fn compiled(plant: &mut Planter<'_>) {
    let (id, layer) = (plant.id, plant.layer());
    let directory = format!("app/{id}/py");
    let cache = format!("{directory}/__pycache__");
    let source = plant.content();
    plant.image.keep(layer, Entry::file(&format!("{directory}/mod.py"), source));
    plant.image.waste(layer, Entry::directory(&cache), "compiled-cache", None);
    let content = plant.content();
    plant.image.waste(
        layer,
        Entry::file(&format!("{cache}/mod.cpython-312.pyc"), content),
        "compiled-cache",
        None,
    );
    // Without its source, the compiled file is the program, and its directory stays.
    let other = format!("app/{id}/sourceless/__pycache__");
    plant.kept(&format!("{other}/only.cpython-312.pyc"));
}

fn temporary(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("tmp/work-{id}/part"), "temporary");
    plant.placed(&format!("var/log/app-{id}.log"), "temporary");
    plant.placed(&format!("home/h{id}/.bash_history"), "temporary");
    let layer = plant.layer();
    plant.image.keep(layer, Entry::directory(&format!("var/log/dir-{id}")));
    plant.image.keep(layer, Entry::symlink(&format!("var/log/link-{id}"), "/dev/stdout"));
}

fn build_context(plant: &mut Planter<'_>) {
    let (id, layer) = (plant.id, plant.layer());
    for name in ["Dockerfile", "docker-compose.yml"] {
        let layer = plant.placed(&format!("app/{id}/ctx/{name}"), "build-context");
        plant.image.risk("JR-developer-file", Some(layer));
    }
    let code = format!("app/{id}/ctx/.vscode");
    plant.image.waste(layer, Entry::directory(&code), "build-context", None);
    plant.image.risk("JR-developer-file", Some(layer));
    let content = plant.content();
    plant.image.waste(
        layer,
        Entry::file(&format!("{code}/settings.json"), content),
        "build-context",
        None,
    );
}

fn debug_files(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("usr/lib/debug/{id}.sym"), "debug-symbols");
    plant.placed(&format!("opt/bin-{id}.debug"), "debug-symbols");
}

/// An ELF program whose symbols and debug information have `debug` bytes together.
fn program(code: Content, debug: usize) -> Content {
    // Header, code, debug sections, table of four sections (System V ABI, chapter 4).
    let sections: [(u32, u64, usize); 4] =
        [(0, 0, 0), (1, 6, code.len()), (1, 0, debug - 5000), (2, 0, 5000)];
    let mut header = vec![0; 64];
    header[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    header[16..18].copy_from_slice(&2_u16.to_le_bytes());
    header[40..48].copy_from_slice(&((64 + code.len() + debug) as u64).to_le_bytes());
    header[58..60].copy_from_slice(&64_u16.to_le_bytes());
    header[60..62].copy_from_slice(&4_u16.to_le_bytes());
    let mut table = Vec::new();
    for (kind, flags, size) in sections {
        let mut section = [0; 64];
        section[4..8].copy_from_slice(&kind.to_le_bytes());
        section[8..16].copy_from_slice(&flags.to_le_bytes());
        section[32..40].copy_from_slice(&(size as u64).to_le_bytes());
        table.extend_from_slice(&section);
    }
    Content::from(header).then(code).then(Content::fill(0xdb, debug)).then(table)
}

fn debug_sections(plant: &mut Planter<'_>) {
    let (id, layer) = (plant.id, plant.layer());
    let debug = 10_000 + plant.chance.below(plant.largest);
    let code = plant.content().then(id.to_le_bytes());
    let path = format!("app/{id}/program");
    let whole = program(code, debug);
    let stripped = Content::fill(0, whole.len() - debug);
    let waste = Some(Planted {
        cause: "debug-symbols",
        by: None,
        instead: Some(Entry::file(&path, stripped)),
    });
    plant.image.steps[layer]
        .entries
        .push(Planned { entry: Entry::file(&path, whole).mode(0o755), waste });
}

fn build_tools(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("usr/bin/tool-{id}"), "build-tools");
    plant.kept(&format!("usr/bin/own-{id}"));
}

fn headers(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("usr/include/h{id}.h"), "headers");
    plant.placed(&format!("usr/lib/x86_64-linux-gnu/pkgconfig/p{id}.pc"), "headers");
    plant.placed(&format!("usr/local/include/sub/h{id}.h"), "headers");
}

fn static_libraries(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("usr/lib/lib{id}.a"), "static-libraries");
    plant.kept(&format!("usr/lib/lib{id}.so"));
}

fn tests(plant: &mut Planter<'_>) {
    let (id, layer) = (plant.id, plant.layer());
    let directory = format!("usr/lib/python3/dist-packages/p{id}");
    plant.kept(&format!("{directory}/__init__.py"));
    plant.image.waste(layer, Entry::directory(&format!("{directory}/tests")), "tests", None);
    let content = plant.content();
    plant.image.waste(
        layer,
        Entry::file(&format!("{directory}/tests/test_a.py"), content),
        "tests",
        None,
    );
    plant.placed(&format!("app/{id}/node_modules/pkg/test/a.js"), "tests");
    plant.kept(&format!("app/{id}/node_modules/pkg/lib/test/a.js"));
}

fn manual_pages(plant: &mut Planter<'_>) {
    let (id, layer) = (plant.id, plant.layer());
    plant.placed(&format!("usr/share/man/man1/m{id}.1.gz"), "manual-pages");
    plant.image.waste(
        layer,
        Entry::symlink(&format!("usr/share/man/man1/l{id}.1.gz"), "m.1.gz"),
        "manual-pages",
        None,
    );
}

fn documentation(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("usr/share/doc/p{id}/changelog.gz"), "documentation");
    plant.kept(&format!("usr/share/doc/p{id}/copyright"));
    plant.placed(&format!("app/{id}/node_modules/pkg/README.md"), "documentation");
    plant.kept(&format!("app/{id}/node_modules/pkg/LICENSE"));
}

fn locales(plant: &mut Planter<'_>) {
    let id = plant.id;
    plant.placed(&format!("usr/share/locale/de/LC_MESSAGES/p{id}.mo"), "locales");
    plant.placed(&format!("usr/share/i18n/charmaps/c{id}.gz"), "locales");
}

fn duplicate(plant: &mut Planter<'_>) {
    let (id, low) = (plant.id, plant.chance.below(plant.layers));
    let high = low + plant.chance.below(plant.layers - low);
    let len = 4096 + plant.chance.below(plant.largest);
    let content = plant.random(len);
    let path = format!("opt/second-{id}");
    plant.image.keep(low, Entry::file(&format!("opt/first-{id}"), content.clone()));
    // A link needs the header as well.
    let waste =
        Some(Planted { cause: "duplicate", by: None, instead: Some(Entry::file(&path, "")) });
    plant.image.steps[high].entries.push(Planned { entry: Entry::file(&path, content), waste });
    // Shorter ones are not compared.
    let short = plant.random(4095);
    plant.image.keep(low, Entry::file(&format!("opt/short-first-{id}"), short.clone()));
    plant.image.keep(high, Entry::file(&format!("opt/short-second-{id}"), short));
}

/// The bytes of a file stay as long as one of its names does.
fn surviving_link(plant: &mut Planter<'_>) {
    let (id, (low, high), content) = (plant.id, plant.two_layers(), plant.content());
    let file = Entry::file(&format!("opt/linked-{id}/first"), content);
    plant.image.keep(low, file.clone());
    plant.image.keep(low, file.also(&format!("opt/linked-{id}/second")));
    plant.image.waste(high, Entry::whiteout(&format!("opt/linked-{id}"), "first"), "deleted", None);
}
