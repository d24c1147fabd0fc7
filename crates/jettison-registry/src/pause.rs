//! The clock, and waiting: passed in, so that tests wait for nothing.

use std::{
    fmt::Debug,
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

/// Time as the client sees it.
pub trait Pause: Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> SystemTime;
    /// Waits.
    fn sleep(&self, time: Duration);
    /// A number from 0 to 1 that differs from call to call, so that clients that failed together do not come back
    /// together.
    fn jitter(&self) -> f64;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemPause;

impl Pause for SystemPause {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn jitter(&self) -> f64 {
        // The standard library seeds each hasher anew; the lower 32 bits are as good as any.
        let random = RandomState::new().hash_one(0_u8);
        f64::from(u32::try_from(random & u64::from(u32::MAX)).expect("32 bits are left"))
            / f64::from(u32::MAX)
    }
}
