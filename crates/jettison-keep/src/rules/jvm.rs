//! A Java runtime stays whole, and the jars on the class path with it.

use std::collections::BTreeSet;

use jettison_packages::zip;
use jettison_rootfs::{Kind, PathId};

use crate::{Level, Rule, Scene, Wants, rule::Page, shell_words, subtree::Subtree};

/// Keeps what a Java virtual machine loads by name.
pub(super) struct Jvm;

/// Longest manifest that is read; signed jars list a digest for each of their members there.
const MANIFEST_BYTES: u64 = 16 << 20;

/// Parts of a runtime's `lib` that a running program cannot use: sources and stubs for compilers, parts for jlink, the
/// archive for heaps that disable compressed pointers, debuggers, desktop windows, sound.
const UNUSED: [&str; 14] = [
    "src.zip",
    "ct.sym",
    "jmods",
    "classes_nocoops.jsa",
    "classes_nocoops_coh.jsa",
    "libsaproc.so",
    "sa-jdi.jar",
    "libawt_xawt.so",
    "libjawt.so",
    "libsplashscreen.so",
    "libjsound.so",
    "libjsoundalsa.so",
    "missioncontrol",
    "visualvm",
];

impl Rule for Jvm {
    fn name(&self) -> &'static str {
        "jvm"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "With a kept libjvm: the runtime's modules, conf, lib/security with the certificate store, tzdb.dat, the libraries \
                   in lib (not those of desktop windows and sound), fontconfig files, and keytool, jcmd and the like in bin. Jars \
                   of -jar, -cp, CLASSPATH and of a kept jar's Class-Path.",
            why: "The machine loads its parts by name: time zones, locales, certificates, DNS, image codecs, when a program first \
                  asks for them. Jars on the class path are opened in order until a class is found, the last ones late or never.",
            instead: "A runtime made with jlink has fewer modules; jettison cannot take classes out of lib/modules.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for path in class_path(scene) {
            want_class_path(scene, &path, wants);
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if scene.tree.inode(path).kind != Kind::File {
            return;
        }
        let name = scene.tree.name(path);
        if name == b"libjvm.so" {
            if let Some(home) = home(scene, path) {
                want_home(scene, path, home, wants);
            }
        } else if name.ends_with(b".jar") || name.ends_with(b".war") {
            want_manifest(scene, path, wants);
        }
    }
}

/// The runtime's directory above `libjvm.so`: the nearest with a `lib` that has `modules` (Java 9 and later) or
/// `rt.jar` (Java 8).
fn home(scene: &Scene<'_>, library: PathId) -> Option<PathId> {
    /// `jre/lib/amd64/server/libjvm.so` is the deepest known place.
    const DEPTH: usize = 5;
    let mut at = library;
    for _ in 0..DEPTH {
        at = scene.tree.parent(at);
        let lib = scene.tree.child(at, b"lib");
        let has = |name: &[u8]| lib.is_some_and(|lib| scene.tree.child(lib, name).is_some());
        if at != scene.tree.root() && (has(b"modules") || has(b"rt.jar") || has(b"jvm.cfg")) {
            return Some(at);
        }
    }
    None
}

fn want_home(scene: &Scene<'_>, by: PathId, home: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let want = |name: &[u8], wants: &mut Wants, admits: &dyn Fn(PathId) -> bool| {
        let Some(found) = tree.child(home, name) else { return };
        wants.want_for(found, by, "part of the Java runtime of");
        wants.want_below(
            scene,
            Subtree { directory: found, by: Some(by), because: "part of the Java runtime of" },
            admits,
        );
    };
    let is_used = |path: PathId| {
        let name = tree.name(path);
        let is_debug = name.ends_with(b".debuginfo") || name.ends_with(b".diz");
        !is_debug && !UNUSED.iter().any(|unused| unused.as_bytes() == name)
    };
    want(b"release", wants, &is_used);
    want(b"conf", wants, &is_used);
    // Two archives of shared classes lie beside libjvm; the machine maps the one that fits, which is evidence, or none.
    want(b"lib", wants, &|path| is_used(path) && !tree.name(path).ends_with(b".jsa"));
    want(b"bin", wants, &|path| is_small_launcher(scene, path));
    let properties = tree
        .children(home)
        .filter(|&path| tree.name(path).ends_with(b".properties"))
        .collect::<Vec<_>>();
    for path in properties {
        wants.want_for(path, by, "part of the Java runtime of");
    }
    for keystore in [
        "/etc/ssl/certs/java/cacerts",
        "/etc/pki/java/cacerts",
        "/etc/pki/ca-trust/extracted/java/cacerts",
    ] {
        wants.want_resolved(scene, keystore.as_bytes(), Some(by), "certificates for");
    }
}

/// The launchers in `bin` that act on a running program or its keys; compilers and their like are modules of a JDK.
fn is_small_launcher(scene: &Scene<'_>, path: PathId) -> bool {
    const LAUNCHERS: [&[u8]; 9] = [
        b"java",
        b"keytool",
        b"jcmd",
        b"jstack",
        b"jmap",
        b"jps",
        b"jstat",
        b"jfr",
        b"rmiregistry",
    ];
    LAUNCHERS.contains(&scene.tree.name(path))
}

/// Entries of every class and module path that commands and the environment name.
fn class_path(scene: &Scene<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut lines: Vec<Vec<String>> = Vec::new();
    for words in &scene.contract.commands {
        let commands = shell_words::commands_of(words);
        lines.extend(
            commands.into_iter().map(|command| command.into_iter().map(|word| word.text).collect()),
        );
    }
    for variable in
        ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "_JAVA_OPTIONS", "CATALINA_OPTS"]
    {
        lines.extend(
            scene
                .contract
                .env
                .get(variable)
                .map(|value| value.split_whitespace().map(str::to_owned).collect()),
        );
    }
    for words in lines {
        for (at, word) in words.iter().enumerate() {
            let next = words.get(at + 1).map(String::as_str);
            let value = match word.as_str() {
                "-jar" | "-cp" | "-classpath" | "--class-path" | "-p" | "--module-path" => next,
                other => ["--class-path=", "--module-path=", "-javaagent:", "-Xbootclasspath/a:"]
                    .iter()
                    .find_map(|option| other.strip_prefix(option))
                    .map(|value| value.split('=').next().unwrap_or(value)),
            };
            found.extend(value.into_iter().flat_map(|value| value.split(':')).map(str::to_owned));
        }
    }
    found.extend(
        scene
            .contract
            .env
            .get("CLASSPATH")
            .into_iter()
            .flat_map(|value| value.split(':'))
            .map(str::to_owned),
    );
    found.remove("");
    found
}

/// A jar, a directory of classes, or `DIRECTORY/*` for every jar in it (java(1), `--class-path`).
fn want_class_path(scene: &Scene<'_>, entry: &str, wants: &mut Wants) {
    let workdir = scene.contract.workdir.as_deref().unwrap_or("/");
    let full = if entry.starts_with('/') { entry.to_owned() } else { format!("{workdir}/{entry}") };
    let because = "on the class path";
    let (directory, is_wildcard) =
        full.strip_suffix("/*").map_or((full.as_str(), false), |directory| (directory, true));
    wants.want_resolved(scene, directory.as_bytes(), None, because);
    let Some(found) = scene.find(directory) else { return };
    let subtree = Subtree { directory: found, by: None, because };
    // The root, or the system's directories, are no directory of classes.
    if scene.tree.inode(found).is_directory() && scene.tree.parent(found) != scene.tree.root() {
        wants.want_below(scene, subtree, |path| {
            !is_wildcard || scene.tree.name(path).to_ascii_lowercase().ends_with(b".jar")
        });
    } else if scene.tree.inode(found).is_directory() {
        wants.want_below(scene, subtree, |path| {
            let name = scene.tree.name(path);
            scene.tree.parent(path) == found
                && (name.ends_with(b".jar") || name.ends_with(b".class"))
        });
    }
}

/// The jars that a jar's manifest names (JAR File Specification, "Class-Path attribute").
fn want_manifest(scene: &Scene<'_>, jar: PathId, wants: &mut Wants) {
    let id = scene.tree.inode_id(jar);
    let members = zip::members(scene.tree, id);
    let Some(member) =
        members.iter().find(|member| member.name.eq_ignore_ascii_case(b"META-INF/MANIFEST.MF"))
    else {
        return;
    };
    let Some(bytes) = zip::read(scene.tree, id, member, MANIFEST_BYTES) else { return };
    // Lines are at most 72 bytes long and go on after a line break and one space.
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace("\n ", "");
    let attributes = text.lines().filter_map(|line| line.split_once(':'));
    for (_, value) in
        attributes.filter(|(key, _)| matches!(*key, "Class-Path" | "Launcher-Agent-Class-Path"))
    {
        for entry in value.split_whitespace() {
            let entry = entry.strip_prefix("file:").unwrap_or(entry);
            if let Some(found) = scene.find_from(scene.tree.parent(jar), entry.as_bytes()) {
                let directory = [&scene.tree.path(scene.tree.parent(jar))[..], b"/"].concat();
                let full = if entry.starts_with('/') {
                    entry.as_bytes().to_vec()
                } else {
                    [&directory, entry.as_bytes()].concat()
                };
                wants.want_resolved(scene, &full, Some(jar), "on the class path of");
                wants.want_for(found, jar, "on the class path of");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jettison_packages::zip::fixture::archive;

    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn the_runtime_stays_whole_but_for_what_it_cannot_use() {
        let home = "/usr/lib/jvm/17";
        let stage = |used: &str| {
            Stage::new(|tree| {
                let tree = tree
                    .file(&format!("{home}/lib/server/libjvm.so"), 0o644, b"x")
                    .file(&format!("{home}/lib/server/classes.jsa"), 0o644, b"x")
                    .symlink(&format!("{home}/conf/net.properties"), "/etc/java-17/net.properties")
                    .file("/etc/java-17/net.properties", 0o644, b"x")
                    .symlink(&format!("{home}/lib/security/cacerts"), "/etc/ssl/certs/java/cacerts")
                    .file("/etc/ssl/certs/java/cacerts", 0o644, b"x")
                    .file("/app", 0o755, b"x");
                [
                    "lib/modules",
                    "lib/tzdb.dat",
                    "lib/libnet.so",
                    "lib/src.zip",
                    "lib/libawt_xawt.so",
                    "release",
                    "bin/keytool",
                    "bin/javac",
                    "jmods/a.jmod",
                    "man/x",
                ]
                .iter()
                .fold(tree, |tree, file| tree.file(&format!("{home}/{file}"), 0o755, b"x"))
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        let kept = stage("/usr/lib/jvm/17/lib/server/libjvm.so");
        let expected = [
            "/etc/java-17/net.properties",
            "/etc/ssl/certs/java/cacerts",
            "/usr/lib/jvm/17/bin/keytool",
            "/usr/lib/jvm/17/conf/net.properties",
            "/usr/lib/jvm/17/lib/libnet.so",
            "/usr/lib/jvm/17/lib/modules",
            "/usr/lib/jvm/17/lib/security/cacerts",
            "/usr/lib/jvm/17/lib/server/libjvm.so",
            "/usr/lib/jvm/17/lib/tzdb.dat",
            "/usr/lib/jvm/17/release",
        ];
        assert_eq!(kept, expected);
        assert_eq!(stage("/app"), ["/app"]);
    }

    #[test]
    fn jars_of_the_class_path_stay_with_those_their_manifests_name() {
        let manifest = b"Manifest-Version: 1.0\r\nClass-Path: lib/b.jar /usr/share/java/c.ja\r\n r missing.jar\r\n";
        let jar = archive(&[("x", b"x"), ("META-INF/MANIFEST.MF", manifest)]);
        let kept = Stage::new(|tree| {
            tree.file("/opt/app/a.jar", 0o644, &jar)
                .file("/opt/app/lib/b.jar", 0o644, b"x")
                .file("/opt/app/lib/unnamed.jar", 0o644, b"x")
                .symlink("/usr/share/java/c.jar", "c-1.0.jar")
                .file("/usr/share/java/c-1.0.jar", 0o644, b"x")
                .file("/usr/share/java/d.jar", 0o644, b"x")
                .file("/opt/more/e.jar", 0o644, b"x")
                .file("/opt/more/readme", 0o644, b"x")
        })
        .level(Level::Balanced)
        .workdir("/opt/app")
        .command(&["java", "-cp", "a.jar:/opt/more/*", "Main"])
        .kept_files();
        assert_eq!(
            kept,
            [
                "/opt/app/a.jar",
                "/opt/app/lib/b.jar",
                "/opt/more/e.jar",
                "/usr/share/java/c-1.0.jar",
                "/usr/share/java/c.jar"
            ]
        );
    }
}
