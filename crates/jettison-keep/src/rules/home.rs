//! Who the processes are stays known: the account files and the user's home.

use crate::{Level, Rule, Scene, Wants, rule::Page};

/// Keeps passwd, group and the home directory of the image's user.
pub(super) struct Home;

/// A larger passwd is not read; distributions' have under 4 KiB.
const PASSWD_BYTES: u64 = 1 << 20;

impl Rule for Home {
    fn name(&self) -> &'static str {
        "user"
    }

    fn level(&self) -> Level {
        Level::Minimal
    }

    fn page(&self) -> Page {
        Page {
            what: "/etc/passwd, /etc/group, /etc/nsswitch.conf and the home directory of the image's user.",
            why: "Runtimes resolve USER with them, programs ask who they are, and a user who cannot write its home fails \
                  late and far from the cause. What is in the home is another rule's business.",
            instead: "--exclude-path, if the user is a bare number and nothing asks for its name.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for file in ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"] {
            wants.want_resolved(scene, file.as_bytes(), None, "how processes learn who they are");
        }
        let mut homes: Vec<String> = scene.contract.env.get("HOME").cloned().into_iter().collect();
        homes.extend(passwd_home(scene));
        for home in homes.iter().filter(|home| home.starts_with('/')) {
            wants.want_resolved(scene, home.as_bytes(), None, "the home of the image's user");
        }
    }
}

/// The sixth field of the user's line in `/etc/passwd` (passwd(5)).
fn passwd_home(scene: &Scene<'_>) -> Option<String> {
    let file = scene.find("/etc/passwd")?;
    let text = scene.tree.read_all(scene.tree.inode_id(file), PASSWD_BYTES).ok()?;
    String::from_utf8_lossy(&text).lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let uid: u32 = fields.get(2)?.parse().ok()?;
        (uid == scene.contract.uid).then(|| fields.get(5).map(|&home| home.to_owned()))?
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn the_home_stays_and_the_homes_of_others_go() {
        let passwd = b"root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/home/web:/bin/sh\n";
        let kept = Stage::new(|tree| {
            tree.file("/etc/passwd", 0o644, passwd)
                .dir("/home/web", 0o750)
                .file("/home/web/notes", 0o644, b"x")
                .dir("/home/other", 0o750)
        })
        .user(33)
        .kept();
        assert!(kept.contains(&"/home/web".to_owned()) && kept.contains(&"/etc/passwd".to_owned()));
        assert!(
            !kept.contains(&"/home/other".to_owned())
                && !kept.contains(&"/home/web/notes".to_owned())
        );
    }
}
