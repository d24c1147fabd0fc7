//! One run of the probes against one container: sends, remembers cookies, writes down.

use std::{collections::BTreeMap, thread, time::Duration};

use crate::{
    api::FoundApi,
    container::Dialer,
    cookies::CookieJar,
    event::Event,
    http::{Client, PAGE_BYTES, Reply},
    plan::Plan,
    request::WireRequest,
    transcript::{
        Answer, CommandRecord, FailureClass, HealthRecord, HttpExchange, Limit, Outcome,
        PortRecord, Transcript,
    },
};

/// The state of one run.
pub(crate) struct Session<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) dialer: &'a dyn Dialer,
    client: Client<'a>,
    jars: BTreeMap<u16, CookieJar>,
    transcript: Transcript,
    sample_room: usize,
    found_apis: Vec<FoundApi>,
    events: &'a mut dyn FnMut(Event<'_>),
}

/// An answer while it is looked at for links.
pub(crate) struct Page {
    /// Its place in the transcript.
    pub(crate) exchange: usize,
    /// `None` when there was no answer.
    pub(crate) status: Option<u16>,
    /// Headers in clear.
    pub(crate) headers: Vec<(String, String)>,
    /// The first bytes of the body.
    pub(crate) body: Vec<u8>,
}

impl Page {
    /// The first header of this name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn content_type(&self) -> &str {
        self.header("content-type").unwrap_or_default()
    }
}

/// The bytes of a text kept for learning which parts vary; larger pages vary as a whole.
const TEXT_SAMPLE_BYTES: usize = 256 << 10;

/// The bytes of anything else, for a message.
const OTHER_SAMPLE_BYTES: usize = 512;

/// The bytes of all samples of one transcript. Three transcripts are held at a time.
const ALL_SAMPLES_BYTES: usize = 16 << 20;

/// The first pause when a server is not ready; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Repeats after a connection that was closed without an answer. Most such servers speak another
/// protocol; a server that is still starting refuses instead, but for a short moment.
const RESET_RETRIES: u32 = 2;

impl<'a> Session<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        dialer: &'a dyn Dialer,
        events: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        Self {
            plan,
            dialer,
            client: Client::new(dialer, plan.http.request),
            jars: BTreeMap::new(),
            transcript: Transcript::default(),
            sample_room: ALL_SAMPLES_BYTES,
            found_apis: Vec::new(),
            events,
        }
    }

    pub(crate) fn finish(self) -> Transcript {
        self.transcript
    }

    /// Sends a request and writes it down.
    pub(crate) fn perform(&mut self, request: WireRequest, why: &str) -> Page {
        let reply = self.ask(&request, self.plan.http.request.time);
        self.record(request, why, reply)
    }

    /// As [`Session::perform`], but returns up to `most` bytes of the body.
    pub(crate) fn fetch(&mut self, request: WireRequest, why: &str, most: usize) -> Page {
        let reply = self.ask_for(&request, self.plan.http.request.time, most);
        self.record(request, why, reply)
    }

    /// As [`Session::perform`], for the first request on a port: it is repeated while the server
    /// is not ready, and only the last answer is written down.
    pub(crate) fn perform_when_ready(&mut self, request: WireRequest, why: &str) -> Page {
        let mut attempts = 0;
        loop {
            let reply = self.ask(&request, self.plan.http.request.time);
            if !self.pause_unless_ready(&reply, attempts) {
                return self.record(request, why, reply);
            }
            attempts += 1;
        }
    }

    /// Whether the reply shows that the server is not ready and may be asked again; if so, waits.
    pub(crate) fn pause_unless_ready(&self, reply: &Reply, attempts: u32) -> bool {
        let most = self.plan.http.retry_count;
        let allowed = match &reply.outcome {
            Outcome::Answered(Answer { status: 502..=504, .. }) => most,
            Outcome::Failed(failure) => match failure.class {
                FailureClass::Refused => most,
                FailureClass::Reset => most.min(RESET_RETRIES),
                _ => 0,
            },
            Outcome::Answered(_) => 0,
        };
        let may_repeat = attempts < allowed;
        if may_repeat {
            let pause = FIRST_PAUSE * 2u32.saturating_pow(attempts.min(16));
            thread::sleep(pause.min(self.plan.http.retry_wait));
        }
        may_repeat
    }

    /// Sends a request without writing it down.
    pub(crate) fn ask(&mut self, request: &WireRequest, time: Duration) -> Reply {
        self.ask_for(request, time, PAGE_BYTES)
    }

    fn ask_for(&mut self, request: &WireRequest, time: Duration, most: usize) -> Reply {
        let jar = self.jars.entry(request.port).or_default();
        let cookie = jar.header(&request.target);
        let reply = self.client.send(request, cookie.as_deref(), (time, most));
        for (name, value) in &reply.headers {
            if name == "set-cookie" {
                jar.store(value, &request.target);
            }
        }
        reply
    }

    /// Writes an exchange down.
    pub(crate) fn record(&mut self, mut request: WireRequest, why: &str, reply: Reply) -> Page {
        let Reply { mut outcome, headers, messages, .. } = reply;
        request.expected_messages = messages;
        let mut body = Vec::new();
        let mut status = None;
        if let Outcome::Answered(answer) = &mut outcome {
            status = Some(answer.status);
            body.clone_from(&answer.body.sample.0);
            let wanted = if is_text(answer) { TEXT_SAMPLE_BYTES } else { OTHER_SAMPLE_BYTES };
            answer.body.shorten(wanted.min(self.sample_room.max(OTHER_SAMPLE_BYTES)));
            self.sample_room = self.sample_room.saturating_sub(answer.body.sample.0.len());
        }
        let exchange = self.transcript.exchanges.len();
        self.transcript.exchanges.push(HttpExchange {
            request: request.record(why),
            outcome,
            wire: Some(request),
        });
        (self.events)(Event::Exchange(&self.transcript.exchanges[exchange]));
        Page { exchange, status, headers, body }
    }

    /// Writes down an exchange that did not take place.
    pub(crate) fn record_unsent(&mut self, exchange: HttpExchange) {
        (self.events)(Event::Exchange(&exchange));
        self.transcript.exchanges.push(exchange);
    }

    /// Takes back the last exchange, which the transcript that is replayed does not have.
    pub(crate) fn forget_last_exchange(&mut self) {
        self.transcript.exchanges.pop();
    }

    pub(crate) fn outcome(&self, exchange: usize) -> Option<&Outcome> {
        self.transcript.exchanges.get(exchange).map(|exchange| &exchange.outcome)
    }

    pub(crate) fn record_port(&mut self, record: PortRecord) {
        (self.events)(Event::Port(&record));
        self.transcript.ports.push(record);
    }

    pub(crate) fn record_command(&mut self, record: CommandRecord) {
        (self.events)(Event::Command(&record));
        self.transcript.commands.push(record);
    }

    pub(crate) fn record_health(&mut self, record: HealthRecord) {
        (self.events)(Event::Health(&record));
        self.transcript.health = Some(record);
    }

    /// Remembers an API's description for when the crawls are over.
    pub(crate) fn add_found_api(&mut self, found: FoundApi) {
        self.found_apis.push(found);
    }

    pub(crate) fn take_found_apis(&mut self) -> Vec<FoundApi> {
        std::mem::take(&mut self.found_apis)
    }

    /// Notes that something that was asked for could not be done.
    pub(crate) fn add_problem(&mut self, problem: String) {
        self.transcript.problems.push(problem);
    }

    pub(crate) fn record_limit(&mut self, limit: Limit) {
        (self.events)(Event::Limit(&limit));
        self.transcript.limits.push(limit);
    }
}

/// Whether a body may hold varying parts that can be told from the rest.
fn is_text(answer: &Answer) -> bool {
    // Messages of a WebSocket have no type; mostly they are text.
    if answer.status == 101 {
        return true;
    }
    if answer.header("content-encoding").is_some_and(|encoding| encoding != "identity") {
        return false;
    }
    let content_type = answer.header("content-type").unwrap_or("text/").to_ascii_lowercase();
    content_type.starts_with("text/")
        || ["json", "xml", "javascript", "urlencoded"]
            .iter()
            .any(|part| content_type.contains(part))
}
