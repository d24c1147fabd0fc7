//! What the probes cost themselves.

use std::time::Duration;

use crate::server::{Reply, Request, Server, Wire, brisk_plan, exercise, replay};

/// CPU time of this thread so far (proc_thread-self_stat(5), fields 14 and 15, in ticks of 10 ms).
fn thread_cpu() -> Duration {
    let stat = fs_err::read_to_string("/proc/thread-self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<u64> =
        after_name.split_whitespace().skip(12).take(2).map(|n| n.parse().unwrap()).collect();
    Duration::from_millis(10 * (fields[0] + fields[1]))
}

#[test]
fn two_hundred_requests_cost_little_cpu() {
    let page = format!(
        "<html><body>{}{}</body></html>",
        (0..200).map(|n| format!("<a href='/p{n}'>page</a>\n")).collect::<Vec<_>>().concat(),
        "<p>Some text of a page as pages have it.</p>\n".repeat(100),
    );
    let server = Server::start(Wire::Clear, move |_: &Request| Reply::html(&page));
    let before = thread_cpu();
    let first = exercise(&brisk_plan(), &[server.port]);
    let second = replay(&first, &brisk_plan());
    let comparison = jettison_probe::compare(&[first], &second);
    let spent = thread_cpu().checked_sub(before).unwrap();
    println!("{} requests twice: {spent:?} of CPU", comparison.compared.requests);
    assert!(comparison.compared.requests > 200 && comparison.is_equal());
    // A build without optimisation, on a loaded machine; it is about a tenth when optimised.
    assert!(spent < Duration::from_secs(5), "{spent:?}");
}
