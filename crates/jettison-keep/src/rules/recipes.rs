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
                   alembic.ini, php for artisan; the commands in a Procfile, in supervisord's programs and in crontabs.",
            why: "Migrations, consoles and jobs are run with them in the container, and on another day than the probe's.",
            instead: "--no-rule recipes, or a .dockerignore for recipes that only developers use.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let tree = scene.tree;
        let name = tree.name(path);
        if tree.inode(path).kind != Kind::File {
            return;
        }
        let is_packaged = scene.packages().system_owner(path).is_some()
            || scene.packages().language_owner(path).is_some()
            || scene.is_in_language_package(path);
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
    fn times_are_told_from_commands() {
        assert_eq!(scheduled("*/5 * * * * root run x"), Some("run x"));
        assert_eq!(scheduled("@reboot run"), Some("run"));
        assert_eq!(scheduled("MAILTO=root"), None);
        assert_eq!(scheduled("see also the manual"), None);
    }
}
