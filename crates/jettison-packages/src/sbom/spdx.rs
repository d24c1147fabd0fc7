//! SPDX 2.3, JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Component, Subject, license::License};
use crate::Release;

const IMAGE: &str = "SPDXRef-Image";
const SYSTEM: &str = "SPDXRef-OperatingSystem";
const NONE: &str = "NOASSERTION";

/// The document without its namespace.
pub(super) fn document(subject: &Subject, release: &Release, components: &[Component]) -> Value {
    let mut words = Words::default();
    let mut packages = vec![image(subject)];
    let mut relationships = vec![relationship("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)];
    if !release.id.is_empty() {
        packages.push(operating_system(release));
        relationships.push(relationship(IMAGE, "CONTAINS", SYSTEM));
    }
    for (at, component) in (1..).zip(components) {
        let id = format!("SPDXRef-Package-{at}-{}", id_part(&component.name));
        packages.push(package(component, &id, &mut words));
        relationships.push(relationship(IMAGE, "CONTAINS", &id));
    }
    json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": subject.name,
        "creationInfo": {
            "created": subject.time(),
            "creators": [format!("Tool: jettison-{}", subject.tool_version)],
        },
        "packages": packages,
        "relationships": relationships,
        "hasExtractedLicensingInfos": words.list(),
    })
}

/// Text with nothing but what ids may hold: letters, digits, dots and dashes.
pub(super) fn id_part(text: &str) -> String {
    let fit = |char: char| if char.is_ascii_alphanumeric() || char == '.' { char } else { '-' };
    text.chars().map(fit).collect()
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}

fn image(subject: &Subject) -> Value {
    json!({
        "SPDXID": IMAGE,
        "name": subject.name,
        "versionInfo": subject.digest,
        "downloadLocation": NONE,
        "filesAnalyzed": false,
        "licenseConcluded": NONE,
        "licenseDeclared": NONE,
        "copyrightText": NONE,
        "primaryPackagePurpose": "CONTAINER",
    })
}

fn operating_system(release: &Release) -> Value {
    let mut system = json!({
        "SPDXID": SYSTEM,
        "name": release.id,
        "downloadLocation": NONE,
        "filesAnalyzed": false,
        "licenseConcluded": NONE,
        "licenseDeclared": NONE,
        "copyrightText": NONE,
        "primaryPackagePurpose": "OPERATING-SYSTEM",
    });
    if !release.version.is_empty() {
        system["versionInfo"] = release.version.as_str().into();
    }
    system
}

fn package(component: &Component, id: &str, words: &mut Words) -> Value {
    let name = match &component.group {
        Some(group) => format!("{group}/{}", component.name),
        None => component.name.clone(),
    };
    let mut entry = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        entry.extend(value.map(|value| (key.to_owned(), value)));
    };
    put("SPDXID", Some(id.into()));
    put("name", Some(name.into()));
    put(
        "versionInfo",
        Some(component.version.as_str()).filter(|it| !it.is_empty()).map(Value::from),
    );
    put("downloadLocation", Some(NONE.into()));
    put("filesAnalyzed", Some(false.into()));
    put("licenseConcluded", Some(NONE.into()));
    put("licenseDeclared", Some(words.declared(&component.licenses).into()));
    put("copyrightText", Some(NONE.into()));
    put("supplier", component.supplier.as_deref().map(|supplier| agent(supplier).into()));
    put("homepage", component.homepage.as_deref().map(Value::from));
    put("sourceInfo", Some(format!("found at {}", component.places.join(", ")).into()));
    let purl = |purl: &String| {
        json!([{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }])
    };
    put("externalRefs", component.purl.as_ref().map(purl));
    entry.into()
}

/// `Debian Glibc Maintainers <x@example.org>` → `Organization: Debian Glibc Maintainers (x@example.org)`.
fn agent(supplier: &str) -> String {
    let (name, address) = match supplier.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.split('>').next().unwrap_or_default().trim()),
        None => (supplier.trim(), ""),
    };
    let name = name.replace(['"', '(', ')'], "");
    if address.is_empty() {
        format!("Organization: {name}")
    } else {
        format!("Organization: {name} ({address})")
    }
}

/// Licences that are no ids of SPDX's list: each gets an id of the document's own.
#[derive(Default)]
struct Words {
    ids: BTreeMap<String, String>,
}

impl Words {
    /// All licences of a package as one expression.
    fn declared(&mut self, licenses: &[License]) -> String {
        let mut parts: Vec<String> = Vec::new();
        for license in licenses {
            parts.push(match license {
                License::Id(id) => (*id).to_owned(),
                License::Expression(expression) if licenses.len() > 1 => format!("({expression})"),
                License::Expression(expression) => expression.clone(),
                License::Named(words) => self.id(words),
            });
        }
        if parts.is_empty() { NONE.to_owned() } else { parts.join(" AND ") }
    }

    fn id(&mut self, words: &str) -> String {
        let next = self.ids.len() + 1;
        let id = self.ids.entry(words.to_owned());
        id.or_insert_with(|| format!("LicenseRef-{next}-{}", id_part(words))).clone()
    }

    fn list(&self) -> Vec<Value> {
        let info = |(words, id): (&String, &String)| json!({"licenseId": id, "name": words, "extractedText": words});
        self.ids.iter().map(info).collect()
    }
}
