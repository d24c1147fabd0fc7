//! The commands that well-known tools start by themselves stay with them.

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, family, rule::Page};

/// Keeps, by a table, the programs that a tool starts by names that it puts together or has in a list.
pub(super) struct ToolCommands;

/// Tools with the commands that they start. Only those that are installed can be kept; a command that only helps people
/// (a pager, an editor) is none.
const TOOLS: [(&str, &[&str]); 17] = [
    // GNU tar and libarchive's choose by the archive's name or first bytes.
    ("tar", &["gzip", "bzip2", "xz", "zstd", "lzip", "lzma", "lzop", "compress"]),
    ("bsdtar", &["gzip", "bzip2", "xz", "zstd", "lzip", "lzop"]),
    ("rsync", &["ssh"]),
    ("scp", &["ssh"]),
    ("sftp", &["ssh"]),
    ("sshfs", &["ssh"]),
    ("git", &["ssh"]),
    ("svn", &["ssh"]),
    ("hg", &["ssh"]),
    ("borg", &["ssh"]),
    // What a client on the other side asks the login shell for.
    ("sshd", &["rsync", "scp", "git-upload-pack", "git-receive-pack", "git-upload-archive"]),
    ("gpg", &["gpg-agent", "dirmngr", "keyboxd", "gpgconf"]),
    ("gpgsm", &["gpg-agent", "dirmngr", "gpgconf"]),
    ("gpg-agent", &["pinentry"]),
    ("logrotate", &["gzip", "sh"]),
    ("mk-ca-bundle", &["openssl", "curl"]),
    ("etckeeper", &["git"]),
];

impl Rule for ToolCommands {
    fn name(&self) -> &'static str {
        "tool-commands"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "For kept tools of a table the commands that they start themselves: tar's compressors, ssh for rsync, scp and git, \
                   gpg's agent, what a client of sshd asks for; the program behind each of Debian's links to pg_wrapper.",
            why: "Which one it is shows only in the name of an archive or in an address, on the day that a job gets one.",
            instead: "--no-rule tool-commands; --exclude-path for those that are not meant.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind == Kind::Symlink {
            want_wrapped(scene, path, wants);
        }
        if inode.kind != Kind::File || !inode.is_executable() {
            return;
        }
        // A program that was only looked for is not used.
        let touches = scene.evidence.touches(path);
        if !touches.is_empty() && !touches.contains(Touches::READ) {
            return;
        }
        let name = scene.tree.name(path);
        let tools = TOOLS.iter().filter(|(tool, _)| family::is_program(name, &[tool]));
        for command in tools.flat_map(|(_, commands)| *commands) {
            if let Some(found) = scene.command(command) {
                let found = scene.tree.path(found);
                wants.want_resolved(scene, &found, Some(path), "a command that can be started by");
            }
        }
    }
}

/// Debian's commands of PostgreSQL are links to one script, which starts the program of the link's name beside the server
/// of some version (`pg_wrapper(1)`).
fn want_wrapped(scene: &Scene<'_>, link: PathId, wants: &mut Wants) {
    let tree = scene.tree;
    let Some(script) = scene.find(tree.path(link)) else { return };
    if tree.name(script) != b"pg_wrapper" {
        return;
    }
    let versions = scene.find("/usr/lib/postgresql");
    for version in versions.into_iter().flat_map(|versions| tree.children(versions)) {
        let program = [&tree.path(version)[..], b"/bin/", tree.name(link)].concat();
        wants.want_resolved(scene, &program, Some(link), "what is started by");
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn tools_have_the_commands_that_they_start() {
        let kept = |tool: &str| {
            let kept = Stage::new(|tree| {
                ["tar", "xz", "gpg", "gpg-agent", "pinentry-curses", "other"]
                    .iter()
                    .fold(tree, |tree, name| tree.file(&format!("/usr/bin/{name}"), 0o755, b"x"))
                    .symlink("/usr/bin/pinentry", "pinentry-curses")
            })
            .level(Level::Balanced)
            .read(tool)
            .kept_files();
            kept.into_iter().filter(|path| path != tool).collect::<Vec<_>>()
        };
        assert_eq!(kept("/usr/bin/tar"), ["/usr/bin/xz"]);
        let agent = ["/usr/bin/gpg-agent", "/usr/bin/pinentry", "/usr/bin/pinentry-curses"];
        assert_eq!(kept("/usr/bin/gpg"), agent);
        assert_eq!(kept("/usr/bin/other"), Vec::<String>::new());
    }

    #[test]
    fn the_program_behind_a_wrapper_stays() {
        let kept = Stage::new(|tree| {
            tree.file("/usr/share/postgresql-common/pg_wrapper", 0o755, b"x")
                .symlink("/usr/bin/psql", "../share/postgresql-common/pg_wrapper")
                .file("/usr/lib/postgresql/15/bin/psql", 0o755, b"x")
                .file("/usr/lib/postgresql/15/bin/vacuumdb", 0o755, b"x")
        })
        .level(Level::Balanced)
        .command(&["psql"])
        .kept_files();
        assert!(kept.contains(&"/usr/lib/postgresql/15/bin/psql".to_owned()), "{kept:?}");
        assert!(!kept.contains(&"/usr/lib/postgresql/15/bin/vacuumdb".to_owned()), "{kept:?}");
    }
}
