//! Paths in system calls: which argument of which call names a file, and what the call does with it.

use std::{ffi::OsString, time::Instant};

use syscalls::Sysno;

/// What a call does with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessClass {
    /// `open`, `openat`, `openat2`, `creat`.
    Open {
        /// For writing, or it may create the file.
        write: bool,
        /// `O_DIRECTORY`: to be listed or used as a base.
        directory: bool,
        /// `O_PATH`: not read by this descriptor.
        path_only: bool,
    },
    /// `stat`, `lstat`, `statx`, `statfs`.
    Stat,
    /// `access`, `faccessat`.
    Access,
    /// `readlink`.
    ReadLink,
    /// `execve`, `execveat`.
    Exec,
    /// Extended attributes are read.
    Xattr,
    /// `chdir`, `chroot`: a directory is entered.
    Enter,
    /// `connect` to a Unix socket.
    Connect,
    /// The name or its attributes are changed: rename, unlink, link, mkdir, chmod, utimes and so on.
    Change,
    /// `inotify_add_watch`, `fanotify_mark`: changes are waited for.
    Watch,
}

/// A path that a workload's call named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathAccess {
    /// The calling thread, as the host sees it.
    pub pid: i32,
    /// The name of its program at that moment (proc(5), `comm`).
    pub comm: Option<Vec<u8>>,
    /// What the call did.
    pub class: AccessClass,
    /// Absolute path as the workload sees it. Symbolic links and `..` are not resolved.
    pub path: OsString,
    /// When it was seen.
    pub time: Instant,
}

/// Where a call's path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PathArgument {
    /// Argument that holds the descriptor the path is relative to; `None` for the working directory.
    pub(crate) base: Option<usize>,
    /// Argument that points to the path.
    pub(crate) path: usize,
    /// What the call does.
    pub(crate) class: AccessClass,
    /// Whether the path is inside a `sockaddr_un`, whose length is the next argument.
    pub(crate) is_address: bool,
}

/// `(name, base, path, class)` of one path.
type Row = (&'static str, Option<usize>, usize, AccessClass);

const READ: AccessClass = AccessClass::Open { write: false, directory: false, path_only: false };
const CREATE: AccessClass = AccessClass::Open { write: true, directory: false, path_only: false };

use AccessClass::{Access, Change, Connect, Enter, Exec, ReadLink, Stat, Watch, Xattr};

/// Calls that take paths, a row for each path. From the kernel's system call definitions; the flags of `open` are
/// decoded separately.
const ROWS: &[Row] = &[
    ("access", None, 0, Access),
    ("acct", None, 0, Change),
    ("bind", None, 1, Change),
    ("chdir", None, 0, Enter),
    ("chmod", None, 0, Change),
    ("chown", None, 0, Change),
    ("chroot", None, 0, Enter),
    ("connect", None, 1, Connect),
    ("creat", None, 0, CREATE),
    ("execve", None, 0, Exec),
    ("execveat", Some(0), 1, Exec),
    ("faccessat", Some(0), 1, Access),
    ("faccessat2", Some(0), 1, Access),
    ("fanotify_mark", Some(3), 4, Watch),
    ("fchmodat", Some(0), 1, Change),
    ("fchmodat2", Some(0), 1, Change),
    ("fchownat", Some(0), 1, Change),
    ("futimesat", Some(0), 1, Change),
    ("getxattr", None, 0, Xattr),
    ("getxattrat", Some(0), 1, Xattr),
    ("inotify_add_watch", None, 1, Watch),
    ("lchown", None, 0, Change),
    ("lgetxattr", None, 0, Xattr),
    ("link", None, 0, Change),
    ("link", None, 1, Change),
    ("linkat", Some(0), 1, Change),
    ("linkat", Some(2), 3, Change),
    ("listxattr", None, 0, Xattr),
    ("listxattrat", Some(0), 1, Xattr),
    ("llistxattr", None, 0, Xattr),
    ("lremovexattr", None, 0, Change),
    ("lsetxattr", None, 0, Change),
    ("lstat", None, 0, Stat),
    ("mkdir", None, 0, Change),
    ("mkdirat", Some(0), 1, Change),
    ("mknod", None, 0, Change),
    ("mknodat", Some(0), 1, Change),
    ("mount", None, 0, Stat),
    ("mount", None, 1, Stat),
    ("name_to_handle_at", Some(0), 1, Stat),
    ("newfstatat", Some(0), 1, Stat),
    ("open", None, 0, READ),
    ("open_tree", Some(0), 1, Stat),
    ("openat", Some(0), 1, READ),
    ("openat2", Some(0), 1, READ),
    ("pivot_root", None, 0, Enter),
    ("quotactl", None, 1, Stat),
    ("readlink", None, 0, ReadLink),
    ("readlinkat", Some(0), 1, ReadLink),
    ("removexattr", None, 0, Change),
    ("removexattrat", Some(0), 1, Change),
    ("rename", None, 0, Change),
    ("rename", None, 1, Change),
    ("renameat", Some(0), 1, Change),
    ("renameat", Some(2), 3, Change),
    ("renameat2", Some(0), 1, Change),
    ("renameat2", Some(2), 3, Change),
    ("rmdir", None, 0, Change),
    ("setxattr", None, 0, Change),
    ("setxattrat", Some(0), 1, Change),
    ("stat", None, 0, Stat),
    ("statfs", None, 0, Stat),
    ("statx", Some(0), 1, Stat),
    ("swapoff", None, 0, Stat),
    ("swapon", None, 0, Stat),
    ("symlink", None, 1, Change),
    ("symlinkat", Some(1), 2, Change),
    ("truncate", None, 0, CREATE),
    ("umount2", None, 0, Stat),
    ("unlink", None, 0, Change),
    ("unlinkat", Some(0), 1, Change),
    ("uselib", None, 0, READ),
    ("utime", None, 0, Change),
    ("utimensat", Some(0), 1, Change),
    ("utimes", None, 0, Change),
];

/// The paths of a call; `None` for one that takes none.
pub(crate) fn arguments(number: Sysno) -> Option<Vec<PathArgument>> {
    let name = number.name();
    let found: Vec<PathArgument> = ROWS
        .iter()
        .filter(|(row, ..)| *row == name)
        .map(|&(_, base, path, class)| PathArgument {
            base,
            path,
            class,
            is_address: matches!(name, "bind" | "connect"),
        })
        .collect();
    (!found.is_empty()).then_some(found)
}

/// Which argument holds `open`'s flags; `openat2` keeps them behind a pointer, first in `struct open_how`.
pub(crate) fn open_flags(number: Sysno, args: &[u64; 6]) -> Option<OpenFlags> {
    match number.name() {
        "open" => Some(OpenFlags::Value(args[1])),
        "openat" => Some(OpenFlags::Value(args[2])),
        "openat2" => Some(OpenFlags::At(args[2])),
        _ => None,
    }
}

/// Where `open`'s flags are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenFlags {
    Value(u64),
    /// Address in the caller's memory of a 64-bit value.
    At(u64),
}

/// What `open` with these flags does.
pub(crate) fn open_class(flags: u64) -> AccessClass {
    let has =
        |flag: i32| flags & u64::from(flag.cast_unsigned()) == u64::from(flag.cast_unsigned());
    AccessClass::Open {
        write: flags & u64::from(libc::O_ACCMODE.cast_unsigned()) != 0 || has(libc::O_CREAT),
        directory: has(libc::O_DIRECTORY),
        path_only: has(libc::O_PATH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_a_call() {
        assert!(ROWS.is_sorted_by_key(|row| row.0));
        for (name, base, path, _) in ROWS {
            assert!(path < &6 && base.is_none_or(|base| base < 6), "{name}");
            #[cfg(target_arch = "x86_64")]
            assert!(name.parse::<Sysno>().is_ok(), "{name} is misspelt");
        }
    }

    #[test]
    fn decodes_open_flags() {
        for (flags, write, directory, path_only) in [
            (libc::O_RDONLY, false, false, false),
            (libc::O_WRONLY, true, false, false),
            (libc::O_RDWR | libc::O_CLOEXEC, true, false, false),
            (libc::O_RDONLY | libc::O_CREAT, true, false, false),
            (libc::O_RDONLY | libc::O_DIRECTORY, false, true, false),
            (libc::O_PATH, false, false, true),
        ] {
            let expected = AccessClass::Open { write, directory, path_only };
            assert_eq!(open_class(u64::from(flags.cast_unsigned())), expected, "{flags:o}");
        }
    }

    #[test]
    fn calls_may_have_two_paths() {
        let paths = arguments(Sysno::renameat2).expect("takes paths");
        assert_eq!(
            paths.iter().map(|path| (path.base, path.path)).collect::<Vec<_>>(),
            [(Some(0), 1), (Some(2), 3)]
        );
        assert_eq!(arguments(Sysno::read), None);
    }
}
