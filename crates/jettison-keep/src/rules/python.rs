//! What Python code refers to stays.

use crate::{KeepSet, Level, Rule, Scene, Wants, python::Closure, rule::Page};

/// Keeps what kept Python code imports, and distributions whole.
pub(super) struct Python;

impl Rule for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn level(&self) -> Level {
        Level::Balanced
    }

    fn page(&self) -> Page {
        Page {
            what: "Each Python distribution that was asked for by name when it was installed, of which a module was used, or \
                   that is imported by kept code, whole but for tests, \
                   documents, headers, type declarations and, where they \
                   weigh more than 8 MiB, data of rare languages, with those it requires and those that extend it by entry \
                   points; the modules of the standard library that kept code imports at any place; all codecs; time \
                   zones when zoneinfo is imported; the source of each bytecode file.",
            why: "Imports inside functions run when a request needs them, plug-ins and data files are found by name, and \
                  a traceback reads the source. What a probe did not reach would fail in production with ImportError.",
            instead: "--no-rule python keeps the modules that were touched. --exclude-path for single distributions.",
        }
    }

    fn settled(&self, scene: &Scene<'_>, keep: &KeepSet, wants: &mut Wants) {
        for (path, (by, because)) in Closure::of(scene, keep) {
            match by {
                Some(by) => wants.want_for(path, by, because),
                None => wants.want(path, because),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Level, rules::fixture::Stage};
    use jettison_rootfs::fixture::TreeBuilder;

    const LIB: &str = "/usr/local/lib/python3.11";
    const SITE: &str = "/usr/local/lib/python3.11/site-packages";

    /// Files and what is in them.
    type Sources = &'static [(&'static str, &'static str)];

    /// Modules of the library.
    const STDLIB: Sources = &[
        ("os.py", "import stat"),
        ("stat.py", ""),
        ("site.py", ""),
        ("importlib/__init__.py", "from . import _bootstrap_external"),
        (
            "importlib/_bootstrap_external.py",
            "def f():\n    from importlib.readers import FileReader",
        ),
        ("importlib/readers.py", ""),
        ("encodings/__init__.py", ""),
        ("encodings/cp500.py", ""),
        ("csv.py", "import _csv\nfrom io import StringIO\nimport tkinter"),
        ("io.py", ""),
        ("zoneinfo/__init__.py", ""),
        ("tkinter/__init__.py", ""),
        ("ftplib.py", ""),
        ("wave.py", ""),
        ("xml/__init__.py", ""),
        ("xml/sax.py", ""),
    ];

    /// Distributions: name, requirements, files.
    const DISTRIBUTIONS: &[(&str, &str, Sources)] = &[
        (
            "one",
            "Requires-Dist: Two>=1\nRequires-Dist: five; extra == 'x'\n",
            &[
                ("one/__init__.py", "def f():\n    import ftplib, pip, pytest"),
                ("one/data.bin", ""),
                ("one/tests/test_a.py", ""),
                ("one/x.pyi", ""),
            ],
        ),
        ("two", "", &[("two.py", "")]),
        ("driver", "", &[("driver.py", "")]),
        (
            "loader",
            "",
            &[(
                "loader.py",
                "import importlib\nlibrary = 'driver'\nimportlib.import_module(library)",
            )],
        ),
        ("three", "", &[("three/__init__.py", "")]),
        ("five", "", &[("five.py", "")]),
        ("pip", "", &[("pip/__init__.py", "")]),
        ("tzdata", "", &[("tzdata/zoneinfo/Asia/Tokyo", "")]),
        (
            "setuptools",
            "",
            &[
                ("setuptools/__init__.py", ""),
                ("_distutils_hack/__init__.py", ""),
                ("distutils-precedence.pth", "import os; __import__('_distutils_hack')"),
            ],
        ),
    ];

    /// A Python with a few modules, the distributions one, two, three and setuptools, and an application.
    fn python(tree: TreeBuilder) -> TreeBuilder {
        let mut tree = tree.file("/usr/local/bin/python3.11", 0o755, b"x");
        for (name, source) in STDLIB {
            tree = tree.file(&format!("{LIB}/{name}"), 0o644, source.as_bytes());
        }
        tree = tree.file(
            &format!("{LIB}/lib-dynload/_csv.cpython-311-x86_64-linux-gnu.so"),
            0o644,
            b"x",
        );
        for (name, requires, files) in DISTRIBUTIONS {
            let mut record = String::new();
            for (file, source) in *files {
                tree = tree.file(&format!("{SITE}/{file}"), 0o644, source.as_bytes());
                record.push_str(file);
                record.push_str(",,\n");
            }
            let info = format!("{SITE}/{name}-1.dist-info");
            tree = tree
                .file(
                    &format!("{info}/METADATA"),
                    0o644,
                    format!("Name: {name}\nVersion: 1\n{requires}").as_bytes(),
                )
                .file(&format!("{info}/RECORD"), 0o644, record.as_bytes());
            if *name == "three" {
                tree = tree.file(
                    &format!("{info}/entry_points.txt"),
                    0o644,
                    b"[two.plugins]\nx = three\n",
                );
            }
        }
        tree
    }

    fn stage(app: &str) -> Stage {
        let mut stage = Stage::new(|tree| python(tree).file("/app/main.py", 0o644, app.as_bytes()));
        stage.options.level = Level::Balanced;
        stage.workdir("/app").read(&format!("{LIB}/os.py")).looked_up(SITE).read("/app/main.py")
    }

    fn check(app: &str, yes: &[&str], no: &[&str]) {
        let kept = stage(app).kept_files();
        let short = |path: &String| path.replace(SITE, "SITE").replace(LIB, "LIB");
        let kept: Vec<String> = kept.iter().map(short).collect();
        for path in yes {
            assert!(kept.contains(&(*path).to_owned()), "{path} is not in {kept:?}");
        }
        for path in no {
            assert!(!kept.contains(&(*path).to_owned()), "{path} is in {kept:?}");
        }
    }

    #[test]
    fn the_start_and_the_codecs_stay_and_the_rest_of_the_library_goes() {
        check(
            "",
            &["LIB/stat.py", "LIB/site.py", "LIB/encodings/cp500.py", "LIB/importlib/readers.py"],
            &[
                "LIB/wave.py",
                "LIB/csv.py",
                "SITE/two.py",
                "LIB/tkinter/__init__.py",
                "LIB/importlib/_bootstrap_external.py",
            ],
        );
    }

    #[test]
    fn lazy_imports_of_the_library_stay_with_their_extension_modules() {
        let dynload = "LIB/lib-dynload/_csv.cpython-311-x86_64-linux-gnu.so";
        check(
            "def f():\n    import csv\n    x('xml.sax')",
            &["LIB/csv.py", "LIB/io.py", dynload, "LIB/xml/sax.py"],
            &["LIB/tkinter/__init__.py", "LIB/wave.py"],
        );
        check("import tkinter", &["LIB/tkinter/__init__.py"], &[]);
    }

    #[test]
    fn distributions_stay_whole_with_what_they_require_and_what_extends_that() {
        check(
            "def f():\n    from one import f",
            &[
                "SITE/one/__init__.py",
                "SITE/one/data.bin",
                "SITE/two.py",
                "SITE/three/__init__.py",
                "SITE/one-1.dist-info/METADATA",
                "LIB/ftplib.py",
            ],
            &["SITE/one/tests/test_a.py", "SITE/one/x.pyi", "SITE/five.py", "SITE/pip/__init__.py"],
        );
    }

    #[test]
    fn large_families_of_languages_stay_in_common_and_used_languages() {
        let data = vec![0; 90_000];
        let two =
            ('a'..='e').flat_map(|first| ('a'..='z').map(move |second| format!("{first}{second}")));
        let names: Vec<String> =
            two.chain(["de_DE".to_owned(), "root".to_owned(), "hi".to_owned()]).collect();
        let mut stage = Stage::new(|tree| {
            let info = format!("{SITE}/cldr-1.dist-info");
            let mut record = String::from("cldr/__init__.py,,\n");
            let mut tree = python(tree).file(&format!("{SITE}/cldr/__init__.py"), 0o644, b"");
            for name in &names {
                tree = tree.file(&format!("{SITE}/cldr/data/{name}.dat"), 0o644, &data);
                record.push_str("cldr/data/");
                record.push_str(name);
                record.push_str(".dat,,\n");
            }
            tree.file(&format!("{info}/METADATA"), 0o644, b"Name: cldr\n").file(
                &format!("{info}/RECORD"),
                0o644,
                record.as_bytes(),
            )
        });
        stage.options.level = Level::Balanced;
        let stage = stage
            .env("LANG", "cv_RU.UTF-8")
            .read(&format!("{LIB}/os.py"))
            .looked_up(SITE)
            .read(&format!("{SITE}/cldr/data/aa.dat"));
        let kept = stage.kept_files();
        let is_kept = |name: &str| kept.contains(&format!("{SITE}/cldr/data/{name}.dat"));
        assert!(
            is_kept("de_DE") && is_kept("root") && is_kept("hi") && is_kept("aa") && is_kept("cv")
        );
        assert!(!is_kept("ab") && !is_kept("ba"));
    }

    #[test]
    fn records_name_what_is_left() {
        let stage = stage("import one");
        let record = format!("{SITE}/one-1.dist-info/RECORD");
        assert_eq!(
            stage.rewritten(&record).as_deref(),
            Some(&b"one/__init__.py,,\none/data.bin,,\n"[..])
        );
        assert_eq!(stage.read(&record).rewritten(&record), None);
    }

    #[test]
    fn libraries_that_import_by_name_bring_what_they_name() {
        check("import loader", &["SITE/driver.py"], &["SITE/two.py"]);
    }

    #[test]
    fn what_was_asked_for_by_name_stays_unless_it_is_a_tool() {
        let build = |tree: TreeBuilder| {
            let requested = |name: &str| format!("{SITE}/{name}-1.dist-info/REQUESTED");
            python(tree).file(&requested("five"), 0o644, b"").file(&requested("pip"), 0o644, b"")
        };
        let mut stage = Stage::new(build);
        stage.options.level = Level::Balanced;
        let kept = stage.looked_up(SITE).read(&format!("{LIB}/os.py")).kept_files();
        assert!(
            kept.contains(&format!("{SITE}/five.py"))
                && !kept.contains(&format!("{SITE}/pip/__init__.py"))
        );
    }

    #[test]
    fn what_every_start_reads_is_no_use_of_its_distribution() {
        let kept = stage("")
            .read(&format!("{SITE}/distutils-precedence.pth"))
            .read(&format!("{SITE}/_distutils_hack/__init__.py"))
            .kept_files();
        assert!(!kept.contains(&format!("{SITE}/setuptools/__init__.py")));
        let kept = stage("").read(&format!("{SITE}/one/data.bin")).kept_files();
        assert!(kept.contains(&format!("{SITE}/one/__init__.py")));
    }

    #[test]
    fn zones_stay_when_zoneinfo_is_imported() {
        let zones = "SITE/tzdata/zoneinfo/Asia/Tokyo";
        check("from zoneinfo import ZoneInfo", &[zones], &[]);
        check("", &[], &[zones]);
    }

    #[test]
    fn without_python_nothing_is_kept_for_it() {
        let mut stage = Stage::new(|tree| python(tree).file("/app/gyp.py", 0o644, b"import csv"));
        stage.options.level = Level::Balanced;
        assert_eq!(stage.read("/app/gyp.py").kept_files(), ["/app/gyp.py"]);
    }
}
