//! A small root directory made of the host's own programs, for the tiers that run on copies.

use std::{
    collections::BTreeSet,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use jettison_sandbox::{IdMap, Tier, UserIds};
use tempfile::TempDir;

/// What the scripts of the tests call.
const PROGRAMS: [&str; 14] = [
    "/usr/bin/sh",
    "/usr/bin/cat",
    "/usr/bin/chmod",
    "/usr/bin/chown",
    "/usr/bin/env",
    "/usr/bin/hostname",
    "/usr/bin/id",
    "/usr/bin/ls",
    "/usr/bin/mkdir",
    "/usr/bin/perl",
    "/usr/bin/rm",
    "/usr/bin/setpriv",
    "/usr/bin/sleep",
    "/usr/bin/stat",
];

/// Modules that the scripts of the tests use.
const MODULES: [&str; 2] = ["-MIO::Socket::INET", "-MIO::Socket::UNIX"];

/// A root directory, removed with the value.
#[derive(Debug)]
pub(crate) struct CopiedRoot {
    directory: TempDir,
}

impl CopiedRoot {
    /// Copies what the tests need, owned as a sandbox of this tier wants it.
    pub(crate) fn new(tier: Tier) -> Self {
        let root = Self { directory: tempfile::tempdir().expect("temporary directory") };
        for directory in ["usr/bin", "usr/lib", "usr/lib64", "etc", "tmp"] {
            fs_err::create_dir_all(root.path().join(directory)).expect("create");
        }
        for link in ["bin", "lib", "lib64"] {
            if Path::new("/").join(link).is_symlink() {
                symlink(format!("usr/{link}"), root.path().join(link)).expect("link");
            }
        }
        for file in PROGRAMS.iter().map(PathBuf::from).flat_map(with_libraries).chain(perl_files())
        {
            root.copy(&file);
        }
        fs_err::write(root.path().join("etc/passwd"), "root:x:0:0::/:/bin/sh\n").expect("write");
        let map = IdMap::for_host(tier, &UserIds::default());
        give(&root.path(), map.host_uid(0), map.host_gid(0));
        let open = PermissionsExt::from_mode(0o1777);
        fs_err::set_permissions(root.path().join("tmp"), open).expect("chmod");
        root
    }

    pub(crate) fn path(&self) -> PathBuf {
        // One below, because the temporary directory itself is private.
        self.directory.path().join("root")
    }

    /// Removes it, which must work.
    pub(crate) fn remove(self) {
        self.directory.close().expect("removed");
    }

    fn copy(&self, file: &Path) {
        let target = self.path().join(file.strip_prefix("/").expect("absolute"));
        if !target.exists() {
            fs_err::create_dir_all(target.parent().expect("below the root")).expect("create");
            fs_err::copy(file, &target).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

/// A program and the libraries that `ldd` names for it.
fn with_libraries(program: PathBuf) -> BTreeSet<PathBuf> {
    let output = Command::new("ldd").arg(&program).output().expect("ldd");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let libraries =
        text.split_ascii_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from);
    libraries.chain([program]).collect()
}

/// The modules as perl finds them, with their shared objects.
fn perl_files() -> BTreeSet<PathBuf> {
    let script = "print qq($_\\n) for grep { -f } values %INC, @DynaLoader::dl_shared_objects";
    let output = Command::new("perl").args(MODULES).args(["-e", script]).output().expect("perl");
    String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect()
}

fn give(path: &Path, uid: Option<u32>, gid: Option<u32>) {
    std::os::unix::fs::lchown(path, uid, gid).expect("chown");
    if path.is_dir() && !path.is_symlink() {
        for entry in fs_err::read_dir(path).expect("read").flatten() {
            give(&entry.path(), uid, gid);
        }
    }
}
