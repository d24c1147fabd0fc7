//! What a page leads to: links, the parts it is made of, and forms.

mod base;
mod css;
mod form;
mod html;
mod json;
mod script;
mod text;

pub(crate) use base::Base;
pub(crate) use form::{Field, Form, MULTIPART_TYPE, SAMPLE_FILE, multipart};

/// What was found in one body, in the order of appearance, without repeats.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) links: Vec<Link>,
    pub(crate) forms: Vec<Form>,
}

/// A resource on the same server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) kind: LinkKind,
}

/// How a page refers to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LinkKind {
    /// A user would have to click: one step deeper.
    Page,
    /// A browser loads it along with the page.
    Part,
    /// A script opens a WebSocket to it.
    Socket,
}

/// More links than this on one page are a generated index; a crawl would not visit them all.
const MAX_LINKS: usize = 2000;

/// More forms than this on one page are one form repeated for each row of a table.
const MAX_FORMS: usize = 50;

impl Found {
    fn add(&mut self, base: &Base, reference: &str, kind: LinkKind) {
        if self.links.len() < MAX_LINKS
            && let Some(target) = base.resolve(reference)
        {
            self.links.push(Link { target, kind });
        }
    }

    fn add_form(&mut self, form: Form) {
        if self.forms.len() < MAX_FORMS {
            self.forms.push(form);
        }
    }

    /// Drops repeats, keeping first appearances.
    fn deduplicate(&mut self) {
        let mut seen = std::collections::BTreeSet::new();
        self.links.retain(|link| seen.insert(link.clone()));
    }
}

/// Looks for links in a body. `content_type` is the header's value, empty when there is none.
pub(crate) fn extract(base: &Base, content_type: &str, body: &[u8]) -> Found {
    let mut found = Found::default();
    match format_of(base, content_type, body) {
        Format::Markup => html::extract(base, body, &mut found),
        Format::Style => css::extract(base, &String::from_utf8_lossy(body), &mut found),
        Format::Json => json::extract(base, body, &mut found),
        Format::Script => script::extract(base, &String::from_utf8_lossy(body), &mut found),
        Format::Robots => text::extract_robots(base, &String::from_utf8_lossy(body), &mut found),
        Format::Other => {}
    }
    found.deduplicate();
    found
}

/// Adds what the headers of an answer lead to.
pub(crate) fn extract_headers(base: &Base, headers: &[(String, String)]) -> Found {
    let mut found = Found::default();
    for (name, value) in headers {
        match name.as_str() {
            "location" | "content-location" => found.add(base, value, LinkKind::Part),
            "refresh" => {
                if let Some(target) = text::refresh_target(value) {
                    found.add(base, target, LinkKind::Part);
                }
            }
            "link" => text::extract_link_header(base, value, &mut found),
            _ => {}
        }
    }
    found.deduplicate();
    found
}

#[derive(Debug, PartialEq, Eq)]
enum Format {
    Markup,
    Style,
    Json,
    Script,
    Robots,
    Other,
}

fn format_of(base: &Base, content_type: &str, body: &[u8]) -> Format {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/html" | "application/xhtml+xml" | "text/xml" | "application/xml" => Format::Markup,
        "text/css" => Format::Style,
        "application/json" | "application/manifest+json" | "text/json" => Format::Json,
        "text/javascript" | "application/javascript" | "application/x-javascript" => Format::Script,
        "text/plain" if base.path() == "/robots.txt" => Format::Robots,
        "" | "application/octet-stream" | "text/plain" => sniff(base, body),
        other if other.ends_with("+xml") => Format::Markup,
        other if other.ends_with("+json") => Format::Json,
        _ => Format::Other,
    }
}

/// Simple servers give no type, or the wrong one.
fn sniff(base: &Base, body: &[u8]) -> Format {
    let path = base.path();
    let has_extension = |extension: &str| path.len() > extension.len() && path.ends_with(extension);
    match body.trim_ascii_start().first() {
        Some(b'<') => Format::Markup,
        Some(b'{' | b'[') => Format::Json,
        _ if has_extension(".css") => Format::Style,
        _ if has_extension(".js") || has_extension(".mjs") => Format::Script,
        _ => Format::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::transcript::Scheme;

    fn base(target: &str) -> Base {
        Base::new(Scheme::Http, 8080, target, &[]).unwrap()
    }

    #[test]
    fn formats() {
        let table: &[(&str, &str, &[u8], Format)] = &[
            ("/", "text/html; charset=utf-8", b"", Format::Markup),
            ("/", "Image/SVG+xml", b"", Format::Markup),
            ("/", "application/ld+json", b"", Format::Json),
            ("/", "text/css", b"", Format::Style),
            ("/robots.txt", "text/plain", b"", Format::Robots),
            ("/a.css", "", b"a{}", Format::Style),
            ("/a.mjs", "application/octet-stream", b"x", Format::Script),
            ("/", "", b"  <!doctype html>", Format::Markup),
            ("/", "", b"{}", Format::Json),
            ("/", "", b"hello", Format::Other),
            ("/", "image/png", b"<", Format::Other),
        ];
        for (path, content_type, body, expected) in table {
            assert_eq!(format_of(&base(path), content_type, body), *expected, "{path}");
        }
    }

    #[test]
    fn headers_lead_somewhere() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [
            header("location", "/login?next=/"),
            header("location", "http://elsewhere.example/"),
            header("refresh", "5; url=/refreshed"),
            header("link", "</style.css>; rel=preload; as=style, </next>; rel=\"next\""),
        ];
        let found = extract_headers(&base("/"), &headers);
        let targets: Vec<&str> = found.links.iter().map(|link| &*link.target).collect();
        assert_eq!(targets, ["/login?next=/", "/refreshed", "/style.css", "/next"]);
    }

    const TYPES: [&str; 6] =
        ["text/html", "text/css", "application/json", "text/javascript", "text/xml", ""];

    /// Of which hostile pages are made.
    const PIECES: [&str; 31] = [
        "<a href=",
        "<form action='/x'",
        ">",
        "\"",
        "'",
        "<input type=number min=\u{e9}",
        "<select>",
        "<option selected",
        "</form>",
        "<style>",
        "url(",
        "</style",
        "\\",
        "<script>",
        "fetch(",
        "import ",
        "<!--",
        "\0",
        "srcset=\"a 1x, ,, b",
        "<textarea maxlength=2>",
        "@import",
        "<base href=//",
        "<meta http-equiv=refresh content='0;url=",
        "{\"href\":\"/",
        "]",
        "\u{1f600}",
        "&#x110000;",
        "/*",
        " ",
        "<select name=a>",
        "<input name=a ",
    ];

    /// CPU time of this thread, whatever else the machine does (proc(5), `schedstat`).
    fn thread_cpu() -> Duration {
        let statistics = fs_err::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(statistics.split(' ').next().unwrap().parse().unwrap())
    }

    #[test]
    fn reading_takes_time_linear_in_the_size() {
        for content_type in ["text/html", "text/css", "text/javascript", "application/json"] {
            for piece in PIECES {
                let body = piece.repeat((128 << 10) / piece.len());
                let before = thread_cpu();
                extract(&base("/"), content_type, body.as_bytes());
                let spent = thread_cpu().checked_sub(before).unwrap();
                // Without optimisation it takes up to a quarter of a second; what is quadratic
                // takes several.
                assert!(spent.as_millis() < 1500, "{content_type} {piece:?}: {spent:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(
            kind in 0..TYPES.len(),
            body in proptest::collection::vec(any::<u8>(), 0..2000),
        ) {
            let found = extract(&base("/dir/page?x"), TYPES[kind], &body);
            prop_assert!(found.links.len() <= MAX_LINKS);
        }

        #[test]
        fn hostile_markup_never_panics(
            kind in 0..TYPES.len(),
            pieces in proptest::collection::vec(0..PIECES.len(), 0..60),
        ) {
            let body: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
            let base = base("/");
            let found = extract(&base, TYPES[kind], body.as_bytes());
            for link in &found.links {
                prop_assert!(link.target.starts_with('/'), "{}", link.target);
            }
            for form in &found.forms {
                let submission = form.submission();
                prop_assert!(submission.target.starts_with('/'));
            }
        }
    }
}
