//! Whose a name is, as far as its path tells: the system's, or somebody's own.

/// Directories that distributions fill (hier(7)).
const SYSTEM: [&str; 10] = [
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/bin",
    "/sbin",
    "/etc",
    "/var/lib",
    "/var/cache",
];

/// Below these, files are somebody's own although they lie in a system directory (hier(7)).
const OWN: [&str; 4] = ["/usr/local", "/usr/src", "/usr/share/nginx/html", "/var/www"];

/// Whether an absolute path lies where distributions put their files.
pub(crate) fn is_system(path: &[u8]) -> bool {
    let is_below =
        |directories: &[&str]| directories.iter().any(|directory| is_in(path, directory));
    is_below(&SYSTEM) && !is_below(&OWN)
}

/// Whether an absolute path is a directory or lies in it.
pub(crate) fn is_in(path: &[u8], directory: &str) -> bool {
    path.strip_prefix(directory.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn system_and_own_places_are_told_apart() {
        for (path, expected) in [
            ("/usr/bin/x", true),
            ("/usr/local/bin/x", false),
            ("/usr", true),
            ("/usrx", false),
            ("/app/main.py", false),
            ("/etc/passwd", true),
            ("/var/www/html/x.php", false),
        ] {
            assert_eq!(super::is_system(path.as_bytes()), expected, "{path}");
        }
    }
}
