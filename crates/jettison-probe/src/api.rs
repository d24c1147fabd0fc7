//! Exercises APIs by their descriptions: those that were given, and those that a crawl came upon.

use std::time::Instant;

use crate::{
    deadline::after,
    openapi::{ApiProbe, ApiSource, Document, MAX_DOCUMENT_BYTES, Methods, requests},
    request::WireRequest,
    session::Session,
    transcript::{Limit, LimitKind, Scheme, Service},
};

/// A description that a crawl came upon.
#[derive(Debug)]
pub(crate) struct FoundApi {
    pub(crate) scheme: Scheme,
    pub(crate) port: u16,
    /// Where it is served.
    pub(crate) target: String,
    pub(crate) document: Document,
}

/// Descriptions of one run that are exercised without having been asked for: a site with more lists
/// the same API again and again.
const MAX_FOUND: usize = 4;

/// Requests in a row without an answer, after which the server is taken for dead.
const MAX_SILENCE: u32 = 3;

/// Sends what the given descriptions call for, then, with safe methods alone, what the found ones do.
pub(crate) fn probe_apis(session: &mut Session<'_>, services: &[(u16, Service)]) {
    let servers: Vec<(Scheme, u16)> = services
        .iter()
        .filter_map(|(port, service)| match service {
            Service::Http => Some((Scheme::Http, *port)),
            Service::Https => Some((Scheme::Https, *port)),
            _ => None,
        })
        .collect();
    let plan = session.plan;
    let mut done: Vec<(u16, Document)> = Vec::new();
    for probe in &plan.http.apis {
        probe_given(session, probe, &servers, &mut done);
    }
    for found in session.take_found_apis() {
        let is_done =
            done.iter().any(|(port, document)| *port == found.port && *document == found.document);
        if is_done || done.len() >= MAX_FOUND + plan.http.apis.len() {
            continue;
        }
        let run = Run {
            server: (found.scheme, found.port),
            methods: Methods::Safe,
            prefix: None,
            name: &found.target,
        };
        run.carry_out(session, &found.document);
        done.push((found.port, found.document));
    }
}

fn probe_given(
    session: &mut Session<'_>,
    probe: &ApiProbe,
    servers: &[(Scheme, u16)],
    done: &mut Vec<(u16, Document)>,
) {
    let prefix = probe.prefix.as_deref();
    match &probe.source {
        ApiSource::Given(spec) => {
            if servers.is_empty() {
                let name = &spec.name;
                session.add_problem(format!("API description {name}: no port speaks HTTP"));
            }
            for &server in servers {
                let run = Run { server, methods: Methods::All, prefix, name: &spec.name };
                run.carry_out(session, &spec.document);
                done.push((server.1, spec.document.clone()));
            }
        }
        ApiSource::Served { target, port } => {
            let wanted = servers.iter().filter(|(_, known)| port.is_none_or(|port| port == *known));
            let mut problem = format!("API description {target}: no port speaks HTTP");
            let mut is_found = false;
            for &server in wanted {
                match fetch(session, server, target) {
                    Ok(document) => {
                        is_found = true;
                        let run = Run { server, methods: Methods::All, prefix, name: target };
                        run.carry_out(session, &document);
                        done.push((server.1, document));
                    }
                    Err(why) => {
                        problem = format!("API description {target} on port {}: {why}", server.1);
                    }
                }
            }
            if !is_found {
                session.add_problem(problem);
            }
        }
    }
}

fn fetch(
    session: &mut Session<'_>,
    (scheme, port): (Scheme, u16),
    target: &str,
) -> Result<Document, String> {
    let request = WireRequest::get(scheme, port, target).with_header("accept", ACCEPT);
    let page = session.fetch(request, "API description", MAX_DOCUMENT_BYTES);
    match page.status {
        Some(200) => Document::parse(&page.body),
        Some(status) => Err(format!("the server answers with status {status}")),
        None => Err("the server does not answer".to_owned()),
    }
}

/// Descriptions come in both forms, and some servers choose by what is accepted.
const ACCEPT: &str = "application/json, application/yaml, */*;q=0.5";

/// One description on one server.
struct Run<'r> {
    server: (Scheme, u16),
    methods: Methods,
    prefix: Option<&'r str>,
    name: &'r str,
}

impl Run<'_> {
    fn carry_out(&self, session: &mut Session<'_>, document: &Document) {
        let plan = &session.plan.http;
        let bounds = plan.crawl;
        let all = requests(document, self.methods, self.prefix, &plan.api_credentials);
        let deadline = after(bounds.time);
        let (scheme, port) = self.server;
        let total = all.len();
        let mut silence = 0;
        for (sent, request) in all.into_iter().enumerate() {
            let stop = if sent >= bounds.pages {
                Some(LimitKind::Pages)
            } else if Instant::now() >= deadline {
                Some(LimitKind::Time)
            } else if silence >= MAX_SILENCE {
                Some(LimitKind::Unanswered)
            } else {
                None
            };
            if let Some(kind) = stop {
                session.record_limit(Limit { port, kind, left_out: total - sent });
                return;
            }
            let why = format!("{} of {}", request.operation, self.name);
            let wire = WireRequest {
                method: request.method,
                headers: request.headers,
                body: request.body,
                secrets: request.secrets,
                ..WireRequest::get(scheme, port, &request.target)
            };
            let page = session.perform(wire, &why);
            silence = if page.status.is_some() { 0 } else { silence + 1 };
        }
    }
}
