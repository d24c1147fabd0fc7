//! Finds the program of a command line, as runc does.

use std::{
    ffi::{CString, OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

use rustix::{
    fs::{Access, AtFlags, CWD, FileType},
    io::Errno,
};

use crate::failure::ExecFailure;

/// Searched when the environment has no `PATH` (moby `oci/defaults.go`).
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The file to execute for `name`, with the rights of the calling process and its working directory.
///
/// A name with `/` is taken as it is. Otherwise the first executable file in the `PATH` of `env` counts; a file that is
/// there but may not be executed is remembered as the reason, as execvp(3) does.
pub(super) fn find(name: &OsStr, env: &[OsString]) -> Result<OsString, ExecFailure> {
    let fail = |program: &OsStr, error: Errno, searched_path| ExecFailure {
        program: program.to_owned(),
        errno: error.raw_os_error(),
        searched_path,
    };
    if name.as_bytes().contains(&b'/') {
        return match check(name) {
            Ok(()) => Ok(name.to_owned()),
            Err(error) => Err(fail(name, error, false)),
        };
    }
    if name.is_empty() {
        return Err(fail(name, Errno::NOENT, true));
    }
    let mut refused = None;
    for directory in search_path(env).as_bytes().split(|byte| *byte == b':') {
        let directory = if directory.is_empty() { b"." } else { directory };
        let candidate = OsString::from_vec([directory, b"/", name.as_bytes()].concat());
        match check(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(Errno::ACCESS | Errno::PERM) => {
                refused.get_or_insert(candidate);
            }
            Err(_) => {}
        }
    }
    Err(match refused {
        Some(candidate) => fail(&candidate, Errno::ACCESS, true),
        None => fail(name, Errno::NOENT, true),
    })
}

fn search_path(env: &[OsString]) -> &OsStr {
    env.iter()
        .find_map(|entry| entry.as_bytes().strip_prefix(b"PATH="))
        .map_or(OsStr::new(DEFAULT_PATH), OsStr::from_bytes)
}

fn check(path: &OsStr) -> Result<(), Errno> {
    let stat = rustix::fs::stat(path)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Errno::ACCESS);
    }
    match rustix::fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS) {
        // Before Linux 5.8 there is no `faccessat2`; the start itself then tells.
        Err(Errno::NOSYS) => Ok(()),
        other => other,
    }
}

/// A string for the kernel; a NUL byte ends it, as it would for any C program.
pub(super) fn c_string(text: &OsStr) -> CString {
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    CString::new(bytes.get(..end).unwrap_or_default()).expect("it ends before the first NUL")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn finds_as_execvp_does() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let at = |name: &str| directory.path().join(name);
        for (name, mode) in
            [("a/tool", 0o755), ("b/tool", 0o755), ("a/data", 0o644), ("b/late", 0o755)]
        {
            fs_err::create_dir_all(at(name).parent().expect("has one")).expect("create");
            fs_err::write(at(name), "").expect("write");
            fs_err::set_permissions(at(name), PermissionsExt::from_mode(mode)).expect("chmod");
        }
        fs_err::create_dir(at("a/late")).expect("create");
        let env = [OsString::from("X=1"), {
            let mut path = OsString::from("PATH=");
            path.push(at("a"));
            path.push(":");
            path.push(at("b"));
            path
        }];
        let found =
            |name: &str| find(OsStr::new(name), &env).map_err(|error| error.docker_status());
        assert_eq!(found("tool"), Ok(at("a/tool").into_os_string()));
        assert_eq!(found("late"), Ok(at("b/late").into_os_string()), "a directory is passed over");
        assert_eq!(found("data"), Err(126));
        assert_eq!(found("none"), Err(127));
        assert_eq!(found(""), Err(127));
        let exact = at("a/data").into_os_string().into_string().expect("UTF-8");
        assert_eq!(found(&exact), Err(126));
        assert_eq!(found("./none"), Err(127));
    }
}
