//! Files whose name says that they hold credentials, and files that configure something.

use super::{
    plausible::{is_password, is_placeholder},
    rule::Found,
};

/// What a file is for, as its path tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FileClass {
    /// Anything.
    Plain,
    /// It configures something.
    Settings,
    /// `shadow(5)`.
    Shadow,
    /// Apache's and nginx's list of users.
    Htpasswd,
    /// `.netrc`.
    Netrc,
    /// `.pgpass`.
    Pgpass,
    /// `.npmrc`.
    Npmrc,
    /// `.docker/config.json`, `.dockercfg`, podman's `auth.json`.
    DockerConfig,
    /// `.git-credentials`.
    GitCredentials,
    /// `.kube/config` and its like.
    Kubeconfig,
    /// Keys and certificates in one file, by its ending: PKCS #12, Java key stores, Kerberos keytabs.
    KeyStore,
}

/// Ends of names of files that configure something.
const SETTINGS_ENDS: &[&str] = &[
    ".env",
    ".properties",
    ".ini",
    ".cfg",
    ".conf",
    ".config",
    ".cnf",
    ".yml",
    ".yaml",
    ".json",
    ".toml",
    ".xml",
    ".tfvars",
    ".tfstate",
    ".credentials",
    ".creds",
    ".secret",
    ".secrets",
    ".envrc",
    ".boto",
    ".s3cfg",
    ".pypirc",
    ".rc",
    ".plist",
    ".settings",
    ".auth",
    ".tf",
    ".hcl",
    ".service",
];

/// Names of such files.
const SETTINGS_NAMES: &[&str] = &[
    "credentials",
    "config",
    "secrets",
    ".my.cnf",
    ".yarnrc",
    ".pip",
    "wp-config.php",
    "settings.py",
    "local_settings.py",
    "config.php",
    "database.php",
    "configuration.php",
    "parameters.yml",
    "secrets.yml",
    "rclone.conf",
    ".bashrc",
    ".profile",
    ".bash_history",
    ".zsh_history",
    ".ash_history",
    ".sh_history",
    ".mysql_history",
    ".psql_history",
    "docker-entrypoint.sh",
    "entrypoint.sh",
    "start.sh",
    "run.sh",
    "environment",
    "Dockerfile",
    "Jenkinsfile",
    "config.rb",
    "settings.local.php",
    ".bash_profile",
    ".zshrc",
];

/// Directories of translated messages: `"password": "Passwort"` is none.
const CATALOGS: &[&str] = &[
    "i18n",
    "l10n",
    "lang",
    "langs",
    "language",
    "languages",
    "locale",
    "locales",
    "translation",
    "translations",
    "messages",
];
/// Beginnings of names of files with messages: Java's `messages_de.properties`, Android's `strings.xml`.
const CATALOG_NAMES: &[&str] = &["messages", "strings", "translation"];

/// Whether a file holds messages in some language.
fn is_catalog(directory: &str, name: &str) -> bool {
    let is_one = |part: &str| CATALOGS.contains(&part.to_ascii_lowercase().as_str());
    directory.split('/').any(is_one) || CATALOG_NAMES.iter().any(|start| name.starts_with(start))
}

impl FileClass {
    /// What a file at `path` is for.
    pub(crate) fn of(path: &[u8]) -> Self {
        let Ok(path) = std::str::from_utf8(path) else { return Self::Plain };
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = directory.rsplit('/').next().unwrap_or_default();
        match (parent, name) {
            ("etc", "shadow" | "gshadow" | "shadow-" | "gshadow-") => return Self::Shadow,
            (_, ".htpasswd" | "htpasswd") => return Self::Htpasswd,
            (_, ".netrc" | "_netrc" | "netrc") => return Self::Netrc,
            (_, ".pgpass" | "pgpass.conf") => return Self::Pgpass,
            (_, ".npmrc" | "npmrc") => return Self::Npmrc,
            (".docker", "config.json") | (_, ".dockercfg" | ".dockerconfigjson") => {
                return Self::DockerConfig;
            }
            ("containers" | "kaniko" | ".regctl", "auth.json" | "config.json") => {
                return Self::DockerConfig;
            }
            (_, ".git-credentials") | ("git", "credentials") => return Self::GitCredentials,
            (".kube", "config") | (_, "kubeconfig" | "admin.conf" | "kubelet.conf") => {
                return Self::Kubeconfig;
            }
            _ => {}
        }
        let lower = name.to_ascii_lowercase();
        let has_end = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
        if has_end(&[".htpasswd"]) {
            Self::Htpasswd
        } else if has_end(&[".kubeconfig"]) {
            Self::Kubeconfig
        } else if has_end(&[".p12", ".pfx", ".jks", ".keystore", ".keytab", ".kdbx", ".bks"]) {
            Self::KeyStore
        } else if is_catalog(directory, &lower) {
            Self::Plain
        } else if lower.starts_with(".env")
            || has_end(SETTINGS_ENDS)
            || SETTINGS_NAMES.contains(&name)
        {
            Self::Settings
        } else {
            Self::Plain
        }
    }
}

/// Secrets that the form of the file gives away, with the names of their rules.
pub(crate) fn secrets(class: FileClass, bytes: &[u8]) -> std::vec::IntoIter<(&'static str, Found)> {
    let found = match class {
        FileClass::Shadow => by_line(bytes, "shadow-hash", shadow_hash),
        FileClass::Htpasswd => by_line(bytes, "htpasswd-hash", htpasswd_hash),
        FileClass::Pgpass => by_line(bytes, "pgpass-password", pgpass_password),
        FileClass::Npmrc => by_line(bytes, "npmrc-credential", npmrc_credential),
        FileClass::GitCredentials => by_line(bytes, "git-credentials", git_credential),
        FileClass::Netrc => netrc(bytes),
        FileClass::DockerConfig => quoted_values(
            bytes,
            "docker-config-auth",
            &["auth", "identitytoken", "registrytoken", "password"],
        ),
        FileClass::Kubeconfig => kubeconfig(bytes),
        FileClass::KeyStore => key_store(bytes),
        FileClass::Plain | FileClass::Settings => Vec::new(),
    };
    found.into_iter()
}

/// Lines that are looked at: a longer list of users tells no more.
const MAX_LINES: usize = 10_000;

fn by_line(
    bytes: &[u8],
    rule: &'static str,
    find: fn(&str) -> Option<std::ops::Range<usize>>,
) -> Vec<(&'static str, Found)> {
    let mut offset = 0;
    let mut found = Vec::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n').take(MAX_LINES) {
        let text = std::str::from_utf8(line).unwrap_or_default();
        let text = text.trim_end();
        if let Some(range) = find(text).filter(|_| !text.starts_with('#')) {
            found.push((rule, Found::private(offset + range.start..offset + range.end)));
        }
        offset += line.len();
    }
    found
}

/// The second field of a line, split at colons.
fn second_field(line: &str) -> Option<std::ops::Range<usize>> {
    let start = line.find(':')? + 1;
    let len = line[start..].find(':').unwrap_or(line.len() - start);
    (start > 1).then_some(start..start + len)
}

/// A hash of crypt(5); not `*` or `!`, which lock the account.
fn shadow_hash(line: &str) -> Option<std::ops::Range<usize>> {
    let range = second_field(line)?;
    let hash = line[range.clone()].trim_start_matches('!');
    let is_old = hash.len() == 13
        && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(&byte));
    let is_hash = (hash.starts_with('$') && hash.len() > 20) || is_old;
    // A hash behind an exclamation mark is locked, but still to be guessed.
    is_hash.then_some(range)
}

fn htpasswd_hash(line: &str) -> Option<std::ops::Range<usize>> {
    let range = second_field(line)?;
    let hash = &line[range.clone()];
    let is_hash = hash.starts_with('$')
        || hash.starts_with("{SHA}")
        || hash.starts_with("{SSHA}")
        || hash.len() == 13;
    (is_hash && hash.len() >= 13).then_some(range)
}

/// `host:port:database:user:password`.
fn pgpass_password(line: &str) -> Option<std::ops::Range<usize>> {
    let start = line.match_indices(':').nth(3)?.0 + 1;
    is_password(&line.as_bytes()[start..]).then_some(start..line.len())
}

/// `_auth`, `_password` and `_authToken` of npm's configuration.
fn npmrc_credential(line: &str) -> Option<std::ops::Range<usize>> {
    let (key, value) = line.split_once('=')?;
    let name = key.trim().rsplit([':', '/']).next()?;
    let is_secret = matches!(name, "_auth" | "_password" | "_authToken");
    let trimmed = value.trim().trim_matches(['"', '\'']);
    let is_value =
        is_secret && is_password(trimmed.as_bytes()) && !is_placeholder(trimmed.as_bytes());
    let start = line.len() - value.trim_start().len();
    is_value.then_some(start..line.len())
}

/// `https://user:password@host`.
fn git_credential(line: &str) -> Option<std::ops::Range<usize>> {
    let start = line.find("://")? + 3;
    let end = start + line[start..].rfind('@')?;
    let colon = start + line[start..end].find(':')? + 1;
    (colon < end).then_some(colon..end)
}

/// `machine HOST login USER password PASSWORD`, over lines as it likes.
fn netrc(bytes: &[u8]) -> Vec<(&'static str, Found)> {
    let mut found = Vec::new();
    let mut is_next = false;
    let mut at = 0;
    for word in bytes.split(u8::is_ascii_whitespace) {
        if is_next && !word.is_empty() {
            if is_password(word) {
                found.push(("netrc-password", Found::private(at..at + word.len())));
            }
            is_next = false;
        } else if word == b"password" {
            is_next = true;
        }
        at += word.len() + 1;
    }
    found
}

/// Values of JSON strings with one of these keys.
fn quoted_values(bytes: &[u8], rule: &'static str, keys: &[&str]) -> Vec<(&'static str, Found)> {
    let mut found = Vec::new();
    for key in keys {
        let quoted = format!("\"{key}\"");
        for at in memchr::memmem::find_iter(bytes, quoted.as_bytes()) {
            let rest = &bytes[at + quoted.len()..];
            let trimmed = rest.trim_ascii_start();
            let Some(value) = trimmed.strip_prefix(b":").map(<[u8]>::trim_ascii_start) else {
                continue;
            };
            let Some(value) = value.strip_prefix(b"\"") else { continue };
            let Some(len) = memchr::memchr(b'"', value) else { continue };
            let start = bytes.len() - value.len();
            if len >= 4 && !is_placeholder(&value[..len]) {
                found.push((rule, Found::private(start..start + len)));
            }
        }
    }
    found
}

/// A client's key or token in YAML.
fn kubeconfig(bytes: &[u8]) -> Vec<(&'static str, Found)> {
    by_line(bytes, "kubeconfig-credential", |line| {
        let (key, value) = line.split_once(':')?;
        let key = key.trim().trim_start_matches("- ");
        let is_secret =
            matches!(key, "client-key-data" | "token" | "password" | "id-token" | "refresh-token");
        let value_text = value.trim().trim_matches(['"', '\'']);
        let start = line.len() - value.trim_start().len();
        // Keys in base64 are longer than any password.
        let is_value = is_password(value_text.as_bytes()) || value_text.len() > 256;
        (is_secret && is_value).then_some(start..line.len())
    })
}

/// By how the file begins: Java's key stores, PKCS #12 (a sequence of version 3), Kerberos keytabs, KeePass.
fn key_store(bytes: &[u8]) -> Vec<(&'static str, Found)> {
    let is_pkcs12 = bytes.first() == Some(&0x30)
        && memchr::memmem::find(&bytes[..bytes.len().min(16)], &[0x02, 0x01, 0x03]).is_some();
    // Of Java's stores, only those whose first entry is a key: the others list certificates that are trusted.
    let is_java =
        bytes.starts_with(b"\xfe\xed\xfe\xed") && bytes.get(12..16) == Some(&[0, 0, 0, 1]);
    let magics: [&[u8]; 2] = [b"\x05\x02\x00", b"\x03\xd9\xa2\x9a"];
    let is_store = is_pkcs12 || is_java || magics.iter().any(|magic| bytes.starts_with(magic));
    let mut found = Vec::new();
    if is_store {
        found.push(("key-store", Found::private(0..bytes.len())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<'a>(path: &str, text: &'a str) -> Vec<&'a str> {
        let found = secrets(FileClass::of(path.as_bytes()), text.as_bytes());
        found.map(|(_, found)| &text[found.range]).collect()
    }

    #[test]
    fn each_form_is_read() {
        let hash = "$y$j9T$abcdefghijklmnop$qrstuvwxyz";
        let cases: [(&str, String, &[&str]); 9] = [
            ("etc/shadow", format!("root:{hash}:19000:0:99999:7:::\nbin:*:1\nx:!:2\n"), &[hash]),
            (
                "srv/.htpasswd",
                "joe:$apr1$abcdefgh$ijklmnopq\n".to_owned(),
                &["$apr1$abcdefgh$ijklmnopq"],
            ),
            ("root/.pgpass", "db:5432:*:app:hunter2\n".to_owned(), &["hunter2"]),
            (
                "root/.npmrc",
                "registry=https://x/\n//x/:_authToken=4f3c-a9\n_auth=${A}\n".to_owned(),
                &["4f3c-a9"],
            ),
            ("root/.git-credentials", "https://joe:hunter2@git.x\n".to_owned(), &["hunter2"]),
            ("root/.netrc", "machine a login b\n password hunter2\n".to_owned(), &["hunter2"]),
            (
                "root/.docker/config.json",
                r#"{"auths":{"r.x":{"auth": "am9lOmh1bnRlcjI="}}}"#.to_owned(),
                &["am9lOmh1bnRlcjI="],
            ),
            (
                "root/.kube/config",
                "users:\n- user:\n    token: kX82mLqP0zRt\n".to_owned(),
                &["kX82mLqP0zRt"],
            ),
            ("etc/passwd", "root:x:0:0\n".to_owned(), &[]),
        ];
        for (path, text, expected) in cases {
            assert_eq!(values(path, &text), expected, "{path}");
        }
    }
}
