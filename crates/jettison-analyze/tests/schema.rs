//! The published schema of the JSON form is what is written: nothing that it does not describe, nothing that it promises
//! missing.

mod given;

use std::collections::BTreeSet;

use jettison_analyze::{
    AnalyzeOptions, DockerfileText, Subject, analyze,
    budget::{Bound, Budget},
    growth,
};
use jettison_testkit::{Scale, WastefulImage};
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../docs/analyze.schema.json");

/// Holds a value against a schema of the keywords that ours is made of. Stricter than JSON Schema in one thing: what is not
/// described may not be there.
struct Validator {
    schema: Value,
    /// Fields that were seen, as `definition.field`.
    seen: BTreeSet<String>,
}

impl Validator {
    fn check(&mut self, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(name) = rule["$ref"].as_str() {
            let target = self.schema.pointer(name.trim_start_matches('#')).expect(name).clone();
            return self.check(&target, value, at);
        }
        for key in ["anyOf", "oneOf"] {
            let Some(choices) = rule[key].as_array() else { continue };
            let results: Vec<_> =
                choices.iter().map(|choice| self.check(choice, value, at)).collect();
            let fitting = results.iter().filter(|result| result.is_ok()).count();
            return if fitting == 1 {
                Ok(())
            } else {
                Err(format!("{at}: {fitting} fit: {results:?}"))
            };
        }
        let wrong = |what: &str| Err(format!("{at}: {value} is not {what}"));
        if let Some(only) = rule.get("const") {
            return if only == value { Ok(()) } else { wrong(&only.to_string()) };
        }
        if let Some(list) = rule["enum"].as_array() {
            return if list.contains(value) { Ok(()) } else { wrong("in the list") };
        }
        match rule["type"].as_str().expect("each rule has a type") {
            "string" if value.is_string() => Ok(()),
            "boolean" if value.is_boolean() => Ok(()),
            "null" if value.is_null() => Ok(()),
            "integer" if value.is_u64() || (value.is_i64() && rule.get("minimum").is_none()) => {
                Ok(())
            }
            "array" if value.is_array() => {
                let items = value.as_array().expect("it is one");
                let mut numbered = items.iter().enumerate();
                numbered.try_for_each(|(place, item)| {
                    self.check(&rule["items"], item, &format!("{at}[{place}]"))
                })
            }
            "object" if value.is_object() => self.object(rule, value, at),
            kind => wrong(kind),
        }
    }

    fn object(&mut self, rule: &Value, value: &Value, at: &str) -> Result<(), String> {
        for name in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            value.get(name).ok_or_else(|| format!("{at}: {name} is missing"))?;
        }
        for (name, field) in value.as_object().expect("it is one") {
            let described = rule["properties"].get(name).or(rule.get("additionalProperties"));
            let described = described.ok_or_else(|| format!("{at}: {name} is not described"))?;
            self.check(described, field, &format!("{at}.{name}"))?;
            self.seen.insert(name.clone());
        }
        Ok(())
    }
}

#[test]
fn what_is_written_is_what_the_schema_says() {
    let made = WastefulImage::generate(5, Scale::SMALL);
    let image = made.image();
    let index = given::index(&image);
    let subject = Subject {
        stored: image.layers.iter().map(|layer| layer.len() as u64).collect(),
        warnings: vec!["something to know".to_owned()],
        ..given::subject(&image)
    };
    let options = AnalyzeOptions {
        dockerfile: Some(DockerfileText {
            name: "Dockerfile".to_owned(),
            bytes: b"FROM base\nADD part-1 /opt/\n".to_vec(),
            target: None,
        }),
        ..AnalyzeOptions::default()
    };
    let before = analyze(&subject, &index, &AnalyzeOptions::default()).analysis;
    let mut analysis = analyze(&subject, &index, &options).analysis;
    analysis.growth = Some(growth(&analysis, &before, "before"));
    analysis.ignore(&["JR-sudo".to_owned()]).expect("it is known");
    let budget = Budget {
        max_layers: Some(Bound { limit: 1, origin: "--max-layers".to_owned() }),
        ..Budget::default()
    };
    analysis.budget = budget.check(&analysis);
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let mut validator = Validator { schema: schema.clone(), seen: BTreeSet::new() };
    let written = serde_json::to_value(&analysis).expect("it can be written");
    validator.check(&schema, &written, "analysis").expect("as described");
    for name in schema["properties"].as_object().expect("fields").keys() {
        assert!(validator.seen.contains(name), "{name} is never written");
    }
    assert!(validator.seen.contains("end_column"), "places are checked");
}
