//! Times in the future.

use std::time::{Duration, Instant};

/// What a time limit without end comes to.
const FAR: Duration = Duration::from_hours(24 * 365);

/// The instant `time` from now. Limits come from users and images and may be absurdly long.
pub(crate) fn after(time: Duration) -> Instant {
    Instant::now() + time.min(FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_limits_do_not_overflow() {
        assert!(after(Duration::MAX) > after(Duration::from_mins(1)));
    }
}
