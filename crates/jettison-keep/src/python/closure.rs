//! What the kept Python code needs: the modules it imports, and the distributions they are from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jettison_rootfs::{Kind, PathId};

use super::{
    Imports, Pythons,
    installation::Stdlib,
    modules::Finder,
    requirements::{groups, listed, normal, required},
    unwanted::{
        AT_A_PROMPT, FROZEN, OF_OTHERS, PEOPLES, TOOLS, UNWANTED, is_ballast, is_for_windows,
    },
};
use crate::{
    KeepSet, Scene, languages,
    packages::{Manager, Package, PackageId},
};

/// Longest metadata file that is read; descriptions of a megabyte occur.
const METADATA_BYTES: u64 = 4 << 20;

/// What an interpreter imports before the first line of a program (`python -v -c pass`, 3.8 to 3.14), and what finds its
/// files at all.
const STARTUP: [&str; 22] = [
    "encodings",
    "codecs",
    "io",
    "abc",
    "site",
    "os",
    "stat",
    "_collections_abc",
    "posixpath",
    "genericpath",
    "_sitebuiltins",
    "importlib",
    "importlib.util",
    "importlib.machinery",
    "importlib._abc",
    "types",
    "warnings",
    "runpy",
    "pkgutil",
    "linecache",
    "traceback",
    "__future__",
];

/// Whose code a source file is: how much of what it mentions is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Stdlib,
    Installed,
    Application,
}

/// A wanted name: for whom, and why.
pub(crate) type Cause = (Option<PathId>, String);

/// Follows imports and requirements from what is kept until nothing new is found.
pub(crate) struct Closure<'a> {
    scene: &'a Scene<'a>,
    keep: &'a KeepSet,
    stdlibs: Vec<&'a Stdlib>,
    sites: Vec<PathId>,
    by_name: BTreeMap<String, Vec<PackageId>>,
    extenders: BTreeMap<String, Vec<PackageId>>,
    distributions: BTreeSet<PackageId>,
    queue: VecDeque<PathId>,
    wanted: BTreeMap<PathId, Cause>,
    frozen: BTreeSet<PathId>,
}

impl<'a> Closure<'a> {
    /// Everything that follows from what is kept so far; nothing when no Python is in use.
    pub(crate) fn of(scene: &'a Scene<'a>, keep: &'a KeepSet) -> BTreeMap<PathId, Cause> {
        let stdlibs: Vec<&Stdlib> =
            scene.pythons().stdlibs.iter().filter(|stdlib| is_used(scene, keep, stdlib)).collect();
        if stdlibs.is_empty() {
            return BTreeMap::new();
        }
        let sites = used_sites(scene, &stdlibs);
        let by_name = Pythons::distributions(scene.packages());
        let mut closure = Self {
            scene,
            keep,
            stdlibs,
            sites,
            extenders: BTreeMap::new(),
            by_name,
            distributions: BTreeSet::new(),
            queue: VecDeque::new(),
            wanted: BTreeMap::new(),
            frozen: BTreeSet::new(),
        };
        closure.extenders = closure.read_extenders();
        closure.begin();
        closure.run();
        closure.wanted
    }

    fn begin(&mut self) {
        for stdlib in self.stdlibs.clone() {
            for module in STARTUP {
                self.want_module(stdlib.directory, stdlib, module, None);
            }
            let encodings = self.scene.tree.child(stdlib.directory, b"encodings");
            let codecs =
                encodings.into_iter().flat_map(|directory| self.scene.tree.children(directory));
            for codec in codecs
                .filter(|&path| self.scene.tree.name(path).ends_with(b".py"))
                .collect::<Vec<_>>()
            {
                self.want(codec, None, "a codec, which Python finds by name, of");
            }
        }
        for id in self.asked_for() {
            self.add_distribution(id, None, "of a Python distribution that was asked for by name");
        }
        let passive = self.passive_modules();
        let kept: Vec<PathId> = self.keep.iter().map(|(path, _)| path).collect();
        for path in kept {
            if self.scene.tree.inode(path).kind == Kind::Directory {
                continue;
            }
            let owner = self.distribution_of(path);
            let is_use = owner.is_none_or(|(_, package)| self.is_use(package, path, &passive));
            if let Some((id, _)) = owner.filter(|_| is_use) {
                self.add_distribution(id, Some(path), "of the Python distribution of");
            }
            if let Some(source) = self.source_of(path) {
                self.want(source, Some(path), "the source of");
            }
            if is_use && self.is_source(path) {
                self.queue.push_back(path);
            }
        }
    }

    fn run(&mut self) {
        while let Some(path) = self.queue.pop_front() {
            let imports = self.scene.facts.imports(self.scene.tree, path);
            self.follow(path, &imports);
        }
    }

    /// Takes what one source file refers to.
    fn follow(&mut self, path: PathId, imports: &Imports) {
        let whose = self.whose(path);
        for import in &imports.modules {
            if import.level == 0 {
                if !(whose != Whose::Application
                    && import.is_nested
                    && AT_A_PROMPT.contains(&top_part(&import.module)))
                {
                    self.want_absolute(path, whose, &import.module);
                }
            } else {
                self.want_relative(path, import.level, &import.module);
            }
        }
        for name in &imports.named {
            let is_dotted = name.contains('.');
            match whose {
                // Undotted words of the standard library are English too often; a distribution's name seldom is.
                Whose::Application if is_dotted => self.want_absolute(path, whose, name),
                Whose::Application => self.want_installed(path, whose, name),
                Whose::Stdlib if is_dotted && imports.is_dynamic => {
                    self.want_absolute(path, whose, name)
                }
                // A library that imports by names that it has in strings: optional parts, drivers, back ends.
                Whose::Installed if imports.is_dynamic && is_dotted => {
                    self.want_absolute(path, whose, name)
                }
                Whose::Installed if imports.is_dynamic => self.want_installed(path, whose, name),
                Whose::Stdlib | Whose::Installed => false,
            };
        }
    }

    fn want_relative(&mut self, path: PathId, level: usize, module: &str) {
        let mut package = self.scene.tree.parent(path);
        for _ in 1..level {
            package = self.scene.tree.parent(package);
        }
        let suffix = self.stdlibs.first().and_then(|stdlib| stdlib.suffix.as_deref());
        for file in (Finder { tree: self.scene.tree, suffix }).files(package, module) {
            self.want(file, Some(path), "imported by");
        }
    }

    fn want_absolute(&mut self, path: PathId, whose: Whose, module: &str) -> bool {
        let top = top_part(module);
        let mut is_found = false;
        if whose == Whose::Application || !UNWANTED.contains(&top) {
            for stdlib in self.stdlibs.clone() {
                if whose != Whose::Stdlib || stdlib.holds(self.scene.tree, path) {
                    is_found |= self.want_module(stdlib.directory, stdlib, module, Some(path));
                }
            }
        }
        if whose == Whose::Stdlib {
            return is_found;
        }
        is_found |= !is_found && self.want_installed(path, whose, module);
        if whose == Whose::Application {
            is_found |= self.want_own(path, module);
        }
        is_found
    }

    fn want_module(
        &mut self,
        root: PathId,
        stdlib: &Stdlib,
        module: &str,
        by: Option<PathId>,
    ) -> bool {
        let finder = Finder { tree: self.scene.tree, suffix: stdlib.suffix.as_deref() };
        let mut files = finder.files(root, module);
        if files.is_empty()
            && let Some(dynload) = stdlib.dynload
        {
            files = finder.files(dynload, module);
        }
        for &file in &files {
            self.want(
                file,
                by,
                if by.is_some() { "imported by" } else { "what Python starts with" },
            );
        }
        if module == "sysconfig" && !files.is_empty() {
            self.want_build_variables(stdlib, by);
        }
        if module == "zoneinfo" && !files.is_empty() {
            self.want_zones(files[0]);
        }
        !files.is_empty()
    }

    /// The module that sysconfig imports by a name that it makes up from the platform.
    fn want_build_variables(&mut self, stdlib: &Stdlib, by: Option<PathId>) {
        let names = self.scene.tree.children(stdlib.directory);
        for file in names
            .filter(|&path| self.scene.tree.name(path).starts_with(b"_sysconfigdata_"))
            .collect::<Vec<_>>()
        {
            self.want(file, by, "imported by");
        }
    }

    /// The zones that zoneinfo reads by name from the tzdata distribution (PEP 615). The system's are another rule's.
    fn want_zones(&mut self, by: PathId) {
        for id in self.by_name.get("tzdata").cloned().unwrap_or_default() {
            self.add_distribution(id, Some(by), "time zones, which are read by name, for");
        }
    }

    fn want_installed(&mut self, path: PathId, whose: Whose, module: &str) -> bool {
        let suffix = self.stdlibs.first().and_then(|stdlib| stdlib.suffix.as_deref());
        let finder = Finder { tree: self.scene.tree, suffix };
        for site in self.sites.clone() {
            let files = finder.files(site, module);
            if files.is_empty() {
                continue;
            }
            for &file in &files {
                let Some((id, package)) = self.distribution_of(file) else {
                    self.want(file, Some(path), "imported by");
                    continue;
                };
                let is_own = self.distribution_of(path).is_some_and(|(own, _)| own == id);
                if !is_own
                    && whose == Whose::Installed
                    && TOOLS.contains(&normal(&package.name).as_str())
                {
                    continue;
                }
                // What is left out as ballast is not ballast when something imports it.
                self.want(file, Some(path), "imported by");
                self.add_distribution(id, Some(path), "of a Python distribution imported by");
            }
            return true;
        }
        false
    }

    /// Modules of the application itself: beside the outermost package that the file is in, in the working directory,
    /// and in PYTHONPATH.
    fn want_own(&mut self, path: PathId, module: &str) -> bool {
        let tree = self.scene.tree;
        let mut root = tree.parent(path);
        while tree.child(root, b"__init__.py").is_some() && root != tree.root() {
            root = tree.parent(root);
        }
        let paths =
            self.scene.contract.env.get("PYTHONPATH").map(String::as_str).unwrap_or_default();
        let named = paths
            .split(':')
            .chain(self.scene.contract.workdir.as_deref())
            .filter(|path| path.starts_with('/'));
        let roots: Vec<PathId> =
            [root].into_iter().chain(named.filter_map(|path| self.scene.find(path))).collect();
        let finder = Finder { tree, suffix: None };
        let files = roots
            .into_iter()
            .map(|root| finder.files(root, module))
            .find(|files| !files.is_empty());
        for &file in files.iter().flatten() {
            self.want(file, Some(path), "imported by");
        }
        files.is_some()
    }

    fn add_distribution(&mut self, id: PackageId, by: Option<PathId>, because: &str) {
        if !self.distributions.insert(id) {
            return;
        }
        let package = self.scene.packages().get(id);
        let rare = languages::rare(self.scene, &package.files);
        let is_wanted =
            |file: &&PathId| !rare.contains(*file) && !is_ballast(self.scene, package, **file);
        for &file in package.files.iter().filter(is_wanted) {
            self.want(file, by, because);
        }
        let metadata = text_of(self.scene, package, &["METADATA", "PKG-INFO"]);
        let home = self.scene.tree.parent(package.home);
        let because = format!("required by {}:", package.name);
        let listed = listed(&text_of(self.scene, package, &["requires.txt"]));
        for name in required(&metadata).into_iter().chain(listed) {
            let found = self.by_name.get(&name).cloned().unwrap_or_default();
            // The same name may be installed in several places: the one beside it counts, else all.
            let beside: Vec<PackageId> = found
                .iter()
                .copied()
                .filter(|&id| self.scene.tree.parent(self.scene.packages().get(id).home) == home)
                .collect();
            for id in if beside.is_empty() { found } else { beside } {
                self.add_distribution(id, by, &because);
            }
        }
        for name in self.import_names(package) {
            for id in self.extenders.get(&name).cloned().unwrap_or_default() {
                self.add_distribution(
                    id,
                    by,
                    &format!("an extension, by its entry points, of {}:", package.name),
                );
            }
        }
    }

    fn want(&mut self, path: PathId, by: Option<PathId>, because: &str) {
        let is_known = self.wanted.contains_key(&path) || self.keep.contains(path);
        if is_known || self.is_one_of(path, &OF_OTHERS) {
            return;
        }
        if self.is_one_of(path, &FROZEN) {
            if self.frozen.insert(path) {
                self.queue.push_back(path);
            }
            return;
        }
        self.wanted.insert(path, (by, because.to_owned()));
        if self.is_source(path) {
            self.queue.push_back(path);
        }
    }

    /// Whether a file is one of those of a standard library.
    fn is_one_of(&self, path: PathId, files: &[&str]) -> bool {
        let tree = self.scene.tree;
        let above = self.stdlibs.iter().find(|stdlib| stdlib.holds(tree, path));
        above.is_some_and(|stdlib| {
            let top = tree.path(stdlib.directory).len() + 1;
            tree.path(path)
                .get(top..)
                .is_some_and(|rest| files.iter().any(|file| file.as_bytes() == rest))
        })
    }

    fn distribution_of(&self, path: PathId) -> Option<(PackageId, &'a Package)> {
        let packages = self.scene.packages();
        let id = packages.language_owner(path)?;
        let package = packages.get(id);
        (package.manager == Manager::Wheel).then_some((id, package))
    }

    /// Whether a kept file says that its distribution is used. Listing what is installed reads metadata; start-up reads
    /// every `.pth` file and what those import.
    fn is_use(&self, package: &Package, path: PathId, passive: &BTreeSet<String>) -> bool {
        let tree = self.scene.tree;
        let site = tree.parent(package.home);
        if path == package.home
            || tree.is_below(path, package.home)
            || !tree.is_below(path, site)
            || tree.name(path).ends_with(b".pth")
        {
            return false;
        }
        !passive.contains(top_name(self.scene, site, path).as_str())
    }

    /// Top-level modules that `.pth` files import at each start.
    fn passive_modules(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for &site in &self.sites {
            for file in self
                .scene
                .tree
                .children(site)
                .filter(|&path| self.scene.tree.name(path).ends_with(b".pth"))
            {
                let imports = self.scene.facts.imports(self.scene.tree, file);
                found.extend(imports.modules.iter().map(|import| import.module.clone()));
            }
        }
        found
    }

    /// The modules at the top that a distribution brings.
    fn import_names(&self, package: &Package) -> BTreeSet<String> {
        let tree = self.scene.tree;
        let site = tree.parent(package.home);
        let modules = package
            .files
            .iter()
            .filter(|&&file| tree.is_below(file, site) && !tree.is_below(file, package.home));
        modules.map(|&file| top_name(self.scene, site, file)).collect()
    }

    /// Distributions that were named to the installer, which leaves an empty file REQUESTED then (PEP 376, PEP 627): the
    /// lines of requirements.txt. Conda's packages all have it and say nothing by it.
    fn asked_for(&self) -> Vec<PackageId> {
        let tree = self.scene.tree;
        let is_asked_for = |package: &Package| {
            package.manager == Manager::Wheel
                && tree.child(package.home, b"REQUESTED").is_some()
                && self.sites.contains(&tree.parent(package.home))
                && !TOOLS.contains(&normal(&package.name).as_str())
                && text_of(self.scene, package, &["INSTALLER"]).trim() != "conda"
        };
        self.scene
            .packages()
            .iter()
            .filter(|(_, package)| is_asked_for(package))
            .map(|(id, _)| id)
            .collect()
    }

    /// Distributions by the first part of the groups in which they offer extensions: `flask.commands` extends flask.
    fn read_extenders(&self) -> BTreeMap<String, Vec<PackageId>> {
        let mut found: BTreeMap<String, Vec<PackageId>> = BTreeMap::new();
        for (id, package) in
            self.scene.packages().iter().filter(|(_, package)| package.manager == Manager::Wheel)
        {
            let is_tool = TOOLS.contains(&normal(&package.name).as_str());
            if is_tool || !self.sites.contains(&self.scene.tree.parent(package.home)) {
                continue;
            }
            let text = text_of(self.scene, package, &["entry_points.txt"]);
            for group in groups(&text).filter_map(|group| group.split_once('.')) {
                found.entry(group.0.to_owned()).or_default().push(id);
            }
        }
        found
    }

    fn whose(&self, path: PathId) -> Whose {
        if self.stdlibs.iter().any(|stdlib| stdlib.holds(self.scene.tree, path)) {
            return Whose::Stdlib;
        }
        let is_installed = self.scene.packages().is_owned(path)
            || self.sites.iter().any(|&site| self.scene.tree.is_below(path, site));
        if is_installed { Whose::Installed } else { Whose::Application }
    }

    /// The `.py` that belongs to a bytecode file in `__pycache__` (PEP 3147).
    fn source_of(&self, path: PathId) -> Option<PathId> {
        let tree = self.scene.tree;
        let cache = tree.parent(path);
        let stem =
            tree.name(path).strip_suffix(b".pyc").filter(|_| tree.name(cache) == b"__pycache__")?;
        let stem = &stem[..stem.iter().position(|&byte| byte == b'.')?];
        tree.child(tree.parent(cache), &[stem, b".py"].concat())
    }

    /// Whether a file holds Python source: by its name, or an executable by its first line.
    fn is_source(&self, path: PathId) -> bool {
        let tree = self.scene.tree;
        let inode = tree.inode(path);
        let name = tree.name(path);
        if inode.kind != Kind::File || PEOPLES.contains(&name) || is_for_windows(name) {
            return false;
        }
        if name.ends_with(b".py") {
            return true;
        }
        if inode.mode & 0o111 == 0 || name.contains(&b'.') {
            return false;
        }
        let mut head = [0; 64];
        let Ok(count) = tree.read(tree.inode_id(path), 0, &mut head) else { return false };
        let line = head[..count].split(|&byte| byte == b'\n').next().unwrap_or_default();
        line.starts_with(b"#!") && line.windows(6).any(|word| word == b"python")
    }
}

/// A library is in use when something of it was touched, or when an interpreter that starts with it is kept.
fn is_used(scene: &Scene<'_>, keep: &KeepSet, stdlib: &Stdlib) -> bool {
    stdlib.interpreters.iter().any(|&path| keep.contains(path))
        || scene.evidence.iter().any(|(path, _)| {
            stdlib.holds(scene.tree, path) && scene.tree.inode(path).kind == Kind::File
        })
}

/// Directories of distributions that an interpreter asked for; those of the libraries in use when none was.
fn used_sites(scene: &Scene<'_>, stdlibs: &[&Stdlib]) -> Vec<PathId> {
    let all = &scene.pythons().sites;
    let touched: Vec<PathId> =
        all.iter().copied().filter(|&site| !scene.evidence.touches(site).is_empty()).collect();
    if !touched.is_empty() {
        return touched;
    }
    let is_near = |site: PathId| {
        stdlibs.iter().any(|stdlib| scene.tree.is_below(site, scene.tree.parent(stdlib.directory)))
    };
    all.iter().copied().filter(|&site| is_near(site)).collect()
}

/// `a` of `a.b.c`.
fn top_part(module: &str) -> &str {
    module.split('.').next().unwrap_or_default()
}

/// Name of the module at the top of `site` that a file below it belongs to.
fn top_name(scene: &Scene<'_>, site: PathId, path: PathId) -> String {
    let mut at = path;
    while scene.tree.parent(at) != site {
        at = scene.tree.parent(at);
    }
    let name = scene.tree.name(at);
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or_default();
    String::from_utf8_lossy(stem).into_owned()
}

/// The first of these files of a distribution that there is. An egg-info that is a file itself is its PKG-INFO.
fn text_of(scene: &Scene<'_>, package: &Package, names: &[&str]) -> String {
    let tree = scene.tree;
    let itself = names
        .contains(&"PKG-INFO")
        .then_some(package.home)
        .filter(|&home| tree.inode(home).is_file());
    let file = names.iter().find_map(|name| tree.child(package.home, name.as_bytes())).or(itself);
    let bytes = file
        .and_then(|file| tree.read_all(tree.inode_id(file), METADATA_BYTES).ok())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
