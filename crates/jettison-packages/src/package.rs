//! Packages and the files they own.

use std::ops::Range;

use jettison_rootfs::{PathId, Tree};

use crate::{Landmarks, apk, composer, dpkg, gem, npm, rpm, runtime, wheel};

/// What keeps the list of a package's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    /// Debian's dpkg, and status files of images that are built without it.
    Dpkg,
    /// Alpine's apk.
    Apk,
    /// rpm, of Fedora, RHEL, SUSE and others.
    Rpm,
    /// A Python distribution with dist-info or egg-info.
    Wheel,
    /// A directory with a package.json in node_modules.
    Npm,
    /// A Ruby gem.
    Gem,
    /// A PHP package of Composer's.
    Composer,
    /// A language runtime that no package manager put there, recognised by its shape.
    Runtime,
    /// An artefact of Maven's, inside a jar.
    Maven,
    /// A module of Go's, linked into a program.
    Go,
    /// A crate of Rust's, linked into a program by cargo-auditable.
    Cargo,
    /// A .NET package that a `.deps.json` lists.
    NuGet,
}

impl Manager {
    /// Whether it manages the distribution, so that files may have an owner of another kind beside it.
    pub const fn is_system(self) -> bool {
        matches!(self, Self::Dpkg | Self::Apk | Self::Rpm)
    }

    /// The type of a package URL (package-url.org).
    pub const fn purl_type(self) -> &'static str {
        match self {
            Self::Dpkg => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Wheel => "pypi",
            Self::Npm => "npm",
            Self::Gem => "gem",
            Self::Composer => "composer",
            Self::Runtime => "generic",
            Self::Maven => "maven",
            Self::Go => "golang",
            Self::Cargo => "cargo",
            Self::NuGet => "nuget",
        }
    }
}

/// A package's place in [`Packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageId(u32);

impl PackageId {
    /// The place in the order of [`Packages::iter`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One installed package.
#[derive(Clone, Debug)]
pub struct Package {
    /// What lists its files.
    pub manager: Manager,
    /// As the manager writes it.
    pub name: String,
    /// As the manager writes it; empty when it says none.
    pub version: String,
    /// What the manager knows beyond that.
    pub about: About,
    /// The architecture, where the manager names one.
    pub architecture: Option<String>,
    /// Its files that are in the tree, no directories, in the order of their ids.
    pub files: Vec<PathId>,
    /// The file or directory that describes it: a stanza's database, a dist-info, a package's own directory.
    pub home: PathId,
    /// Where in the database its entry lies, when the database holds several packages.
    pub(crate) stanza: Option<Range<usize>>,
    /// The number of its header in rpm's database.
    pub(crate) header: Option<u32>,
}

/// What a database says about a package that only reports show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Licences in the database's own words: SPDX expressions, lists, names of any kind.
    pub licenses: Vec<String>,
    /// What it was built from, where that has a name of its own.
    pub source: Option<Source>,
    /// Who distributes it.
    pub supplier: Option<String>,
    /// Where it is described.
    pub homepage: Option<String>,
}

/// A source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// As the manager writes it.
    pub name: String,
    /// As the manager writes it.
    pub version: String,
}

impl Package {
    /// A package of that name, of which nothing else is known.
    pub(crate) fn new(manager: Manager, name: String, home: PathId) -> Self {
        Self {
            manager,
            name,
            version: String::new(),
            about: About::default(),
            architecture: None,
            files: Vec::new(),
            home,
            stanza: None,
            header: None,
        }
    }
}

/// Every package of a tree, and who owns each file.
#[derive(Debug)]
pub struct Packages {
    list: Vec<Package>,
    system: Vec<Option<PackageId>>,
    language: Vec<Option<PackageId>>,
    /// Packages of languages that a package of the distribution brought.
    brought: Vec<bool>,
}

impl Packages {
    /// Reads every database in the tree.
    pub fn of(tree: &Tree, landmarks: &Landmarks) -> Self {
        let nobody = vec![None; tree.len()];
        let mut packages = Self {
            list: Vec::new(),
            system: nobody.clone(),
            language: nobody,
            brought: Vec::new(),
        };
        for package in
            dpkg::packages(tree).into_iter().chain(apk::packages(tree)).chain(rpm::packages(tree))
        {
            packages.add(package);
        }
        // Those that come later take over files of those before: a wheel lies inside a runtime's directory.
        let languages = runtime::packages(tree, landmarks)
            .into_iter()
            .chain(npm::packages(tree, landmarks))
            .chain(gem::packages(tree, landmarks))
            .chain(composer::packages(tree, landmarks));
        for package in languages {
            packages.add(package);
        }
        for package in wheel::packages(tree, landmarks, &packages) {
            packages.add(package);
        }
        packages.brought =
            packages.list.iter().map(|package| packages.is_systems(tree, package)).collect();
        packages
    }

    fn add(&mut self, package: Package) {
        let id =
            PackageId(u32::try_from(self.list.len()).expect("fewer packages than names in a tree"));
        let owners =
            if package.manager.is_system() { &mut self.system } else { &mut self.language };
        for file in &package.files {
            owners[file.index()] = Some(id);
        }
        self.list.push(package);
    }

    /// Whether some package owns a file, or the runtime of a language.
    pub fn is_owned(&self, path: PathId) -> bool {
        self.system_owner(path).is_some() || self.language_owner(path).is_some()
    }

    /// The distribution's package that owns a file.
    pub fn system_owner(&self, path: PathId) -> Option<PackageId> {
        self.system.get(path.index()).copied().flatten()
    }

    /// The package of a language that owns a file, or the runtime it belongs to.
    pub fn language_owner(&self, path: PathId) -> Option<PackageId> {
        self.language.get(path.index()).copied().flatten()
    }

    /// The one package that reports name for a file: the distribution's if it lists it, or the source that it was compiled
    /// from; else the language's, unless that came with a package of the distribution.
    pub fn owner(&self, tree: &Tree, path: PathId) -> Option<PackageId> {
        if let Some(owner) = self.system_owner(path) {
            return Some(owner);
        }
        let language = self.language_owner(path)?;
        if self.is_own(language) {
            return Some(language);
        }
        self.system_owner(source(tree, path)?)
    }

    /// Whether a package is one of its own: one of the distribution, or of a language that none of those brought. The
    /// distribution mends what it brought under its own version; listed twice, it would count twice.
    pub fn is_own(&self, id: PackageId) -> bool {
        !self.brought[id.index()]
    }

    /// Whether most of a language's package, or the file that it lies in, came with a package of the distribution. What was
    /// compiled when that was installed is in no list.
    pub(crate) fn is_systems(&self, tree: &Tree, package: &Package) -> bool {
        if package.manager.is_system() {
            return false;
        }
        let files = package.files.iter().filter(|&&file| source(tree, file).is_none());
        let (mut count, mut owned) = (0, 0);
        for &file in files {
            count += 1;
            owned += usize::from(self.system_owner(file).is_some());
        }
        if count == 0 {
            return self.system_owner(package.home).is_some();
        }
        owned * 2 > count
    }

    /// Whether what lies inside of a file is part of something larger: a package of the distribution, which mends it under a
    /// version of its own, or a runtime.
    pub fn has_brought(&self, path: PathId) -> bool {
        let language = self.language_owner(path).map(|owner| self.get(owner).manager);
        self.system_owner(path).is_some() || language == Some(Manager::Runtime)
    }

    /// A package.
    pub fn get(&self, id: PackageId) -> &Package {
        &self.list[id.0 as usize]
    }

    /// Every package that reports list, each file in one of them alone.
    pub fn own(&self) -> impl Iterator<Item = (PackageId, &Package)> {
        self.iter().filter(|(id, _)| self.is_own(*id))
    }

    /// Every package, the distribution's first, with its id.
    pub fn iter(&self) -> impl Iterator<Item = (PackageId, &Package)> {
        (0..).map(PackageId).zip(&self.list)
    }
}

/// What Python compiled a file from (PEP 3147): `__pycache__/x.cpython-311.pyc` from `x.py`.
fn source(tree: &Tree, path: PathId) -> Option<PathId> {
    let name = tree.name(path).strip_suffix(b".pyc")?;
    let cache = tree.parent(path);
    if tree.name(cache) != b"__pycache__" {
        return None;
    }
    let stem = name.split(|&byte| byte == b'.').next()?;
    tree.child(tree.parent(cache), &[stem, b".py"].concat())
}
