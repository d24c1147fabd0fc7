//! What was touched stays.

use jettison_rootfs::evidence::{Phase, Seen};

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps every name that the program touched while it was started, exercised and stopped.
pub(super) struct Evidence;

impl Rule for Evidence {
    fn name(&self) -> &'static str {
        "evidence"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "Every name that was read, listed, linked through or asked for while the program ran.",
            why: "The program did use it. A file that was only looked up counts too: Python asks for the .py beside a \
                  .pyc and does not start without it, and programs test for a file and act on the answer.",
            instead: "Exercise less, or name what you can do without with --exclude-path.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for (path, seen) in scene.evidence.iter() {
            wants.want(path, words(scene, seen));
        }
    }
}

fn words(scene: &Scene<'_>, seen: Seen) -> String {
    let touches = seen.touches;
    let when = match seen.phase {
        Phase::Setup => return format!("{touches} by the container's setup"),
        phase => phase.word(),
    };
    // What the toucher was then, or else what its number was seen to be.
    let sampled = || scene.processes.get(&seen.pid).map(String::as_str);
    match (seen.pid, seen.program.name().or_else(sampled)) {
        (0, _) => format!("{touches} ({when})"),
        (pid, None) => format!("{touches} by pid {pid} ({when})"),
        (pid, Some(name)) => format!("{touches} by pid {pid} {name} ({when})"),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn touched_names_stay_with_their_directories_and_untouched_ones_go() {
        let kept =
            Stage::new(|tree| tree.file("/a/b/used", 0o644, b"x").file("/a/unused", 0o644, b"y"))
                .read("/a/b/used")
                .kept();
        assert_eq!(kept, ["/", "/a", "/a/b", "/a/b/used"]);
    }

    #[test]
    fn the_target_of_a_touched_link_stays() {
        let kept = Stage::new(|tree| {
            tree.file("/lib/real.so", 0o644, b"x")
                .symlink("/lib/mid.so", "real.so")
                .symlink("/lib/a.so", "mid.so")
        })
        .looked_up("/lib/a.so")
        .kept();
        assert_eq!(kept, ["/", "/lib", "/lib/a.so", "/lib/mid.so", "/lib/real.so"]);
    }
}
