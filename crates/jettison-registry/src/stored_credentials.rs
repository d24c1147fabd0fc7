//! Credentials in the files that docker and podman keep, and in helper programs those files name.

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::{
    Credential, CredentialError, CredentialSource, auth_file::AuthFile,
    credential_helper::CredentialHelper, server_key,
};

/// Looks credentials up in files, in order: the first that knows the registry counts.
#[derive(Debug)]
pub struct StoredCredentials {
    files: Vec<PathBuf>,
    read: Mutex<Option<Vec<AuthFile>>>,
}

impl StoredCredentials {
    /// From these files; those that are not there are passed over. Nothing is read yet.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { files, read: Mutex::default() }
    }

    fn files(&self) -> Result<Vec<AuthFile>, CredentialError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(files) = &*read {
            return Ok(files.clone());
        }
        let files: Vec<AuthFile> =
            self.files.iter().map(|path| AuthFile::read(path)).collect::<Result<_, _>>()?;
        *read = Some(files.clone());
        Ok(files)
    }
}

impl CredentialSource for StoredCredentials {
    fn find(&self, domain: &str, repository: &str) -> Result<Option<Credential>, CredentialError> {
        for file in self.files()? {
            if let Some(helper) = file.helper(domain)
                && let Some(found) = CredentialHelper::new(&helper)?.get(server_key::of(domain))?
            {
                return Ok(Some(found));
            }
            if let Some(found) = file.find(domain, repository)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Where a credential was put, or taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialPlace {
    /// A file, readable for its owner alone.
    File(PathBuf),
    /// A helper program, by its name behind `docker-credential-`.
    Helper(String),
}

/// Keeps a credential in the file, or in the helper program that the file names for the registry.
pub fn store_credential(
    file: &Path,
    domain: &str,
    credential: &Credential,
) -> Result<CredentialPlace, CredentialError> {
    edit(file, |content| {
        let Some(helper) = content.helper(domain) else {
            content.insert(domain, Some(credential));
            return Ok((true, CredentialPlace::File(file.to_owned())));
        };
        CredentialHelper::new(&helper)?.store(server_key::of(domain), credential)?;
        content.insert(domain, None);
        Ok((true, CredentialPlace::Helper(helper)))
    })
}

/// Forgets the credential of a registry, in the file and in its helper program; whether there was one in the file.
pub fn erase_credential(file: &Path, domain: &str) -> Result<bool, CredentialError> {
    if !file.exists() {
        return Ok(false);
    }
    edit(file, |content| {
        if let Some(helper) = content.helper(domain) {
            CredentialHelper::new(&helper)?.erase(server_key::of(domain))?;
        }
        let had = content.remove(domain);
        Ok((had, had))
    })
}

/// Reads the file, changes it, and replaces it at once, while nobody else of us does.
fn edit<T>(
    path: &Path,
    change: impl FnOnce(&mut AuthFile) -> Result<(bool, T), CredentialError>,
) -> Result<T, CredentialError> {
    // Some keep their configuration elsewhere and link to it: the link stays.
    let path = fs_err::canonicalize(path).unwrap_or_else(|_missing| path.to_owned());
    let dir = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !dir.exists() {
        fs_err::create_dir_all(dir)?;
        fs_err::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
    }
    // Held until the end: the directory itself, so that no file is left behind.
    let lock = fs_err::File::open(dir)?;
    lock.file().lock()?;
    let mut content = AuthFile::read(&path)?;
    let (is_changed, result) = change(&mut content)?;
    if is_changed {
        // Made with mode 0600 before anything is in it.
        let mut staged = tempfile::Builder::new().prefix(".jettison-").tempfile_in(dir)?;
        staged.write_all(&content.to_vec())?;
        staged.as_file().sync_all()?;
        staged.persist(&path).map_err(|error| error.error)?;
        lock.file().sync_all()?;
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn mode(path: &Path) -> u32 {
        fs_err::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_stored_is_found_and_forgotten() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("new/config.json");
        for (domain, credential) in [
            ("docker.io", Credential::basic("alice", "s3: cret")),
            ("quay.io", Credential::IdentityToken(Secret::new("t"))),
        ] {
            let place = store_credential(&file, domain, &credential).expect("writable");
            assert_eq!(place, CredentialPlace::File(file.clone()));
            let stored = StoredCredentials::new(vec![dir.path().join("none"), file.clone()]);
            assert_eq!(stored.find(domain, "a/b").expect("readable"), Some(credential));
        }
        assert_eq!((mode(&file), mode(file.parent().expect("new"))), (0o600, 0o700));
        assert!(erase_credential(&file, "docker.io").expect("writable"));
        assert!(!erase_credential(&file, "docker.io").expect("writable"));
        let stored = StoredCredentials::new(vec![file.clone()]);
        assert_eq!(stored.find("docker.io", "a").expect("readable"), None);
        assert!(stored.find("quay.io", "a").expect("readable").is_some());
        let names = fs_err::read_dir(file.parent().expect("new")).expect("readable").count();
        assert_eq!(names, 1, "no temporary file is left");
        assert!(!format!("{stored:?}").contains("cret"));
    }

    #[test]
    fn a_link_stays_a_link_and_a_damaged_file_stays_as_it_is() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (real, link) = (dir.path().join("real.json"), dir.path().join("config.json"));
        fs_err::write(&real, "{\"HttpHeaders\":{\"a\":\"b\"}}").expect("writable");
        std::os::unix::fs::symlink(&real, &link).expect("writable");
        store_credential(&link, "quay.io", &Credential::basic("a", "b")).expect("writable");
        assert!(link.is_symlink() && !real.is_symlink());
        let text = fs_err::read_to_string(&real).expect("readable");
        assert!(text.contains("HttpHeaders") && text.contains("quay.io"), "{text}");
        assert_eq!(mode(&real), 0o600);

        fs_err::write(&real, "{ broken").expect("writable");
        store_credential(&link, "quay.io", &Credential::basic("a", "b")).expect_err("not JSON");
        assert_eq!(fs_err::read_to_string(&real).expect("readable"), "{ broken");
    }
}
