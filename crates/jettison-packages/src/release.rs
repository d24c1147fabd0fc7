//! Which distribution it is: os-release(5).

use jettison_rootfs::Tree;

/// Longest os-release that is read; they have some hundred bytes.
const FILE_BYTES: u64 = 64 << 10;

/// What os-release says; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// `ID`: `debian`, in small letters.
    pub id: String,
    /// `VERSION_ID`: `12`; empty on rolling releases.
    pub version: String,
    /// `PRETTY_NAME`, or `NAME`.
    pub name: String,
}

impl Release {
    /// The release of a tree.
    pub fn of(tree: &Tree) -> Self {
        let read = |path: &str| {
            let file = tree.resolve(path.as_bytes())?.path;
            tree.read_all(tree.inode_id(file), FILE_BYTES).ok()
        };
        let text = read("/etc/os-release").or_else(|| read("/usr/lib/os-release"));
        Self::parse(&String::from_utf8_lossy(&text.unwrap_or_default()))
    }

    fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let mut pairs = text.lines().filter_map(|line| line.trim().split_once('='));
            pairs.find(|(name, _)| *name == key).map(|(_, value)| unquoted(value))
        };
        Self {
            id: value("ID").unwrap_or_default(),
            version: value("VERSION_ID").unwrap_or_default(),
            name: value("PRETTY_NAME").or_else(|| value("NAME")).unwrap_or_default(),
        }
    }
}

/// A value without its quotes. Backslashes stand in front of `$`, quotes, backslashes and backticks.
fn unquoted(value: &str) -> String {
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let inside = quote.and_then(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let mut text = String::new();
    let mut chars = inside.unwrap_or(value).chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_unquoted() {
        let text =
            "NAME=Plain\n# ID=no\nID=debian\nVERSION_ID='12'\nPRETTY_NAME=\"Debian \\\"12\\\"\"\n";
        let expected = Release {
            id: "debian".to_owned(),
            version: "12".to_owned(),
            name: "Debian \"12\"".to_owned(),
        };
        assert_eq!(Release::parse(text), expected);
        assert_eq!(Release::parse(""), Release::default());
        assert_eq!(Release::parse("NAME=\"").name, "\"");
    }
}
