//! Directories of a run that go when they are dropped, and when this process is killed.

use std::{
    io,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use jettison_sandbox::Helper;

use crate::request::RunOptions;

/// A directory whose own name is not to be guessed, open to the ids inside.
#[derive(Debug)]
pub(crate) struct Temporary {
    directory: tempfile::TempDir,
    sweeper: Child,
}

impl Temporary {
    /// Makes one in the work directory.
    pub(crate) fn new(prefix: &str, options: &RunOptions) -> io::Result<Self> {
        let builder = tempfile::Builder::new().prefix(prefix).tempdir_in(&options.work_dir);
        let directory = builder?;
        let sweeper = start_sweeper(&options.sweeper, directory.path())?;
        open_to_all(directory.path())?;
        Ok(Self { directory, sweeper })
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // The end of its input makes the sweeper remove the directory; there is nothing to do about one that fails.
        drop(self.sweeper.stdin.take());
        self.sweeper.wait().ok();
    }
}

/// Starts the process that removes `directory` once its standard input ends: when it is dropped, or this process is no more.
fn start_sweeper(sweeper: &Helper, directory: &Path) -> io::Result<Child> {
    Command::new(&sweeper.program)
        .args(&sweeper.args)
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// The sweeper: waits for the end of standard input, then ends what still runs in `directory` and removes it.
///
/// Files that a sandbox is still giving back cannot be removed at once, so it tries for some seconds.
pub fn sweep(directory: &Path) {
    const ATTEMPTS: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(50);
    io::copy(&mut io::stdin().lock(), &mut io::sink()).ok();
    for _ in 0..ATTEMPTS {
        // Where there are no namespaces, a program may outlive both its sandbox and this program's killed parent.
        jettison_sandbox::kill_rooted_below(directory);
        match fs_err::remove_dir_all(directory) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_busy) => std::thread::sleep(PAUSE),
        }
    }
}

fn open_to_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o711))
}
