//! Commands that others name to help people, developers and package managers.
//!
//! A program that names one of them works without it: a pager for help texts, a debugger for its own crash, a compiler
//! for code that was compiled when the image was built.

/// Pagers, editors and documentation; compilers, linkers and debuggers; package managers.
const AIDS: [&str; 47] = [
    "less",
    "more",
    "pager",
    "vi",
    "vim",
    "nano",
    "ed",
    "editor",
    "sensible-editor",
    "sensible-pager",
    "man",
    "info",
    "as",
    "ld",
    "ar",
    "nm",
    "objdump",
    "objcopy",
    "readelf",
    "strip",
    "ranlib",
    "gcc",
    "g++",
    "cc",
    "c++",
    "cpp",
    "clang",
    "make",
    "cmake",
    "gdb",
    "lldb",
    "strace",
    "ltrace",
    "valgrind",
    "apt",
    "apt-get",
    "apt-cache",
    "dpkg",
    "dpkg-query",
    "apk",
    "yum",
    "dnf",
    "microdnf",
    "rpm",
    "zypper",
    "gyp",
    "xdg-open",
];

/// Whether a command is one of them.
pub(crate) fn is_aid(name: &str) -> bool {
    AIDS.contains(&name)
}
