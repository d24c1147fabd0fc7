//! APIs are exercised by their descriptions, given or found.

use jettison_probe::{ApiProbe, ApiSource, ApiSpec, Secret, compare};
use serde_json::json;

use crate::server::{Reply, Request, Server, Wire, exercise, outline, patient_plan, replay};

const SECRET: &str = "hunter2-key";

/// An API that describes itself at `/openapi.json`.
fn api() -> Server {
    Server::start(Wire::Clear, |request: &Request| match (&*request.method, request.path()) {
        ("GET", "/openapi.json") => {
            let document = json!({
                "openapi": "3.0.3",
                "paths": {
                    "/things": {
                        "get": {"security": [{"key": []}]},
                        "post": {"requestBody": {"content": {"application/json": {"example": {"name": "x"}}}}}
                    },
                    "/things/{id}": {
                        "parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}],
                        "delete": {}
                    }
                },
                "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Special"}}}
            });
            Reply::of("application/json", document.to_string().as_bytes())
        }
        ("GET", "/things") if request.header("x-special") == Some(SECRET) => Reply::html("all"),
        ("GET", "/things") => Reply::status(401, "who are you"),
        ("POST", "/things") if request.body == br#"{"name":"x"}"# => Reply::html("made"),
        ("DELETE", "/things/1") => Reply::status(204, ""),
        ("GET", "/") => Reply::html("hello"),
        _ => Reply::status(404, "no"),
    })
}

#[test]
fn a_description_that_a_crawl_finds_is_exercised_safely() {
    let server = api();
    let first = exercise(&patient_plan(), &[server.port]);
    let outline = outline(&first);
    assert_eq!(outline.last().unwrap(), "GET /things 401", "{outline:?}");
    assert!(!outline.iter().any(|line| !line.starts_with("GET ")), "{outline:?}");
    assert_eq!(first.problems, Vec::<String>::new());
}

#[test]
fn a_given_description_is_exercised_wholly_and_replayed() {
    let server = api();
    let mut plan = patient_plan();
    plan.http.apis.push("/openapi.json".parse().unwrap());
    plan.http.api_credentials.push(("key".to_owned(), Secret::new(SECRET)));
    let first = exercise(&plan, &[server.port]);
    let lines = outline(&first);
    let api = lines.len() - 3;
    assert_eq!(lines[api..], ["POST /things 200", "GET /things 200", "DELETE /things/1 204"]);
    let again = replay(&first, &plan);
    assert!(compare(std::slice::from_ref(&first), &again).is_equal());
    let written = serde_json::to_string(&first).unwrap();
    assert!(!written.contains(SECRET), "credentials are not written down");
}

#[test]
fn a_description_from_a_file_may_have_another_prefix() {
    let server = api();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), "swagger: '2.0'\nbasePath: /wrong\npaths: {/things: {post: {}}}\n")
        .unwrap();
    let mut plan = patient_plan();
    let source = ApiSource::Given(ApiSpec::read(file.path()).unwrap());
    plan.http.apis.push(ApiProbe { source, prefix: Some(String::new()) });
    let lines = outline(&exercise(&plan, &[server.port]));
    assert!(lines.contains(&"POST /things 404".to_owned()), "{lines:?}");
}

#[test]
fn a_given_description_that_is_not_there_is_a_problem() {
    let server = api();
    for (target, part) in [("/none.json", "status 404"), ("/", "neither JSON nor YAML")] {
        let mut plan = patient_plan();
        plan.http.apis.push(target.parse().unwrap());
        let problems = exercise(&plan, &[server.port]).problems;
        assert!(problems.len() == 1 && problems[0].contains(target), "{problems:?}");
        assert!(problems[0].contains(part) || target == "/", "{problems:?}");
    }
}
