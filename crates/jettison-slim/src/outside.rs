//! The user's own commands, run on this machine against the container's published ports.

use std::{
    io::{self, Read},
    net::SocketAddr,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use jettison_probe::{
    Command as ProbeCommand, CommandOutcome, CommandRecord, Exit, PortRecord, Service,
};

/// What is kept of each stream: the first bytes, of which a comparison looks at fewer.
const MAX_OUTPUT: u64 = 4 << 20;

/// How often is looked whether a command has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// Runs one command and writes down what it did. It is a line for a shell and gets the environment of this process, and where
/// to find the container.
pub(crate) fn run(line: &str, env: &[(String, String)], timeout: Duration) -> CommandRecord {
    let command = ProbeCommand::shell(line, &[]);
    let begun = Instant::now();
    let outcome = match start(line, env) {
        Ok(child) => finish(child, begun, timeout),
        Err(error) => CommandOutcome {
            exit: Exit::Code(126),
            stdout: Vec::new(),
            stderr: error.to_string().into_bytes(),
            elapsed: begun.elapsed(),
        },
    };
    CommandRecord::new(command, &outcome)
}

fn start(line: &str, env: &[(String, String)]) -> io::Result<Child> {
    Command::new("/bin/sh")
        .args(["-c", line])
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // So that what it has started ends with it.
        .process_group(0)
        .spawn()
}

fn finish(mut child: Child, begun: Instant, timeout: Duration) -> CommandOutcome {
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let exit = loop {
        match child.try_wait() {
            Ok(Some(status)) => break exit_of(status),
            Ok(None) if begun.elapsed() >= timeout => {
                kill_group(&child);
                child.wait().ok();
                break Exit::TimedOut;
            }
            Ok(None) => thread::sleep(GLANCE),
            Err(error) => {
                tracing::error!(%error, "a command cannot be waited for");
                break Exit::Code(126);
            }
        }
    };
    // Whatever it left behind would hold its output open for ever.
    kill_group(&child);
    let text = |thread: Option<thread::JoinHandle<Vec<u8>>>| {
        thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    };
    CommandOutcome { exit, stdout: text(stdout), stderr: text(stderr), elapsed: begun.elapsed() }
}

fn kill_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Mostly there is nobody left in it.
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
    }
}

/// Reads a stream to its end and keeps its beginning.
fn drain(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        // An error on a pipe means the same as its end.
        from.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept).ok();
        io::copy(&mut from, &mut io::sink()).ok();
        kept
    })
}

fn exit_of(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    }
}

/// Where the container is: `JETTISON_URL`, `JETTISON_HOST`, `JETTISON_PORT_80` and so on; `TARGET_HOST` and `TARGET_PORT` for
/// scripts that expect those.
pub(crate) fn environment(
    published: &[(u16, SocketAddr)],
    services: &[PortRecord],
) -> Vec<(String, String)> {
    let mut env = Vec::new();
    let mut set = |name: &str, value: String| env.push((name.to_owned(), value));
    for (port, address) in published {
        set(&format!("JETTISON_PORT_{port}"), address.port().to_string());
    }
    let speaking = speaking(published, services);
    if let Some((scheme, address)) = speaking.first() {
        set("JETTISON_URL", format!("{scheme}://{address}/"));
    }
    let first = speaking.first().map(|(_, address)| *address);
    if let Some(first) = first.or_else(|| published.first().map(|(_, address)| *address)) {
        set("JETTISON_HOST", first.ip().to_string());
        set("TARGET_HOST", first.ip().to_string());
        set("TARGET_PORT", first.port().to_string());
    }
    env
}

/// What to type into a browser.
pub(crate) fn urls(published: &[(u16, SocketAddr)], services: &[PortRecord]) -> Vec<String> {
    let speaking = speaking(published, services);
    speaking.iter().map(|(scheme, address)| format!("{scheme}://{address}/")).collect()
}

/// The ports that speak HTTP, those in clear first.
fn speaking(
    published: &[(u16, SocketAddr)],
    services: &[PortRecord],
) -> Vec<(&'static str, SocketAddr)> {
    let speaks = |port: u16, service| {
        services.iter().any(|known| known.port == port && known.service == service)
    };
    [(Service::Http, "http"), (Service::Https, "https")]
        .into_iter()
        .flat_map(|(service, scheme)| {
            published
                .iter()
                .filter(move |(port, _)| speaks(*port, service))
                .map(move |(_, address)| (scheme, *address))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_end_with_all_that_they_started() {
        let record = run(
            "echo out; echo err >&2; echo $A; exit 3",
            &[("A".into(), "b".into())],
            Duration::from_secs(20),
        );
        assert_eq!(record.exit, Exit::Code(3));
        assert_eq!(
            (&*record.stdout.sample.0, &*record.stderr.sample.0),
            (&b"out\nb\n"[..], &b"err\n"[..])
        );
        let record = run("sleep 1000 & echo gone", &[], Duration::from_secs(20));
        assert_eq!((record.exit, &*record.stdout.sample.0), (Exit::Code(0), &b"gone\n"[..]));
        assert_eq!(run("sleep 1000", &[], Duration::from_millis(50)).exit, Exit::TimedOut);
    }

    #[test]
    fn tests_are_told_where_the_container_is() {
        let at = |port: u16, host: u16| (port, SocketAddr::from(([127, 0, 0, 1], host)));
        let speaks = |port, service| PortRecord { port, service, banner: None };
        let published = [at(9000, 40001), at(443, 40002), at(80, 40003)];
        let services =
            [speaks(80, Service::Http), speaks(443, Service::Https), speaks(9000, Service::Tcp)];
        let env = environment(&published, &services);
        let get =
            |name: &str| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(get("JETTISON_URL"), Some("http://127.0.0.1:40003/"));
        assert_eq!(get("JETTISON_PORT_9000"), Some("40001"));
        assert_eq!((get("TARGET_HOST"), get("TARGET_PORT")), (Some("127.0.0.1"), Some("40003")));
        let plain = environment(&published[..1], &services);
        assert!(!plain.iter().any(|(name, _)| name == "JETTISON_URL"));
        assert!(plain.contains(&("TARGET_PORT".to_owned(), "40001".to_owned())));
    }
}
