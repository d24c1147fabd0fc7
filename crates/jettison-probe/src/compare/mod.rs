//! Did the slim image answer as the fat one did?
//!
//! What differs between runs of the fat image is not held against the slim one: those parts are
//! learned, answer by answer. With one run of the fat image everything is compared, but for the
//! headers of [`VOLATILE_HEADERS`]; a second run is only worth its time when a difference shows.

mod excerpt;
mod headers;
mod mask;
mod measured;

use std::fmt;

use serde::Serialize;

pub use headers::{Rule, VOLATILE_HEADERS, VolatileHeader};

use crate::{
    payload::Payload,
    transcript::{
        Answer, CommandRecord, HealthRecord, HttpExchange, OtherRecord, Outcome, PortRecord,
        RequestRecord, Transcript,
    },
};
use excerpt::excerpt;
use mask::Expectation;
use measured::Measured;

/// What was compared, and what differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// How much was compared.
    pub compared: Summary,
    /// What the slim image did otherwise, in the order of the transcript.
    pub differences: Vec<Difference>,
    /// Runs of the fat image that were learned from.
    pub fat_runs: usize,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// HTTP requests.
    pub requests: usize,
    /// Commands, the container's own run included where that was a probe.
    pub commands: usize,
    /// Health checks.
    pub health_checks: usize,
    /// Conversations over WebSockets.
    pub sockets: usize,
}

/// One thing that the slim image did otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The request, command or port.
    pub subject: String,
    /// What of it differs.
    pub aspect: Aspect,
    /// What the fat image did.
    pub expected: String,
    /// What the slim image did.
    pub got: String,
}

/// What can differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// What speaks behind a port.
    Service,
    /// Whether there was an answer.
    Answer,
    /// Status code.
    Status,
    /// A header, by name.
    Header(String),
    /// The body.
    Body,
    /// How a command ended.
    Exit,
    /// Standard output of a command.
    Stdout,
    /// Standard error of a command.
    Stderr,
    /// What the health check found.
    Health,
    /// It was not done at all.
    Missing,
}

impl Comparison {
    /// No difference.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether all differences are in what answers and commands say: the image did everything, and said other words.
    pub fn is_in_words_alone(&self) -> bool {
        let is_words = |difference: &Difference| match &difference.aspect {
            Aspect::Body | Aspect::Stdout | Aspect::Stderr => true,
            Aspect::Header(name) => headers::describes_body(name),
            _ => false,
        };
        self.differences.iter().all(is_words)
    }

    /// Whether another run of the fat image could show that the differences are none.
    pub fn needs_second_opinion(&self) -> bool {
        self.needs_fat_run(2)
    }

    /// Whether another run of the fat image could help, when there may be `most` in all. Two runs
    /// agree by chance where a value has few variants, or changes by the minute.
    pub fn needs_fat_run(&self, most: usize) -> bool {
        !self.is_equal() && (1..most).contains(&self.fat_runs)
    }
}

/// Compares the slim image's transcript with one or more of the fat image, the first of which the
/// others repeat.
pub fn compare(fat: &[Transcript], slim: &Transcript) -> Comparison {
    let mut comparison =
        Comparison { compared: Summary::default(), differences: Vec::new(), fat_runs: fat.len() };
    let Some(first) = fat.first() else {
        comparison.add("the fat image", Aspect::Missing, ("at least one run", "none"));
        return comparison;
    };
    let measured = measured_in(fat);
    comparison.ports(fat, slim);
    for (index, exchange) in first.exchanges.iter().enumerate() {
        let runs: Vec<&HttpExchange> =
            fat.iter().filter_map(|run| run.exchanges.get(index)).collect();
        comparison.exchange(&runs, exchange, (slim.exchanges.get(index), &measured));
    }
    comparison.health(fat, slim);
    for (index, record) in first.commands.iter().enumerate() {
        let runs: Vec<&CommandRecord> =
            fat.iter().filter_map(|run| run.commands.get(index)).collect();
        comparison.command(&runs, &record.command.to_string(), slim.commands.get(index));
    }
    comparison.others(fat, slim);
    comparison.outside(fat, slim);
    if first.exit.is_some() {
        let runs: Vec<&CommandRecord> = fat.iter().filter_map(|run| run.exit.as_ref()).collect();
        comparison.command(&runs, "the container's own run", slim.exit.as_ref());
    }
    comparison
}

/// What the runs of the fat image measure, over all their answers.
fn measured_in(fat: &[Transcript]) -> Measured {
    let mut measured = Measured::default();
    for (index, exchange) in fat[0].exchanges.iter().enumerate() {
        let Some(first) = exchange.outcome.answer() else { continue };
        let answers = fat.iter().filter_map(|run| run.exchanges.get(index)?.outcome.answer());
        let same_status = answers.filter(|answer| answer.status == first.status);
        let bodies: Vec<&Payload> = same_status.map(|answer| &answer.body).collect();
        measured.learn(&bodies);
    }
    measured
}

impl Comparison {
    /// Further commands, each in a container of its own.
    fn others(&mut self, fat: &[Transcript], slim: &Transcript) {
        for (index, first) in fat[0].others.iter().enumerate() {
            let runs: Vec<&OtherRecord> =
                fat.iter().filter_map(|run| run.others.get(index)).collect();
            let subject = format!("{} (in a container of its own)", first.command.command);
            let commands: Vec<&CommandRecord> = runs.iter().map(|run| &run.command).collect();
            let now = slim.others.get(index);
            self.command(&commands, &subject, now.map(|now| &now.command));
            let Some(now) = now else { continue };
            let state = |record: &OtherRecord| match (record.has_ended, record.listening.as_slice())
            {
                (true, _) => "it ends".to_owned(),
                (false, []) => "it goes on".to_owned(),
                (false, ports) => format!("it listens on {}", ports.join(", ")),
            };
            let is_stable = runs.iter().all(|run| state(run) == state(first));
            if is_stable && state(now) != state(first) {
                self.add(&subject, Aspect::Service, (&state(first), &state(now)));
            }
        }
    }

    /// The user's own commands, run from outside.
    fn outside(&mut self, fat: &[Transcript], slim: &Transcript) {
        for (index, record) in fat[0].outside.iter().enumerate() {
            let runs: Vec<&CommandRecord> =
                fat.iter().filter_map(|run| run.outside.get(index)).collect();
            let subject = format!("{} (from outside)", record.command);
            self.command(&runs, &subject, slim.outside.get(index));
        }
    }

    fn add(&mut self, subject: &str, aspect: Aspect, (expected, got): (&str, &str)) {
        self.differences.push(Difference {
            subject: subject.to_owned(),
            aspect,
            expected: expected.to_owned(),
            got: got.to_owned(),
        });
    }

    fn ports(&mut self, fat: &[Transcript], slim: &Transcript) {
        let find = |run: &Transcript, port: u16| -> Option<PortRecord> {
            run.ports.iter().find(|record| record.port == port).cloned()
        };
        for record in &fat[0].ports {
            let subject = format!("port {}", record.port);
            let is_stable = fat
                .iter()
                .all(|run| find(run, record.port).is_some_and(|r| r.service == record.service));
            let Some(now) = find(slim, record.port) else {
                let expected = record.service.to_string();
                self.add(&subject, Aspect::Missing, (&expected, "not probed"));
                continue;
            };
            if is_stable && now.service != record.service {
                let (expected, got) = (record.service.to_string(), now.service.to_string());
                self.add(&subject, Aspect::Service, (&expected, &got));
            } else if record.banner.is_some() && now.banner.is_none() {
                // What a banner says varies too much to be compared: versions, names, salts.
                self.add(&subject, Aspect::Service, ("a greeting", "silence"));
            }
        }
    }

    fn exchange(
        &mut self,
        runs: &[&HttpExchange],
        first: &HttpExchange,
        (slim, measured): (Option<&HttpExchange>, &Measured),
    ) {
        if first.request.scheme.is_socket() {
            self.compared.sockets += 1;
        } else {
            self.compared.requests += 1;
        }
        let subject = first.request.to_string();
        let slim = slim.filter(|slim| is_same_request(&slim.request, &first.request));
        let Some(slim) = slim else {
            self.add(&subject, Aspect::Missing, ("a request", "none"));
            return;
        };
        let answers: Vec<&Answer> = runs.iter().filter_map(|run| run.outcome.answer()).collect();
        match &slim.outcome {
            Outcome::Failed(failure) if answers.len() == runs.len() => {
                let expected = format!("status {}", answers[0].status);
                let got = format!("{} ({})", failure.class, failure.detail);
                self.add(&subject, Aspect::Answer, (&expected, &got));
            }
            Outcome::Failed(failure) => {
                let mut classes = runs.iter().filter_map(|run| match &run.outcome {
                    Outcome::Failed(failure) => Some(failure.class),
                    Outcome::Answered(_) => None,
                });
                let expected = classes.next().filter(|first| classes.all(|class| class == *first));
                if let Some(expected) = expected.filter(|class| *class != failure.class) {
                    let got = failure.class.to_string();
                    self.add(&subject, Aspect::Answer, (&expected.to_string(), &got));
                }
            }
            Outcome::Answered(answer) if answers.is_empty() => {
                // The fat image never answered this; the first run says how.
                if let Outcome::Failed(failure) = &first.outcome {
                    let got = format!("status {}", answer.status);
                    self.add(&subject, Aspect::Answer, (&failure.class.to_string(), &got));
                }
            }
            Outcome::Answered(answer) => self.answer(&subject, (&answers, measured), answer),
        }
    }

    fn answer(&mut self, subject: &str, (fat, measured): (&[&Answer], &Measured), slim: &Answer) {
        if !is_status_expected(fat, slim.status) {
            let mut statuses: Vec<String> =
                fat.iter().map(|answer| answer.status.to_string()).collect();
            statuses.dedup();
            let got = format!("{}, {}", slim.status, show(&slim.body));
            self.add(subject, Aspect::Status, (&statuses.join(" or "), &got));
            return;
        }
        let same_status: Vec<&Answer> =
            fat.iter().copied().filter(|answer| answer.status == slim.status).collect();
        let Some(first) = same_status.first() else { return };
        let bodies: Vec<&Payload> = same_status.iter().map(|answer| &answer.body).collect();
        // Other runs answered with another status: what varies here, one answer alone cannot tell.
        let expectation = if same_status.len() == 1 && fat.len() > 1 {
            Expectation::vague(&bodies)
        } else {
            Expectation::learn(&bodies, measured)
        };
        for difference in headers::differences(&same_status, slim, &expectation) {
            let values = (&*difference.expected, &*difference.got);
            self.add(subject, Aspect::Header(difference.name), values);
        }
        let is_end_stable = same_status.iter().all(|answer| answer.end == first.end);
        if is_end_stable && first.end != slim.end {
            let (expected, got) = (first.end.to_string(), slim.end.to_string());
            self.add(subject, Aspect::Body, (&expected, &got));
        } else if first.end.is_comparable() && slim.end.is_comparable() {
            self.payload(subject, Aspect::Body, (&expectation, &slim.body));
        }
    }

    fn payload(
        &mut self,
        subject: &str,
        aspect: Aspect,
        (expected, got): (&Expectation<'_>, &Payload),
    ) {
        if let Err(mismatch) = expected.check(got) {
            self.add(subject, aspect, (&mismatch.expected, &mismatch.got));
        }
    }

    fn command(&mut self, runs: &[&CommandRecord], subject: &str, slim: Option<&CommandRecord>) {
        self.compared.commands += 1;
        self.command_record(runs, subject, slim);
    }

    fn command_record(
        &mut self,
        runs: &[&CommandRecord],
        subject: &str,
        slim: Option<&CommandRecord>,
    ) {
        let (Some(first), Some(slim)) = (runs.first(), slim) else {
            self.add(subject, Aspect::Missing, ("a run", "none"));
            return;
        };
        let is_exit_stable = runs.iter().all(|run| run.exit == first.exit);
        // Where the fat image only succeeds at times, success and failure are both right.
        if is_exit_stable && first.exit != slim.exit {
            let why = match &slim.not_started {
                Some(why) => why.clone(),
                None if slim.stderr.bytes > 0 => show(&slim.stderr),
                None => show(&slim.stdout),
            };
            let got = format!("{}, {why}", slim.exit);
            self.add(subject, Aspect::Exit, (&first.exit.to_string(), &got));
            return;
        }
        let stdout: Vec<&Payload> = runs.iter().map(|run| &run.stdout).collect();
        let stderr: Vec<&Payload> = runs.iter().map(|run| &run.stderr).collect();
        let measured = Measured::default();
        for (aspect, runs, got) in
            [(Aspect::Stdout, stdout, &slim.stdout), (Aspect::Stderr, stderr, &slim.stderr)]
        {
            self.payload(subject, aspect, (&Expectation::learn(&runs, &measured), got));
        }
    }

    fn health(&mut self, fat: &[Transcript], slim: &Transcript) {
        let runs: Vec<&HealthRecord> = fat.iter().filter_map(|run| run.health.as_ref()).collect();
        let Some(first) = runs.first() else { return };
        self.compared.health_checks += 1;
        let subject = format!("health check {}", first.last.command);
        let Some(slim) = &slim.health else {
            self.add(&subject, Aspect::Missing, ("a health check", "none"));
            return;
        };
        if runs.iter().any(|run| run.status != slim.status)
            && runs.iter().all(|run| run.status == first.status)
        {
            let output =
                if slim.last.stderr.bytes > 0 { &slim.last.stderr } else { &slim.last.stdout };
            let got = format!("{} ({}), {}", slim.status, slim.last.exit, show(output));
            self.add(&subject, Aspect::Health, (&first.status.to_string(), &got));
        }
    }
}

/// Whether it is the same request; the query of a form may hold a token of its page.
fn is_same_request(a: &RequestRecord, b: &RequestRecord) -> bool {
    let path = |record: &RequestRecord| record.target.split('?').next().map(str::to_owned);
    let place = |record: &RequestRecord| (record.scheme, record.port, record.socket.clone());
    (&a.method, place(a), path(a)) == (&b.method, place(b), path(b))
}

/// A status that the fat image gave in some run. Where its runs disagree any status will do, but
/// for a server error that none of them had.
fn is_status_expected(fat: &[&Answer], status: u16) -> bool {
    let is_stable = fat.iter().all(|answer| answer.status == fat[0].status);
    let has_failed = fat.iter().any(|answer| answer.status >= 500);
    fat.iter().any(|answer| answer.status == status) || (!is_stable && (status < 500 || has_failed))
}

/// The beginning of a payload, for a message.
fn show(payload: &Payload) -> String {
    excerpt(payload, 0)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.requests, "request", "requests"),
            (self.commands, "command", "commands"),
            (self.health_checks, "health check", "health checks"),
            (self.sockets, "socket", "sockets"),
        ];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        f.write_str(if parts.is_empty() { "nothing" } else { "" })?;
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Comparison {
    /// `214 requests, 3 commands, 1 health check: equal`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.differences.len() {
            0 => write!(f, "{}: equal", self.compared),
            1 => write!(f, "{}: 1 difference", self.compared),
            count => write!(f, "{}: {count} differences", self.compared),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Service => "service",
            Self::Answer => "answer",
            Self::Status => "status",
            Self::Header(name) => return write!(f, "header {name}"),
            Self::Body => "body",
            Self::Exit => "end",
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
            Self::Health => "health",
            Self::Missing => "presence",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, aspect, expected, got } = self;
        write!(f, "{subject}: {aspect}: expected {expected}, got {got}")
    }
}

#[cfg(test)]
mod tests;
