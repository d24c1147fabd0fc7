//! What packages of programming languages carry that no program uses.
//!
//! Judged by name: the directories at the top of a package in which authors keep tests, documentation and examples, and
//! files that only compilers, editors and people read. What a program did use stays by evidence all the same.

/// Directories at the top of a package.
const DIRECTORIES: [&str; 22] = [
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "spec",
    "specs",
    "features",
    "doc",
    "docs",
    "example",
    "examples",
    "sample",
    "samples",
    "benchmark",
    "benchmarks",
    "bench",
    "coverage",
    "man",
    ".github",
    ".circleci",
    ".vscode",
    ".nyc_output",
];

/// Endings of documents, and of sources of what is there in compiled form.
const ENDINGS: [&str; 22] = [
    ".md",
    ".markdown",
    ".mkd",
    ".rdoc",
    ".map",
    ".ts",
    ".mts",
    ".cts",
    ".tsx",
    ".flow",
    ".c",
    ".cc",
    ".cpp",
    ".h",
    ".hpp",
    ".o",
    ".a",
    ".gyp",
    ".gypi",
    ".coffee.md",
    ".tsbuildinfo",
    ".gem",
];

/// Beginnings of documents that have any ending.
const DOCUMENTS: [&str; 5] = ["changelog", "changes", "history", "contributing", "authors"];

/// Beginnings of what licences oblige to pass on.
const LICENCES: [&str; 4] = ["license", "licence", "copying", "notice"];

/// Whether a directory at the top of a package holds nothing that a program uses.
pub(crate) fn is_directory(name: &[u8]) -> bool {
    DIRECTORIES.iter().any(|known| known.as_bytes() == name)
}

/// Whether a file of a package is none that a program uses.
pub(crate) fn is_file(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word.as_bytes()));
    if begins(&LICENCES) {
        return false;
    }
    let is_code = [&b".js"[..], b".cjs", b".mjs", b".json", b".rb", b".php", b".node"]
        .iter()
        .any(|end| name.ends_with(end));
    (begins(&DOCUMENTS) && !is_code) || ENDINGS.iter().any(|end| name.ends_with(end.as_bytes()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn documents_and_sources_are_ballast_and_licences_are_not() {
        let cases = [
            ("README.md", true),
            ("LICENSE.md", false),
            ("licence.txt", false),
            ("CHANGELOG", true),
            ("History.md", true),
            ("changes.js", false),
            ("index.d.ts", true),
            ("index.js.map", true),
            ("index.js", false),
            ("binding.node", false),
            ("addon.cc", true),
            ("data.json", false),
            ("notice.c", false),
            ("author.js", false),
        ];
        for (name, expected) in cases {
            assert_eq!(super::is_file(name.as_bytes()), expected, "{name}");
        }
        assert!(super::is_directory(b"__tests__") && !super::is_directory(b"lib"));
    }
}
