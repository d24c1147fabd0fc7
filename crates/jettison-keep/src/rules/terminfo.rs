//! The descriptions of the terminals that people use stay where a program draws on a terminal.

use jettison_rootfs::PathId;

use crate::{Level, Rule, Scene, Wants, family, rule::Page};

/// Keeps a handful of terminal descriptions.
pub(super) struct Terminfo;

/// Libraries that read them.
const LIBRARIES: [&str; 7] =
    ["libtinfo", "libtinfow", "libncurses", "libncursesw", "libreadline", "libedit", "libslang"];
/// Where they are (terminfo(5)).
const DATABASES: [&str; 4] =
    ["/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo", "/usr/lib/terminfo"];
/// What `docker run -it`, ssh and terminal multiplexers set TERM to, and what programs fall back to.
const TERMINALS: [&str; 16] = [
    "xterm",
    "xterm-256color",
    "xterm-color",
    "xterm-kitty",
    "xterm-ghostty",
    "alacritty",
    "linux",
    "vt100",
    "vt220",
    "screen",
    "screen-256color",
    "tmux",
    "tmux-256color",
    "rxvt",
    "ansi",
    "dumb",
];

impl Rule for Terminfo {
    fn name(&self) -> &'static str {
        "terminfo"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "The descriptions of sixteen common terminals, and the one TERM names, once a terminal library is kept.",
            why: "Probes have no terminal; a person with `docker exec -it` has one, and gets \"unknown terminal type\" without \
                  its description. They cost about 40 KB.",
            instead: "--no-rule terminfo.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if !family::is_library(scene.tree.name(path), &LIBRARIES) {
            return;
        }
        let own = scene.contract.env.get("TERM").map(String::as_str);
        for database in DATABASES {
            for terminal in TERMINALS.into_iter().chain(own) {
                let Some(&first) = terminal.as_bytes().first() else { continue };
                // The directory is the first letter, or its code in hexadecimal (terminfo(5), "Hashed directory format").
                for file in [
                    format!("{database}/{}/{terminal}", char::from(first)),
                    format!("{database}/{first:02x}/{terminal}"),
                ] {
                    wants.want_resolved(
                        scene,
                        file.as_bytes(),
                        Some(path),
                        "a terminal description for",
                    );
                }
            }
        }
        wants.want_resolved(scene, b"/etc/inputrc", Some(path), "key bindings for");
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    #[test]
    fn common_terminals_stay_with_a_terminal_library() {
        let stage = |used: &str| {
            Stage::new(|tree| {
                tree.file("/lib/libtinfo.so.6", 0o644, b"x")
                    .file("/lib/libz.so.1", 0o644, b"x")
                    .file("/lib/terminfo/x/xterm", 0o644, b"x")
                    .file("/lib/terminfo/c/cygwin", 0o644, b"x")
                    .file("/usr/share/terminfo/6d/my-term", 0o644, b"x")
            })
            .level(Level::Balanced)
            .env("TERM", "my-term")
            .read(used)
            .kept_files()
        };
        assert_eq!(
            stage("/lib/libtinfo.so.6"),
            ["/lib/libtinfo.so.6", "/lib/terminfo/x/xterm", "/usr/share/terminfo/6d/my-term"]
        );
        assert_eq!(stage("/lib/libz.so.1"), ["/lib/libz.so.1"]);
    }
}
