//! Who a process runs as: `USER` of an image, resolved with the account files of its tree.
//!
//! The same rules as container runtimes have (Docker's `USER` reference; runc's libcontainer/user): `name`, `uid`,
//! `name:group`, `uid:gid`; supplementary groups from `/etc/group` when no group is named; `HOME` from `/etc/passwd`.

use jettison_rootfs::Tree;
use thiserror::Error;

/// Larger account files are not read; distributions' have some KiB.
const FILE_LIMIT: u64 = 4 << 20;

/// Ids and home of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Supplementary group ids, sorted.
    pub groups: Vec<u32>,
    /// Home directory, `/` when `/etc/passwd` does not know the user.
    pub home: String,
}

/// Why `USER` cannot be resolved.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum AccountError {
    /// The name is not in the account file.
    #[error(
        "USER {user:?}: there is no {kind} {name:?} in the image's {file}; name one that exists with --user, or a number"
    )]
    Unknown {
        /// `USER` as the image has it.
        user: String,
        /// "user" or "group".
        kind: &'static str,
        /// The part that is unknown.
        name: String,
        /// The file that was searched.
        file: &'static str,
    },
}

/// Resolves `user` ("" means root) in the tree's account files.
pub(crate) fn resolve(tree: &Tree, user: &str) -> Result<Account, AccountError> {
    let (name, group) =
        user.split_once(':').map_or((user, None), |(name, group)| (name, Some(group)));
    let passwd = read(tree, "/etc/passwd");
    let groups = read(tree, "/etc/group");
    let name = if name.is_empty() { "0" } else { name };
    let entry =
        passwd.lines().map(Fields::new).find(|entry| entry.at(0) == name || entry.at(2) == name);
    let uid = match (&entry, name.parse()) {
        (Some(entry), _) => entry.number(2).unwrap_or(0),
        (None, Ok(uid)) => uid,
        (None, Err(_)) => return Err(unknown(user, "user", name, "/etc/passwd")),
    };
    let login = entry.as_ref().map(|entry| entry.at(0).to_owned());
    let (gid, extra) = match group.filter(|group| !group.is_empty()) {
        Some(group) => (group_id(&groups, user, group)?, Vec::new()),
        None => (
            entry.as_ref().and_then(|entry| entry.number(3)).unwrap_or(0),
            member_of(&groups, login.as_deref()),
        ),
    };
    let home = entry.map(|entry| entry.at(5).to_owned()).filter(|home| !home.is_empty());
    Ok(Account { uid, gid, groups: extra, home: home.unwrap_or_else(|| "/".to_owned()) })
}

fn group_id(groups: &str, user: &str, name: &str) -> Result<u32, AccountError> {
    let known = groups
        .lines()
        .map(Fields::new)
        .find(|entry| entry.at(0) == name)
        .and_then(|entry| entry.number(2));
    known.or_else(|| name.parse().ok()).ok_or_else(|| unknown(user, "group", name, "/etc/group"))
}

fn member_of(groups: &str, login: Option<&str>) -> Vec<u32> {
    let Some(login) = login else { return Vec::new() };
    let is_member = |entry: &Fields<'_>| entry.at(3).split(',').any(|member| member == login);
    let mut ids: Vec<u32> = groups
        .lines()
        .map(Fields::new)
        .filter(is_member)
        .filter_map(|entry| entry.number(2))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn unknown(user: &str, kind: &'static str, name: &str, file: &'static str) -> AccountError {
    AccountError::Unknown { user: user.to_owned(), kind, name: name.to_owned(), file }
}

fn read(tree: &Tree, path: &str) -> String {
    let bytes = tree
        .resolve(path.as_bytes())
        .and_then(|resolved| tree.read_all(tree.inode_id(resolved.path), FILE_LIMIT).ok())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The colon-separated fields of an account file's line (passwd(5), group(5)).
struct Fields<'a>(Vec<&'a str>);

impl<'a> Fields<'a> {
    fn new(line: &'a str) -> Self {
        Self(line.split(':').collect())
    }

    fn at(&self, index: usize) -> &'a str {
        self.0.get(index).copied().unwrap_or_default()
    }

    fn number(&self, index: usize) -> Option<u32> {
        self.at(index).trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jettison_rootfs::fixture::TreeBuilder;

    fn tree() -> Tree {
        TreeBuilder::new()
            .file(
                "/etc/passwd",
                0o644,
                b"root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/var/www:/bin/sh\n",
            )
            .file("/etc/group", 0o644, b"root:x:0:\nweb:x:34:\nssl:x:99:web,other\nadm:x:4:web\n")
            .build()
    }

    fn account(uid: u32, gid: u32, groups: &[u32], home: &str) -> Account {
        Account { uid, gid, groups: groups.to_vec(), home: home.to_owned() }
    }

    #[test]
    fn every_form_of_user_resolves_as_runtimes_do() {
        let cases = [
            ("", account(0, 0, &[], "/root")),
            ("web", account(33, 34, &[4, 99], "/var/www")),
            ("33", account(33, 34, &[4, 99], "/var/www")),
            ("web:ssl", account(33, 99, &[], "/var/www")),
            ("web:7", account(33, 7, &[], "/var/www")),
            ("1234", account(1234, 0, &[], "/")),
            ("1234:55", account(1234, 55, &[], "/")),
        ];
        for (user, expected) in cases {
            assert_eq!(resolve(&tree(), user).expect("it resolves"), expected, "{user:?}");
        }
    }

    #[test]
    fn unknown_names_are_told() {
        for (user, part) in [("nobody", "user \"nobody\""), ("web:wheel", "group \"wheel\"")] {
            let error = resolve(&tree(), user).expect_err("it does not resolve");
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
