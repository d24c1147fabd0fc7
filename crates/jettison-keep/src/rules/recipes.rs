//! Commands that read the application's own recipes stay.

use jettison_rootfs::{Kind, PathId};

use super::shell;
use crate::{Level, Rule, Scene, Wants, place, rule::Page, shell_words};

/// Keeps the commands for which an application holds a file of instructions.
pub(super) struct Recipes;

/// Longest recipe that is read; people write them.
const RECIPE_BYTES: u64 = 256 << 10;

/// Files by name, and the commands that look for a file of that name.
const FILES: [(&str, &[&str]); 10] = [
    ("Rakefile", &["rake"]),
    ("rakefile", &["rake"]),
    ("Rakefile.rb", &["rake"]),
    ("Gemfile", &["bundle", "bundler"]),
    ("gems.rb", &["bundle", "bundler"]),
    ("alembic.ini", &["alembic"]),
    ("artisan", &["php"]),
    ("config.ru", &["rackup"]),
    ("phinx.php", &["php"]),
    ("manage.py", &["python3", "python"]),
];

/// Programs that run jobs by the clock.
const CRONS: [&[u8]; 5] = [b"cron", b"crond", b"anacron", b"fcron", b"busybox"];
/// Where they find them (cron(8) of Debian, Red Hat and Alpine).
const JOBS: [&str; 12] = [
    "/etc/cron.d",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/var/spool/cron",
    "/var/spool/cron/crontabs",
    "/etc/crontabs",
    "/etc/periodic/15min",
    "/etc/periodic/hourly",
    "/etc/periodic/daily",
    "/etc/periodic/weekly",
];

impl Rule for Recipes {
    fn name(&self) -> &'static str {
        "recipes"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "The command for each kept recipe of the application: rake for a Rakefile, bundle for a Gemfile, alembic for its \
                   alembic.ini, php for artisan; the commands in a Procfile, in supervisord's programs, in crontabs and in server-side \
                   includes. With a kept cron the jobs that no package brought; sudo, if somebody wrote who may use it.",
            why: "Migrations, consoles and jobs are run with them in the container, and on another day than the probe's.",
            instead: "--no-rule recipes, or a .dockerignore for recipes that only developers use.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let Some(directory) = scene.find("/etc/sudoers.d") else { return };
        for file in scene.tree.children(directory) {
            if scene.tree.inode(file).is_file() && !scene.is_packaged(file) {
                wants.want(file, "who may do what, as somebody wrote it");
                shell::want_program(scene, Some(file), "sudo", wants);
            }
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let tree = scene.tree;
        let name = tree.name(path);
        if tree.inode(path).kind != Kind::File {
            return;
        }
        let is_packaged = scene.is_packaged(path);
        if tree.inode(path).is_executable() && CRONS.contains(&name) {
            want_jobs(scene, path, wants);
        }
        if let Some((_, commands)) = FILES.iter().find(|(file, _)| file.as_bytes() == name)
            && !is_packaged
            && !place::is_system(&tree.path(path))
        {
            for command in *commands {
                shell::want_program(scene, Some(path), command, wants);
            }
        }
        for line in lines(scene, path, is_packaged) {
            for command in shell_words::commands(&line) {
                shell::want_command(scene, Some(path), &command, wants);
            }
        }
    }
}

/// The jobs that somebody wrote for this image, and what runs a directory of them.
fn want_jobs(scene: &Scene<'_>, cron: PathId, wants: &mut Wants) {
    for directory in JOBS.iter().filter_map(|directory| scene.find(directory)) {
        for job in scene.tree.children(directory) {
            if scene.tree.inode(job).is_file() && !scene.is_packaged(job) {
                wants.want_for(job, cron, "a job for");
                if scene.tree.inode(job).is_executable() {
                    wants.want_resolved(scene, b"/etc/crontab", Some(cron), "the times for");
                    shell::want_program(scene, Some(job), "run-parts", wants);
                }
            }
        }
    }
}

/// Command lines that a recipe holds.
fn lines(scene: &Scene<'_>, path: PathId, is_packaged: bool) -> Vec<String> {
    let tree = scene.tree;
    let name = tree.name(path);
    let read: fn(&str) -> Option<&str> = if name == b"Procfile" && !is_packaged {
        // `web: command`.
        |line| line.split_once(':').map(|(_, command)| command)
    } else if name.ends_with(b".conf") || name.ends_with(b".ini") {
        // supervisord(1): `command=`, in sections of programs, event listeners and FastCGI programs.
        |line| line.strip_prefix("command")?.trim_start().strip_prefix('=')
    } else if is_crontab(scene, path) && !is_packaged {
        |line| scheduled(line)
    } else if name.ends_with(b".shtml") {
        // Apache's mod_include.
        |line| line.split_once("#exec cmd=\"")?.1.split_once('"').map(|(command, _)| command)
    } else {
        return Vec::new();
    };
    let text = scene.contents(path, RECIPE_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let is_supervisors = || text.contains("[program:") || text.contains("[supervisord]");
    if (name.ends_with(b".conf") || name.ends_with(b".ini")) && !is_supervisors() {
        return Vec::new();
    }
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with(['#', ';']))
        .filter_map(read)
        .map(str::to_owned)
        .collect()
}

fn is_crontab(scene: &Scene<'_>, path: PathId) -> bool {
    let directory = scene.tree.path(scene.tree.parent(path));
    scene.tree.name(path) == b"crontab"
        || [&b"/etc/cron.d"[..], b"/var/spool/cron/crontabs", b"/etc/crontabs"]
            .contains(&directory.as_slice())
}

/// What stands behind the five fields of a time, or behind `@daily`; a user's name in between is a command that is not
/// found, and what follows it is tried too.
fn scheduled(line: &str) -> Option<&str> {
    let fields = if line.starts_with('@') { 1 } else { 5 };
    let is_time = |word: &str| {
        word.starts_with('@')
            || word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*/,-".contains(&byte))
    };
    let mut rest = line;
    for _ in 0..fields {
        let (word, behind) = rest.split_once([' ', '\t'])?;
        if !is_time(word) {
            return None;
        }
        rest = behind.trim_start();
    }
    match rest.split_once([' ', '\t']) {
        Some(("root" | "www-data" | "nobody" | "app", command)) => Some(command),
        _ => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::scheduled;
    use crate::{Level, rules::fixture::Stage};

    fn kept(recipe: &str, text: &[u8]) -> Vec<String> {
        let kept = Stage::new(|tree| {
            ["rake", "bundle", "worker", "rotate", "nginx", "sh"]
                .iter()
                .fold(tree, |tree, name| tree.file(&format!("/usr/bin/{name}"), 0o755, b"x"))
                .file(recipe, 0o644, text)
        })
        .level(Level::Balanced)
        .read(recipe)
        .kept_files();
        kept.into_iter().filter(|path| path != recipe).collect()
    }

    #[test]
    fn commands_stay_with_their_recipes() {
        assert_eq!(kept("/app/Rakefile", b"task :x\n"), ["/usr/bin/rake"]);
        assert_eq!(kept("/app/Gemfile", b"gem 'x'\n"), ["/usr/bin/bundle"]);
        assert_eq!(kept("/usr/share/doc/x/Rakefile", b"x"), Vec::<String>::new());
        assert_eq!(
            kept("/app/Procfile", b"web: nginx -g x\njob: worker --all\n"),
            ["/usr/bin/nginx", "/usr/bin/worker"]
        );
        let programs = b"[program:web]\ncommand = nginx -g x\n;command=rotate\n";
        assert_eq!(kept("/etc/supervisor/conf.d/web.conf", programs), ["/usr/bin/nginx"]);
        assert_eq!(kept("/etc/other.conf", b"command=nginx\n"), Vec::<String>::new());
        let table =
            b"PATH=/bin\n# * * * * * worker\n5 4 * * sun root rotate /var/log\n@daily worker\n";
        assert_eq!(kept("/etc/cron.d/app", table), ["/usr/bin/rotate", "/usr/bin/worker"]);
    }

    #[test]
    fn jobs_stay_with_a_clock() {
        let kept = |program: &str| {
            Stage::new(|tree| {
                tree.file("/usr/sbin/cron", 0o755, b"x")
                    .file("/usr/bin/worker", 0o755, b"x")
                    .file("/usr/bin/run-parts", 0o755, b"x")
                    .file("/etc/crontab", 0o644, b"x")
                    .file("/etc/cron.d/app", 0o644, b"* * * * * root worker\n")
                    .file("/etc/cron.daily/tidy", 0o755, b"x")
                    .file("/etc/cron.daily/dpkg", 0o755, b"x")
                    .file(
                        "/var/lib/dpkg/status",
                        0o644,
                        b"Package: dpkg\nStatus: install ok installed\nVersion: 1\n",
                    )
                    .file("/var/lib/dpkg/info/dpkg.list", 0o644, b"/etc/cron.daily/dpkg\n")
            })
            .level(Level::Balanced)
            .read(program)
            .kept_files()
        };
        let with = kept("/usr/sbin/cron");
        for path in [
            "/etc/cron.d/app",
            "/usr/bin/worker",
            "/etc/cron.daily/tidy",
            "/etc/crontab",
            "/usr/bin/run-parts",
        ] {
            assert!(with.contains(&path.to_owned()), "{path} in {with:?}");
        }
        assert!(!with.contains(&"/etc/cron.daily/dpkg".to_owned()), "{with:?}");
        assert!(!kept("/usr/bin/worker").contains(&"/etc/cron.d/app".to_owned()));
    }

    #[test]
    fn pages_name_commands_for_the_server() {
        let page = b"<p><!--#exec cmd=\"rotate -u x\" -->\n<!--#include file=\"worker\" -->";
        assert_eq!(kept("/srv/www/page.shtml", page), ["/usr/bin/rotate"]);
    }

    #[test]
    fn sudo_stays_where_somebody_wrote_who_may_use_it() {
        let kept = |file: &str| {
            let kept =
                Stage::new(|tree| tree.file(file, 0o440, b"x").file("/usr/bin/sudo", 0o4755, b"x"));
            kept.level(Level::Balanced).kept_files()
        };
        assert_eq!(kept("/etc/sudoers.d/all"), ["/etc/sudoers.d/all", "/usr/bin/sudo"]);
        assert_eq!(kept("/etc/other/all"), Vec::<String>::new());
    }

    #[test]
    fn times_are_told_from_commands() {
        assert_eq!(scheduled("*/5 * * * * root run x"), Some("run x"));
        assert_eq!(scheduled("@reboot run"), Some("run"));
        assert_eq!(scheduled("MAILTO=root"), None);
        assert_eq!(scheduled("see also the manual"), None);
    }
}
