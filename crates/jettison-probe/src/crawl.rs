//! Follows what pages lead to, breadth first, in the order of appearance, within bounds.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

use crate::{
    api::FoundApi,
    deadline::after,
    fastcgi::FastCgi,
    links::{Base, Form, Found, Link, LinkKind, extract, extract_headers},
    openapi::Document,
    plan::FormPolicy,
    request::{FormOrigin, WireRequest},
    session::{Page, Session},
    transcript::{Limit, LimitKind, Scheme},
};

/// What is known of one server over all crawls of a run.
pub(crate) struct Crawler {
    scheme: Scheme,
    port: u16,
    /// Sent with every request: credentials, for the most part.
    headers: Vec<(String, String)>,
    /// How a FastCGI application is told of them.
    fastcgi: Option<FastCgi>,
    /// Requests that were made or are queued.
    seen: BTreeSet<String>,
    /// Content types of which one static file was asked for in every way.
    varied: BTreeSet<String>,
}

/// A request to be made.
struct Visit {
    request: WireRequest,
    why: String,
    /// Clicks away from the start.
    depth: u32,
    /// Loads without a click since the last page: redirects, imports of imports.
    hops: u32,
}

/// Requests to be made, those that may end the visit last.
#[derive(Default)]
struct Queue {
    next: VecDeque<Visit>,
    last: VecDeque<Visit>,
    too_deep: usize,
}

/// Asked for by browsers and search engines whether or not a page names them; and a page that
/// surely does not exist, since its absence has a page of its own.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("/favicon.ico", "browsers ask for it"),
    ("/robots.txt", "search engines ask for it"),
    ("/sitemap.xml", "search engines ask for it"),
    ("/jettison-404-probe", "a page that does not exist"),
    // Where frameworks that describe their API by themselves do so (FastAPI and many others, Spring,
    // ASP.NET).
    ("/openapi.json", API_DESCRIPTION),
    ("/swagger.json", API_DESCRIPTION),
    ("/v3/api-docs", API_DESCRIPTION),
    ("/swagger/v1/swagger.json", API_DESCRIPTION),
];

const API_DESCRIPTION: &str = "descriptions of APIs are there";

/// What is said over a WebSocket that nobody has given a message for.
pub(crate) const SOCKET_MESSAGE: &[u8] = b"jettison";

/// What browsers allow of redirects (20) would only be a loop here.
const MAX_HOPS: u32 = 10;

/// Requests in a row without an answer, after which the server is taken for dead.
const MAX_SILENCE: u32 = 3;

/// Words in an address or on a button of what ends a session or destroys data.
const DESTRUCTIVE_WORDS: &[&str] = &[
    "logout",
    "logoff",
    "signout",
    "signoff",
    "delete",
    "remove",
    "destroy",
    "drop",
    "purge",
    "clear",
    "reset",
    "shutdown",
    "stop",
    "quit",
    "exit",
    "kill",
    "terminate",
    "restart",
    "deactivate",
    "unsubscribe",
    "uninstall",
];

impl Crawler {
    /// A crawler that sends the headers of `start` with every request, but for those that
    /// describe its body. It has seen nothing: pages differ by who asks.
    pub(crate) fn like(start: &WireRequest) -> Self {
        let headers = start
            .headers
            .iter()
            .filter(|(name, _)| !name.starts_with("content-"))
            .cloned()
            .collect();
        Self {
            scheme: start.scheme,
            port: start.port,
            headers,
            fastcgi: start.fastcgi.clone(),
            seen: BTreeSet::new(),
            varied: BTreeSet::new(),
        }
    }

    /// Whether this crawler's pages are those that [`Crawler::like`] would see.
    pub(crate) fn is_like(&self, start: &WireRequest) -> bool {
        let other = Self::like(start);
        (self.scheme, self.port, &self.headers, &self.fastcgi)
            == (other.scheme, other.port, &other.headers, &other.fastcgi)
    }

    fn get(&self, target: &str) -> WireRequest {
        let mut request = WireRequest::get(self.scheme, self.port, target);
        request.headers.clone_from(&self.headers);
        request.fastcgi.clone_from(&self.fastcgi);
        request
    }

    /// Crawls from the start page of the server.
    pub(crate) fn crawl_site(&mut self, session: &mut Session<'_>, start: &Page) {
        let mut queue = Queue::default();
        self.seen.insert("GET /".to_owned());
        for (target, why) in WELL_KNOWN {
            self.push(
                &mut queue,
                target,
                Visit { request: self.get(target), why: (*why).to_owned(), depth: 0, hops: 0 },
            );
        }
        self.crawl(session, start, "/", queue);
    }

    /// Crawls from the answer to some request for `target`.
    pub(crate) fn crawl_page(&mut self, session: &mut Session<'_>, start: &Page, target: &str) {
        self.seen.insert(format!("GET {target}"));
        self.crawl(session, start, target, Queue::default());
    }

    fn crawl(&mut self, session: &mut Session<'_>, start: &Page, target: &str, mut queue: Queue) {
        let bounds = session.plan.http.crawl;
        let deadline = after(bounds.time);
        let origin = Visit { request: self.get(target), why: String::new(), depth: 0, hops: 0 };
        self.harvest(session, &mut queue, &origin, start);
        let mut pages = self.vary(session, &origin.request, start);
        let mut silence = 0;
        let stopped = loop {
            let Some(visit) = queue.pop() else { break None };
            let bound = if pages >= bounds.pages {
                Some(LimitKind::Pages)
            } else if Instant::now() >= deadline {
                Some(LimitKind::Time)
            } else if silence >= MAX_SILENCE {
                Some(LimitKind::Unanswered)
            } else {
                None
            };
            if bound.is_some() {
                break bound.map(|kind| (kind, queue.len() + 1));
            }
            let page = session.perform(visit.request.clone(), &visit.why);
            silence = if page.status.is_some() { 0 } else { silence + 1 };
            pages += 1;
            self.harvest(session, &mut queue, &visit, &page);
            pages += self.vary(session, &visit.request, &page);
        };
        let too_deep = Some((LimitKind::Depth, queue.too_deep)).filter(|(_, count)| *count > 0);
        for (kind, left_out) in stopped.into_iter().chain(too_deep) {
            session.record_limit(Limit { port: self.port, kind, left_out });
        }
    }

    /// Queues what a page leads to.
    fn harvest(
        &mut self,
        session: &mut Session<'_>,
        queue: &mut Queue,
        visit: &Visit,
        page: &Page,
    ) {
        self.note_api(session, visit, page);
        let plan = &session.plan.http;
        let target = &visit.request.target;
        let Some(base) = Base::new(self.scheme, self.port, target, &plan.hosts) else { return };
        let from_headers = extract_headers(&base, &page.headers);
        let Found { links, forms } = extract(&base, page.content_type(), &page.body);
        let shown = visit.request.record("").target;
        for link in from_headers.links.into_iter().chain(links) {
            self.push_link(queue, visit, &link, (&shown, plan.crawl.depth));
        }
        for (index, form) in forms.iter().enumerate() {
            let is_wanted = match plan.forms {
                FormPolicy::Submit => true,
                FormPolicy::GetOnly => form.submission().method == "GET",
                FormPolicy::Off => false,
            };
            if is_wanted {
                let origin = FormOrigin { exchange: page.exchange, index };
                self.push_form(queue, visit, form, (&shown, plan.crawl.depth, origin));
            }
        }
    }

    /// Remembers a page that describes an API.
    fn note_api(&self, session: &mut Session<'_>, visit: &Visit, page: &Page) {
        let is_plain_get = visit.request.method == "GET" && visit.request.form.is_none();
        if !is_plain_get || page.status != Some(200) || !Document::is_likely(&page.body) {
            return;
        }
        // One that is too large for a page is cut short and no document; it can still be given.
        if let Ok(document) = Document::parse(&page.body) {
            let target = visit.request.target.clone();
            session.add_found_api(FoundApi {
                scheme: self.scheme,
                port: self.port,
                target,
                document,
            });
        }
    }

    fn push_link(
        &mut self,
        queue: &mut Queue,
        from: &Visit,
        link: &Link,
        (shown, max_depth): (&str, u32),
    ) {
        let (depth, hops) = match link.kind {
            LinkKind::Page => (from.depth + 1, 0),
            LinkKind::Part | LinkKind::Socket => (from.depth, from.hops + 1),
        };
        if hops > MAX_HOPS || self.seen.contains(&format!("GET {}", link.target)) {
            return;
        }
        if depth > max_depth {
            queue.too_deep += 1;
            return;
        }
        let mut request = self.get(&link.target);
        if link.kind == LinkKind::Socket {
            request.scheme = self.scheme.of_sockets();
            request.body = SOCKET_MESSAGE.to_vec();
        }
        let visit = Visit { request, why: format!("link on {shown}"), depth, hops };
        if link.kind == LinkKind::Page && is_destructive(&link.target) {
            self.push_last(queue, &link.target, visit);
        } else {
            self.push(queue, &link.target, visit);
        }
    }

    fn push_form(
        &mut self,
        queue: &mut Queue,
        from: &Visit,
        form: &Form,
        (shown, max_depth, origin): (&str, u32, FormOrigin),
    ) {
        if from.depth + 1 > max_depth {
            queue.too_deep += 1;
            return;
        }
        if !self.seen.insert(format!("form {}", form.identity())) {
            return;
        }
        let request = form_request(self.get(""), form, origin);
        let request = from_page(request, &from.request);
        let visit =
            Visit { request, why: format!("form on {shown}"), depth: from.depth + 1, hops: 0 };
        if is_destructive(&form.action) || is_destructive(&form.label) {
            queue.last.push_back(visit);
        } else {
            queue.next.push_back(visit);
        }
    }

    fn push(&mut self, queue: &mut Queue, target: &str, visit: Visit) {
        if self.seen.insert(format!("GET {target}")) {
            queue.next.push_back(visit);
        }
    }

    fn push_last(&mut self, queue: &mut Queue, target: &str, visit: Visit) {
        if self.seen.insert(format!("GET {target}")) {
            queue.last.push_back(visit);
        }
    }

    /// Asks for a static file again as browsers and download tools do: whether it changed, for a
    /// range of it, and compressed. Once for each type of content. Returns how many requests that
    /// were.
    fn vary(&mut self, session: &mut Session<'_>, request: &WireRequest, page: &Page) -> usize {
        let is_plain_get = request.method == "GET" && request.form.is_none();
        let validator = [("etag", "if-none-match"), ("last-modified", "if-modified-since")]
            .into_iter()
            .find_map(|(given, asked)| page.header(given).map(|value| (asked, value.to_owned())));
        let Some((condition, value)) = validator else { return 0 };
        let essence = page.content_type().split(';').next().unwrap_or_default().to_owned();
        if !is_plain_get || page.status != Some(200) || !self.varied.insert(essence) {
            return 0;
        }
        let shown = request.record("").target;
        let variants = [
            (condition, value, "cached"),
            ("range", "bytes=0-9".to_owned(), "part of"),
            ("accept-encoding", "gzip".to_owned(), "compressed"),
        ];
        let count = variants.len();
        for (name, value, what) in variants {
            session.perform(request.clone().with_header(name, value), &format!("{what} {shown}"));
        }
        count
    }
}

impl Queue {
    fn pop(&mut self) -> Option<Visit> {
        self.next.pop_front().or_else(|| self.last.pop_front())
    }

    fn len(&self) -> usize {
        self.next.len() + self.last.len()
    }
}

/// Makes of a plain request for the same server the one that submits a form.
pub(crate) fn form_request(
    mut request: WireRequest,
    form: &Form,
    origin: FormOrigin,
) -> WireRequest {
    let submission = form.submission();
    request.target = submission.target;
    submission.method.clone_into(&mut request.method);
    if let Some(content_type) = submission.content_type {
        request = request.with_header("content-type", content_type);
    }
    request.body = submission.body;
    request.form = Some(origin);
    request
}

/// Adds where the user was when the form was sent: frameworks refuse forms of other sites by it.
fn from_page(request: WireRequest, page: &WireRequest) -> WireRequest {
    let origin = page.origin();
    let referer = format!("{origin}{}", page.target);
    let is_post = request.method == "POST";
    let request = request.with_header("referer", referer);
    if is_post { request.with_header("origin", origin) } else { request }
}

/// Whether the words of an address or label tell that something ends.
pub(crate) fn is_destructive(text: &str) -> bool {
    let text = text.to_ascii_lowercase().replace("log-out", "logout").replace("log out", "logout");
    let text = text.replace("sign-out", "signout").replace("sign out", "signout");
    text.split(|char: char| !char.is_ascii_alphanumeric())
        .any(|word| DESTRUCTIVE_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_end_something() {
        for text in ["/logout", "/user/log-out?x", "Sign out", "/items/3/delete", "Remove item"] {
            assert!(is_destructive(text), "{text}");
        }
        for text in ["/", "/blog/outdoor", "/undeleted", "/stopwatch", "Search"] {
            assert!(!is_destructive(text), "{text}");
        }
    }
}
