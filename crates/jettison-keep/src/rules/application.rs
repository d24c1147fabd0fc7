//! The application's own files stay, whether or not a probe reached them.

use std::collections::BTreeSet;

use jettison_rootfs::{Kind, PathId};

use crate::{LayerOrigin, Level, Rule, Scene, Wants, place, residue::Residue, rule::Page};

/// Keeps what people and builds put into the image, as told from what packages brought.
pub(super) struct Application;

/// Whose the files below a directory are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    /// Nobody's for long: what programs write while they run, and package managers' own data.
    Passing,
    /// The distribution's; what was copied there was chosen.
    System,
    /// Anything but the distribution's.
    Own,
    /// Below the working directory, wherever that lies.
    Work,
}

/// Directories of files that come and go (hier(7), file-hierarchy(7)), and of package managers' data.
const PASSING: [&str; 20] = [
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/tmp",
    "/boot",
    "/lost+found",
    "/var/tmp",
    "/var/run",
    "/var/lock",
    "/var/cache",
    "/var/log",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/var/lib/pacman",
    "/lib/apk",
    "/usr/lib/apk",
    "/usr/lib/sysimage",
    "/etc/apk",
];

/// Directories of the system in which a directory without any package's file is somebody's own.
const APART: [&str; 5] = [
    "/usr/share",
    "/usr/lib",
    "/usr/libexec",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
];

/// What packages' own scripts make there when they are installed.
const BY_SCRIPTS: [&[u8]; 8] =
    [b"__pycache__", b"locale", b"mime", b"icons", b"fonts", b"info", b"glib-2.0", b"node_modules"];

/// Directories that other rules judge by package.
const PACKAGES: [&[u8]; 3] = [b"node_modules", b"site-packages", b"dist-packages"];

/// What a runtime makes in a container's root, and hands over anew at each start.
const RUNTIME_FILES: [&str; 5] =
    ["/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/mtab"];

impl Rule for Application {
    fn name(&self) -> &'static str {
        "application"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Files that no package owns: those copied into the image wherever they lie, those that a build step made \
                   outside the system's directories, and all below WORKDIR; but no version control data, caches, tests, \
                   sources of compiled programs, archives of installed packages, or temporary files.",
            why: "Templates, migrations, error pages, static files, lazily loaded modules: somebody put them there for the \
                  program, and a probe reaches few of them.",
            instead: "--no-rule application, if the probes reach everything; --exclude-path for single directories; a \
                      .dockerignore for what should not have been copied.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let systems = systems(scene);
        let changed = copied_and_changed(scene, &systems);
        let survey = Survey { scene, residue: Residue::new(scene), systems, changed };
        survey.walk(scene.tree.root(), Ground::Own, wants);
        if let Some(directory) = survey.workdir() {
            survey.walk(directory, Ground::Work, wants);
        }
    }
}

struct Survey<'a> {
    scene: &'a Scene<'a>,
    residue: Residue<'a>,
    /// Layers that are root file systems, however they came in: nobody chose their files one by one.
    systems: BTreeSet<usize>,
    /// Files that were copied, and that a later build step gave other bytes, another mode or owner.
    changed: BTreeSet<PathId>,
}

impl Survey<'_> {
    /// Wants what of a directory and below belongs to the application.
    fn walk(&self, top: PathId, ground: Ground, wants: &mut Wants) {
        let tree = self.scene.tree;
        let mut open = vec![(top, ground)];
        while let Some((directory, ground)) = open.pop() {
            for child in tree.children(directory) {
                if tree.inode(child).kind != Kind::Directory {
                    if let Some(because) = self.reason(child, ground) {
                        wants.want(child, because);
                    }
                    continue;
                }
                let ground = self.ground(child, ground);
                if ground == Ground::Passing
                    || self.is_judged_elsewhere(child)
                    || self.residue.holds_directory(child)
                {
                    continue;
                }
                // Where a program is to write later, an empty directory waits for it.
                if ground != Ground::System
                    && tree.children(child).len() == 0
                    && self.is_made(child)
                {
                    wants.want(child, "an empty directory of the application");
                }
                open.push((child, ground));
            }
        }
    }

    fn ground(&self, directory: PathId, above: Ground) -> Ground {
        if above == Ground::Work {
            return above;
        }
        let path = self.scene.tree.path(directory);
        if PASSING.iter().any(|passing| passing.as_bytes() == path) {
            return Ground::Passing;
        }
        match path.as_slice() {
            b"/usr/src" | b"/var" => Ground::System,
            b"/var/www" | b"/var/opt" | b"/var/task" => Ground::Own,
            _ if above == Ground::System && self.is_made_apart(directory) => Ground::Own,
            _ if above == Ground::System
                && !place::is_system(&path)
                && path.starts_with(b"/usr/local") =>
            {
                Ground::Own
            }
            _ if above == Ground::Own && place::is_system(&path) => Ground::System,
            _ => above,
        }
    }

    /// Packages' directories and virtual environments: rules of the languages know which of them are used.
    fn is_judged_elsewhere(&self, directory: PathId) -> bool {
        let tree = self.scene.tree;
        PACKAGES.contains(&tree.name(directory)) || tree.child(directory, b"pyvenv.cfg").is_some()
    }

    /// Whether a build step made a directory of its own among those of packages: `/usr/share/myapp`.
    fn is_made_apart(&self, directory: PathId) -> bool {
        let tree = self.scene.tree;
        let packages = self.scene.packages();
        let mut files =
            tree.descendants(directory).filter(|&path| !tree.inode(path).is_directory()).peekable();
        APART.iter().any(|place| place.as_bytes() == tree.path(tree.parent(directory)))
            && !BY_SCRIPTS.contains(&tree.name(directory))
            && packages.iter().any(|(_, package)| package.manager.is_system())
            && files.peek().is_some()
            && files.all(|path| {
                self.scene.origin(path) == LayerOrigin::Ran
                    && packages.system_owner(path).is_none()
                    && packages.language_owner(path).is_none()
            })
    }

    fn is_made(&self, path: PathId) -> bool {
        !matches!(self.scene.origin(path), LayerOrigin::Base)
    }

    /// Why a file is the application's, if it is.
    fn reason(&self, path: PathId, ground: Ground) -> Option<&'static str> {
        let scene = self.scene;
        let packages = scene.packages();
        if packages.language_owner(path).is_some()
            || self.residue.holds_file(path)
            || self.leads_away(path)
        {
            return None;
        }
        if self.is_copied(path) {
            let is_runtimes =
                RUNTIME_FILES.iter().any(|file| file.as_bytes() == scene.tree.path(path));
            return (!is_runtimes).then_some("copied into the image");
        }
        if ground == Ground::System || packages.system_owner(path).is_some() {
            return None;
        }
        match scene.origin(path) {
            LayerOrigin::Base if scene.tree.parent(path) == scene.tree.root() => None,
            LayerOrigin::Ran => Some("made by a build step, outside the system's directories"),
            LayerOrigin::Copied | LayerOrigin::Base | LayerOrigin::Unknown => {
                Some("no package's, outside the system's directories")
            }
        }
    }

    fn is_copied(&self, path: PathId) -> bool {
        let layer = self.scene.tree.provider(path).map(|(layer, _)| layer);
        let is_copied = self.scene.origin(path) == LayerOrigin::Copied
            && layer.is_some_and(|layer| !self.systems.contains(&layer));
        is_copied || self.changed.contains(&path)
    }

    /// Whether a symbolic link leads to a file of a package, which a link alone is no reason to keep.
    fn leads_away(&self, path: PathId) -> bool {
        let tree = self.scene.tree;
        if tree.inode(path).kind != Kind::Symlink {
            return false;
        }
        let Some(target) = tree.resolve(&tree.path(path)).map(|resolved| resolved.path) else {
            return false;
        };
        self.scene.packages().is_owned(target)
            && tree.inode(target).kind == Kind::File
            && self.scene.evidence.touches(path).is_empty()
    }

    /// The working directory, unless it is one of the system's or the root, which say nothing.
    fn workdir(&self) -> Option<PathId> {
        let path = self.scene.contract.workdir.as_deref()?;
        let directory = self.scene.find(path)?;
        let path = self.scene.tree.path(directory);
        let is_own = match path.as_slice() {
            b"/" | b"/usr/local" | b"/usr/src" => false,
            b"/var/lib" => false,
            path if place::is_system(path) => place::is_in(path, "/var/lib"),
            path => {
                !PASSING.iter().any(|passing| passing.as_bytes() == path)
                    && path != b"/var"
                    && path != b"/usr/local/bin"
            }
        };
        (is_own && self.scene.tree.inode(directory).kind == Kind::Directory).then_some(directory)
    }
}

/// The layers that bring an operating system: what says which one it is came with them.
fn systems(scene: &Scene<'_>) -> BTreeSet<usize> {
    let releases =
        ["/usr/lib/os-release", "/etc/os-release", "/etc/alpine-release", "/etc/debian_version"];
    let found = releases.iter().filter_map(|release| scene.tree.find(release.as_bytes()));
    found.filter_map(|path| scene.tree.provider(path)).map(|(layer, _)| layer).collect()
}

/// What somebody copied is theirs also after `RUN chmod +x` or `sed -i`, by which the step's layer has it anew.
fn copied_and_changed(scene: &Scene<'_>, systems: &BTreeSet<usize>) -> BTreeSet<PathId> {
    let tree = scene.tree;
    let is_copy =
        |layer: &usize| scene.origins.get(*layer).is_some_and(|of| *of == LayerOrigin::Copied);
    let copies = (0..tree.layers().len()).filter(is_copy).filter(|layer| !systems.contains(layer));
    let entries = copies.flat_map(|layer| tree.layers()[layer].index.entries());
    let names = entries.filter(|entry| entry.whiteout.is_none() && entry.size > 0);
    names
        .filter_map(|entry| tree.find(&[b"/", &*entry.path].concat()))
        .filter(|&path| tree.inode(path).is_file() && scene.origin(path) == LayerOrigin::Ran)
        .collect()
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::fixture::TreeBuilder;

    use crate::{LayerOrigin, Level, Options, rules::fixture::Stage};

    /// A distribution, a copied layer and one that a build step made.
    fn image(tree: TreeBuilder) -> TreeBuilder {
        let tree = tree
            .file("/usr/lib/os-release", 0o644, b"ID=debian\n")
            .file("/usr/bin/tool", 0o755, b"x")
            .file("/root/.bashrc", 0o644, b"x")
            .file("/var/lib/dpkg/status", 0o644, b"Package: tool\nVersion: 1\n")
            .file(
                "/var/lib/dpkg/info/tool.list",
                0o644,
                b"/usr/bin/tool\n/etc/tool.conf\n/usr/share/tool/data\n",
            )
            .file("/usr/share/tool/data", 0o644, b"x")
            .file("/etc/tool.conf", 0o644, b"old")
            .layer();
        let copied = [
            "/app/main.py",
            "/app/.git/config",
            "/app/tests/test_main.py",
            "/app/spec/openapi.yaml",
            "/app/__pycache__/main.pyc",
            "/app/main.go",
            "/app/node_modules/left/index.js",
            "/etc/tool.conf",
            "/tmp/wheels/x-1.whl",
            "/opt/app.env",
            "/etc/service/web/finish",
        ];
        let made = [
            "/etc/service/web/finish",
            "/usr/local/bin/server",
            "/usr/local/include/x.h",
            "/usr/local/share/man/man1/x.1",
            "/srv/data.bin",
            "/etc/made.conf",
            "/usr/lib/made.so",
            "/root/.cargo/registry/x",
            "/root/.cache/pip/x",
            "/root/.cache/models/x",
            "/work/target/CACHEDIR.TAG",
            "/work/target/debug/y",
            "/opt/venv/pyvenv.cfg",
            "/usr/share/site/logo.svg",
            "/usr/share/tool/cache.bin",
        ];
        let mut tree = copied
            .iter()
            .fold(tree, |tree, path| tree.file(path, 0o644, b"x"))
            .dir("/app/uploads", 0o755);
        tree = made.iter().fold(tree.layer(), |tree, path| tree.file(path, 0o644, b"x"));
        tree.symlink("/usr/local/bin/alias", "/usr/bin/tool")
            .symlink("/usr/local/bin/serve", "server")
    }

    fn stage() -> Stage {
        let mut stage = Stage::new(image);
        stage.options = Options { level: Level::Balanced, ..Options::default() };
        stage.origins = vec![LayerOrigin::Base, LayerOrigin::Copied, LayerOrigin::Ran];
        stage
    }

    fn check(stage: &Stage, yes: &[&str], no: &[&str]) {
        let kept = stage.kept();
        for path in yes {
            assert!(kept.contains(&(*path).to_owned()), "{path} is not in {kept:?}");
        }
        for path in no {
            assert!(!kept.contains(&(*path).to_owned()), "{path} is in {kept:?}");
        }
    }

    #[test]
    fn copied_files_stay_wherever_they_lie_but_no_residue() {
        check(
            &stage(),
            &[
                "/app/main.py",
                "/app/spec/openapi.yaml",
                "/etc/service/web/finish",
                "/etc/tool.conf",
                "/opt/app.env",
                "/app/uploads",
            ],
            &[
                "/app/.git/config",
                "/app/tests/test_main.py",
                "/app/__pycache__/main.pyc",
                "/app/main.go",
                "/app/node_modules/left/index.js",
                "/tmp/wheels/x-1.whl",
            ],
        );
    }

    #[test]
    fn made_files_stay_outside_the_system() {
        check(
            &stage(),
            &[
                "/usr/local/bin/server",
                "/usr/local/bin/serve",
                "/usr/share/site/logo.svg",
                "/srv/data.bin",
                "/root/.cache/models/x",
            ],
            &[
                "/usr/local/include/x.h",
                "/usr/local/share/man/man1/x.1",
                "/etc/made.conf",
                "/usr/lib/made.so",
                "/usr/share/tool/cache.bin",
                "/root/.cargo/registry/x",
                "/root/.cache/pip/x",
                "/work/target/debug/y",
                "/opt/venv/pyvenv.cfg",
                "/usr/local/bin/alias",
                "/usr/bin/tool",
                "/root/.bashrc",
            ],
        );
    }

    #[test]
    fn sources_stay_when_the_program_runs_from_source() {
        check(&stage().read("/app/main.go"), &["/app/main.go"], &[]);
        let mut stage =
            Stage::new(|tree| tree.file("/app/a.ts", 0o644, b"x").file("/app/b.ts", 0o644, b"x"));
        stage.options = Options { level: Level::Balanced, ..Options::default() };
        check(&stage, &[], &["/app/b.ts"]);
        check(&stage.read("/app/a.ts"), &["/app/b.ts"], &[]);
    }

    #[test]
    fn a_copied_root_file_system_is_nobodys_choice() {
        let mut stage = Stage::new(|tree| {
            tree.file("/usr/lib/os-release", 0o644, b"ID=x\n")
                .file("/usr/lib/any.so", 0o644, b"x")
                .file("/srv/app", 0o755, b"x")
        });
        stage.options = Options { level: Level::Balanced, ..Options::default() };
        stage.origins = vec![LayerOrigin::Copied];
        check(&stage, &["/srv/app"], &["/usr/lib/any.so"]);
    }

    #[test]
    fn the_working_directory_counts_in_odd_places() {
        let build = |tree: TreeBuilder| {
            tree.file("/var/lib/ghost/content/a", 0o644, b"x").file("/var/lib/other/b", 0o644, b"x")
        };
        let mut stage = Stage::new(build).workdir("/var/lib/ghost");
        stage.options = Options { level: Level::Balanced, ..Options::default() };
        check(&stage, &["/var/lib/ghost/content/a"], &["/var/lib/other/b"]);
    }

    #[test]
    fn archives_of_what_is_installed_go() {
        let mut stage = Stage::new(|tree| {
            tree.file("/wheels/Odd_Name-1-py3-none-any.whl", 0o644, b"x")
                .file("/wheels/served-1-py3-none-any.whl", 0o644, b"x")
                .file(
                    "/opt/site-packages/odd.name-1.dist-info/METADATA",
                    0o644,
                    b"Name: odd.name\n",
                )
        });
        stage.options = Options { level: Level::Balanced, ..Options::default() };
        check(
            &stage,
            &["/wheels/served-1-py3-none-any.whl"],
            &["/wheels/Odd_Name-1-py3-none-any.whl"],
        );
    }
}
