//! The two ways to run the probes: explore a container, or ask another one the same again.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Duration,
};

use crate::{
    api::probe_apis,
    container::{Dialer, Runner},
    crawl::{Crawler, form_request},
    discover::{
        START_PAGE, discover, discover_again, fastcgi_sockets, service_of_failure, start_request,
    },
    event::Event,
    exec::run_command,
    fastcgi::FastCgi,
    health::PATIENCE,
    http_command::HttpCommand,
    links::{Base, Form, extract},
    plan::Plan,
    request::WireRequest,
    session::{Page, Session},
    transcript::{
        Failure, FailureClass, HealthStatus, HttpExchange, Outcome, PortRecord, Scheme, Service,
        Transcript,
    },
};

/// Carries out `plan` on a container that listens on `ports`: HTTP probes, then the health
/// check, then commands. Returns what was asked and answered.
pub fn exercise(
    plan: &Plan,
    ports: &[u16],
    dialer: &dyn Dialer,
    runner: &dyn Runner,
    events: &mut dyn FnMut(Event<'_>),
) -> Transcript {
    let mut session = Session::new(plan, dialer, events);
    if !plan.http.off {
        thread::sleep(plan.http.start_wait);
        probe_ports(&mut session, ports);
    }
    check_health(&mut session, runner, PATIENCE);
    for command in &plan.exec {
        session.record_command(run_command(runner, command, plan.exec_time.0));
    }
    session.finish()
}

/// Asks a container exactly what another was asked in the run that `first` tells of: the same
/// requests in the same order, the same commands, the health check. Forms are submitted with the
/// hidden values of this run's pages, and cookies are this run's.
///
/// `first` must come from [`exercise`] or [`replay`] in this process: a transcript that was read
/// from a file lacks credentials and bodies, and requests that had any fail as unsendable.
pub fn replay(
    first: &Transcript,
    plan: &Plan,
    dialer: &dyn Dialer,
    runner: &dyn Runner,
    events: &mut dyn FnMut(Event<'_>),
) -> Transcript {
    let mut session = Session::new(plan, dialer, events);
    if !plan.http.off {
        thread::sleep(plan.http.start_wait);
        Replay::new(first).run(&mut session);
    }
    let was_healthy =
        first.health.as_ref().is_none_or(|health| health.status == HealthStatus::Healthy);
    // What was unhealthy all along need not be waited for again.
    check_health(&mut session, runner, if was_healthy { PATIENCE } else { Duration::ZERO });
    for record in &first.commands {
        let patience =
            REPLAY_SLACK + Duration::from_millis(record.elapsed_ms.saturating_mul(REPLAY_FACTOR));
        let time = plan.exec_time.0.min(patience);
        session.record_command(run_command(runner, &record.command, time));
    }
    session.finish()
}

/// How much longer than the first time a command may take in a replay before it counts as hung.
const REPLAY_FACTOR: u64 = 10;
const REPLAY_SLACK: Duration = Duration::from_secs(30);

fn check_health(session: &mut Session<'_>, runner: &dyn Runner, patience: Duration) {
    let check = session.plan.health.as_ref();
    if let Some(record) = check.and_then(|check| check.run(runner, patience)) {
        session.record_health(record);
    }
}

fn probe_ports(session: &mut Session<'_>, listening: &[u16]) {
    let plan = session.plan;
    let wanted = if plan.http.ports.is_empty() { listening } else { &plan.http.ports };
    let named = plan.http.commands.iter().filter_map(|command| command.port);
    let mut found: Vec<(u16, Service, Option<Page>)> = Vec::new();
    for port in wanted.iter().copied().chain(named) {
        if !found.iter().any(|(known, ..)| *known == port) {
            let (service, page) = discover(session, port);
            found.push((port, service, page));
        }
    }
    let mut sites = Vec::new();
    for (port, service, page) in &mut found {
        let (Some(scheme), Some(page)) = (scheme_of(*service), page.take()) else { continue };
        let mut start = WireRequest::get(scheme, *port, "/");
        if let (Scheme::Fastcgi, Some(config)) = (scheme, &plan.http.fastcgi) {
            start = start_request(*port, config.clone());
        }
        let is_crawled = plan.http.start_page && wanted.contains(port);
        sites.push((start, page, is_crawled));
    }
    let sockets = fastcgi_sockets(session);
    // Behind a web server of the image they are reached through it, and with its own variables.
    if sites.is_empty() && plan.http.start_page && plan.http.ports.is_empty() {
        for config in &sockets {
            let start = start_request(0, config.clone());
            let page = session.perform(start.clone(), START_PAGE);
            sites.push((start, page, true));
        }
    }
    let mut crawlers = Vec::new();
    for (start, page, is_crawled) in sites {
        let mut crawler = Crawler::like(&start);
        if is_crawled {
            crawler.crawl_site(session, &page);
        }
        crawlers.push(crawler);
    }
    let services: Vec<(u16, Service)> =
        found.iter().map(|(port, service, _)| (*port, *service)).collect();
    for (index, command) in plan.http.commands.iter().enumerate() {
        for request in requests(command, (&services, &sockets), plan.http.fastcgi.as_ref()) {
            let page = session.perform(request.clone(), &format!("command {index}"));
            if command.crawl {
                crawler_for(&mut crawlers, &request).crawl_page(session, &page, &command.resource);
            }
        }
    }
    probe_apis(session, &services);
}

/// What a command makes of the servers that were found.
fn requests(
    command: &HttpCommand,
    (services, sockets): (&[(u16, Service)], &[FastCgi]),
    plain: Option<&FastCgi>,
) -> Vec<WireRequest> {
    if command.fastcgi.as_ref().is_some_and(|config| config.socket.is_some()) {
        return vec![command.request(Scheme::Fastcgi, 0)];
    }
    let is_found = services.iter().any(|(_, service)| *service == Service::Fastcgi);
    if command.protocol == Some(Scheme::Fastcgi)
        && command.port.is_none()
        && !is_found
        && !sockets.is_empty()
    {
        let to_socket = |found: &FastCgi| {
            let mut request = command.request(Scheme::Fastcgi, 0);
            let config = request.fastcgi.take().unwrap_or_else(|| found.clone());
            request.fastcgi = Some(FastCgi { socket: found.socket.clone(), ..config });
            request
        };
        return sockets.iter().map(to_socket).collect();
    }
    let to_port = |(scheme, port)| {
        let mut request = command.request(scheme, port);
        if scheme == Scheme::Fastcgi && request.fastcgi.is_none() {
            request.fastcgi = plain.cloned();
        }
        request
    };
    targets(command, services).into_iter().map(to_port).collect()
}

/// The crawler that knows the pages which such a request shows, or a new one.
fn crawler_for<'c>(crawlers: &'c mut Vec<Crawler>, request: &WireRequest) -> &'c mut Crawler {
    let known = crawlers.iter().position(|crawler| crawler.is_like(request));
    let index = known.unwrap_or_else(|| {
        crawlers.push(Crawler::like(request));
        crawlers.len() - 1
    });
    &mut crawlers[index]
}

fn scheme_of(service: Service) -> Option<Scheme> {
    match service {
        Service::Http => Some(Scheme::Http),
        Service::Https => Some(Scheme::Https),
        Service::Fastcgi => Some(Scheme::Fastcgi),
        Service::Tcp | Service::Silent | Service::Closed => None,
    }
}

/// Where a command goes: to its port, else to every port that speaks its protocol, else to every
/// HTTP port, else to every port, so that its failure is on record.
fn targets(command: &HttpCommand, services: &[(u16, Service)]) -> Vec<(Scheme, u16)> {
    let known: Vec<(Scheme, u16)> = services
        .iter()
        .filter_map(|(port, service)| {
            scheme_of(*service).map(|scheme| (as_asked(command, scheme), *port))
        })
        .collect();
    // A FastCGI server on a port of its own choice looks like any other protocol.
    if command.protocol == Some(Scheme::Fastcgi)
        && command.port.is_none()
        && !known.iter().any(|(scheme, _)| *scheme == Scheme::Fastcgi)
    {
        let may_be = |service: &Service| matches!(service, Service::Tcp | Service::Silent);
        let ports: Vec<(Scheme, u16)> = services
            .iter()
            .filter(|(_, service)| may_be(service))
            .map(|(port, _)| (Scheme::Fastcgi, *port))
            .collect();
        if !ports.is_empty() {
            return ports;
        }
    }
    if let Some(port) = command.port {
        let found = known.iter().find(|(_, known)| *known == port).map(|(scheme, _)| *scheme);
        return vec![(command.protocol.or(found).unwrap_or(Scheme::Http), port)];
    }
    // `ws` is asked for where `wss` is spoken: nobody knows beforehand which it is.
    let speaks = |scheme: Scheme| {
        command.protocol.is_none_or(|protocol| {
            protocol == scheme || (protocol == Scheme::Ws && scheme == Scheme::Wss)
        })
    };
    let fitting: Vec<(Scheme, u16)> =
        known.iter().copied().filter(|(scheme, _)| speaks(*scheme)).collect();
    if !fitting.is_empty() {
        return fitting;
    }
    let scheme = command.protocol.unwrap_or(Scheme::Http);
    if known.is_empty() {
        services.iter().map(|(port, _)| (scheme, *port)).collect()
    } else {
        known.iter().map(|(_, port)| (scheme, *port)).collect()
    }
}

/// The protocol of a port, or the WebSocket on it where one is asked for.
fn as_asked(command: &HttpCommand, scheme: Scheme) -> Scheme {
    let is_socket = command.protocol.is_some_and(Scheme::is_socket);
    if is_socket && scheme != Scheme::Fastcgi { scheme.of_sockets() } else { scheme }
}

/// The state of a replay.
struct Replay<'t> {
    first: &'t Transcript,
    /// Exchanges whose pages hold forms that are submitted later.
    sources: BTreeSet<usize>,
    /// The forms of those pages, as they are this time.
    forms: BTreeMap<usize, Vec<Form>>,
    /// Requests in a row that had an answer the first time and have none now, by port.
    silence: BTreeMap<u16, u32>,
}

/// After so many, the rest is not sent: each would take as long as a request may.
const MAX_SILENCE: u32 = 3;

impl<'t> Replay<'t> {
    fn new(first: &'t Transcript) -> Self {
        let sources = first
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.wire.as_ref()?.form)
            .map(|origin| origin.exchange)
            .collect();
        Self { first, sources, forms: BTreeMap::new(), silence: BTreeMap::new() }
    }

    /// Ports come first, as in the first run: the start page of each HTTP port is its first
    /// exchange.
    fn run(mut self, session: &mut Session<'_>) {
        let mut exchanges = self.first.exchanges.iter().enumerate().peekable();
        for record in &self.first.ports {
            if scheme_of(record.service).is_none() {
                discover_again(session, record);
                continue;
            }
            let start = exchanges.next_if(|(_, exchange)| exchange.request.port == record.port);
            if let Some((index, exchange)) = start {
                let page = self.ask(session, index, exchange, Session::perform_when_ready);
                let service = match page.and_then(|page| session.outcome(page.exchange)) {
                    Some(Outcome::Failed(failure)) => service_of_failure(failure.class),
                    _ => record.service,
                };
                session.record_port(PortRecord { port: record.port, service, banner: None });
            }
        }
        for (index, exchange) in exchanges {
            let is_start = exchange.request.socket.is_some() && exchange.request.why == START_PAGE;
            let send = if is_start { Session::perform_when_ready } else { Session::perform };
            self.ask(session, index, exchange, send);
        }
    }

    fn ask<'s>(
        &mut self,
        session: &mut Session<'s>,
        index: usize,
        exchange: &HttpExchange,
        send: fn(&mut Session<'s>, WireRequest, &str) -> Page,
    ) -> Option<Page> {
        let port = exchange.request.port;
        let why = &exchange.request.why;
        let Some(request) = self.request(exchange) else {
            let detail = "the transcript was read from a file, which holds no secrets".to_owned();
            session.record_unsent(unsent(exchange, FailureClass::Request, detail));
            return None;
        };
        if self.silence.get(&port).is_some_and(|count| *count >= MAX_SILENCE) {
            let detail = "not sent: the server has stopped answering".to_owned();
            session.record_unsent(unsent(exchange, FailureClass::Timeout, detail));
            return None;
        }
        let target = request.target.clone();
        let page = send(session, request, why);
        let silence = self.silence.entry(port).or_default();
        match (page.status, &exchange.outcome) {
            (Some(_), _) => *silence = 0,
            (None, Outcome::Answered(_)) => *silence += 1,
            (None, Outcome::Failed(_)) => {}
        }
        if self.sources.contains(&index) {
            let scheme = exchange.request.scheme;
            if let Some(base) = Base::new(scheme, port, &target, &session.plan.http.hosts) {
                let found = extract(&base, page.content_type(), &page.body);
                self.forms.insert(index, found.forms);
            }
        }
        Some(page)
    }

    /// What to send: what was sent the first time, or this time's values of the same form.
    fn request(&self, exchange: &HttpExchange) -> Option<WireRequest> {
        let Some(wire) = &exchange.wire else {
            return WireRequest::from_record(&exchange.request);
        };
        let again = wire.form.and_then(|origin| {
            let form = self.forms.get(&origin.exchange)?.get(origin.index)?;
            let mut plain = WireRequest { body: Vec::new(), ..wire.clone() };
            plain.headers.retain(|(name, _)| name != "content-type");
            let again = form_request(plain, form, origin);
            let is_same = again.method == wire.method && path(&again.target) == path(&wire.target);
            is_same.then_some(again)
        });
        Some(again.unwrap_or_else(|| wire.clone()))
    }
}

fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

fn unsent(exchange: &HttpExchange, class: FailureClass, detail: String) -> HttpExchange {
    HttpExchange {
        request: exchange.request.clone(),
        outcome: Outcome::Failed(Failure { class, detail }),
        wire: exchange.wire.clone(),
    }
}
