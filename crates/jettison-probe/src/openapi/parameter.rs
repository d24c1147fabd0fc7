//! Parameters: where they stand, which values they take, how those are written.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    document::Document,
    schema::{Origin, Sampler},
};

/// A parameter of an operation.
#[derive(Debug)]
pub(super) struct Parameter<'d> {
    pub(super) name: &'d str,
    pub(super) place: Place,
    pub(super) is_required: bool,
    /// The parameter object itself.
    pub(super) source: &'d Value,
    /// Values to try, the best first; never empty.
    pub(super) values: Vec<Value>,
    /// Whether the description gives the first value.
    pub(super) is_given: bool,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
    /// Swagger's whole body.
    Body,
    /// A field of Swagger's form.
    Form,
}

/// Values of one parameter that are tried. Enumerations of formats and sorts are shorter; those of
/// countries are not worth a request each.
const MAX_VALUES: usize = 8;

impl<'d> Parameter<'d> {
    pub(super) fn read(document: &'d Document, source: &'d Value) -> Option<Self> {
        let text = |key: &str| source.get(key).and_then(Value::as_str);
        let name = text("name")?;
        let place = match text("in")? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" => Place::Header,
            "cookie" => Place::Cookie,
            "body" => Place::Body,
            "formData" => Place::Form,
            _ => return None,
        };
        // The specification says that these, where described, are ignored.
        let is_ignored = place == Place::Header
            && ["accept", "content-type", "authorization"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own));
        if is_ignored {
            return None;
        }
        let (values, origin) = values(document, source, name);
        Some(Self {
            name,
            place,
            is_required: place == Place::Path || source.get("required") == Some(&Value::Bool(true)),
            source,
            values,
            is_given: origin == Origin::Given,
        })
    }

    /// Whether it is sent at all: an optional value that nobody vouches for may be refused.
    pub(super) fn is_sent(&self) -> bool {
        self.is_required || self.is_given
    }

    /// How the value stands in a path, already encoded.
    pub(super) fn in_path(&self, value: &Value) -> String {
        let (separator, start) = match self.style("simple") {
            "label" => (".", "."),
            "matrix" => (",", ";"),
            _ => (",", ""),
        };
        let joined = join(value, separator, self.explodes(false));
        if start == ";" {
            format!(";{}={joined}", encode(self.name))
        } else {
            format!("{start}{joined}")
        }
    }

    /// Adds the value to a query or a form, as pairs.
    pub(super) fn pairs(&self, value: &Value) -> Vec<(String, String)> {
        if self.source.get("content").is_some() {
            return vec![(self.name.to_owned(), value.to_string())];
        }
        let pair = |name: &str, value: &Value| (name.to_owned(), plain(value));
        let is_exploded = self.explodes(true);
        let (separator, is_exploded) =
            match (self.style("form"), self.source.get("collectionFormat").and_then(Value::as_str))
            {
                (_, Some("multi")) => (",", true),
                (_, Some("ssv")) | ("spaceDelimited", None) => (" ", false),
                (_, Some("tsv")) => ("\t", false),
                (_, Some("pipes")) | ("pipeDelimited", None) => ("|", false),
                _ => (",", is_exploded),
            };
        match value {
            Value::Array(items) if is_exploded => {
                items.iter().map(|item| pair(self.name, item)).collect()
            }
            Value::Array(items) => {
                let joined: Vec<String> = items.iter().map(plain).collect();
                vec![(self.name.to_owned(), joined.join(separator))]
            }
            Value::Object(fields) if self.style("form") == "deepObject" => fields
                .iter()
                .map(|(key, item)| pair(&format!("{}[{key}]", self.name), item))
                .collect(),
            Value::Object(fields) if is_exploded => {
                fields.iter().map(|(key, item)| pair(key, item)).collect()
            }
            Value::Object(fields) => {
                let words: Vec<String> =
                    fields.iter().flat_map(|(key, item)| [key.clone(), plain(item)]).collect();
                vec![(self.name.to_owned(), words.join(","))]
            }
            single => vec![pair(self.name, single)],
        }
    }

    fn style<'a>(&'a self, default: &'a str) -> &'a str {
        self.source.get("style").and_then(Value::as_str).unwrap_or(default)
    }

    /// Swagger 2 has no such word: there, lists are joined unless said otherwise.
    fn explodes(&self, by_default: bool) -> bool {
        let is_swagger =
            self.source.get("schema").is_none() && self.source.get("content").is_none();
        self.source.get("explode").and_then(Value::as_bool).unwrap_or(by_default && !is_swagger)
    }
}

/// The values to try: examples, then members of an enumeration, else one that fits.
fn values<'d>(document: &'d Document, source: &'d Value, name: &str) -> (Vec<Value>, Origin) {
    let content = source
        .get("content")
        .and_then(Value::as_object)
        .and_then(|content| content.values().next());
    // Swagger 2 describes the value in the parameter itself.
    let schema =
        document.resolve(source.get("schema").or_else(|| content?.get("schema")).unwrap_or(source));
    let mut values: Vec<Value> =
        source.get("example").or_else(|| source.get("x-example")).cloned().into_iter().collect();
    values.extend(named_examples(document, source));
    let (sample, origin) = Sampler::new(document).value(schema, name);
    let origin = if values.is_empty() { origin } else { Origin::Given };
    values.push(sample);
    let members = schema.get("enum").or_else(|| schema.get("items")?.get("enum"));
    let is_list = schema.get("enum").is_none();
    for member in members.and_then(Value::as_array).into_iter().flatten() {
        values.push(if is_list { Value::Array(vec![member.clone()]) } else { member.clone() });
    }
    if schema.get("type").and_then(Value::as_str) == Some("boolean") && origin == Origin::Given {
        values.extend([Value::Bool(true), Value::Bool(false)]);
    }
    let mut distinct: Vec<Value> = Vec::new();
    for value in values {
        if !distinct.contains(&value) && distinct.len() < MAX_VALUES {
            distinct.push(value);
        }
    }
    (distinct, origin)
}

/// The values under `examples`, by name.
pub(super) fn named_examples<'d>(document: &'d Document, holder: &'d Value) -> Vec<Value> {
    let examples = holder.get("examples").and_then(Value::as_object).into_iter().flatten();
    examples.filter_map(|(_, example)| document.resolve(example).get("value").cloned()).collect()
}

/// A list or object as one word of a path.
fn join(value: &Value, separator: &str, explodes: bool) -> String {
    match value {
        Value::Array(items) => {
            items.iter().map(|item| encode(&plain(item))).collect::<Vec<_>>().join(separator)
        }
        Value::Object(fields) => {
            let between = if explodes { "=" } else { separator };
            fields
                .iter()
                .map(|(key, item)| format!("{}{between}{}", encode(key), encode(&plain(item))))
                .collect::<Vec<_>>()
                .join(separator)
        }
        single => encode(&plain(single)),
    }
}

/// The value as a header or cookie has it.
pub(super) fn in_header(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        single => plain(single),
    };
    // What a header may not hold.
    text.replace(['\r', '\n', '\0'], " ")
}

/// A value without the quotes of JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(super) fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String cannot fail");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(source: &Value, value: &Value) -> String {
        let document = Document::parse(br#"{"openapi": "3.0.0", "paths": {}}"#).unwrap();
        let parameter = Parameter::read(&document, source).unwrap();
        let pairs = parameter.pairs(value);
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn queries_are_written_as_described() {
        let table = [
            (json!({"schema": {}}), json!("x"), "p=x"),
            (json!({"schema": {}}), json!([1, 2]), "p=1&p=2"),
            (json!({"schema": {}, "explode": false}), json!([1, 2]), "p=1,2"),
            (
                json!({"schema": {}, "style": "pipeDelimited", "explode": false}),
                json!([1, 2]),
                "p=1|2",
            ),
            (json!({"schema": {}, "style": "deepObject"}), json!({"a": 1}), "p[a]=1"),
            (json!({"schema": {}}), json!({"a": 1, "b": true}), "a=1&b=true"),
            (json!({"schema": {}, "explode": false}), json!({"a": 1}), "p=a,1"),
            (json!({"type": "array"}), json!([1, 2]), "p=1,2"),
            (json!({"type": "array", "collectionFormat": "multi"}), json!([1, 2]), "p=1&p=2"),
            (json!({"type": "array", "collectionFormat": "ssv"}), json!([1, 2]), "p=1 2"),
            (json!({"content": {"application/json": {}}}), json!({"a": 1}), "p={\"a\":1}"),
        ];
        for (mut source, value, expected) in table {
            source["name"] = json!("p");
            source["in"] = json!("query");
            assert_eq!(pairs(&source, &value), expected, "{source}");
        }
    }

    #[test]
    fn paths_are_encoded() {
        let document = Document::parse(br#"{"openapi": "3.0.0", "paths": {}}"#).unwrap();
        let table = [
            (json!({}), json!("a/b c"), "a%2Fb%20c"),
            (json!({}), json!([1, 2]), "1,2"),
            (json!({"style": "label"}), json!([1, 2]), ".1.2"),
            (json!({"style": "matrix"}), json!(5), ";p=5"),
            (json!({"explode": true}), json!({"a": 1}), "a=1"),
        ];
        for (mut source, value, expected) in table {
            for (key, more) in [("name", json!("p")), ("in", json!("path")), ("schema", json!({}))]
            {
                source[key] = more;
            }
            let parameter = Parameter::read(&document, &source).unwrap();
            assert_eq!(parameter.in_path(&value), expected, "{source}");
        }
    }

    #[test]
    fn examples_come_first_and_enumerations_follow() {
        let document = Document::parse(br#"{"openapi": "3.0.0", "paths": {}}"#).unwrap();
        let read = |source: Value| {
            let parameter = Parameter::read(&document, &source).unwrap();
            (parameter.values.clone(), parameter.is_sent())
        };
        let query = |mut source: Value| {
            source["name"] = json!("p");
            source["in"] = json!("query");
            read(source)
        };
        assert_eq!(query(json!({"schema": {"type": "string"}})), (vec![json!("jettison")], false));
        assert_eq!(
            query(json!({"schema": {"enum": ["a", "b"]}, "example": "b"})),
            (vec![json!("b"), json!("a")], true)
        );
        assert_eq!(
            query(json!({"schema": {"type": "integer"}, "examples": {"x": {"value": 7}, "y": {"value": 8}}})).0,
            [json!(7), json!(8), json!(1)]
        );
        let many: Vec<u32> = (0..100).collect();
        assert_eq!(query(json!({"schema": {"enum": many}})).0.len(), MAX_VALUES);
        let ignored = json!({"name": "Authorization", "in": "header", "schema": {}});
        assert!(Parameter::read(&document, &ignored).is_none());
    }
}
