//! Artefacts in jars: what Maven and OSGi wrote into them, and into the jars inside them.
//!
//! Source: the Maven Archiver's documentation (`META-INF/maven/GROUP/ARTIFACT/pom.properties`), the JAR File Specification
//! (manifest), OSGi Core 3.2.1 (bundle headers).

use std::collections::BTreeMap;

use jettison_rootfs::{PathId, Tree};

use crate::{
    Manager, Package,
    bytes::{InTree, Pieces},
    zip::{self, Member},
};

/// Longest list of properties, and longest manifest, that are read.
pub(crate) const TEXT_BYTES: u64 = 1 << 20;
/// Longest jar inside a jar that is opened.
const NESTED_BYTES: u64 = 128 << 20;
/// How deep jars in jars are opened: an archive in a web application in an enterprise one.
pub(crate) const DEPTH: usize = 3;
/// Most bytes of jars that are unpacked for one file, so that small files cannot cost much.
pub(crate) const UNPACKED_BYTES: u64 = 1 << 30;

/// Whether a file's name is that of a jar.
pub(crate) fn is_jar(name: &[u8]) -> bool {
    [".jar", ".war", ".ear", ".jpi", ".hpi", ".kar"]
        .iter()
        .any(|ending| name.ends_with(ending.as_bytes()))
}

/// Every artefact in a jar of the tree, the jar's own first.
pub(crate) fn artefacts(tree: &Tree, home: PathId) -> Vec<Package> {
    let archive = InTree { tree, id: tree.inode_id(home) };
    artefacts_of(&archive, tree.name(home), home)
}

/// Every artefact in a jar of that file name, the jar's own first.
pub(crate) fn artefacts_of(archive: &dyn Pieces, file_name: &[u8], home: PathId) -> Vec<Package> {
    let mut search = Search { home, budget: UNPACKED_BYTES, found: Vec::new() };
    search.open(archive, file_name, 0);
    search.found
}

struct Search {
    home: PathId,
    budget: u64,
    found: Vec<Package>,
}

impl Search {
    fn open(&mut self, archive: &dyn Pieces, file_name: &[u8], depth: usize) {
        let members = zip::members_of(archive);
        let manifest = members.iter().find(|member| member.name == b"META-INF/MANIFEST.MF");
        let text = |member: &Member| zip::read_from(archive, member, TEXT_BYTES);
        let manifest = manifest.and_then(text);
        let properties = members.iter().filter(|member| is_properties(&member.name));
        let properties: Vec<Vec<u8>> = properties.filter_map(text).collect();
        self.found.extend(own(manifest.as_deref(), &properties, file_name, self.home));
        for member in members.iter().filter(|member| depth < DEPTH && is_jar(&member.name)) {
            self.open_nested(archive, member, depth);
        }
    }

    fn open_nested(&mut self, archive: &dyn Pieces, member: &Member, depth: usize) {
        let Some(budget) = self.budget.checked_sub(member.size) else { return };
        let Some(jar) = zip::read_from(archive, member, NESTED_BYTES) else { return };
        self.budget = budget;
        let name = member.name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        self.open(&jar, name, depth + 1);
    }
}

/// What a jar's own texts tell of it and of what was shaded into it, itself first.
pub(crate) fn own(
    manifest: Option<&[u8]>,
    properties: &[Vec<u8>],
    file_name: &[u8],
    home: PathId,
) -> Vec<Package> {
    let manifest = manifest.map(main_section).unwrap_or_default();
    let mut found: Vec<Package> =
        properties.iter().filter_map(|text| of_properties(text, home)).collect();
    let stem = stem(file_name);
    let is_own = |found: &Package| {
        let (_, artefact) = found.name.split_once(':').unwrap_or(("", &found.name));
        stem.starts_with(artefact)
    };
    // A shaded jar has the properties of what was put into it, and perhaps not its own.
    if let Some(own) = found.iter().position(is_own) {
        found.swap(0, own);
        found[0].about.licenses.extend(manifest.get("Bundle-License").cloned());
    } else {
        let own = of_manifest(&manifest, &stem, home);
        found.splice(0..0, own);
    }
    found
}

pub(crate) fn is_properties(name: &[u8]) -> bool {
    name.starts_with(b"META-INF/maven/") && name.ends_with(b"/pom.properties")
}

fn of_properties(text: &[u8], home: PathId) -> Option<Package> {
    let text = String::from_utf8_lossy(text);
    let property = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let name = format!("{}:{}", property("groupId")?, property("artifactId")?);
    let mut package = Package::new(Manager::Maven, name, home);
    package.version = property("version")?;
    Some(package)
}

/// What a manifest and the file's name tell of a jar that Maven left no properties in.
fn of_manifest(manifest: &BTreeMap<String, String>, stem: &str, home: PathId) -> Option<Package> {
    let value = |keys: &[&str]| keys.iter().find_map(|&key| manifest.get(key)).cloned();
    let (artefact, version) = name_and_version(stem);
    let version = version.map(str::to_owned).or_else(|| {
        value(&["Implementation-Version", "Bundle-Version", "Specification-Version"])
    })?;
    // Vendors' ids and symbolic names are groups by custom; where neither is given, none is made up.
    let symbolic = value(&["Bundle-SymbolicName", "Automatic-Module-Name"]);
    let symbolic = symbolic.as_deref().map(|name| name.split(';').next().unwrap_or(name).trim());
    let group = value(&["Implementation-Vendor-Id"]).or_else(|| {
        let group = symbolic?.strip_suffix(artefact).unwrap_or(symbolic?);
        let group = group.trim_end_matches(['.', '-']);
        (group.contains('.')).then(|| group.to_owned())
    });
    let name = group.map_or_else(|| artefact.to_owned(), |group| format!("{group}:{artefact}"));
    let mut package = Package::new(Manager::Maven, name, home);
    package.version = version;
    package.about.supplier = value(&["Implementation-Vendor", "Bundle-Vendor"]);
    package.about.licenses.extend(value(&["Bundle-License"]));
    Some(package)
}

/// A file's name without its ending.
fn stem(file_name: &[u8]) -> String {
    let name = String::from_utf8_lossy(file_name);
    name.rsplit_once('.').map_or(&*name, |(stem, _)| stem).to_owned()
}

/// `guava-32.1.3-jre` → guava and 32.1.3-jre.
fn name_and_version(stem: &str) -> (&str, Option<&str>) {
    let dash = stem
        .match_indices('-')
        .find(|(at, _)| stem[at + 1..].starts_with(|next: char| next.is_ascii_digit()));
    dash.map_or((stem, None), |(at, _)| (&stem[..at], Some(&stem[at + 1..])))
}

/// The attributes in front of the first blank line. A line that begins with a blank goes on with the one before.
fn main_section(text: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(text).replace("\r\n ", "").replace("\n ", "");
    let lines = text.lines().take_while(|line| !line.is_empty());
    let pair = |line: &str| {
        let (key, value) = line.split_once(':')?;
        Some((key.to_owned(), value.trim().to_owned()))
    };
    lines.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use super::*;
    use crate::zip::fixture::archive;

    fn found(name: &str, jar: &[u8]) -> Vec<(String, String)> {
        let path = format!("/app/{name}");
        let tree = TreeBuilder::new().file(&path, 0o644, jar).build();
        let home = tree.find(path.as_bytes()).expect("it was made");
        artefacts(&tree, home).into_iter().map(|found| (found.name, found.version)).collect()
    }

    fn pair(name: &str, version: &str) -> (String, String) {
        (name.to_owned(), version.to_owned())
    }

    fn properties(artefact: &str, version: &str) -> (String, Vec<u8>) {
        let name = format!("META-INF/maven/org.example/{artefact}/pom.properties");
        let text = format!(
            "#Generated\r\nversion={version}\r\ngroupId=org.example\r\nartifactId={artefact}\r\n"
        );
        (name, text.into_bytes())
    }

    #[test]
    fn jars_in_jars_are_opened() {
        let (name, text) = properties("inner", "2.0");
        let inner =
            archive(&[("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"), (&name, &text)]);
        let (name, text) = properties("app", "1.0");
        let outer = archive(&[("x", b""), ("BOOT-INF/lib/inner-2.0.jar", &inner), (&name, &text)]);
        assert_eq!(
            found("app-1.0.jar", &outer),
            [pair("org.example:app", "1.0"), pair("org.example:inner", "2.0")]
        );
    }

    #[test]
    fn manifests_and_names_tell_where_maven_does_not() {
        let manifest = b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.slf4j.a\r\n pi;singleton:=true\r\nBundle-Version: 9\r\n\r\nName: x\r\nImplementation-Version: 3\r\n";
        let jar = archive(&[("META-INF/MANIFEST.MF", manifest)]);
        assert_eq!(found("api-1.7.36.jar", &jar), [pair("org.slf4j:api", "1.7.36")]);
        assert_eq!(found("api.jar", &jar), [pair("org.slf4j:api", "9")]);
        let plain = archive(&[("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")]);
        assert_eq!(found("tool-3.jar", &plain), [pair("tool", "3")]);
        assert!(found("tool.jar", &plain).is_empty());
    }

    #[test]
    fn a_shaded_jar_names_itself_and_what_is_in_it() {
        let (name, text) = properties("part", "5");
        let jar = archive(&[
            ("META-INF/MANIFEST.MF", b"Implementation-Vendor-Id: org.all\n"),
            (&name, &text),
        ]);
        assert_eq!(
            found("all-1.jar", &jar),
            [pair("org.all:all", "1"), pair("org.example:part", "5")]
        );
    }

    #[test]
    fn nesting_has_an_end() {
        let mut jar = archive(&[("x", b"")]);
        for level in 0..9 {
            let (name, text) = properties(&format!("level{level}"), "1");
            jar = archive(&[("x", b""), ("a.jar", &jar), (&name, &text)]);
        }
        assert_eq!(found("a.jar", &jar).len(), DEPTH + 1);
    }
}
