//! Directories of templates, pages and other served files stay whole once one of them was used.

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, rule::Page, subtree::Subtree};

/// Keeps a program's own collections of files that it picks from by name.
pub(super) struct Templates;

/// Names of directories in which programs keep files that they choose by request, by error, or by language.
const DIRECTORIES: [&str; 38] = [
    "templates",
    "template",
    "views",
    "view",
    "layouts",
    "partials",
    "static",
    "public",
    "assets",
    "www",
    "html",
    "htdocs",
    "webroot",
    "web",
    "errors",
    "error",
    "error_pages",
    "errorpages",
    "pages",
    "locale",
    "locales",
    "i18n",
    "l10n",
    "lang",
    "langs",
    "languages",
    "translations",
    "messages",
    "themes",
    "theme",
    "skins",
    "icons",
    "images",
    "css",
    "js",
    "fonts",
    "schemas",
    "migrations",
];

/// Endings of such files. Code is not among them: modules are other rules' business.
const ENDINGS: [&str; 51] = [
    ".html",
    ".htm",
    ".xhtml",
    ".shtml",
    ".tmpl",
    ".tpl",
    ".j2",
    ".jinja",
    ".jinja2",
    ".mustache",
    ".hbs",
    ".handlebars",
    ".ejs",
    ".pug",
    ".erb",
    ".haml",
    ".slim",
    ".twig",
    ".latte",
    ".liquid",
    ".ftl",
    ".vm",
    ".mako",
    ".eex",
    ".heex",
    ".leex",
    ".gohtml",
    ".css",
    ".scss",
    ".svg",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".ico",
    ".webp",
    ".woff",
    ".woff2",
    ".ttf",
    ".txt",
    ".xml",
    ".xsl",
    ".xslt",
    ".xsd",
    ".json",
    ".yml",
    ".yaml",
    ".properties",
    ".po",
    ".mo",
    ".sql",
];

/// A collection is kept whole up to here; larger ones are data.
const WHOLE_BYTES: u64 = 64 << 20;

impl Rule for Templates {
    fn name(&self) -> &'static str {
        "templates"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Where a template, page, style sheet, image, message file or schema was read, or a directory of them was looked \
                   into: the directory around it that is named for such files (templates, static, errors, locale, ...), whole, \
                   up to 64 MB; a servlet container's web application, whole; the files of the same ending beside it when there is no such directory.",
            why: "The page for an error, the answer to a form, the mail in another language lie beside the page that was asked \
                  for, and are found by name.",
            instead: "--exclude-path for what is not served.",
        }
    }

    fn begin(&self, scene: &Scene<'_>, wants: &mut Wants) {
        let tree = scene.tree;
        let mut done = std::collections::BTreeSet::new();
        for (path, seen) in scene.evidence.iter() {
            let is_read =
                seen.touches.contains(Touches::READ) && tree.inode(path).kind == Kind::File;
            if tree.name(path) == b"WEB-INF" && done.insert(tree.parent(path)) {
                want_web_application(scene, path, wants);
            }
            let is_directory =
                tree.inode(path).kind == Kind::Directory && is_collection(tree.name(path));
            if !(is_directory || (is_read && ending(tree.name(path)).is_some()))
                || is_passed_over(scene, path)
            {
                continue;
            }
            match collection(scene, path) {
                Some(directory) if done.insert(directory) => {
                    if scene.bytes_below(directory, WHOLE_BYTES) <= WHOLE_BYTES {
                        wants.want_below(
                            scene,
                            Subtree {
                                directory,
                                by: Some(path),
                                because: "of the same collection as",
                            },
                            |path| {
                                !matches!(
                                    tree.name(path),
                                    b".git" | b"node_modules" | b"__pycache__"
                                )
                            },
                        );
                    }
                }
                Some(_) => {}
                None => want_beside(scene, path, &mut done, wants),
            }
        }
    }
}

/// An unpacked web application of a servlet container: its pages are compiled when they are first asked for.
fn want_web_application(scene: &Scene<'_>, inner: PathId, wants: &mut Wants) {
    let directory = scene.tree.parent(inner);
    if scene.bytes_below(directory, WHOLE_BYTES) <= WHOLE_BYTES {
        let subtree = Subtree { directory, by: Some(inner), because: "of the web application of" };
        wants.want_below(scene, subtree, |_| true);
    }
}

/// The outermost directory around a name that is called after what is in it.
fn collection(scene: &Scene<'_>, path: PathId) -> Option<PathId> {
    let tree = scene.tree;
    let mut found = None;
    let mut at = path;
    while at != tree.root() {
        if tree.inode(at).kind == Kind::Directory
            && is_collection(tree.name(at))
            && tree.parent(at) != tree.root()
        {
            found = Some(at);
        }
        at = tree.parent(at);
    }
    found
}

fn is_collection(name: &[u8]) -> bool {
    DIRECTORIES.iter().any(|known| known.as_bytes() == name)
}

fn ending(name: &[u8]) -> Option<&'static str> {
    ENDINGS.into_iter().find(|ending| name.ends_with(ending.as_bytes()))
}

/// Places that other rules know more about.
fn is_passed_over(scene: &Scene<'_>, path: PathId) -> bool {
    /// The system's own collections: one file of them is used, never the collection.
    const SYSTEM: [&[u8]; 9] = [
        b"/usr/share/locale",
        b"/usr/share/icons",
        b"/usr/share/fonts",
        b"/usr/lib/locale",
        b"/usr/share/zoneinfo",
        b"/usr/share/i18n",
        b"/etc",
        b"/usr/share/xml",
        b"/usr/share/doc",
    ];
    let full = scene.tree.path(path);
    SYSTEM.iter().any(|place| full.starts_with(place))
        || scene.is_in_language_package(path)
        || is_in_runtime(scene, path)
}

/// Whether the name is in the directory of an interpreter's own library.
fn is_in_runtime(scene: &Scene<'_>, path: PathId) -> bool {
    let mut at = path;
    while at != scene.tree.root() {
        let name = scene.tree.name(at);
        if matches!(name, b"jvm" | b"perl" | b"perl5" | b"ruby")
            || (name.starts_with(b"python") && scene.tree.child(at, b"os.py").is_some())
        {
            return true;
        }
        at = scene.tree.parent(at);
    }
    false
}

/// Files with the same ending in the same directory.
fn want_beside(
    scene: &Scene<'_>,
    path: PathId,
    done: &mut std::collections::BTreeSet<PathId>,
    wants: &mut Wants,
) {
    let tree = scene.tree;
    let directory = tree.parent(path);
    let Some(ending) = ending(tree.name(path)).filter(|_| directory != tree.root()) else { return };
    if !done.insert(path) {
        return;
    }
    let alike: Vec<PathId> = tree
        .children(directory)
        .filter(|&child| {
            tree.inode(child).kind == Kind::File && tree.name(child).ends_with(ending.as_bytes())
        })
        .collect();
    let bytes: u64 = alike.iter().map(|&child| tree.inode(child).size).sum();
    if bytes <= WHOLE_BYTES {
        done.extend(alike.iter().copied());
        for child in alike {
            wants.want_for(child, path, "a file like");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    fn stage(used: &str) -> Vec<String> {
        Stage::new(|tree| {
            tree.file("/app/templates/index.html", 0o644, b"x")
                .file("/app/templates/mail/thanks.txt", 0o644, b"x")
                .file("/app/templates/sub/static/a.css", 0o644, b"x")
                .file("/app/secret.key", 0o644, b"x")
                .file("/app/one.html", 0o644, b"x")
                .file("/app/two.html", 0o644, b"x")
                .file("/usr/share/tool/errors/404.html", 0o644, b"x")
                .file("/usr/share/tool/errors/500.html", 0o644, b"x")
                .file("/usr/share/locale/de/x.mo", 0o644, b"x")
                .file("/usr/share/locale/fr/x.mo", 0o644, b"x")
        })
        .level(Level::Balanced)
        .read(used)
        .kept_files()
    }

    #[test]
    fn web_applications_stay_whole() {
        let kept = Stage::new(|tree| {
            tree.file("/srv/app/WEB-INF/web.xml", 0o644, b"x")
                .file("/srv/app/WEB-INF/jsp/401.jsp", 0o644, b"x")
                .file("/srv/app/rare.jsp", 0o644, b"x")
                .file("/srv/other/x.jsp", 0o644, b"x")
        })
        .level(Level::Balanced)
        .looked_up("/srv/app/WEB-INF")
        .kept_files();
        assert_eq!(
            kept,
            ["/srv/app/WEB-INF/jsp/401.jsp", "/srv/app/WEB-INF/web.xml", "/srv/app/rare.jsp"]
        );
    }

    #[test]
    fn the_collection_around_a_used_file_stays() {
        let templates = [
            "/app/templates/index.html",
            "/app/templates/mail/thanks.txt",
            "/app/templates/sub/static/a.css",
        ];
        assert_eq!(stage("/app/templates/index.html"), templates);
        assert_eq!(stage("/app/templates/sub/static/a.css"), templates);
        assert_eq!(
            stage("/usr/share/tool/errors/404.html"),
            ["/usr/share/tool/errors/404.html", "/usr/share/tool/errors/500.html"]
        );
    }

    #[test]
    fn without_one_the_files_of_the_same_kind_stay() {
        assert_eq!(stage("/app/one.html"), ["/app/one.html", "/app/two.html"]);
        assert_eq!(stage("/app/secret.key"), ["/app/secret.key"]);
        assert_eq!(stage("/usr/share/locale/de/x.mo"), ["/usr/share/locale/de/x.mo"]);
    }
}
