//! Whole descriptions, and what is sent for them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn document(value: &Value) -> Document {
    Document::parse(&serde_json::to_vec(value).unwrap()).unwrap()
}

fn lines(value: &Value, methods: Methods) -> Vec<String> {
    let show = |request: &ApiRequest| {
        let body = String::from_utf8_lossy(&request.body);
        format!("{} {} {body}", request.method, request.target).trim_end().to_owned()
    };
    requests(&document(value), methods, None, &[]).iter().map(show).collect()
}

fn store() -> Value {
    json!({
        "openapi": "3.0.3",
        "servers": [{"url": "http://x.example/v1"}],
        "paths": {
            "/items": {
                "get": {
                    "parameters": [
                        {"name": "format", "in": "query", "schema": {"enum": ["json", "csv"]}},
                        {"name": "unknown", "in": "query", "schema": {"type": "string"}}
                    ],
                    "responses": {"200": {"content": {"application/json": {}, "text/csv": {}}}}
                },
                "post": {"requestBody": {"$ref": "#/components/requestBodies/Item"}}
            },
            "/items/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
                "get": {},
                "delete": {}
            },
            "/logout": {"get": {}}
        },
        "components": {"requestBodies": {"Item": {"content": {
            "application/json": {"schema": {"properties": {"name": {"type": "string"}}}},
            "application/x-www-form-urlencoded": {"schema": {"properties": {"name": {"type": "string"}}}}
        }}}}
    })
}

#[test]
fn things_are_made_then_looked_at_then_removed() {
    assert_eq!(
        lines(&store(), Methods::All),
        [
            "POST /v1/items {\"name\":\"jettison\"}",
            "POST /v1/items name=jettison",
            "GET /v1/items?format=json",
            "GET /v1/items?format=json",
            "GET /v1/items?format=csv",
            "GET /v1/items/1",
            "GET /v1/logout",
            "DELETE /v1/items/1",
        ]
    );
    let all = requests(&document(&store()), Methods::All, Some("/api"), &[]);
    assert!(all.iter().all(|request| request.target.starts_with("/api/")));
    let accepts: Vec<&str> = all
        .iter()
        .flat_map(|request| &request.headers)
        .filter(|(name, _)| name == "accept")
        .map(|(_, value)| &**value)
        .collect();
    assert!(accepts.contains(&"text/csv, */*;q=0.1"), "{accepts:?}");
}

#[test]
fn descriptions_that_are_found_change_nothing() {
    assert!(lines(&store(), Methods::Safe).iter().all(|line| line.starts_with("GET ")));
}

#[test]
fn swagger_2_is_understood() {
    let swagger = json!({
        "swagger": "2.0",
        "basePath": "/v2",
        "consumes": ["application/json", "application/xml"],
        "paths": {
            "/pet": {"post": {"parameters": [{"name": "pet", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}]}},
            "/pet/find": {"get": {"parameters": [
                {"name": "status", "in": "query", "required": true, "type": "array", "collectionFormat": "multi",
                 "items": {"type": "string", "enum": ["sold", "open"], "default": "open"}}
            ]}},
            "/pet/{petId}/upload": {"post": {
                "consumes": ["multipart/form-data"],
                "parameters": [
                    {"name": "petId", "in": "path", "required": true, "type": "integer", "format": "int64"},
                    {"name": "file", "in": "formData", "required": true, "type": "file"},
                    {"name": "note", "in": "formData", "type": "string"}
                ]
            }}
        },
        "definitions": {"Pet": {"required": ["name"], "properties": {"name": {"type": "string", "example": "doggie"}}}}
    });
    let lines = lines(&swagger, Methods::All);
    assert_eq!(lines[0], "POST /v2/pet {\"name\":\"doggie\"}");
    assert_eq!(
        lines[1],
        "POST /v2/pet <?xml version=\"1.0\" encoding=\"UTF-8\"?><Pet><name>doggie</name></Pet>"
    );
    assert!(lines[2].starts_with("POST /v2/pet/1/upload --"), "{}", lines[2]);
    assert!(
        lines[2].contains("name=\"file\"; filename=") && !lines[2].contains("note"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3], "GET /v2/pet/find?status=open");
    assert_eq!(lines[4], "GET /v2/pet/find?status=sold");
}

#[test]
fn credentials_are_sent_where_they_are_wanted_and_hidden() {
    let api = json!({
        "openapi": "3.0.0",
        "security": [{"basic": []}],
        "paths": {
            "/basic": {"get": {}},
            "/bearer": {"get": {"security": [{"unknown": []}, {"bearer": []}]}},
            "/key": {"get": {"security": [{"key": [], "cookie": []}]}},
            "/open": {"get": {"security": []}},
            "/none": {"get": {"security": [{"unknown": []}]}}
        },
        "components": {"securitySchemes": {
            "basic": {"type": "http", "scheme": "basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "query", "name": "appid"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
            "unknown": {"type": "mutualTLS"}
        }}
    });
    let given =
        ["basic", "bearer", "key", "cookie"].map(|name| (name.to_owned(), Secret::new("u:p")));
    let sent = requests(&document(&api), Methods::All, None, &given);
    let of = |path: &str| sent.iter().find(|request| request.operation.ends_with(path)).unwrap();
    assert_eq!(of("/basic").headers, [("authorization".to_owned(), "Basic dTpw".to_owned())]);
    assert_eq!(of("/bearer").headers, [("authorization".to_owned(), "Bearer u:p".to_owned())]);
    assert_eq!(of("/key").target, "/key?appid=u%3Ap");
    assert_eq!(of("/key").secrets, ["appid"]);
    assert_eq!(of("/key").headers, [("cookie".to_owned(), "sid=u:p".to_owned())]);
    for path in ["/open", "/none"] {
        assert_eq!(of(path).headers, [], "{path}");
    }
}

#[test]
fn odd_descriptions_make_sendable_requests() {
    let api = json!({
        "openapi": "3.0.0",
        "paths": {
            "no-slash/{a} b": {"get": {"parameters": [
                {"name": "bad name", "in": "header", "required": true, "schema": {}},
                {"name": "x-lines", "in": "header", "required": true, "schema": {"default": "a\nb"}},
                {"in": "query"}, 7
            ]}},
            "/null": null, "/text": {"get": "text"}
        }
    });
    let sent = requests(&document(&api), Methods::All, None, &[]);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].target, "/no-slash/1%20b");
    assert_eq!(sent[0].headers, [("x-lines".to_owned(), "a b".to_owned())]);
}

/// Documents made of the words of the specification, in any nesting.
fn nonsense() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("$ref"),
        Just("schema"),
        Just("allOf"),
        Just("oneOf"),
        Just("properties"),
        Just("items"),
        Just("type"),
        Just("enum"),
        Just("example"),
        Just("examples"),
        Just("parameters"),
        Just("in"),
        Just("name"),
        Just("content"),
        Just("requestBody"),
        Just("get"),
        Just("post"),
        Just("security"),
        Just("application/json"),
        Just("required"),
        Just("default"),
    ];
    let leaf = prop_oneof![
        Just(json!("#/paths")),
        Just(json!("#/paths/~1a")),
        Just(json!("query")),
        Just(json!("path")),
        Just(json!("body")),
        Just(json!("object")),
        Just(json!(1e300)),
        Just(json!(null)),
        Just(json!("\u{fc}\n")),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn hostile_descriptions_are_harmless(item in nonsense(), dialect in prop_oneof![Just("openapi"), Just("swagger")]) {
        let version = if dialect == "openapi" { "3.1.0" } else { "2.0" };
        let api = json!({dialect: version, "paths": {"/a": item}});
        for request in requests(&document(&api), Methods::All, None, &[]) {
            prop_assert!(request.target.starts_with('/'));
            prop_assert!(request.target.bytes().all(|byte| byte.is_ascii_graphic()), "{}", request.target);
        }
    }
}
