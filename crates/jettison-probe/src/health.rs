//! HEALTHCHECK as a probe, with Docker's rules (Dockerfile reference, "HEALTHCHECK").

use std::{
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;

use crate::{
    container::{Command, Runner},
    deadline::after,
    exec::run_command,
    transcript::{HealthRecord, HealthStatus},
};

/// An image's health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// What to run.
    pub test: HealthTest,
    /// Pause between checks; zero means Docker's 30 s.
    pub interval: Duration,
    /// Time that one check may take; zero means Docker's 30 s.
    pub timeout: Duration,
    /// Time at the start in which failures do not count.
    pub start_period: Duration,
    /// Failures in a row that make a container unhealthy; zero means Docker's 3.
    pub retries: u32,
}

/// What a health check runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HealthTest {
    /// Nothing: the image takes back what it inherited.
    None,
    /// `CMD`: program and arguments.
    Exec(Command),
}

/// Why a health check's test cannot be understood.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HealthTestError {
    /// The first word is none that Docker knows.
    #[error("HEALTHCHECK test starts with {0:?}: Docker knows NONE, CMD and CMD-SHELL")]
    Kind(String),
    /// The words end too early.
    #[error("HEALTHCHECK test {0} names no command")]
    Empty(&'static str),
}

impl HealthTest {
    /// Reads the `Test` list of an image's config; `shell` is its SHELL, empty for the default.
    /// An empty list means that the check is inherited, which in a finished image is none.
    pub fn parse(test: &[String], shell: &[String]) -> Result<Self, HealthTestError> {
        let Some((kind, words)) = test.split_first() else { return Ok(Self::None) };
        match (kind.as_str(), words) {
            ("NONE", _) => Ok(Self::None),
            ("CMD", []) => Err(HealthTestError::Empty("CMD")),
            ("CMD", words) => Ok(Self::Exec(Command::new(words))),
            ("CMD-SHELL", []) => Err(HealthTestError::Empty("CMD-SHELL")),
            ("CMD-SHELL", words) => Ok(Self::Exec(Command::shell(&words.join(" "), shell))),
            _ => Err(HealthTestError::Kind(kind.clone())),
        }
    }
}

/// Docker's default for interval and timeout.
const DEFAULT_PERIOD: Duration = Duration::from_secs(30);

/// Docker's default for retries.
const DEFAULT_RETRIES: u32 = 3;

/// How long a container is given to become healthy. Docker would wait for its interval, often
/// 30 s, between checks; a service that listens and is not healthy ten seconds later is not going
/// to be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The first pause between two checks; each is twice the one before, up to a second.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl HealthCheck {
    /// A check with Docker's defaults.
    pub fn new(test: HealthTest) -> Self {
        Self {
            test,
            interval: Duration::ZERO,
            timeout: Duration::ZERO,
            start_period: Duration::ZERO,
            retries: 0,
        }
    }

    /// Runs the check until it succeeds, or until `patience` is over and it has failed as often as
    /// Docker would bear. `None` when there is nothing to run.
    pub fn await_healthy(&self, runner: &dyn Runner, patience: Duration) -> Option<HealthRecord> {
        self.run(runner, patience)
    }

    /// Runs the check until it succeeds, or until it has failed as often and for as long as
    /// Docker would bear, but not much longer than `patience`. `None` when there is nothing to
    /// run.
    pub(crate) fn run(&self, runner: &dyn Runner, patience: Duration) -> Option<HealthRecord> {
        let HealthTest::Exec(command) = &self.test else { return None };
        let timeout = non_zero(self.timeout, DEFAULT_PERIOD);
        let retries = if self.retries == 0 { DEFAULT_RETRIES } else { self.retries };
        let bearable = non_zero(self.interval, DEFAULT_PERIOD)
            .saturating_mul(retries)
            .saturating_add(self.start_period);
        let deadline = after(bearable.min(patience));
        let mut pause = FIRST_PAUSE;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let last = run_command(runner, command, timeout);
            let status = if last.exit.is_success() {
                HealthStatus::Healthy
            } else {
                HealthStatus::Unhealthy
            };
            let is_over = attempts >= retries && Instant::now() + pause >= deadline;
            // What cannot be started now will not be startable later.
            let is_hopeless = last.not_started.is_some();
            if status == HealthStatus::Healthy || is_over || is_hopeless {
                return Some(HealthRecord { status, attempts, last });
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn non_zero(duration: Duration, default: Duration) -> Duration {
    if duration.is_zero() { default } else { duration }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicU32, Ordering},
    };

    use super::*;
    use crate::container::{CommandOutcome, Exit};

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tests_of_image_configs() {
        let table = [
            (words(&[]), Ok(HealthTest::None)),
            (words(&["NONE"]), Ok(HealthTest::None)),
            (words(&["CMD", "a", "b c"]), Ok(HealthTest::Exec(Command::new(["a", "b c"])))),
            (
                words(&["CMD-SHELL", "a || exit 1"]),
                Ok(HealthTest::Exec(Command::new(["/bin/ash", "-ec", "a || exit 1"]))),
            ),
            (words(&["CMD"]), Err(HealthTestError::Empty("CMD"))),
            (words(&["curl"]), Err(HealthTestError::Kind("curl".into()))),
        ];
        for (test, expected) in table {
            assert_eq!(HealthTest::parse(&test, &words(&["/bin/ash", "-ec"])), expected);
        }
        let default = HealthTest::parse(&words(&["CMD-SHELL", "x"]), &[]).unwrap();
        assert_eq!(default, HealthTest::Exec(Command::new(["/bin/sh", "-c", "x"])));
    }

    /// Succeeds from the given attempt on.
    struct After(u32, AtomicU32);

    impl Runner for After {
        fn run(&self, _: &Command, _: Duration) -> io::Result<CommandOutcome> {
            let attempt = self.1.fetch_add(1, Ordering::Relaxed) + 1;
            let exit = Exit::Code(i32::from(attempt < self.0));
            let (stdout, stderr) = (b"out".to_vec(), Vec::new());
            Ok(CommandOutcome { exit, stdout, stderr, elapsed: Duration::ZERO })
        }
    }

    fn check(interval: Duration) -> HealthCheck {
        let test = HealthTest::Exec(Command::new(["check"]));
        HealthCheck { interval, ..HealthCheck::new(test) }
    }

    #[test]
    fn the_first_success_ends_it() {
        let record = check(DEFAULT_PERIOD).run(&After(2, AtomicU32::new(0)), PATIENCE).unwrap();
        assert_eq!((record.status, record.attempts), (HealthStatus::Healthy, 2));
        assert_eq!(record.last.stdout.sample.0, b"out");
    }

    #[test]
    fn failures_are_counted_out() {
        let record = check(Duration::from_millis(10))
            .run(&After(u32::MAX, AtomicU32::new(0)), PATIENCE)
            .unwrap();
        assert_eq!((record.status, record.attempts), (HealthStatus::Unhealthy, 3));
        assert_eq!(
            HealthCheck::new(HealthTest::None).run(&After(0, AtomicU32::new(0)), PATIENCE),
            None
        );
    }

    #[test]
    fn absurd_times_are_borne() {
        let check = HealthCheck {
            interval: Duration::MAX,
            start_period: Duration::MAX,
            retries: 2,
            ..check(Duration::MAX)
        };
        let record = check.run(&After(u32::MAX, AtomicU32::new(0)), Duration::ZERO).unwrap();
        assert_eq!((record.status, record.attempts), (HealthStatus::Unhealthy, 2));
    }

    #[test]
    fn a_check_that_cannot_start_is_not_repeated() {
        struct Broken;
        impl Runner for Broken {
            fn run(&self, _: &Command, _: Duration) -> io::Result<CommandOutcome> {
                Err(io::Error::other("the container is gone"))
            }
        }
        let record = check(DEFAULT_PERIOD).run(&Broken, PATIENCE).unwrap();
        assert_eq!((record.status, record.attempts), (HealthStatus::Unhealthy, 1));
        assert_eq!(record.last.not_started.as_deref(), Some("the container is gone"));
    }
}
