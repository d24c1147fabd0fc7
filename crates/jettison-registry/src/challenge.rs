//! What a registry asks for in `WWW-Authenticate` (RFC 9110, section 11; distribution's token specification).

use std::collections::BTreeMap;

/// A way to authenticate that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Name and password with each request.
    Basic,
    /// A token from the server at `realm`.
    Bearer {
        /// The address of the token server.
        realm: String,
        /// What the token is for.
        service: Option<String>,
        /// The rights that the request lacked, separated by spaces.
        scope: Option<String>,
    },
}

/// More challenges or parameters than any server sends; the rest is not read.
const MAX_PARTS: usize = 32;

impl Challenge {
    /// The best challenge among the values of the header: Bearer before Basic, as docker chooses.
    pub(crate) fn choose<'v>(values: impl Iterator<Item = &'v str>) -> Option<Self> {
        let mut basic = None;
        for value in values {
            for (scheme, parameters) in split(value) {
                match scheme.to_ascii_lowercase().as_str() {
                    "bearer" => {
                        let get = |name: &str| parameters.get(name).cloned();
                        if let Some(realm) = get("realm") {
                            let (service, scope) = (get("service"), get("scope"));
                            return Some(Self::Bearer { realm, service, scope });
                        }
                    }
                    "basic" => basic = Some(Self::Basic),
                    _ => {}
                }
            }
        }
        basic
    }
}

/// Schemes and their parameters: one header may hold several challenges.
fn split(value: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut challenges: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut rest = value.trim_start();
    for _ in 0..MAX_PARTS {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.is_empty() {
            break;
        }
        let end = rest.find(['=', ' ', ',', '\t']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if let Some(after) = after.strip_prefix('=') {
            let (text, left) = parameter_value(after);
            if let Some((_, parameters)) = challenges.last_mut() {
                parameters.insert(word.to_ascii_lowercase(), text);
            }
            rest = left;
        } else {
            challenges.push((word.to_owned(), BTreeMap::new()));
            rest = after;
        }
    }
    challenges
}

/// A token or a quoted string, and what follows it.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choose(value: &str) -> Option<Challenge> {
        Challenge::choose([value].into_iter())
    }

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let (service, scope) = (service.map(str::to_owned), scope.map(str::to_owned));
        Challenge::Bearer { realm: realm.to_owned(), service, scope }
    }

    #[test]
    fn reads_what_registries_send() {
        for (value, expected) in [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull""#,
                Some(bearer(
                    "https://auth.docker.io/token",
                    Some("registry.docker.io"),
                    Some("repository:library/nginx:pull"),
                )),
            ),
            (r#"bearer Realm="https://a/t""#, Some(bearer("https://a/t", None, None))),
            ("Bearer realm=https://a/t, service=b", Some(bearer("https://a/t", Some("b"), None))),
            (
                r#"Basic realm="x", Bearer realm="https://a/t""#,
                Some(bearer("https://a/t", None, None)),
            ),
            (r#"Bearer realm="a\"b,c""#, Some(bearer("a\"b,c", None, None))),
            (r#"Basic realm="Registry Realm""#, Some(Challenge::Basic)),
            ("Basic", Some(Challenge::Basic)),
            ("Negotiate", None),
            (r#"Bearer service="no realm""#, None),
            ("", None),
        ] {
            assert_eq!(choose(value), expected, "{value}");
        }
    }

    #[test]
    fn bearer_wins_over_several_headers() {
        let values = ["Basic realm=\"a\"", "Bearer realm=\"https://b\""];
        assert_eq!(Challenge::choose(values.into_iter()), Some(bearer("https://b", None, None)));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,200}") {
            let _challenge = choose(&text);
        }
    }
}
