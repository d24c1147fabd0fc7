//! The directories that every program expects stay, empty.

use jettison_rootfs::Kind;

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps the mount points and the temporary directories.
pub(super) struct Skeleton;

/// Mount points of every runtime, and directories that programs write to without making them (hier(7), FHS 3.0).
const DIRECTORIES: [&str; 24] = [
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/run/lock",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/local",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/tmp",
];

impl Rule for Skeleton {
    fn name(&self) -> &'static str {
        "skeleton"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "Mount points (/proc, /sys, /dev, /run) and common directories (/tmp, /var/log, ...), without what is in \
                   them, with the owner and mode they had.",
            why: "Runtimes mount over them and programs write to them without making them first. They cost no bytes.",
            instead: "--exclude-path.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for directory in DIRECTORIES {
            if scene
                .find(directory)
                .is_some_and(|path| scene.tree.inode(path).kind == Kind::Directory)
            {
                wants.want_resolved(scene, directory.as_bytes(), None, "a standard directory");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn standard_directories_stay_empty() {
        let kept = Stage::new(|tree| {
            tree.dir("/tmp", 0o1777)
                .file("/tmp/junk", 0o644, b"x")
                .symlink("/bin", "usr/bin")
                .dir("/usr/bin", 0o755)
        })
        .kept();
        assert_eq!(kept, ["/", "/bin", "/tmp", "/usr", "/usr/bin"]);
    }
}
