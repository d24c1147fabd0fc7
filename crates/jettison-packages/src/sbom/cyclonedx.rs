//! CycloneDX 1.6 (ECMA-424), JSON.

use serde_json::{Map, Value, json};

use super::{Component, Subject, license::License};
use crate::{Manager, Release};

/// The name that the image has inside the document.
const IMAGE: &str = "image";

/// The document without its serial number.
pub(super) fn document(subject: &Subject, release: &Release, components: &[Component]) -> Value {
    let refs: Vec<String> =
        (1..).zip(components).map(|(at, component)| name(at, component)).collect();
    let mut list: Vec<Value> = Vec::new();
    list.extend(operating_system(release));
    list.extend(components.iter().zip(&refs).map(|(component, name)| entry(component, name)));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": subject.time(),
            "tools": {"components": [
                {"type": "application", "name": "jettison", "version": subject.tool_version}
            ]},
            "component": {
                "bom-ref": IMAGE,
                "type": "container",
                "name": subject.name,
                "version": subject.digest,
            },
        },
        "components": list,
        "dependencies": [{"ref": IMAGE, "dependsOn": refs}],
    })
}

/// A name that is the component's alone: its package URL, which holds all that tells components apart.
fn name(at: usize, component: &Component) -> String {
    component.purl.clone().unwrap_or_else(|| format!("component-{at}"))
}

fn operating_system(release: &Release) -> Option<Value> {
    if release.id.is_empty() {
        return None;
    }
    let mut entry = Map::new();
    entry.insert("bom-ref".into(), "operating-system".into());
    entry.insert("type".into(), "operating-system".into());
    entry.insert("name".into(), release.id.as_str().into());
    if !release.version.is_empty() {
        entry.insert("version".into(), release.version.as_str().into());
    }
    if !release.name.is_empty() {
        entry.insert("description".into(), release.name.as_str().into());
    }
    Some(entry.into())
}

fn entry(component: &Component, name: &str) -> Value {
    let kind = if component.manager == Manager::Runtime { "platform" } else { "library" };
    let mut entry = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        entry.extend(value.map(|value| (key.to_owned(), value)));
    };
    put("bom-ref", Some(name.into()));
    put("type", Some(kind.into()));
    put("group", component.group.as_deref().map(Value::from));
    put("name", Some(component.name.as_str().into()));
    put("version", Some(component.version.as_str()).filter(|it| !it.is_empty()).map(Value::from));
    put("purl", component.purl.as_deref().map(Value::from));
    put("supplier", component.supplier.as_ref().map(|supplier| json!({"name": supplier})));
    put("licenses", licenses(&component.licenses));
    put(
        "externalReferences",
        component.homepage.as_ref().map(|page| json!([{"type": "website", "url": page}])),
    );
    let place = |place: &String| json!({"name": "jettison:location", "value": place});
    put("properties", Some(component.places.iter().map(place).collect()));
    entry.into()
}

/// A list of licences, or one expression: the schema has no list of both.
fn licenses(licenses: &[License]) -> Option<Value> {
    if let [License::Expression(expression)] = licenses {
        return Some(json!([{"expression": expression}]));
    }
    let choice = |license: &License| match license {
        License::Id(id) => json!({"license": {"id": id}}),
        License::Expression(words) | License::Named(words) => json!({"license": {"name": words}}),
    };
    (!licenses.is_empty()).then(|| licenses.iter().map(choice).collect())
}
