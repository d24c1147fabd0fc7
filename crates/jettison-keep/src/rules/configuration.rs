//! Files that kept configuration names stay, and the directories that servers serve.

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, place, rule::Page, subtree::Subtree};

/// Keeps absolute paths in configuration and in the environment.
pub(super) struct Configuration;

/// Longest file of configuration that is read; the longest common one, php.ini, has 75 KB.
const TEXT_BYTES: u64 = 256 << 10;
/// A directory that a server serves is kept whole up to here; beyond it is data, and belongs into a volume.
const SERVED_BYTES: u64 = 256 << 20;

/// Endings of configuration outside /etc.
const ENDINGS: [&str; 10] =
    [".conf", ".cfg", ".ini", ".cnf", ".yaml", ".yml", ".toml", ".properties", ".xml", ".json"];

/// Settings whose directory is sent to clients, of nginx, Apache, lighttpd, Caddy and HAProxy.
const SERVED: [&str; 12] = [
    "root",
    "alias",
    "documentroot",
    "errordocument",
    "error_page",
    "server.document-root",
    "errorfile",
    "errorfiles",
    "scriptalias",
    "file_server",
    "server.errorfile-prefix",
    "try_files",
];

/// Paths that mean nothing to a program in an image: made by the runtime, or of package managers and people.
const PASSED_OVER: [&str; 13] = [
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/tmp",
    "/usr/share/doc",
    "/usr/share/man",
    "/usr/include",
    "/var/lib/dpkg",
    "/var/lib/apt",
    "/var/cache",
    "/usr/share/zoneinfo",
    "/etc/ssl/certs",
];
/// Files of /etc that name paths for people, boot, package managers and daemons that images do not run; accounts name the
/// shell and the home of everybody.
const NOT_READ: [&str; 30] = [
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/shadow",
    "/etc/shells",
    "/etc/init.d",
    "/etc/rc",
    "/etc/cron.d",
    "/etc/cron.daily",
    "/etc/crontab",
    "/etc/logrotate.d",
    "/etc/logrotate.conf",
    "/etc/default",
    "/etc/profile",
    "/etc/profile.d",
    "/etc/bash.bashrc",
    "/etc/skel",
    "/etc/pam.d",
    "/etc/systemd",
    "/etc/ca-certificates.conf",
    "/etc/ssl/certs",
    "/etc/adduser.conf",
    "/etc/deluser.conf",
    "/etc/dpkg",
    "/etc/debconf.conf",
    "/etc/login.defs",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/apt",
    "/etc/alternatives",
    "/etc/manpath.config",
];

impl Rule for Configuration {
    fn name(&self) -> &'static str {
        "configuration"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Absolute paths in kept configuration, in the image's environment and in its command lines, that lead to a file in the \
                   image; of directories the name, and all of those that a web server's root, alias or error page names.",
            why: "A certificate of a second virtual host, a page for errors, a password list: named in the configuration, opened \
                  when a request needs them.",
            instead: "Take the setting out of the configuration.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let environment = scene
            .contract
            .env
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "PATH" | "HOME" | "PWD" | "SHELL"));
        for value in
            environment.map(|(_, value)| value).chain(scene.contract.commands.iter().flatten())
        {
            for path in paths(value) {
                want_named(scene, None, path, wants);
            }
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if !is_configuration(scene, path) {
            return;
        }
        let Some(text) =
            scene.contents(path, TEXT_BYTES).and_then(|bytes| String::from_utf8(bytes).ok())
        else {
            return;
        };
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
            let key = line
                .split(|next: char| next.is_whitespace() || next == '=')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase();
            for named in paths(line) {
                want_named(scene, Some(path), named, wants);
                if SERVED.contains(&key.as_str()) {
                    want_served(scene, path, named, wants);
                }
            }
        }
    }
}

/// Whether a file is configuration that was read, or that a rule wants for a program that was not run: what a program
/// saw and did not open names nothing that it will open.
fn is_configuration(scene: &Scene<'_>, path: PathId) -> bool {
    let inode = scene.tree.inode(path);
    let is_text = inode.kind == Kind::File && inode.size > 0 && inode.size <= TEXT_BYTES;
    let touches = scene.evidence.touches(path);
    let is_read = touches.is_empty() || touches.contains(Touches::READ);
    if !is_text || !is_read || scene.is_in_language_package(path) {
        return false;
    }
    let name = scene.tree.name(path);
    let full = scene.tree.path(path);
    if place::is_in(&full, "/etc") {
        // Tables of patterns name paths that files of some kind begin with.
        let is_patterns = matches!(name, b"magic" | b"magic.mime" | b"mime.xml" | b"magic.xml");
        return !is_patterns && !NOT_READ.iter().any(|passed| place::is_in(&full, passed));
    }
    // Outside /etc only what the program opened is known to be configuration.
    !touches.is_empty() && ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// Absolute paths in a text: from a slash that begins a word to the next byte that no path has in a configuration.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let is_border = |next: char| next.is_whitespace() || "\"'`=:,;()[]{}<>|&".contains(next);
    text.split(is_border).filter(|word| word.starts_with('/') && word.len() > 1)
}

fn want_named(scene: &Scene<'_>, by: Option<PathId>, named: &str, wants: &mut Wants) {
    let named = named.trim_end_matches(['*', '.']);
    let last = named.rsplit('/').next().unwrap_or_default();
    if matches!(last, "sh" | "bash" | "dash" | "nologin" | "false" | "sync") {
        return;
    }
    if !PASSED_OVER.iter().any(|directory| place::is_in(named.as_bytes(), directory)) {
        wants.want_resolved(scene, named.as_bytes(), by, "named by");
    }
}

/// A directory that a server sends files from, unless it is one of the system's.
fn want_served(scene: &Scene<'_>, by: PathId, named: &str, wants: &mut Wants) {
    let Some(directory) = scene.find(named) else { return };
    let real = scene.tree.path(directory);
    let is_deep = real.split(|&byte| byte == b'/').nth(2).is_some() || !place::is_system(&real);
    let is_general = matches!(
        real.as_slice(),
        b"/" | b"/usr/share" | b"/usr/lib" | b"/var/lib" | b"/usr/local" | b"/usr/bin"
    );
    if is_deep && !is_general && scene.bytes_below(directory, SERVED_BYTES) <= SERVED_BYTES {
        wants.want_below(
            scene,
            Subtree { directory, by: Some(by), because: "served by" },
            |path| scene.tree.name(path) != b".git",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn named_files_and_served_directories_stay() {
        let conf = b"server {\n  root /srv/site;\n  ssl_certificate /etc/ssl/other.pem;\n  # include /etc/never.conf;\n  error_page 502 /50x.html;\n  access_log /var/log/nginx/x.log;\n}\n";
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/etc/nginx/nginx.conf", 0o644, conf)
                    .file("/etc/ssl/other.pem", 0o644, b"x")
                    .file("/etc/never.conf", 0o644, b"x")
                    .file("/srv/site/deep/page.html", 0o644, b"x")
                    .file("/srv/other/page.html", 0o644, b"x")
                    .dir("/var/log/nginx", 0o755)
                    .file("/app/binary", 0o755, b"/etc/never.conf")
            })
            .level(Level::Balanced)
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/etc/nginx/nginx.conf"),
            ["/etc/nginx/nginx.conf", "/etc/ssl/other.pem", "/srv/site/deep/page.html"]
        );
        assert_eq!(stage("/app/binary"), ["/app/binary"]);
    }

    #[test]
    fn paths_in_the_environment_and_on_command_lines_stay() {
        let kept = Stage::new(|tree| {
            tree.file("/etc/app/a.pem", 0o644, b"x").file("/opt/b.yml", 0o644, b"x").file(
                "/opt/c.yml",
                0o644,
                b"x",
            )
        })
        .level(Level::Balanced)
        .env("CERT", "file:/etc/app/a.pem")
        .command(&["app", "--config=/opt/b.yml"])
        .kept_files();
        assert_eq!(kept, ["/etc/app/a.pem", "/opt/b.yml"]);
    }
}
