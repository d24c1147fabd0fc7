//! Addresses in JSON: answers of an API that link to each other, and web app manifests.

use serde_json::Value;

use super::{Base, Found, LinkKind};

/// More addresses than this in one answer are rows of a table, one like the other.
const MAX_JSON_LINKS: usize = 50;

/// Keys whose values are references even when they do not look like one.
const REFERENCE_KEYS: &[&str] = &["href", "src", "start_url", "url", "next", "$ref"];

/// Adds what looks like an address on the same server.
pub(super) fn extract(base: &Base, body: &[u8], found: &mut Found) {
    // Numbers and nesting are bounded by the reader; a body cut short is no JSON and is skipped.
    let Ok(document) = serde_json::from_slice::<Value>(body) else { return };
    let mut pending = vec![("", &document)];
    while let Some((key, value)) = pending.pop() {
        match value {
            Value::String(text) if is_reference(key, text) => {
                if found.links.len() >= MAX_JSON_LINKS {
                    return;
                }
                found.add(base, text, kind_of(key));
            }
            // Popped from the end: reversed, to keep the document's order.
            Value::Array(items) => pending.extend(items.iter().rev().map(|item| (key, item))),
            Value::Object(fields) => {
                pending.extend(fields.iter().rev().map(|(key, item)| (key.as_str(), item)));
            }
            _ => {}
        }
    }
}

/// Icons of a manifest are loaded with the page; everything else is a step further.
fn kind_of(key: &str) -> LinkKind {
    if key == "src" { LinkKind::Part } else { LinkKind::Page }
}

fn is_reference(key: &str, text: &str) -> bool {
    let has_only_url_characters = !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte));
    let is_absolute = text.starts_with("http://") || text.starts_with("https://");
    let is_path = text.starts_with('/') && !text.starts_with("//") && text.len() > 1;
    has_only_url_characters && (is_absolute || is_path || REFERENCE_KEYS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Scheme;

    #[test]
    fn addresses_in_json() {
        let json = r#"{
            "self": "http://localhost:8000/api/items", "items": ["/api/items/1", "/api/items/2"],
            "name": "a / b", "date": "1/2", "other": "https://elsewhere.example/x",
            "template": "/api/{id}", "icons": [{"src": "icon.png"}], "root": "/", "next": "?page=2"
        }"#;
        let base = Base::new(Scheme::Http, 8000, "/api/", &[]).unwrap();
        let mut found = Found::default();
        extract(&base, json.as_bytes(), &mut found);
        let mut links: Vec<_> = found.links.iter().map(|link| (&*link.target, link.kind)).collect();
        links.sort_unstable();
        assert_eq!(
            links,
            [
                ("/api/?page=2", LinkKind::Page),
                ("/api/icon.png", LinkKind::Part),
                ("/api/items", LinkKind::Page),
                ("/api/items/1", LinkKind::Page),
                ("/api/items/2", LinkKind::Page),
            ]
        );
    }

    #[test]
    fn deep_and_wide_documents_are_bounded() {
        let base = Base::new(Scheme::Http, 8000, "/", &[]).unwrap();
        let mut found = Found::default();
        let wide: Vec<String> = (0..1000).map(|index| format!("/{index}")).collect();
        extract(&base, &serde_json::to_vec(&wide).unwrap(), &mut found);
        assert_eq!(found.links.len(), MAX_JSON_LINKS);
        assert_eq!(found.links[1].target, "/1");
        extract(&base, "[".repeat(100_000).as_bytes(), &mut Found::default());
    }
}
