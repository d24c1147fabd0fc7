//! A description as it stands: read, checked for what it is, its references followed.

use serde_json::Value;

/// A description in JSON's terms, whatever it was written in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Document {
    root: Value,
    pub(super) dialect: Dialect,
}

/// The two families of descriptions, which name things differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// OpenAPI 3.0, 3.1 and 3.2.
    OpenApi,
    /// Swagger 2.0.
    Swagger,
}

/// References that lead to references that lead to references are loops.
const MAX_REFERENCE_HOPS: usize = 16;

/// What a description in YAML may hold: a document of the largest permitted size with a value in
/// each line, its aliases written out.
const MAX_YAML_NODES: usize = 1 << 20;

impl Document {
    /// Reads JSON or YAML. The error is a sentence without a full stop.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > super::MAX_DOCUMENT_BYTES {
            return Err(format!("it is larger than {} MiB", super::MAX_DOCUMENT_BYTES >> 20));
        }
        let is_json = bytes.trim_ascii_start().first() == Some(&b'{');
        let json = if is_json {
            serde_json::from_slice(bytes).map_err(|e| e.to_string())
        } else {
            Err(String::new())
        };
        let root: Value = match json {
            Ok(root) => root,
            // `{` begins YAML too; what JSON's reader says is said only when YAML's fails as well.
            Err(problem) => from_yaml(bytes)
                .map_err(|yaml| if is_json { format!("it is no JSON: {problem}") } else { yaml })?,
        };
        let version = |name: &str| match root.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let dialect = match (version("openapi"), version("swagger")) {
            (Some(version), _) if version.starts_with("3.") => Dialect::OpenApi,
            (_, Some(version)) if version.starts_with('2') => Dialect::Swagger,
            (Some(version), _) | (None, Some(version)) => {
                return Err(format!("version {version} is not known: OpenAPI 3 and Swagger 2 are"));
            }
            (None, None) => {
                return Err("it is neither OpenAPI (\"openapi\": \"3...\") nor Swagger (\"swagger\": \"2.0\")".to_owned());
            }
        };
        if !root.get("paths").is_some_and(Value::is_object) {
            return Err("it has no \"paths\"".to_owned());
        }
        Ok(Self { root, dialect })
    }

    /// Whether bytes of an answer may be a description, told without reading them all.
    pub(crate) fn is_likely(body: &[u8]) -> bool {
        /// Both words stand first by custom, but some servers sort their keys.
        const HEAD: usize = 256 << 10;
        if body.starts_with(b"openapi:") || body.starts_with(b"swagger:") {
            return true;
        }
        let head = body.get(..HEAD).unwrap_or(body);
        let holds = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
        head.trim_ascii_start().first() == Some(&b'{')
            && (holds(b"\"openapi\"") || holds(b"\"swagger\""))
            && holds(b"\"paths\"")
    }

    /// The value of a key of the document.
    pub(super) fn get(&self, key: &str) -> &Value {
        self.root.get(key).unwrap_or(&Value::Null)
    }

    /// Follows `$ref` as far as it goes inside the document; null where it leads nowhere.
    pub(super) fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        let mut at = value;
        for _ in 0..MAX_REFERENCE_HOPS {
            let Some(reference) = at.get("$ref").and_then(Value::as_str) else { return at };
            let found = reference.strip_prefix('#').and_then(|pointer| {
                let pointer = percent_decode(pointer);
                self.root.pointer(&pointer)
            });
            match found {
                Some(found) => at = found,
                None => return &Value::Null,
            }
        }
        &Value::Null
    }

    /// The first reference that leads out of the document.
    pub(super) fn external_reference(&self) -> Option<String> {
        let mut pending = vec![&self.root];
        while let Some(value) = pending.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref")
                        && !reference.starts_with('#')
                    {
                        return Some(reference.clone());
                    }
                    pending.extend(fields.values());
                }
                Value::Array(items) => pending.extend(items),
                _ => {}
            }
        }
        None
    }

    /// What stands before each path: the path of the first server, or `basePath`. No slash at the
    /// end.
    pub(super) fn prefix(&self) -> String {
        let text = match self.dialect {
            Dialect::Swagger => self.get("basePath").as_str().unwrap_or_default().to_owned(),
            Dialect::OpenApi => {
                let server = self.get("servers").get(0).unwrap_or(&Value::Null);
                server_path(server)
            }
        };
        let text = text.trim_matches('/');
        if text.is_empty() { String::new() } else { format!("/{text}") }
    }
}

/// The path of a server's URL, its variables at their defaults.
fn server_path(server: &Value) -> String {
    let mut url = server.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten()
    {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    match url.split_once("://") {
        Some((_, rest)) => {
            rest.split_once('/').map(|(_, path)| path.to_owned()).unwrap_or_default()
        }
        None => url,
    }
}

fn from_yaml(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_error| "it is not UTF-8".to_owned())?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: MAX_YAML_NODES },
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| format!("it is neither JSON nor YAML: {error}"))
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let decoded = tail
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = decoded {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Document {
        Document::parse(&serde_json::to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn prefixes() {
        let table = [
            (json!({"swagger": "2.0", "paths": {}}), ""),
            (json!({"swagger": "2.0", "basePath": "/v2/", "paths": {}}), "/v2"),
            (json!({"openapi": "3.0.0", "paths": {}}), ""),
            (json!({"openapi": "3.1.0", "servers": [{"url": "/api"}], "paths": {}}), "/api"),
            (
                json!({"openapi": "3.0.0", "servers": [{"url": "https://x.example/v1/"}], "paths": {}}),
                "/v1",
            ),
            (
                json!({"openapi": "3.0.0", "servers": [{"url": "https://x.example"}], "paths": {}}),
                "",
            ),
            (
                json!({"openapi": "3.0.0", "paths": {}, "servers": [
                    {"url": "//{host}/{base}", "variables": {"base": {"default": "v3"}}}
                ]}),
                "/{host}/v3",
            ),
        ];
        for (document, expected) in table {
            assert_eq!(parse(&document).prefix(), expected, "{document}");
        }
    }

    #[test]
    fn references_are_followed_and_loops_left() {
        let document = parse(&json!({
            "openapi": "3.0.0", "paths": {}, "a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d%20e"},
            "c/d e": {"type": "string"}, "loop": {"$ref": "#/loop"}, "gone": {"$ref": "#/none"}
        }));
        assert_eq!(document.resolve(document.get("a")), &json!({"type": "string"}));
        for nowhere in ["loop", "gone"] {
            assert_eq!(document.resolve(document.get(nowhere)), &Value::Null, "{nowhere}");
        }
    }

    #[test]
    fn yaml_is_read_within_bounds() {
        let yaml =
            b"openapi: 3.0.3\nx: &x {get: {responses: {200: {}}}}\npaths:\n  /a:\n    <<: *x\n";
        let document = Document::parse(yaml).unwrap();
        assert!(document.get("paths").pointer("/~1a/get/responses/200").is_some());
        let bomb = (1..12).fold("a0: &a0 [x]\n".to_owned(), |text, level| {
            let aliases = vec![format!("*a{}", level - 1); 9].join(",");
            format!("{text}a{level}: &a{level} [{aliases}]\n")
        });
        assert!(Document::parse(bomb.as_bytes()).is_err());
        assert!(Document::parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(Document::parse(b"\xff").is_err());
        assert!(Document::is_likely(b"{\"openapi\":\"3.0\",\"paths\":{}}"));
        assert!(!Document::is_likely(b"{\"swagger\":\"ui\"}"));
    }
}
