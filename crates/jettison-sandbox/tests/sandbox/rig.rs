//! What all tests of the sandbox start from.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use jettison_sandbox::{ExecSpec, Helper, Root, Sandbox, Spec, Tier, UserIds};

use crate::host_fs;

/// Far more than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The helper: beside this program if it was put there, else where cargo built it.
pub(crate) fn helper() -> Helper {
    let this = std::env::current_exe().expect("this program");
    let beside = this.with_file_name("jettison-sandbox-init");
    let built = PathBuf::from(env!("CARGO_BIN_EXE_jettison-sandbox-init"));
    Helper { program: if beside.exists() { beside } else { built }, args: Vec::new() }
}

pub(crate) fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// The host's own root, served by FUSE.
pub(crate) fn host_root() -> Root {
    served(Path::new("/"))
}

/// A tree of the host, served by FUSE.
pub(crate) fn served(top: &Path) -> Root {
    let top = top.to_owned();
    Root::Fuse(Box::new(move |device, owners| host_fs::serve(&top, device, owners)))
}

/// A shell script as workload of the best tier.
pub(crate) fn shell(script: &str) -> Spec {
    shell_in(Tier::FuseNamespaces, script)
}

pub(crate) fn shell_in(tier: Tier, script: &str) -> Spec {
    let mut spec = Spec::new(tier, words(&["/bin/sh", "-c", script]));
    spec.env = words(&[PATH]);
    spec
}

pub(crate) fn exec(script: &str) -> ExecSpec {
    ExecSpec {
        argv: words(&["/bin/sh", "-c", script]),
        env: words(&[PATH]),
        cwd: PathBuf::from("/"),
        user: UserIds::default(),
        stdin: Vec::new(),
    }
}

pub(crate) fn start(spec: Spec, root: Root) -> Sandbox {
    Sandbox::start(spec, root, &helper()).unwrap_or_else(|error| panic!("start: {error}"))
}

/// Starts and releases a workload over the host's root.
pub(crate) fn running(spec: Spec) -> Sandbox {
    let sandbox = start(spec, host_root());
    sandbox.release().unwrap_or_else(|error| panic!("release: {error}"));
    sandbox
}

/// Runs a workload over the host's root to its end; its exit code, standard output and error.
pub(crate) fn run(spec: Spec) -> (i32, String, String) {
    finish(&running(spec))
}

pub(crate) fn finish(sandbox: &Sandbox) -> (i32, String, String) {
    let status = sandbox.wait(Some(LONG)).expect("ends in time");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(sandbox.logs().stdout()), text(sandbox.logs().stderr()))
}
