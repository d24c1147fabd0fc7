//! What a crawl visits, in which order, and where it stops.

use std::time::Duration;

use jettison_probe::{FormPolicy, HttpCommand, LimitKind, Scheme, Service};

use crate::server::{Reply, Request, Server, Wire, brisk_plan, exercise, outline};

/// What every crawl of a site asks for besides its pages.
const WELL_KNOWN: [&str; 8] = [
    "GET /favicon.ico 404",
    "GET /robots.txt 404",
    "GET /sitemap.xml 404",
    "GET /jettison-404-probe 404",
    "GET /openapi.json 404",
    "GET /swagger.json 404",
    "GET /v3/api-docs 404",
    "GET /swagger/v1/swagger.json 404",
];

fn site(request: &Request) -> Reply {
    match (&*request.method, request.path()) {
        ("GET", "/") => Reply::html(
            r#"<link rel=stylesheet href=/main.css><script src="/app.js"></script>
               <img src=/logo.png srcset="/logo2.png 2x"><a href="/logout">Log out</a>
               <a href=/about>About</a> <a href="/old">old</a> <a href="http://elsewhere.example/">x</a>
               <form action=/search><input name=q></form>
               <form action=/contact method=post><input type=email name=mail>
               <input type=hidden name=token value=abc><button>Send</button></form>"#,
        ),
        (_, "/main.css") => Reply::of("text/css", b"@import 'base.css'; a{background:url(bg.png)}"),
        (_, "/base.css" | "/bg.png" | "/logo.png" | "/logo2.png") => Reply::of("image/png", b"x"),
        (_, "/app.js") => Reply::of("text/javascript", b"fetch('/api/items')"),
        (_, "/api/items") => Reply::of("application/json", b"{\"items\": [\"/api/items/1\"]}"),
        (_, "/api/items/1") => Reply::of("application/json", b"{}"),
        (_, "/about") => Reply::html("<a href=/>home</a><a href=/about#top>top</a>"),
        (_, "/old") => Reply::redirect(302, "/new"),
        (_, "/new") => Reply::html("new"),
        (_, "/search") => Reply::html("found"),
        ("POST", "/contact") => Reply::redirect(303, "/thanks"),
        (_, "/thanks") => Reply::html("thanks"),
        (_, "/logout") => Reply::html("bye"),
        _ => Reply::status(404, "<h1>not here</h1>"),
    }
}

#[test]
fn a_site_is_visited_breadth_first() {
    for wire in [Wire::Clear, Wire::Tls] {
        let server = Server::start(wire, site);
        let transcript = exercise(&brisk_plan(), &[server.port]);
        let mut expected = vec!["GET / 200"];
        expected.extend(WELL_KNOWN);
        expected.extend([
            "GET /main.css 200",
            "GET /app.js 200",
            "GET /logo.png 200",
            "GET /logo2.png 200",
            "GET /about 200",
            "GET /old 302",
            "GET /search?q=jettison 200",
            "POST /contact 303",
            "GET /base.css 200",
            "GET /bg.png 200",
            "GET /api/items 200",
            "GET /new 200",
            "GET /thanks 200",
            "GET /api/items/1 200",
            "GET /logout 200",
        ]);
        assert_eq!(outline(&transcript), expected);
        assert_eq!(transcript.limits, []);
        let expected = if wire == Wire::Tls { Service::Https } else { Service::Http };
        assert_eq!(transcript.ports[0].service, expected);
        let contact = server.requests().into_iter().find(|r| r.path() == "/contact").unwrap();
        assert_eq!(contact.body, b"mail=jettison%40example.com&token=abc");
        assert_eq!(contact.header("content-type"), Some("application/x-www-form-urlencoded"));
        let origin = contact.header("origin").unwrap();
        assert!(origin.ends_with(&format!("://localhost:{}", server.port)), "{origin}");
        assert_eq!(contact.header("referer"), Some(&*format!("{origin}/")));
    }
}

#[test]
fn requests_look_like_a_browsers() {
    let server = Server::start(Wire::Clear, site);
    exercise(&brisk_plan(), &[server.port]);
    let request = &server.requests()[0];
    assert_eq!(request.header("host"), Some(&*format!("localhost:{}", server.port)));
    assert!(request.header("accept").unwrap().contains("text/html"));
    assert_eq!(request.header("accept-encoding"), None);
    assert_eq!(request.header("content-length"), None);
}

#[test]
fn forms_can_be_left_alone() {
    for (policy, left) in
        [(FormPolicy::GetOnly, vec!["GET /search?q=jettison"]), (FormPolicy::Off, vec![])]
    {
        let server = Server::start(Wire::Clear, site);
        let mut plan = brisk_plan();
        plan.http.forms = policy;
        exercise(&plan, &[server.port]);
        let submitted: Vec<String> = server
            .asked()
            .into_iter()
            .filter(|line| line.contains("/search") || line.contains("/contact"))
            .collect();
        assert_eq!(submitted, left);
    }
}

#[test]
fn a_crawl_has_bounds() {
    // Each page leads to two more, without end.
    let tree = |request: &Request| {
        let path = request.path().trim_end_matches('/');
        Reply::html(&format!("<a href='{path}/a'>a</a><a href='{path}/b'>b</a>"))
    };
    let server = Server::start(Wire::Clear, tree);
    let mut plan = brisk_plan();
    plan.http.crawl.depth = 1;
    let transcript = exercise(&plan, &[server.port]);
    assert!(outline(&transcript).contains(&"GET /b 200".to_owned()));
    assert!(!outline(&transcript).contains(&"GET /a/a 200".to_owned()));
    assert_eq!(transcript.limits[0].kind, LimitKind::Depth);

    plan.http.crawl.depth = 50;
    plan.http.crawl.pages = 20;
    let transcript = exercise(&plan, &[server.port]);
    assert_eq!(transcript.exchanges.len(), 21);
    assert_eq!(transcript.limits[0].kind, LimitKind::Pages);

    plan.http.crawl.pages = usize::MAX;
    plan.http.crawl.time = Duration::from_millis(200);
    let transcript = exercise(&plan, &[server.port]);
    assert_eq!(transcript.limits[0].kind, LimitKind::Time);
    assert!(transcript.limits[0].left_out > 0);
}

#[test]
fn redirect_loops_end() {
    let server = Server::start(Wire::Clear, |request: &Request| {
        let count: u32 = request.path().trim_start_matches('/').parse().unwrap_or(0);
        Reply::redirect(302, &format!("/{}", count + 1))
    });
    let transcript = exercise(&brisk_plan(), &[server.port]);
    assert!(outline(&transcript).contains(&"GET /10 302".to_owned()), "{transcript:?}");
    assert!(!outline(&transcript).contains(&"GET /11 302".to_owned()));
    let first = transcript.exchanges[0].outcome.answer().unwrap();
    assert_eq!(first.header("location"), Some("/1"));
    assert_eq!(first.body.sample.0, b"moved");
}

#[test]
fn static_files_are_asked_for_in_every_way() {
    let server = Server::start(Wire::Clear, |request: &Request| {
        if request.header("if-none-match").is_some() {
            return Reply::Raw(b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n".to_vec());
        }
        if request.header("range").is_some() {
            return Reply::status(206, "0123456789");
        }
        match request.path() {
            "/" => Reply::html("<img src=a.png><img src=b.png>").with("ETag", "\"1\""),
            "/a.png" | "/b.png" => Reply::of("image/png", b"png").with("ETag", "\"2\""),
            _ => Reply::status(404, "no"),
        }
    });
    let transcript = exercise(&brisk_plan(), &[server.port]);
    let of = |path: &str| -> Vec<String> {
        let start = format!("GET {path} ");
        outline(&transcript).into_iter().filter(|line| line.starts_with(&start)).collect()
    };
    assert_eq!(of("/"), ["GET / 200", "GET / 304", "GET / 206", "GET / 200"]);
    assert_eq!(of("/a.png").len(), 4);
    assert_eq!(of("/b.png").len(), 1, "one file of each type is enough");
    let shown = transcript.exchanges[1].request.to_string();
    assert!(shown.ends_with("/ (if-none-match: \"1\")"), "{shown}");
}

#[test]
fn sessions_are_kept() {
    let server = Server::start(Wire::Clear, |request: &Request| {
        match (request.path(), request.header("cookie")) {
            ("/", _) => Reply::html("<a href=/private>x</a>")
                .with("Set-Cookie", "session=s3cret; HttpOnly; Path=/"),
            ("/private", Some("session=s3cret")) => Reply::html("welcome"),
            _ => Reply::status(403, "no"),
        }
    });
    let transcript = exercise(&brisk_plan(), &[server.port]);
    assert!(outline(&transcript).contains(&"GET /private 200".to_owned()));
    let json = serde_json::to_string(&transcript).unwrap();
    assert!(!json.contains("s3cret") && !format!("{transcript:?}").contains("s3cret"), "{json}");
}

#[test]
fn commands_come_after_the_crawl() {
    let server =
        Server::start(Wire::Clear, |request: &Request| match (&*request.method, request.path()) {
            ("PUT", "/item") => Reply::status(201, "made"),
            ("GET", "/hidden") => Reply::html("<a href=/hidden/deep>x</a>"),
            ("GET", "/hidden/deep") => Reply::html("deep"),
            ("HEAD", _) => Reply::html("not sent"),
            _ => Reply::status(404, "no"),
        });
    let mut plan = brisk_plan();
    let mut put: HttpCommand = "PUT:/item".parse().unwrap();
    put.body = b"{}".to_vec();
    put.username = Some("me".to_owned());
    plan.http.commands = vec![
        put,
        "crawl:/hidden".parse().unwrap(),
        "HEAD /".parse().unwrap(),
        "https:GET:/tls".parse().unwrap(),
    ];
    plan.http.start_page = false;
    let transcript = exercise(&plan, &[server.port]);
    assert_eq!(
        outline(&transcript),
        [
            "GET / 404",
            "PUT /item 201",
            "GET /hidden 200",
            "GET /hidden/deep 200",
            "HEAD / 200",
            "GET /tls Reset",
        ]
    );
    let put = &server.requests()[1];
    assert_eq!((&*put.body, put.header("authorization")), (&b"{}"[..], Some("Basic bWU6")));
    assert_eq!(transcript.exchanges[5].request.scheme, Scheme::Https);
    assert_eq!(transcript.exchanges[4].outcome.answer().unwrap().body.bytes, 0);
}

#[test]
fn credentials_go_along_with_a_crawl() {
    let server = Server::start(Wire::Clear, |request: &Request| {
        match (request.path(), request.header("authorization")) {
            (_, None) => Reply::status(401, "who?"),
            ("/", _) => Reply::html("<a href=/in>x</a><form action=/go method=post>"),
            ("/in" | "/go", Some(_)) => Reply::html("in"),
            _ => Reply::status(404, "no"),
        }
    });
    let mut plan = brisk_plan();
    let mut command: HttpCommand = "crawl:/".parse().unwrap();
    command.username = Some("me".to_owned());
    plan.http.commands = vec![command];
    let transcript = exercise(&plan, &[server.port]);
    let lines = outline(&transcript);
    assert_eq!(lines[0], "GET / 401");
    assert_eq!(lines[9..], ["GET / 200", "GET /in 200", "POST /go 200"]);
    let json = serde_json::to_string(&transcript).unwrap();
    assert!(!json.contains("bWU6"), "{json}");
    assert_eq!(outline(&crate::server::replay(&transcript, &plan)), lines);
}

#[test]
fn broken_exchanges_can_fail_the_fat_image() {
    let server = Server::start(Wire::Clear, |request: &Request| match request.path() {
        "/" => Reply::html("<a href=/crash>x</a>"),
        "/crash" => Reply::status(500, "Traceback"),
        _ => Reply::status(404, "no"),
    });
    let mut plan = brisk_plan();
    let transcript = exercise(&plan, &[server.port]);
    assert_eq!(plan.http.broken_exchange(&transcript), None);
    plan.http.fail_on_status_5xx = true;
    let broken = plan.http.broken_exchange(&transcript).unwrap();
    assert_eq!(broken.request.target, "/crash");
    assert_eq!(broken.request.why, "link on /");
}
