//! Who the processes are stays known: the account files and the user's home.

use jettison_rootfs::PathId;

use crate::{Level, Rule, Scene, Wants, family, rule::Page};

/// Keeps passwd, group and home directories.
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
            what: "/etc/passwd, /etc/group, /etc/nsswitch.conf, and the home directories of the image's user, of root and of \
                   accounts that were added to those which every image has (from uid 100 on). With a kept server for logins \
                   (SSH, FTP) also these accounts' shells.",
            why: "Runtimes resolve USER with them, programs ask who they are, and a user who cannot write its home fails \
                  late and far from the cause: so do logins, cron jobs and services of other accounts, which start in theirs. What is in the home is another rule's business.",
            instead: "--exclude-path, if the user is a bare number and nothing asks for its name.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        for file in ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf"] {
            wants.want_resolved(scene, file.as_bytes(), None, "how processes learn who they are");
        }
        let mut homes: Vec<String> = scene.contract.env.get("HOME").cloned().into_iter().collect();
        let accounts = accounts(scene);
        let is_own = |account: &&Account| account.uid == scene.contract.uid;
        homes.extend(accounts.iter().filter(is_own).map(|account| account.home.clone()));
        for home in homes.iter().filter(|home| home.starts_with('/')) {
            wants.want_resolved(scene, home.as_bytes(), None, "the home of the image's user");
        }
        for Account { home, .. } in accounts.iter().filter(|account| account.is_added()) {
            if home.starts_with('/') {
                wants.want_resolved(scene, home.as_bytes(), None, "the home of an account");
            }
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let is_server = family::is_program(scene.tree.name(path), &LOGIN_SERVERS);
        if !is_server || !scene.tree.inode(path).is_executable() {
            return;
        }
        for Account { shell, .. } in accounts(scene).iter().filter(|account| account.is_added()) {
            if shell.starts_with('/') {
                let because = "the shell of an account, without which there is no login by";
                wants.want_resolved(scene, shell.as_bytes(), Some(path), because);
            }
        }
    }
}

/// The first uid that is given out when a package or a user is added (Debian policy 9.2.2; others begin higher).
const FIRST_ADDED: u32 = 100;

/// Servers that refuse accounts whose shell is not there (sshd(8), and pam_shells for FTP).
const LOGIN_SERVERS: [&str; 6] = ["sshd", "dropbear", "login", "vsftpd", "proftpd", "pure-ftpd"];

/// A line of `/etc/passwd`.
struct Account {
    uid: u32,
    home: String,
    shell: String,
}

impl Account {
    /// Whether it is root's, or one that not every image has.
    fn is_added(&self) -> bool {
        self.uid == 0 || self.uid >= FIRST_ADDED
    }
}

/// The third, sixth and seventh fields of each line of `/etc/passwd` (passwd(5)).
fn accounts(scene: &Scene<'_>) -> Vec<Account> {
    let text = scene.find("/etc/passwd").and_then(|file| scene.contents(file, PASSWD_BYTES));
    let text = text.unwrap_or_default();
    let account = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        Some(Account {
            uid: fields.get(2)?.parse().ok()?,
            home: (*fields.get(5)?).to_owned(),
            shell: fields.get(6).map_or_else(String::new, |&shell| shell.to_owned()),
        })
    };
    String::from_utf8_lossy(&text).lines().filter_map(account).collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::Stage;

    #[test]
    fn homes_of_accounts_stay_and_what_is_in_them_goes() {
        let passwd = b"root:x:0:0:root:/root:/bin/sh\nweb:x:33:33::/home/web:/bin/sh\n\
            games:x:5:60:games:/usr/games:/usr/sbin/nologin\ngit:x:1000:1000::/srv/git:/usr/bin/git-shell\n\
            nobody:x:65534:65534::/nonexistent:/bin/false\n";
        let kept = Stage::new(|tree| {
            tree.file("/etc/passwd", 0o644, passwd)
                .dir("/home/web", 0o750)
                .file("/home/web/notes", 0o644, b"x")
                .dir("/home/other", 0o750)
                .dir("/usr/games", 0o755)
                .file("/srv/git/.profile", 0o644, b"x")
                .dir("/root", 0o700)
        })
        .user(33)
        .kept();
        for path in ["/home/web", "/etc/passwd", "/srv/git", "/root"] {
            assert!(kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
        for path in ["/home/other", "/home/web/notes", "/usr/games", "/srv/git/.profile"] {
            assert!(!kept.contains(&path.to_owned()), "{path} in {kept:?}");
        }
    }

    #[test]
    fn shells_stay_with_servers_for_logins() {
        let passwd =
            b"root:x:0:0:root:/root:/bin/bash\ngames:x:5:60:games:/usr/games:/bin/games-shell\n\
            git:x:1000:1000::/srv/git:/usr/bin/git-shell\n";
        let kept = |program: &str| {
            Stage::new(|tree| {
                [
                    "/bin/bash",
                    "/bin/games-shell",
                    "/usr/bin/git-shell",
                    "/usr/sbin/sshd",
                    "/bin/app",
                ]
                .iter()
                .fold(tree, |tree, path| tree.file(path, 0o755, b"x"))
                .file("/etc/passwd", 0o644, passwd)
            })
            .read(program)
            .kept_files()
        };
        assert_eq!(
            kept("/usr/sbin/sshd"),
            ["/bin/bash", "/etc/passwd", "/usr/bin/git-shell", "/usr/sbin/sshd"]
        );
        assert_eq!(kept("/bin/app"), ["/bin/app", "/etc/passwd"]);
    }
}
