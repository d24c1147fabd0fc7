//! From a schema to a value that fits it: what its author gave as an example, or else the plainest
//! value of its type.

use serde_json::{Map, Number, Value, json};

use super::{document::Document, pattern};

/// Schemas that hold themselves end here; no request needs more.
const MAX_DEPTH: usize = 12;

/// Parts of one value. A document may be made so that each level doubles.
const MAX_PARTS: usize = 2000;

/// Items of an array, whatever its schema demands.
const MAX_ITEMS: u64 = 10;

/// Characters of a text, whatever its schema demands.
const MAX_CHARS: u64 = 1000;

/// The word where any will do.
const WORD: &str = "jettison";

/// Makes values for one document.
pub(super) struct Sampler<'d> {
    document: &'d Document,
    parts_left: usize,
}

/// How much is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The description gives it: an example, a default, a member of an enumeration.
    Given,
    /// It only fits the type.
    Made,
}

impl<'d> Sampler<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        Self { document, parts_left: MAX_PARTS }
    }

    /// A value for a schema; `name` is what it is called, which tells a little more.
    pub(super) fn value(&mut self, schema: &'d Value, name: &str) -> (Value, Origin) {
        self.at_depth(schema, name, 0)
    }

    fn at_depth(&mut self, schema: &'d Value, name: &str, depth: usize) -> (Value, Origin) {
        let schema = self.document.resolve(schema);
        if depth > MAX_DEPTH || self.parts_left == 0 {
            return (Value::Null, Origin::Made);
        }
        self.parts_left -= 1;
        if let Some(given) = given(schema) {
            return (given, Origin::Given);
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return (self.all_of(schema, parts, name, depth), Origin::Made);
        }
        for key in ["oneOf", "anyOf"] {
            let choices = schema.get(key).and_then(Value::as_array).into_iter().flatten();
            let document = self.document;
            let choice = choices
                .map(|choice| document.resolve(choice))
                .find(|choice| type_of(choice) != "null");
            if let Some(choice) = choice {
                let (value, origin) = self.at_depth(choice, name, depth + 1);
                return (self.with_properties(value, schema, depth), origin);
            }
        }
        let value = match type_of(schema) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "boolean" => Value::Bool(true),
            "integer" => integer(schema),
            "number" => number(schema),
            "null" => Value::Null,
            _ => Value::String(text(schema, name)),
        };
        (value, Origin::Made)
    }

    /// All parts together; objects are joined.
    fn all_of(&mut self, schema: &'d Value, parts: &'d [Value], name: &str, depth: usize) -> Value {
        let mut joined = Map::new();
        let mut other = None;
        for part in parts {
            match self.at_depth(part, name, depth + 1).0 {
                Value::Object(fields) => joined.extend(fields),
                Value::Null => {}
                value => {
                    other.get_or_insert(value);
                }
            }
        }
        match other {
            Some(value) if joined.is_empty() => value,
            _ => self.with_properties(Value::Object(joined), schema, depth),
        }
    }

    /// Adds the properties that stand beside `allOf` and its like.
    fn with_properties(&mut self, value: Value, schema: &'d Value, depth: usize) -> Value {
        let (Value::Object(mut fields), true) = (value.clone(), schema.get("properties").is_some())
        else {
            return value;
        };
        if let Value::Object(more) = self.object(schema, depth) {
            fields.extend(more);
        }
        Value::Object(fields)
    }

    /// Required properties, and those whose value is given; all where none is required.
    fn object(&mut self, schema: &'d Value, depth: usize) -> Value {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields = Map::new();
        for (name, property) in properties.into_iter().flatten() {
            if self.document.resolve(property).get("readOnly") == Some(&Value::Bool(true)) {
                continue;
            }
            let is_required = required.contains(&name.as_str());
            let (value, origin) = self.at_depth(property, name, depth + 1);
            let is_wanted = is_required || required.is_empty() || origin == Origin::Given;
            // Null stands for what was cut off; only what must be there is sent so.
            if is_wanted && (is_required || !value.is_null()) {
                fields.insert(name.clone(), value);
            }
        }
        let more = schema.get("additionalProperties").filter(|more| more.is_object());
        if let (true, Some(more)) = (fields.is_empty(), more) {
            let (value, _) = self.at_depth(more, WORD, depth + 1);
            fields.insert(WORD.to_owned(), value);
        }
        Value::Object(fields)
    }

    fn array(&mut self, schema: &'d Value, name: &str, depth: usize) -> Value {
        let wanted =
            schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, MAX_ITEMS);
        let Some(items) = schema.get("items").or_else(|| schema.get("prefixItems")?.get(0)) else {
            return json!([WORD]);
        };
        let (item, _) = self.at_depth(items, name, depth + 1);
        if item.is_null() {
            return json!([]);
        }
        Value::Array((0..wanted).map(|_| item.clone()).collect())
    }
}

/// The value that a schema gives itself.
fn given(schema: &Value) -> Option<Value> {
    let first_of = |key: &str| schema.get(key)?.get(0);
    let given = schema
        .get("example")
        .or_else(|| schema.get("x-example"))
        .or_else(|| first_of("examples"))
        .or_else(|| schema.get("const"))
        .or_else(|| schema.get("default"))
        .or_else(|| first_of("enum"))?;
    // A default of null says that the value may be left out, which is no value to exercise.
    (!given.is_null()).then(|| given.clone())
}

/// The type of a schema, guessed by its other words where it is not said.
fn type_of(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::String(name)) => Some(name.as_str()),
        // OpenAPI 3.1 lists types.
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null")
        }
        _ => None,
    };
    let has = |key: &str| schema.get(key).is_some();
    match named {
        Some(name) => name,
        None if has("properties") || has("additionalProperties") => "object",
        None if has("items") || has("prefixItems") => "array",
        None if has("minimum") || has("maximum") => "number",
        None => "string",
    }
}

/// The smallest number from 1 on that the bounds allow.
fn integer(schema: &Value) -> Value {
    let (low, high, step) = bounds(schema);
    let at_least =
        low.map_or(
            1.0,
            |low| if low > 1.0 || high.is_some_and(|h| h < 1.0) { low.ceil() } else { 1.0 },
        );
    let value = high.map_or(at_least, |high| at_least.min(high.floor()));
    let value = step.map_or(value, |step| (value / step).ceil() * step);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it saturates, and any number in bounds will do"
    )]
    let value = value as i64;
    Value::Number(value.into())
}

fn number(schema: &Value) -> Value {
    let (low, high, step) = bounds(schema);
    let value = match (low, high) {
        (Some(low), Some(high)) => f64::midpoint(low, high),
        (Some(low), None) => low.max(1.0),
        (None, Some(high)) => high.min(1.0),
        (None, None) => 1.0,
    };
    let value = step.map_or(value, |step| (value / step).ceil() * step);
    Number::from_f64(value).map_or_else(|| json!(1), Value::Number)
}

/// Lower and upper bound, exclusive ones moved by one, and the step.
fn bounds(schema: &Value) -> (Option<f64>, Option<f64>, Option<f64>) {
    let field = |key: &str| schema.get(key).and_then(Value::as_f64);
    let is_set = |key: &str| schema.get(key) == Some(&Value::Bool(true));
    let bound = |plain: &str, exclusive: &str, inwards: f64| {
        // A number of its own since OpenAPI 3.1, a flag before.
        let strict = field(exclusive).map(|bound| bound + inwards);
        let plain =
            field(plain).map(|bound| if is_set(exclusive) { bound + inwards } else { bound });
        strict.or(plain)
    };
    let step = field("multipleOf").filter(|step| *step > 0.0);
    (bound("minimum", "exclusiveMinimum", 1.0), bound("maximum", "exclusiveMaximum", -1.0), step)
}

/// A text of the pattern or else of the format, of a length that the schema allows. Dates are in the past and the same
/// each time.
fn text(schema: &Value, name: &str) -> String {
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let text = match format {
        "date" => "2024-01-01",
        "date-time" => "2024-01-01T12:00:00Z",
        "time" => "12:00:00Z",
        "duration" => "PT1H",
        "email" | "idn-email" => "jettison@example.com",
        "hostname" | "idn-hostname" => "localhost",
        "ipv4" | "ip" => "127.0.0.1",
        "ipv6" => "::1",
        "uri" | "url" | "uri-reference" | "iri" => "http://localhost/",
        "uuid" => "00000000-0000-4000-8000-000000000001",
        "byte" => "amV0dGlzb24=",
        "password" => "Jettison-1",
        "int32" | "int64" => "1",
        _ if is_identifier(name) => "1",
        _ => WORD,
    };
    let length = |key: &str| schema.get(key).and_then(Value::as_u64);
    let shortest = usize::try_from(length("minLength").unwrap_or(0).min(MAX_CHARS)).unwrap_or(0);
    let longest = usize::try_from(length("maxLength").unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let pattern = schema.get("pattern").and_then(Value::as_str);
    if let Some(text) = pattern.and_then(|pattern| pattern::example(pattern, shortest, longest)) {
        return text;
    }
    let mut text = text.to_owned();
    while text.len() < shortest {
        text.push('1');
    }
    text.truncate(longest);
    text
}

/// `id`, `userId`, `user_id`: what names a thing among others, mostly by number.
fn is_identifier(name: &str) -> bool {
    name.eq_ignore_ascii_case("id")
        || name.ends_with("Id")
        || name.ends_with("_id")
        || name.ends_with("ID")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schemas: &Value) -> Document {
        let root = json!({"openapi": "3.1.0", "paths": {}, "components": {"schemas": schemas}});
        Document::parse(&serde_json::to_vec(&root).unwrap()).unwrap()
    }

    #[test]
    fn values_fit_their_schemas() {
        let table = [
            (json!({"type": "integer"}), json!(1)),
            (json!({"type": "integer", "minimum": 10, "multipleOf": 4}), json!(12)),
            (json!({"type": "integer", "minimum": 0}), json!(1)),
            (json!({"type": "integer", "maximum": 0}), json!(0)),
            (json!({"type": "integer", "minimum": -5, "maximum": -3}), json!(-5)),
            (json!({"type": "integer", "minimum": 5, "exclusiveMinimum": true}), json!(6)),
            (json!({"type": "integer", "exclusiveMinimum": 7}), json!(8)),
            (json!({"type": "number", "minimum": 2, "maximum": 3}), json!(2.5)),
            (json!({"type": ["null", "string"], "format": "date"}), json!("2024-01-01")),
            (json!({"type": "string", "minLength": 10}), json!("jettison11")),
            (json!({"type": "string", "maxLength": 3}), json!("jet")),
            (json!({"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}), json!("AA-1")),
            (json!({"type": "string", "pattern": "^[a-z]+$", "minLength": 4}), json!("aaaa")),
            (json!({"type": "string", "pattern": "(?=x)"}), json!("jettison")),
            (json!({"type": "string", "enum": ["b", "a"]}), json!("b")),
            (json!({"type": "string", "default": null}), json!("jettison")),
            (json!({"type": "boolean"}), json!(true)),
            (json!({"const": 3}), json!(3)),
            (json!({"type": "array", "items": {"type": "integer"}, "minItems": 2}), json!([1, 1])),
            (json!({}), json!("jettison")),
            (json!({"examples": ["first", "second"], "type": "string"}), json!("first")),
            (json!({"oneOf": [{"type": "null"}, {"type": "integer"}]}), json!(1)),
            (json!({"additionalProperties": {"type": "integer"}}), json!({"jettison": 1})),
        ];
        let document = document(&json!({}));
        for (schema, expected) in &table {
            assert_eq!(Sampler::new(&document).value(schema, "x").0, *expected, "{schema}");
        }
    }

    #[test]
    fn objects_hold_what_they_must_and_what_is_given() {
        let document = document(&json!({
            "Id": {"type": "string"},
            "Pet": {
                "type": "object",
                "required": ["name", "ownerId"],
                "properties": {
                    "id": {"type": "integer", "readOnly": true},
                    "name": {"type": "string"},
                    "ownerId": {"$ref": "#/components/schemas/Id"},
                    "kind": {"type": "string", "enum": ["cat", "dog"]},
                    "note": {"type": "string"}
                }
            },
            "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"breed": {"type": "string"}}}]},
            "Tree": {"properties": {"left": {"$ref": "#/components/schemas/Tree"}, "leaf": {"type": "integer"}}},
            "Wide": {"properties": {"a": {"$ref": "#/components/schemas/Wide"}, "b": {"$ref": "#/components/schemas/Wide"}}}
        }));
        let value = |name: &str| {
            let schema = document.get("components").pointer(&format!("/schemas/{name}")).unwrap();
            Sampler::new(&document).value(schema, "").0
        };
        let pet = json!({"name": "jettison", "ownerId": "1", "kind": "cat"});
        assert_eq!(value("Pet"), pet);
        assert_eq!(
            value("Dog"),
            json!({"name": "jettison", "ownerId": "1", "kind": "cat", "breed": "jettison"})
        );
        assert_eq!(value("Tree")["left"]["leaf"], 1);
        assert!(value("Wide").to_string().len() < 100_000, "it is bounded");
    }
}
