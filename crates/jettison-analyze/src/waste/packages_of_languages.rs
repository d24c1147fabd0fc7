//! Tests and documentation that packages of languages bring along, by the customs of each language.

use super::cause::Cause;

/// Where in the tree of an installed package of a language a name stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Installed {
    place: Place,
    /// What the name at hand is.
    cause: Option<Cause>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In no package.
    #[default]
    Outside,
    /// `lib` or `lib64`: the directories of Pythons are there.
    Library,
    /// The standard library of a Python.
    PythonStandard,
    /// `site-packages` or `dist-packages`.
    SitePackages,
    /// In a Python package.
    PythonPackage,
    /// `__pycache__`.
    PythonCache,
    /// `node_modules`.
    NodeModules,
    /// `node_modules/@scope`.
    NodeScope,
    /// The directory of a package of npm's.
    NodePackage,
    /// Deeper in one.
    NodeInside,
    /// `gems` of a gem directory.
    Gems,
    /// The directory of a gem.
    Gem,
    /// Deeper in one.
    GemInside,
}

impl Installed {
    /// What a name is that stands where `self` says. `names` are those in it, should it be a directory.
    pub(super) fn enter(
        &self,
        name: &str,
        is_directory: bool,
        names: impl FnOnce() -> Vec<String>,
    ) -> Self {
        if !is_directory {
            return Self { place: self.place, cause: self.file(name) };
        }
        let (place, cause) = match (self.place, name) {
            (_, "__pycache__") => (Place::PythonCache, Some(Cause::CompiledCache)),
            (_, "node_modules") => (Place::NodeModules, None),
            (_, "site-packages" | "dist-packages") => (Place::SitePackages, None),
            (Place::Outside, "lib" | "lib64") => (Place::Library, None),
            (Place::Library, name) if is_python(name) => (Place::PythonStandard, None),
            (Place::Library, _) => (Place::Outside, None),
            (Place::Outside, "gems") => (Place::Gems, None),
            (Place::PythonStandard, "test" | "tests") => {
                (Place::PythonStandard, Some(Cause::Tests))
            }
            (Place::SitePackages, _) => (Place::PythonPackage, None),
            (Place::PythonPackage, "tests") => (Place::PythonPackage, Some(Cause::Tests)),
            (Place::PythonPackage, "test") => {
                (Place::PythonPackage, has_tests(&names()).then_some(Cause::Tests))
            }
            (Place::NodeModules, name) if name.starts_with('@') => (Place::NodeScope, None),
            (Place::NodeModules, ".bin" | ".pnpm") => (Place::Outside, None),
            (Place::NodeModules | Place::NodeScope, _) => (Place::NodePackage, None),
            // Deeper directories of these names may hold code: `yaml/dist/doc`.
            (Place::NodePackage, "test" | "tests" | "__tests__") => {
                (Place::NodeInside, Some(Cause::Tests))
            }
            (Place::NodePackage, "doc" | "docs" | "example" | "examples") => {
                (Place::NodeInside, Some(Cause::Documentation))
            }
            (Place::NodePackage | Place::NodeInside, _) => (Place::NodeInside, None),
            (Place::Gems, name) if name.starts_with(|first: char| first.is_ascii_digit()) => {
                (Place::Outside, None)
            }
            (Place::Gems, _) => (Place::Gem, None),
            (Place::Gem, "test" | "tests" | "spec" | "features") => {
                (Place::GemInside, Some(Cause::Tests))
            }
            (Place::Gem, "doc" | "docs" | "example" | "examples" | "samples") => {
                (Place::GemInside, Some(Cause::Documentation))
            }
            (Place::Gem | Place::GemInside, _) => (Place::GemInside, None),
            (place, _) => (place, None),
        };
        Self { place, cause }
    }

    /// What holds for what is below the name at hand.
    pub(super) fn below(self) -> Self {
        Self { cause: None, ..self }
    }

    pub(super) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    fn file(&self, name: &str) -> Option<Cause> {
        let is_package = matches!(
            self.place,
            Place::NodePackage | Place::NodeInside | Place::Gem | Place::PythonPackage
        );
        let end = name.rsplit_once('.').map_or("", |(_, end)| end);
        match self.place {
            Place::PythonCache if matches!(end, "pyc" | "pyo") => Some(Cause::CompiledCache),
            Place::NodePackage if name.ends_with(".test.js") || name.ends_with(".spec.js") => {
                Some(Cause::Tests)
            }
            _ if is_package && is_document(name) => Some(Cause::Documentation),
            _ => None,
        }
    }
}

/// `python3`, `python3.11`, `pypy3.10`.
fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|version| {
        version.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
    })
}

/// `django/test` is a part of Django; a directory of tests has files that are named so.
fn has_tests(names: &[String]) -> bool {
    names.iter().any(|name| name.starts_with("test_") || name.ends_with("_test.py"))
}

/// Files for readers: not what programs open, and no licence.
fn is_document(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let starts = [
        "README",
        "CHANGELOG",
        "CHANGES",
        "HISTORY",
        "CONTRIBUTING",
        "UPGRADING",
        "SECURITY",
        "CODE_OF_CONDUCT",
    ];
    let is_text = [".MD", ".MARKDOWN", ".RST", ".TXT"].iter().any(|end| upper.ends_with(end))
        || !upper.contains('.');
    is_text && starts.iter().any(|start| upper.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(path: &str) -> Option<Cause> {
        let mut at = Installed::default();
        let mut found = None;
        let parts: Vec<&str> = path.split('/').collect();
        for (index, part) in parts.iter().enumerate() {
            let is_directory = index + 1 < parts.len();
            let next =
                parts.get(index + 1).map(|name| vec![(*name).to_owned()]).unwrap_or_default();
            at = at.enter(part, is_directory, || next);
            found = found.or(at.cause());
            at = at.below();
        }
        found
    }

    #[test]
    fn customs_of_languages() {
        for (path, expected) in [
            ("usr/lib/python3/dist-packages/numpy/core/tests/test_a.py", Some(Cause::Tests)),
            ("usr/lib/python3/dist-packages/django/test/client.py", None),
            ("usr/lib/python3/dist-packages/tornado/test/web_test.py", Some(Cause::Tests)),
            ("usr/local/lib/python3.12/test/x.py", Some(Cause::Tests)),
            ("usr/lib/python3.11/__pycache__/os.cpython-311.pyc", Some(Cause::CompiledCache)),
            ("app/__pycache__/a.cpython-311.pyc", Some(Cause::CompiledCache)),
            ("app/node_modules/yaml/dist/doc/index.js", None),
            ("app/node_modules/yaml/docs/index.html", Some(Cause::Documentation)),
            ("app/node_modules/@x/y/test/a.js", Some(Cause::Tests)),
            ("app/node_modules/test/index.js", None),
            ("app/node_modules/x/README.md", Some(Cause::Documentation)),
            ("app/node_modules/x/LICENSE", None),
            ("app/node_modules/x/readme.js", None),
            ("usr/local/bundle/gems/rack-3.0/spec/a.rb", Some(Cause::Tests)),
            ("usr/lib/ruby/gems/3.1.0/gems/rack-3.0/lib/rack/test/a.rb", None),
            ("app/tests/a.py", None),
            ("app/README.md", None),
        ] {
            assert_eq!(causes(path), expected, "{path}");
        }
    }
}
