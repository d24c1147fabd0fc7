//! Programs that well-known libraries start stay with these libraries.

use jettison_rootfs::{Kind, PathId};

use super::shell;
use crate::{Level, Rule, Scene, Wants, family, rule::Page};

/// Keeps, by a table, the programs that packages of a language exist to start.
pub(super) struct Wrappers;

/// The language of a library, as its files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Python,
    Node,
    Ruby,
    Php,
}

use Language::{Node, Php, Python, Ruby};

const IMAGES: &[&str] =
    &["convert", "magick", "identify", "mogrify", "composite", "montage", "compare", "gm"];
const FILMS: &[&str] = &["ffmpeg", "ffprobe"];
const POPPLER: &[&str] = &["pdftoppm", "pdftocairo", "pdftotext", "pdfinfo", "pdfimages"];
const PAGES: &[&str] = &["wkhtmltopdf", "wkhtmltoimage"];
const BROWSERS: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "chromedriver", "firefox", "geckodriver"];
const GRAPHS: &[&str] = &["dot", "neato", "circo", "fdp", "sfdp", "twopi"];
const OFFICE: &[&str] = &["soffice", "libreoffice"];

/// Libraries by the name under which they are loaded, and what they start. Only libraries whose purpose is that program:
/// what a large framework can also call says nothing about an image.
const LIBRARIES: [(Language, &str, &[&str]); 50] = [
    (Ruby, "mini_magick", IMAGES),
    (Ruby, "streamio-ffmpeg", FILMS),
    (Ruby, "pdfkit", PAGES),
    (Ruby, "wicked_pdf", PAGES),
    (Ruby, "mini_exiftool", &["exiftool"]),
    (Ruby, "graphviz", GRAPHS),
    (Ruby, "git", &["git"]),
    (Ruby, "pandoc-ruby", &["pandoc"]),
    (Ruby, "rtesseract", &["tesseract"]),
    (Ruby, "docsplit", POPPLER),
    (Python, "ffmpeg", FILMS),
    (Python, "ffmpy", FILMS),
    (Python, "pydub", FILMS),
    (Python, "moviepy", FILMS),
    (Python, "yt_dlp", FILMS),
    (Python, "whisper", FILMS),
    (Python, "pdf2image", POPPLER),
    (Python, "pytesseract", &["tesseract"]),
    (Python, "pdfkit", PAGES),
    (Python, "imgkit", PAGES),
    (Python, "graphviz", GRAPHS),
    (Python, "pydot", GRAPHS),
    (Python, "git", &["git"]),
    (Python, "pypandoc", &["pandoc"]),
    (Python, "nbconvert", &["pandoc"]),
    (Python, "exiftool", &["exiftool"]),
    (Python, "camelot", &["gs"]),
    (Python, "ocrmypdf", &["tesseract", "gs", "unpaper", "pngquant", "jbig2"]),
    (Python, "selenium", BROWSERS),
    (Python, "pyppeteer", BROWSERS),
    (Python, "gnupg", &["gpg"]),
    (Python, "nmap", &["nmap"]),
    (Python, "sox", &["sox"]),
    (Python, "speech_recognition", &["flac"]),
    (Python, "unoserver", OFFICE),
    (Node, "fluent-ffmpeg", FILMS),
    (Node, "gm", IMAGES),
    (Node, "imagemagick", IMAGES),
    (Node, "simple-git", &["git"]),
    (Node, "puppeteer", BROWSERS),
    (Node, "puppeteer-core", BROWSERS),
    (Node, "playwright-core", BROWSERS),
    (Node, "node-tesseract-ocr", &["tesseract"]),
    (Node, "node-poppler", POPPLER),
    (Node, "exiftool-vendored", &["exiftool"]),
    (Node, "wkhtmltopdf", PAGES),
    (Node, "libreoffice-convert", OFFICE),
    (Php, "knplabs/knp-snappy", PAGES),
    (Php, "php-ffmpeg/php-ffmpeg", FILMS),
    (Php, "spatie/pdf-to-text", POPPLER),
];

/// Servers and the program that they start or, for HAProxy, through which alone its administration socket is spoken to
/// (its management guide, section 9.3). Libraries of databases and the shell that people, Rails' `dbconsole`, Django's
/// `dbshell` and the like open to look into them: whoever installed it did so for this image, no library asks for it.
const SERVERS: [(&str, &str); 9] = [
    ("php-fpm", "sendmail"),
    ("libphp", "sendmail"),
    ("haproxy", "socat"),
    ("libsqlite3", "sqlite3"),
    ("libpq", "psql"),
    ("libmariadb", "mariadb"),
    ("libmariadb", "mysql"),
    ("libmysqlclient", "mysql"),
    ("libhiredis", "redis-cli"),
];

impl Rule for Wrappers {
    fn name(&self) -> &'static str {
        "wrappers"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "By a table: the programs that kept libraries exist to start (MiniMagick's convert, pdf2image's pdftoppm, \
                   fluent-ffmpeg's ffmpeg, GitPython's git, Selenium's browser). With PHP's web servers sendmail, which mail() \
                   starts; with HAProxy socat, which speaks to its administration socket; with a database's client library its shell \
                   (sqlite3, psql, mariadb).",
            why: "The program's name is put together in the library, and it is started when the first picture or document \
                  comes.",
            instead: "--no-rule wrappers; --include-bin for those that are meant.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        if scene.tree.inode(path).kind != Kind::File {
            return;
        }
        for (_, _, programs) in
            LIBRARIES.iter().filter(|(language, name, _)| is_library(scene, path, *language, name))
        {
            for program in *programs {
                shell::want_program(scene, Some(path), program, wants);
            }
        }
        let name = scene.tree.name(path);
        for (server, program) in SERVERS {
            // Modules have their version before the ending: libphp8.2.so.
            let is_module = server == "libphp" && name.starts_with(server.as_bytes());
            if is_module
                || family::is_program(name, &[server])
                || family::is_library(name, &[server])
            {
                shell::want_program(scene, Some(path), program, wants);
            }
        }
    }
}

/// Whether a file is the one by which a library is loaded or known.
fn is_library(scene: &Scene<'_>, file: PathId, language: Language, library: &str) -> bool {
    let tree = scene.tree;
    let name = tree.name(file);
    let directory = tree.parent(file);
    let is_in = |directory: PathId, path: &str| {
        let mut at = directory;
        path.rsplit('/').all(|part| {
            let is_same = tree.name(at) == part.as_bytes();
            at = tree.parent(at);
            is_same
        })
    };
    match language {
        Ruby => name.strip_suffix(b".rb") == Some(library.as_bytes()),
        Python => {
            name.strip_suffix(b".py") == Some(library.as_bytes())
                || (name == b"__init__.py" && is_in(directory, library))
        }
        Node => name == b"package.json" && is_in(directory, &format!("node_modules/{library}")),
        Php => name.ends_with(b".php") && is_in_package(scene, file, library),
    }
}

/// Whether a file lies below `vendor/NAME`.
fn is_in_package(scene: &Scene<'_>, file: PathId, name: &str) -> bool {
    let full = scene.tree.path(file);
    memchr::memmem::find(&full, format!("/vendor/{name}/").as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    fn kept(library: &str) -> Vec<String> {
        let kept = Stage::new(|tree| {
            ["convert-im6", "ffmpeg", "pdfinfo", "sendmail", "socat", "sqlite3", "psql", "pandoc"]
                .iter()
                .fold(tree, |tree, name| tree.file(&format!("/usr/bin/{name}"), 0o755, b"x"))
                .symlink("/etc/alternatives/convert", "/usr/bin/convert-im6")
                .symlink("/usr/bin/convert", "/etc/alternatives/convert")
                .file(library, 0o644, b"x")
        })
        .level(Level::Balanced)
        .read(library)
        .kept_files();
        kept.into_iter().filter(|path| path != library).collect()
    }

    #[test]
    fn programs_stay_with_libraries_that_start_them() {
        assert_eq!(
            kept("/var/lib/gems/3.1.0/gems/mini_magick-4/lib/mini_magick.rb"),
            ["/etc/alternatives/convert", "/usr/bin/convert", "/usr/bin/convert-im6"]
        );
        assert_eq!(
            kept("/opt/venv/lib/python3.11/site-packages/pdf2image/__init__.py"),
            ["/usr/bin/pdfinfo"]
        );
        assert_eq!(
            kept("/opt/venv/lib/python3.11/site-packages/nbconvert/__init__.py"),
            ["/usr/bin/pandoc"]
        );
        assert_eq!(kept("/app/node_modules/fluent-ffmpeg/package.json"), ["/usr/bin/ffmpeg"]);
        assert_eq!(kept("/app/vendor/php-ffmpeg/php-ffmpeg/src/A.php"), ["/usr/bin/ffmpeg"]);
        assert_eq!(kept("/usr/lib/apache2/modules/libphp8.2.so"), ["/usr/bin/sendmail"]);
        assert_eq!(kept("/usr/sbin/haproxy"), ["/usr/bin/socat"]);
        assert_eq!(kept("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6"), ["/usr/bin/sqlite3"]);
        assert_eq!(kept("/usr/lib/x86_64-linux-gnu/libpq.so.5"), ["/usr/bin/psql"]);
        assert_eq!(kept("/app/node_modules/other/package.json"), Vec::<String>::new());
    }
}
