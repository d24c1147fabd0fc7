//! The data and modules of well-known libraries and servers stay with them.

use jettison_rootfs::{Kind, PathId, evidence::Touches};

use crate::{Level, Rule, Scene, Wants, family, place, rule::Page, subtree::Subtree};

/// Keeps, by a table, what is installed apart from the library or program that cannot do without it.
pub(super) struct Companions;

/// Libraries with what they open by names that are compiled in or put together. `~` is the directory of the library.
/// A `*` at the end stands for any ending of the last name.
const LIBRARIES: [(&str, &[&str]); 42] = [
    (
        "libluajit-5.1",
        &[
            "~/lua",
            "/usr/share/lua",
            "/usr/local/share/lua",
            "/usr/local/lib/lua",
            "/usr/share/luajit-2.1",
            "/usr/local/openresty/lualib",
        ],
    ),
    (
        "liblua5.1",
        &["~/lua/5.1", "/usr/share/lua/5.1", "/usr/local/share/lua/5.1", "/usr/local/lib/lua/5.1"],
    ),
    (
        "liblua5.3",
        &["~/lua/5.3", "/usr/share/lua/5.3", "/usr/local/share/lua/5.3", "/usr/local/lib/lua/5.3"],
    ),
    (
        "liblua5.4",
        &["~/lua/5.4", "/usr/share/lua/5.4", "/usr/local/share/lua/5.4", "/usr/local/lib/lua/5.4"],
    ),
    ("libMagickCore", &["~/ImageMagick-*", "/etc/ImageMagick-*", "/usr/share/ImageMagick-*"]),
    (
        "libGraphicsMagick",
        &["~/GraphicsMagick-*", "/usr/lib/GraphicsMagick-*", "/usr/share/GraphicsMagick-*"],
    ),
    ("libvips", &["~/vips-modules-*"]),
    ("libgdk_pixbuf-2.0", &["~/gdk-pixbuf-2.0"]),
    ("libsasl2", &["~/sasl2", "/etc/sasl2", "/usr/lib/sasl2"]),
    ("libkrb5", &["/etc/krb5.conf", "/etc/krb5.conf.d"]),
    ("libgssapi_krb5", &["~/gss", "/etc/gss"]),
    ("libldap", &["/etc/ldap/ldap.conf", "/etc/openldap/ldap.conf"]),
    ("libgio-2.0", &["~/gio/modules", "/usr/share/glib-2.0/schemas/gschemas.compiled"]),
    (
        "libmariadb",
        &["~/libmariadb3/plugin", "~/mariadb/plugin", "/etc/mysql", "/etc/my.cnf", "/etc/my.cnf.d"],
    ),
    ("libmysqlclient", &["~/mysql/plugin", "/etc/mysql", "/etc/my.cnf", "/etc/my.cnf.d"]),
    ("libpq", &["/etc/postgresql-common/pg_service.conf"]),
    ("libodbc", &["/etc/odbc.ini", "/etc/odbcinst.ini", "~/odbc"]),
    ("libp11-kit", &["~/pkcs11", "/etc/pkcs11", "/usr/share/p11-kit/modules"]),
    ("libgnutls", &["/etc/gnutls"]),
    ("libproj", &["/usr/share/proj"]),
    ("libgdal", &["/usr/share/gdal", "~/gdalplugins"]),
    ("libtesseract", &["/usr/share/tesseract-ocr", "/usr/share/tessdata"]),
    ("libhunspell-1.7", &["/usr/share/hunspell", "/usr/share/myspell"]),
    ("libaspell", &["/usr/lib/aspell", "~/aspell", "/var/lib/aspell", "/usr/share/aspell"]),
    ("libenchant-2", &["~/enchant-2", "/usr/share/enchant-2"]),
    ("libgvc", &["~/graphviz", "/usr/share/graphviz"]),
    (
        "libgs",
        &["/usr/share/ghostscript", "/var/lib/ghostscript", "/usr/share/color/icc/ghostscript"],
    ),
    ("libpoppler", &["/usr/share/poppler"]),
    ("libespeak-ng", &["~/espeak-ng-data", "/usr/share/espeak-ng-data"]),
    ("libmecab", &["/etc/mecabrc", "/usr/share/mecab", "/var/lib/mecab"]),
    ("libopencc", &["/usr/share/opencc"]),
    ("libGeoIP", &["/usr/share/GeoIP"]),
    ("libmaxminddb", &["/usr/share/GeoIP", "/var/lib/GeoIP"]),
    ("libasound", &["~/alsa-lib", "/usr/share/alsa", "/etc/alsa", "/etc/asound.conf"]),
    (
        "libX11",
        &[
            "/usr/share/X11/locale/locale.alias",
            "/usr/share/X11/locale/locale.dir",
            "/usr/share/X11/locale/compose.dir",
            "/usr/share/X11/locale/C",
        ],
    ),
    ("libxkbcommon", &["/usr/share/X11/xkb"]),
    ("libxml2", &["/etc/xml", "/etc/sgml/catalog"]),
    ("libxslt", &["~/libxslt-plugins"]),
    ("libaprutil-1", &["~/apr-util-1"]),
    ("libosmocore", &["/etc/osmocom"]),
    ("libwx_baseu-3.2", &["~/wx"]),
    ("libfreeradius-server", &["/usr/share/freeradius", "/usr/lib/freeradius"]),
];

/// Servers and interpreters with the directories of their modules and data. `~` is the directory above the one the
/// program is in, so that `/usr/lib/postgresql/15/bin/postgres` has its modules in `~/lib`.
const PROGRAMS: [(&str, &[&str]); 21] = [
    (
        "postgres",
        &["~/lib", "~/lib/postgresql", "~/share/postgresql", "~/share", "/usr/share/postgresql"],
    ),
    (
        "mysqld",
        &[
            "/usr/share/mysql",
            "/usr/lib/mysql/plugin",
            "~/share/mysql",
            "~/lib/plugin",
            "/etc/mysql",
            "/etc/my.cnf",
        ],
    ),
    (
        "mariadbd",
        &[
            "/usr/share/mysql",
            "/usr/share/mariadb",
            "/usr/lib/mysql/plugin",
            "~/lib/x86_64-linux-gnu/libmariadb3/plugin",
            "~/lib/aarch64-linux-gnu/libmariadb3/plugin",
            "/etc/mysql",
            "/etc/my.cnf",
        ],
    ),
    (
        "mariadb",
        &[
            "~/lib/x86_64-linux-gnu/libmariadb3/plugin",
            "~/lib/aarch64-linux-gnu/libmariadb3/plugin",
            "/etc/mysql",
            "/etc/my.cnf",
        ],
    ),
    ("beam.smp", &["~/../lib", "~/../releases"]),
    ("R", &["/usr/lib/R", "/usr/share/R", "/etc/R", "/usr/local/lib/R"]),
    ("lua", &["/usr/share/lua", "/usr/local/share/lua"]),
    ("luajit", &["/usr/share/lua", "/usr/local/share/lua", "/usr/share/luajit-2.1"]),
    ("tclsh", &["/usr/share/tcltk", "/usr/lib/tcltk"]),
    ("git", &["/usr/lib/git-core", "/usr/libexec/git-core", "/usr/share/git-core/templates"]),
    ("haproxy", &["/etc/haproxy"]),
    ("apache2", &["/usr/share/apache2/error", "/usr/share/apache2/icons"]),
    (
        "httpd",
        &[
            "~/conf",
            "~/error",
            "~/icons",
            "~/cgi-bin",
            "/usr/share/httpd/error",
            "/usr/share/httpd/icons",
        ],
    ),
    ("lighttpd", &["/etc/lighttpd", "/usr/share/lighttpd"]),
    ("dovecot", &["/etc/dovecot", "/usr/lib/dovecot", "/usr/share/dovecot"]),
    ("exim4", &["/etc/exim4"]),
    ("named", &["/etc/bind", "/usr/share/dns"]),
    ("slapd", &["/etc/ldap", "/usr/lib/ldap"]),
    ("gs", &["/usr/share/ghostscript", "/var/lib/ghostscript"]),
    (
        "sudo",
        &["/usr/libexec/sudo", "/usr/lib/sudo", "/etc/sudoers", "/etc/sudoers.d", "/etc/sudo.conf"],
    ),
    ("ssh", &["/etc/ssh/ssh_config", "/etc/ssh/ssh_config.d", "/etc/ssh/moduli"]),
];

/// Parts of such directories that a running program does not use; PostgreSQL goes on without its compiler for queries,
/// which alone needs the 120 MB of LLVM.
const UNUSED: [&str; 16] = [
    "doc",
    "docs",
    "man",
    "info",
    "bitcode",
    "pgxs",
    "examples",
    "test",
    "tests",
    "include",
    "locale",
    "mysql-test",
    "llvmjit.so",
    "tzdata",
    "html",
    "help",
];
/// Endings of what only compilers and debuggers read.
const ENDINGS: [&str; 4] = [".a", ".h", ".debug", ".md"];

/// A directory with more than this is not kept for being a neighbour: nothing in the tables is as large.
const MOST_BYTES: u64 = 256 << 20;

impl Rule for Companions {
    fn name(&self) -> &'static str {
        "companions"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "For kept libraries and servers of a table (ImageMagick, SASL, Kerberos, MariaDB's client, PROJ, GDAL, Tesseract, \
                   PostgreSQL, MySQL, Apache, git, ...): the data and modules that are installed apart from them.",
            why: "They put the names of these files together, so that neither evidence of another use nor strings show them: \
                  CREATE EXTENSION, a projection, an authentication method.",
            instead: "--exclude-path for the parts that are not meant.",
        }
    }

    fn kept(&self, scene: &Scene<'_>, path: PathId, wants: &mut Wants) {
        let inode = scene.tree.inode(path);
        if inode.kind != Kind::File {
            return;
        }
        let name = scene.tree.name(path);
        let directory = scene.tree.parent(path);
        for (_, places) in LIBRARIES.iter().filter(|(library, _)| is_library(name, library)) {
            want_places(scene, path, directory, places, wants);
        }
        // A program that was only looked for, as npm looks for git, is not used.
        let touches = scene.evidence.touches(path);
        let is_used = touches.is_empty() || touches.contains(Touches::READ);
        if inode.is_executable() && is_used {
            for (_, places) in
                PROGRAMS.iter().filter(|(program, _)| family::is_program(name, &[program]))
            {
                want_places(scene, path, scene.tree.parent(directory), places, wants);
            }
        }
    }
}

/// Libraries often have a version or a variant in their names: `libMagickCore-6.Q16.so.6`.
fn is_library(name: &[u8], library: &str) -> bool {
    name.strip_prefix(library.as_bytes()).is_some_and(|rest| {
        (rest.starts_with(b".so")
            || rest.starts_with(b"-")
            || rest.starts_with(b"_")
            || rest.first().is_some_and(u8::is_ascii_digit))
            && rest.windows(3).any(|part| part == b".so")
    })
}

fn want_places(scene: &Scene<'_>, by: PathId, home: PathId, places: &[&str], wants: &mut Wants) {
    for place in places {
        let full = match place.strip_prefix('~') {
            Some(rest) => [&scene.tree.path(home)[..], rest.as_bytes()].concat(),
            None => place.as_bytes().to_vec(),
        };
        for found in matching(scene, &full) {
            want_place(scene, by, &found, wants);
        }
    }
}

/// The paths that a place means: itself, or every name that begins like it.
fn matching(scene: &Scene<'_>, place: &[u8]) -> Vec<Vec<u8>> {
    let Some(beginning) = place.strip_suffix(b"*") else { return vec![place.to_vec()] };
    let slash = beginning.iter().rposition(|&byte| byte == b'/').unwrap_or_default();
    let (directory, stem) = (&beginning[..slash], &beginning[slash + 1..]);
    let children =
        scene.find(directory).into_iter().flat_map(|directory| scene.tree.children(directory));
    children
        .filter(|&child| scene.tree.name(child).starts_with(stem))
        .map(|child| scene.tree.path(child))
        .collect()
}

fn want_place(scene: &Scene<'_>, by: PathId, full: &[u8], wants: &mut Wants) {
    let Some(found) = scene.find(full) else { return };
    // `~/lib` and `~/share` mean a program's own prefix, never the system's.
    let real = scene.tree.path(found);
    let is_shared = [
        &b"/usr/lib"[..],
        b"/usr/share",
        b"/usr/local/lib",
        b"/usr/local/share",
        b"/lib",
        b"/etc",
        b"/usr",
        b"/",
    ];
    if is_shared.contains(&real.as_slice()) || scene.bytes_below(found, MOST_BYTES) > MOST_BYTES {
        return;
    }
    wants.want_resolved(scene, full, Some(by), "data of");
    wants.want_below(
        scene,
        Subtree { directory: found, by: Some(by), because: "data of" },
        |path| {
            let name = scene.tree.name(path);
            let is_system = place::is_in(&real, "/etc");
            is_system
                // Servers that keep passwords in a file of their own use it; it alone needs Berkeley DB.
                || !(name.starts_with(b"libsasldb.so")
                    || UNUSED.iter().any(|unused| unused.as_bytes() == name)
                    || ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes())))
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};

    fn stage(used: &str) -> Vec<String> {
        Stage::new(|tree| {
            tree.file("/usr/lib/postgresql/15/bin/postgres", 0o755, b"x")
                .file("/usr/lib/postgresql/15/lib/hstore.so", 0o644, b"x")
                .file("/usr/lib/postgresql/15/lib/llvmjit.so", 0o644, b"x")
                .file("/usr/lib/postgresql/15/lib/bitcode/x.bc", 0o644, b"x")
                .file("/usr/share/postgresql/15/extension/hstore.control", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/libMagickCore-6.Q16.so.6.0.0", 0o644, b"x")
                .file(
                    "/usr/lib/x86_64-linux-gnu/ImageMagick-6.9.11/modules-Q16/coders/png.so",
                    0o644,
                    b"x",
                )
                .file("/etc/ImageMagick-6/policy.xml", 0o644, b"x")
                .file("/usr/lib/x86_64-linux-gnu/other.so", 0o644, b"x")
                .file("/usr/bin/postgres", 0o755, b"x")
        })
        .level(Level::Balanced)
        .read(used)
        .kept_files()
    }

    #[test]
    fn data_stays_with_programs_and_libraries() {
        assert_eq!(
            stage("/usr/lib/postgresql/15/bin/postgres"),
            [
                "/usr/lib/postgresql/15/bin/postgres",
                "/usr/lib/postgresql/15/lib/hstore.so",
                "/usr/share/postgresql/15/extension/hstore.control"
            ]
        );
        assert_eq!(
            stage("/usr/lib/x86_64-linux-gnu/libMagickCore-6.Q16.so.6.0.0"),
            [
                "/etc/ImageMagick-6/policy.xml",
                "/usr/lib/x86_64-linux-gnu/ImageMagick-6.9.11/modules-Q16/coders/png.so",
                "/usr/lib/x86_64-linux-gnu/libMagickCore-6.Q16.so.6.0.0"
            ]
        );
        assert_eq!(
            stage("/usr/lib/x86_64-linux-gnu/other.so"),
            ["/usr/lib/x86_64-linux-gnu/other.so"]
        );
    }

    #[test]
    fn the_systems_directories_are_nobodys_own() {
        let kept = stage("/usr/bin/postgres");
        assert!(
            kept.contains(&"/usr/share/postgresql/15/extension/hstore.control".to_owned()),
            "{kept:?}"
        );
        assert!(!kept.contains(&"/usr/lib/x86_64-linux-gnu/other.so".to_owned()), "{kept:?}");
    }
}
