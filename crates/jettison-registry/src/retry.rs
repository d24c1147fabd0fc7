//! Trying again: how often, after how long, and when not.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{Pause, RegistryError};

/// How stubborn a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request that failed in passing is made again. A transfer that moves counts anew.
    pub retries: u32,
    /// The wait before the first repetition; it doubles each time.
    pub first_wait: Duration,
    /// No wait that we choose ourselves is longer.
    pub longest_wait: Duration,
    /// How long a registry may make us wait by `Retry-After`.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            // With the waits below, half a minute: a restarting registry or a fail-over is back by then.
            retries: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(15),
            // Docker Hub's windows are hours: waiting those out in a pipeline is worse than failing.
            patience: Duration::from_mins(2),
        }
    }
}

impl RetryPolicy {
    /// The wait before repetition number `failures` (from 1), half of it by chance.
    pub(crate) fn wait(&self, failures: u32, jitter: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let whole = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
        whole.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
    }
}

/// Counts the failures of one request or transfer.
#[derive(Debug)]
pub(crate) struct Attempts {
    policy: RetryPolicy,
    pause: Arc<dyn Pause>,
    failures: u32,
}

impl Attempts {
    pub(crate) fn new(policy: &RetryPolicy, pause: &Arc<dyn Pause>) -> Self {
        Self { policy: policy.clone(), pause: pause.clone(), failures: 0 }
    }

    /// The transfer moved: what failed before does not count any more.
    pub(crate) fn moved(&mut self) {
        self.failures = 0;
    }

    /// Waits before another attempt, or gives `error` back when there shall be none.
    pub(crate) fn again(&mut self, error: RegistryError) -> Result<(), RegistryError> {
        if error.is_passing() { self.again_anyway(error) } else { Err(error) }
    }

    /// The same for an error that is known to pass here.
    pub(crate) fn again_anyway(&mut self, error: RegistryError) -> Result<(), RegistryError> {
        let wait = error.wait();
        self.failures += 1;
        if self.failures > self.policy.retries || wait > Some(self.policy.patience) {
            return Err(error);
        }
        let own = self.policy.wait(self.failures, self.pause.jitter());
        let wait = wait.map_or(own, |wait| wait.max(own));
        tracing::debug!(%error, ?wait, "trying again");
        self.pause.sleep(wait);
        Ok(())
    }
}

/// `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Notes what it would have slept.
    #[derive(Debug, Default)]
    struct Still(Mutex<Vec<Duration>>);

    impl Pause for Still {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn sleep(&self, time: Duration) {
            self.0.lock().expect("no panic").push(time);
        }

        fn jitter(&self) -> f64 {
            1.0
        }
    }

    fn broken() -> RegistryError {
        RegistryError::Broken { host: "h".into(), problem: "p".into() }
    }

    #[test]
    fn waits_double_up_to_a_bound_and_end() {
        let still = Arc::new(Still::default());
        let pause: Arc<dyn Pause> = still.clone();
        let policy = RetryPolicy { longest_wait: Duration::from_secs(2), ..RetryPolicy::default() };
        let mut attempts = Attempts::new(&policy, &pause);
        for _ in 0..5 {
            attempts.again(broken()).expect("five repetitions");
        }
        assert!(attempts.again(broken()).is_err(), "not a sixth");
        let slept: Vec<u128> =
            still.0.lock().expect("no panic").iter().map(Duration::as_millis).collect();
        assert_eq!(slept, [500, 1000, 2000, 2000, 2000]);
    }

    #[test]
    fn what_moves_starts_anew_and_what_stays_wrong_ends_at_once() {
        let pause: Arc<dyn Pause> = Arc::new(Still::default());
        let policy = RetryPolicy { retries: 1, ..RetryPolicy::default() };
        let mut attempts = Attempts::new(&policy, &pause);
        for _ in 0..10 {
            attempts.again(broken()).expect("it moved");
            attempts.moved();
        }
        let stays = RegistryError::StaleToken { host: "h".into() };
        assert!(attempts.again(stays).is_err());
    }

    #[test]
    fn a_registry_is_waited_for_within_patience() {
        let still = Arc::new(Still::default());
        let pause: Arc<dyn Pause> = still.clone();
        let policy = RetryPolicy::default();
        let mut attempts = Attempts::new(&policy, &pause);
        let limited = |seconds| RegistryError::RateLimited {
            host: "h".into(),
            wait: Some(Duration::from_secs(seconds)),
            message: String::new(),
        };
        attempts.again(limited(7)).expect("short");
        assert_eq!(*still.0.lock().expect("no panic"), [Duration::from_secs(7)]);
        attempts.again(limited(3600)).expect_err("too long");
    }

    #[test]
    fn half_of_a_wait_is_chance() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, 0.0), Duration::from_millis(250));
        assert_eq!(policy.wait(1, 1.0), Duration::from_millis(500));
        assert_eq!(policy.wait(u32::MAX, 1.0), policy.longest_wait);
    }

    #[test]
    fn retry_after_is_a_number_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:00 GMT").expect("a date");
        let seconds = |n| Some(Duration::from_secs(n));
        for (value, expected) in [
            ("120", seconds(120)),
            (" 0 ", seconds(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", seconds(37)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", seconds(0)),
            ("soon", None),
            ("-1", None),
        ] {
            assert_eq!(retry_after(value, now), expected, "{value}");
        }
    }
}
