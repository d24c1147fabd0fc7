//! podman's `registries.conf`, version 2 (containers-registries.conf(5)); of version 1, what is insecure and blocked.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{MirrorConfigError, is_missing, read_first, toml_problem};

/// What the files say together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RegistriesConf {
    registries: Vec<RegistryEntry>,
    /// Short names, and where each is said.
    aliases: BTreeMap<String, (String, PathBuf)>,
    /// Where names without a registry are looked for, and where that is said.
    unqualified: Option<(Vec<String>, PathBuf)>,
}

/// One `[[registry]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RegistryEntry {
    /// Names that begin with it are meant; `*.example.com` are hosts.
    pub(super) prefix: String,
    /// What stands in its place then.
    pub(super) location: String,
    pub(super) is_insecure: bool,
    pub(super) is_blocked: bool,
    pub(super) mirrors: Vec<MirrorEntry>,
    /// Where it is said.
    pub(super) file: PathBuf,
}

/// One `[[registry.mirror]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MirrorEntry {
    pub(super) location: String,
    pub(super) is_insecure: bool,
    pub(super) serves_tags: bool,
    pub(super) serves_digests: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    unqualified_search_registries: Option<Vec<String>>,
    #[serde(default)]
    registry: Vec<RegistryTable>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    registries: Option<VersionOne>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RegistryTable {
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    blocked: bool,
    #[serde(default)]
    mirror_by_digest_only: bool,
    #[serde(default)]
    mirror: Vec<MirrorTable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct MirrorTable {
    location: String,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    pull_from_mirror: PullFrom,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum PullFrom {
    #[default]
    #[serde(alias = "")]
    All,
    DigestOnly,
    TagOnly,
}

#[derive(Deserialize)]
struct VersionOne {
    #[serde(default)]
    search: VersionOneList,
    #[serde(default)]
    insecure: VersionOneList,
    #[serde(default)]
    block: VersionOneList,
}

#[derive(Deserialize, Default)]
struct VersionOneList {
    #[serde(default)]
    registries: Vec<String>,
}

impl RegistriesConf {
    /// The first file of `paths`, and what the `*.conf` of `dirs` add and replace.
    pub(super) fn load(paths: &[PathBuf], dirs: &[PathBuf]) -> Result<Self, MirrorConfigError> {
        let mut conf = Self::default();
        if let Some((path, text)) = read_first(paths)? {
            conf.add(&path, &text)?;
        }
        for dir in dirs {
            for path in drop_ins(dir)? {
                let text = fs_err::read_to_string(&path)?;
                conf.add(&path, &text)?;
            }
        }
        Ok(conf)
    }

    fn add(&mut self, path: &Path, text: &str) -> Result<(), MirrorConfigError> {
        let document: Document = toml::from_str(text)
            .map_err(|error| MirrorConfigError::malformed(path, toml_problem(text, &error)))?;
        let mut tables = document.registry;
        if let Some(old) = document.registries {
            tables.extend(version_one(old.insecure, old.block));
            if !old.search.registries.is_empty() {
                self.unqualified = Some((old.search.registries, path.to_owned()));
            }
        }
        for table in tables {
            let entry = registry_entry(path, table)?;
            // Files that are read later replace what stands for the same names.
            self.registries
                .retain(|known| known.prefix != entry.prefix || known.file == entry.file);
            self.registries.push(entry);
        }
        if let Some(list) = document.unqualified_search_registries {
            self.unqualified = Some((list, path.to_owned()));
        }
        for (short, full) in document.aliases {
            self.aliases.insert(short, (full, path.to_owned()));
        }
        Ok(())
    }

    /// The entry whose prefix matches a repository best, and the part of the repository that it matches.
    pub(super) fn find<'r>(&self, repository: &'r str) -> Option<(&RegistryEntry, &'r str)> {
        let matches = self
            .registries
            .iter()
            .filter_map(|entry| Some((entry, matching(&entry.prefix, repository)?)));
        matches.max_by_key(|(entry, matched)| (matched.len(), entry.prefix.len()))
    }

    /// What podman would make of a short name, where docker makes something else of it.
    pub(super) fn other_meaning(&self, name: &str) -> Option<String> {
        let bare = name.split(['@', ':']).next().unwrap_or_default();
        if let Some((full, file)) = self.aliases.get(bare) {
            let hub = [format!("docker.io/library/{bare}"), format!("docker.io/{bare}")];
            let is_other = !hub.contains(full);
            return is_other.then(|| format!("{full} by the alias in {}", file.display()));
        }
        let (list, file) = self.unqualified.as_ref()?;
        let first = list.first().filter(|first| *first != "docker.io")?;
        let is_short = !bare.split('/').next().is_some_and(|head| head.contains('.'))
            && !name
                .split_once('/')
                .is_some_and(|(head, _)| head.contains(':') || head == "localhost");
        is_short.then(|| {
            format!("{first}/{bare} by unqualified-search-registries in {}", file.display())
        })
    }
}

/// The `*.conf` of a folder, by name.
fn drop_ins(dir: &Path) -> Result<Vec<PathBuf>, MirrorConfigError> {
    let entries = match fs_err::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "conf") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Version 1 knew whole registries only.
fn version_one(insecure: VersionOneList, block: VersionOneList) -> Vec<RegistryTable> {
    let mut tables: BTreeMap<String, RegistryTable> = BTreeMap::new();
    let table = |location: &String| RegistryTable {
        prefix: String::new(),
        location: location.clone(),
        insecure: false,
        blocked: false,
        mirror_by_digest_only: false,
        mirror: Vec::new(),
    };
    for name in insecure.registries {
        tables.entry(name.clone()).or_insert_with(|| table(&name)).insecure = true;
    }
    for name in block.registries {
        tables.entry(name.clone()).or_insert_with(|| table(&name)).blocked = true;
    }
    tables.into_values().collect()
}

fn registry_entry(path: &Path, table: RegistryTable) -> Result<RegistryEntry, MirrorConfigError> {
    let RegistryTable { prefix, location, insecure, blocked, mirror_by_digest_only, mirror } =
        table;
    let trimmed = |text: String| text.trim_end_matches('/').to_owned();
    let (prefix, location) = (trimmed(prefix), trimmed(location));
    for text in [&prefix, &location].into_iter().chain(mirror.iter().map(|one| &one.location)) {
        if text.contains("://") {
            let problem = format!("{text:?} must be a host and path without a scheme");
            return Err(MirrorConfigError::malformed(path, problem));
        }
    }
    if prefix.is_empty() && location.is_empty() {
        let problem = "a [[registry]] has neither prefix nor location";
        return Err(MirrorConfigError::malformed(path, problem));
    }
    let prefix = if prefix.is_empty() { location.clone() } else { prefix };
    let mirrors = mirror.into_iter().map(|mirror| {
        let by_digest =
            mirror_by_digest_only || matches!(mirror.pull_from_mirror, PullFrom::DigestOnly);
        MirrorEntry {
            location: trimmed(mirror.location),
            is_insecure: mirror.insecure,
            serves_tags: !by_digest,
            serves_digests: !matches!(mirror.pull_from_mirror, PullFrom::TagOnly),
        }
    });
    let mirrors = mirrors.collect();
    let (is_insecure, is_blocked) = (insecure, blocked);
    Ok(RegistryEntry { prefix, location, is_insecure, is_blocked, mirrors, file: path.to_owned() })
}

/// The beginning of `repository` that `prefix` means.
fn matching<'r>(prefix: &str, repository: &'r str) -> Option<&'r str> {
    if let Some(suffix) = prefix.strip_prefix('*') {
        let host = repository.split('/').next().unwrap_or_default();
        return (host.len() > suffix.len() && host.ends_with(suffix)).then_some(host);
    }
    let rest = repository.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| &repository[..prefix.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<RegistriesConf, MirrorConfigError> {
        let mut conf = RegistriesConf::default();
        conf.add(Path::new("/etc/registries.conf"), text)?;
        Ok(conf)
    }

    const CONF: &str = r#"
unqualified-search-registries = ["quay.io"]
[[registry]]
prefix = "docker.io"
location = "registry.example/hub"
[[registry.mirror]]
location = "mirror.example:5000"
insecure = true
[[registry.mirror]]
location = "tags.example/x/"
pull-from-mirror = "tag-only"
[[registry]]
location = "docker.io/library"
mirror-by-digest-only = true
[[registry.mirror]]
location = "library.example"
[[registry]]
prefix = "*.corp.example"
location = "all.example"
blocked = true
[aliases]
"fedora" = "registry.fedoraproject.org/fedora"
"alpine" = "docker.io/library/alpine"
"#;

    #[test]
    fn the_longest_prefix_wins() {
        let conf = parse(CONF).expect("valid");
        let find = |name| conf.find(name).map(|(entry, matched)| (entry.prefix.as_str(), matched));
        for (name, expected) in [
            ("docker.io/a/b", Some(("docker.io", "docker.io"))),
            ("docker.io/library/a", Some(("docker.io/library", "docker.io/library"))),
            ("docker.io/librarian/a", Some(("docker.io", "docker.io"))),
            ("docker.io.example/a", None),
            ("a.corp.example/b", Some(("*.corp.example", "a.corp.example"))),
            ("corp.example/b", None),
        ] {
            assert_eq!(find(name), expected, "{name}");
        }
        let hub = conf.find("docker.io/a").expect("given").0;
        let [first, second] = hub.mirrors.as_slice() else { panic!("two") };
        assert!(first.is_insecure && first.serves_tags && first.serves_digests);
        assert_eq!(second.location, "tags.example/x");
        assert!(!second.is_insecure && second.serves_tags && !second.serves_digests);
        let library = &conf.find("docker.io/library/a").expect("given").0.mirrors[0];
        assert!(!library.serves_tags && library.serves_digests);
    }

    #[test]
    fn short_names_that_mean_something_else_are_told() {
        let conf = parse(CONF).expect("valid");
        for (name, expected) in [
            ("fedora:40", Some("registry.fedoraproject.org/fedora by the alias")),
            ("alpine", None),
            ("nginx:1", Some("quay.io/nginx by unqualified-search-registries")),
            ("team/app", Some("quay.io/team/app by")),
            ("quay.io/nginx", None),
            ("localhost/nginx", None),
            ("localhost:5000/nginx", None),
        ] {
            let found = conf.other_meaning(name);
            assert_eq!(found.is_some(), expected.is_some(), "{name}: {found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{name}");
        }
        assert_eq!(RegistriesConf::default().other_meaning("nginx"), None);
    }

    #[test]
    fn version_one_is_understood() {
        let conf = parse(
            "[registries.search]\nregistries = ['docker.io']\n[registries.insecure]\nregistries = ['a']\n\
             [registries.block]\nregistries = ['b']",
        )
        .expect("valid");
        assert!(conf.find("a/x").expect("given").0.is_insecure);
        assert!(conf.find("b/x").expect("given").0.is_blocked);
    }

    #[test]
    fn later_files_replace_earlier_ones() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let put = |name: &str, text: &str| {
            fs_err::write(dir.path().join(name), text).expect("writable");
        };
        put("main", "[[registry]]\nlocation = 'a'\nblocked = true\n[[registry]]\nlocation = 'b'");
        put("2.conf", "[[registry]]\nlocation = 'a'\ninsecure = true");
        put("1.conf", "[[registry]]\nlocation = 'a'");
        put("3.txt", "not read");
        let main = dir.path().join("main");
        let conf = RegistriesConf::load(&[main], &[dir.path().to_owned()]).expect("valid");
        let entry = conf.find("a/x").expect("given").0;
        assert!(entry.is_insecure && !entry.is_blocked && conf.find("b/x").is_some());
    }

    #[test]
    fn damage_is_named() {
        for (text, part) in [
            ("[[registry]]", "neither prefix nor location"),
            ("[[registry]]\nlocation = 'https://a'", "without a scheme"),
            ("[[registry]]\nlocation = 'a'\nblocked = 'no'", "registries.conf: line 3"),
            ("x", "registries.conf: line 1"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
