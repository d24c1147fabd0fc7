//! When a program that was started can be talked to: what it is to listen on, and whether it has come to rest.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use jettison_sandbox::Listener;

use crate::container::port_name;

/// Whether a program serves those that it was made for. Many images first start their server for themselves alone, on a
/// Unix socket or the loopback, set it up and start it again: what others cannot reach says nothing yet. With declared
/// ports it must be one of them.
pub(crate) fn is_served(listeners: &[Listener], exposed: &BTreeSet<String>) -> bool {
    listeners.iter().filter(|listener| is_reachable(listener)).any(|listener| {
        port_name(listener).is_some_and(|name| exposed.is_empty() || exposed.contains(&name))
    })
}

/// Whether every TCP port that was hoped for is there.
pub(crate) fn has_all(listeners: &[Listener], hoped: &BTreeSet<String>) -> bool {
    let open: BTreeSet<String> = listeners.iter().filter_map(port_name).collect();
    hoped.iter().filter(|port| !port.ends_with("/udp")).all(|port| open.contains(port))
}

fn is_reachable(listener: &Listener) -> bool {
    let (Listener::Tcp(address) | Listener::Udp(address)) = listener else { return false };
    !is_loopback(address)
}

fn is_loopback(address: &SocketAddr) -> bool {
    match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
        }
    }
}

/// How long a program has had nothing to do.
#[derive(Debug)]
pub(crate) struct Rest {
    since: Instant,
    ticks: u64,
}

/// A program that waits still takes some time for timers and garbage: a tick (1/100 s) each this many milliseconds, 5 %. One
/// that is at work on a busy machine gets several times that.
const MILLIS_PER_IDLE_TICK: u128 = 200;

impl Rest {
    /// Begins to watch a program that has used `ticks` of processor time.
    pub(crate) fn begin(now: Instant, ticks: u64) -> Self {
        Self { since: now, ticks }
    }

    /// How long it has been at rest, given the processor time it has used by now and how long it has not touched its files.
    pub(crate) fn lasts(&mut self, now: Instant, ticks: u64, untouched: Duration) -> Duration {
        let passed = now.saturating_duration_since(self.since);
        let allowed = 1 + passed.as_millis() / MILLIS_PER_IDLE_TICK;
        // Less than before: a process has ended and its time with it.
        if ticks < self.ticks || u128::from(ticks - self.ticks) > allowed {
            *self = Self::begin(now, ticks);
            return Duration::ZERO;
        }
        passed.min(untouched)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(address: &str) -> Listener {
        Listener::Tcp(address.parse().expect("an address"))
    }

    fn ports(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_others_cannot_reach_serves_nobody() {
        let unix = Listener::Unix("/run/db.sock".into());
        let none = ports(&[]);
        assert!(!is_served(std::slice::from_ref(&unix), &none));
        assert!(!is_served(&[unix, tcp("127.0.0.1:5432")], &none));
        assert!(!is_served(&[tcp("[::1]:5432"), tcp("[::ffff:127.0.0.1]:1")], &none));
        assert!(is_served(&[tcp("0.0.0.0:5432")], &none));
        assert!(is_served(&[tcp("0.0.0.0:5432")], &ports(&["5432/tcp", "80/tcp"])));
        assert!(!is_served(&[tcp("0.0.0.0:9000")], &ports(&["5432/tcp"])));
        let dns = Listener::Udp("0.0.0.0:53".parse().expect("an address"));
        assert!(is_served(&[dns], &ports(&["53/udp"])));
    }

    #[test]
    fn all_hoped_for_ports_are_awaited_but_for_udp() {
        let hoped = ports(&["80/tcp", "443/tcp", "53/udp"]);
        assert!(!has_all(&[tcp("0.0.0.0:80")], &hoped));
        assert!(has_all(&[tcp("0.0.0.0:80"), tcp("[::]:443")], &hoped));
        assert!(has_all(&[], &ports(&[])));
    }

    #[test]
    fn work_ends_rest() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let long = Duration::from_mins(1);
        let mut rest = Rest::begin(begun, 100);
        assert_eq!(rest.lasts(at(1000), 103, long), Duration::from_secs(1), "3 % is idling");
        assert_eq!(rest.lasts(at(1500), 105, Duration::from_millis(20)).as_millis(), 20);
        assert_eq!(rest.lasts(at(2000), 130, long), Duration::ZERO, "at work");
        assert_eq!(rest.lasts(at(3000), 130, long), Duration::from_secs(1));
        assert_eq!(rest.lasts(at(4000), 90, long), Duration::ZERO, "a process ended");
    }
}
