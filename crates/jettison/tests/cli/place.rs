//! A directory for one test, and jettison run in it.

use std::{
    ffi::{OsStr, OsString},
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use jettison_testkit::FatImage;
use tempfile::TempDir;

/// After this a run hangs. A loaded machine takes some ten seconds for the slowest of them.
const HANGS_AFTER: Duration = Duration::from_mins(3);

/// How often a child is looked at.
const GLANCE: Duration = Duration::from_millis(20);

/// Whether the tests are run by root.
pub(crate) fn is_root() -> bool {
    let status = fs_err::read_to_string("/proc/self/status").expect("there is /proc");
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:")).expect("it has ids");
    uids.split_whitespace().nth(1) == Some("0")
}

/// Where a test works: nothing of the user's own is read or written.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    /// An empty place with a home, a state, a cache, a work and an output directory.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for name in ["home", "state", "cache", "work", "out"] {
            fs_err::create_dir(directory.path().join(name)).expect("a directory");
        }
        Self { directory }
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes an image as a Docker archive.
    pub(crate) fn archive(&self, image: &FatImage) -> PathBuf {
        let path = self.path("fat.tar");
        image.write_docker_archive(&path);
        path
    }

    /// jettison with these arguments, in the output directory.
    pub(crate) fn jettison<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run<'_> {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        Run {
            place: self,
            prefix: Vec::new(),
            args,
            variables: Vec::new(),
            input: None,
            limit: HANGS_AFTER,
        }
    }

    /// `jettison slim` of `source` to `out/slim.tar`.
    pub(crate) fn slim(&self, source: &Path) -> Run<'_> {
        let to = format!("docker-archive:{}", self.path("out/slim.tar").display());
        self.slim_to(source, &to)
    }

    /// `jettison slim` of `source` to a destination of the caller's.
    pub(crate) fn slim_to(&self, source: &Path, destination: &str) -> Run<'_> {
        let work = self.path("work");
        self.jettison(["slim".as_ref(), source.as_os_str()])
            .args(["--to", destination, "--stop-timeout", "1"])
            .args(["--work-dir".as_ref(), work.as_os_str()])
    }

    /// Names in one of its directories, sorted.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let entries = fs_err::read_dir(self.path(name)).expect("the directory can be listed");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> =
            names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Fails unless the work and the output directory are empty.
    #[track_caller]
    pub(crate) fn assert_nothing_written(&self) {
        assert_eq!(self.list("out"), Vec::<String>::new(), "nothing is written");
        self.assert_no_leftovers();
    }

    /// Fails unless the work directory is empty.
    #[track_caller]
    pub(crate) fn assert_no_leftovers(&self) {
        assert_eq!(self.list("work"), Vec::<String>::new(), "no temporary files are left");
    }
}

/// One run of jettison, to be started.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    place: &'a Place,
    prefix: Vec<OsString>,
    args: Vec<OsString>,
    variables: Vec<(String, OsString)>,
    /// A file that is its stdin.
    input: Option<PathBuf>,
    limit: Duration,
}

impl Run<'_> {
    /// One more argument.
    pub(crate) fn arg(self, arg: impl AsRef<OsStr>) -> Self {
        self.args([arg])
    }

    /// More arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// One more environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// What it reads from stdin.
    pub(crate) fn input(mut self, text: &str) -> Self {
        let path = self.place.path("stdin");
        fs_err::write(&path, text).expect("writable");
        self.input = Some(path);
        self
    }

    /// Ends as failed after this time.
    pub(crate) fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it under another program, such as setpriv.
    pub(crate) fn under<S: AsRef<OsStr>>(mut self, prefix: impl IntoIterator<Item = S>) -> Self {
        self.prefix = prefix.into_iter().map(|word| word.as_ref().to_owned()).collect();
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Child {
        let program = self.place.path("jettison");
        // A copy: target directories may be closed to the user that a test becomes.
        let program = if self.prefix.is_empty() {
            env!("CARGO_BIN_EXE_jettison").into()
        } else {
            if !program.exists() {
                fs_err::copy(env!("CARGO_BIN_EXE_jettison"), &program).expect("a copy");
            }
            program.into_os_string()
        };
        let mut words = self.prefix.into_iter().chain([program]).chain(self.args);
        let mut command = Command::new(words.next().expect("there is the program"));
        let place = |name| self.place.path(name);
        command
            .args(words)
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8")
            .env("HOME", place("home"))
            .env("XDG_STATE_HOME", place("state"))
            .env("XDG_CACHE_HOME", place("cache"))
            .env("TMPDIR", place("work"))
            .envs(self.variables)
            .current_dir(place("out"))
            .stdin(self.input.map_or_else(Stdio::null, |path| {
                fs_err::File::open(path).expect("it was just written").into_parts().0.into()
            }))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Finished {
        let limit = self.limit;
        let mut child = self.start();
        let stdout = drain(child.stdout.take().expect("it is piped"));
        let stderr = drain(child.stderr.take().expect("it is piped"));
        let begin = Instant::now();
        let mut is_late = false;
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if begin.elapsed() > limit && !is_late {
                is_late = true;
                child.kill().expect("a child can be killed");
            }
            thread::sleep(GLANCE);
        };
        let text = |thread: thread::JoinHandle<Vec<u8>>| {
            String::from_utf8(thread.join().expect("reading does not panic"))
                .expect("jettison speaks UTF-8")
        };
        let finished = Finished { code: status.code(), stdout: text(stdout), stderr: text(stderr) };
        assert!(!is_late, "it did not end within {limit:?}: {finished}");
        assert!(!finished.stderr.contains("panicked"), "it panicked: {finished}");
        finished
    }
}

fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit status; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// The result.
    pub(crate) stdout: String,
    /// Progress, warnings and errors.
    pub(crate) stderr: String,
}

impl Finished {
    /// Fails unless it ended with this status.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "the exit status is {code}: {self}");
        self
    }

    /// Fails unless it proved the image.
    #[track_caller]
    pub(crate) fn expect_proven(self) -> Self {
        let finished = self.expect_code(0);
        assert!(finished.stdout.contains("verified: "), "it says so: {finished}");
        finished
    }

    /// Fails unless stderr holds one error, and in it all of `words`.
    #[track_caller]
    pub(crate) fn expect_error(self, code: i32, words: &[&str]) -> Self {
        let finished = self.expect_code(code);
        let errors: Vec<&str> =
            finished.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "there is one error: {finished}");
        for word in words {
            assert!(finished.stderr.contains(word), "{word:?} is named: {finished}");
        }
        finished
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(formatter, "status {code:?}\n--- stdout\n{stdout}--- stderr\n{stderr}---")
    }
}
