//! Facts that the schemas of both forms ask for, on a small inventory. `tests/images.sh` holds bills of real images against
//! the schemas themselves.

use std::collections::BTreeSet;

use jettison_rootfs::fixture::TreeBuilder;

use super::*;
use crate::{Landmarks, Packages, inventory};

fn tree() -> Tree {
    let status = b"Package: libc6\nStatus: install ok installed\nMaintainer: GNU Libc \"M\" <g@example.org>\nArchitecture: amd64\n\
                   Source: glibc\nVersion: 2.36-9+deb12u3\nHomepage: https://www.gnu.org/software/libc/libc.html\n\n\
                   Package: odd\nVersion: 1\nHomepage: not an address\n";
    let package = br#"{"name": "@scope/a", "version": "1.0.0", "license": "(MIT OR Apache-2.0)"}"#;
    TreeBuilder::new()
        .file("/etc/os-release", 0o644, b"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian\"\n")
        .file("/var/lib/dpkg/status", 0o644, status)
        .file("/var/lib/dpkg/info/libc6:amd64.list", 0o644, b"/lib/libc.so.6\n")
        .file("/var/lib/dpkg/info/odd.list", 0o644, b"/usr/bin/odd\n")
        .file("/lib/libc.so.6", 0o755, b"x")
        .file("/usr/bin/odd", 0o755, b"x")
        .file(
            "/usr/share/doc/libc6/copyright",
            0o644,
            b"Format: x\n\nFiles: *\nLicense: LGPL-2.1+\n\nFiles: y\nLicense: words of their own\n",
        )
        .file("/app/node_modules/@scope/a/package.json", 0o644, package)
        .file("/app/node_modules/b/node_modules/@scope/a/package.json", 0o644, package)
        .build()
}

fn bill(format: Format, epoch: Option<i64>) -> Value {
    let tree = tree();
    let landmarks = Landmarks::of(&tree);
    let packages = inventory(&tree, &landmarks, &Packages::of(&tree, &landmarks), &|_| true);
    let subject = Subject {
        name: "example/app:1".to_owned(),
        digest: "sha256:00".to_owned(),
        created: Some("2023-11-14T22:13:20.5Z".to_owned()),
        epoch,
        tool_version: "0.1.0".to_owned(),
    };
    let bytes = write(format, &subject, &tree, &packages);
    assert_eq!(bytes, write(format, &subject, &tree, &packages), "the same bytes each time");
    serde_json::from_slice(&bytes).expect("it is JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().expect("it is a list")
}

#[test]
fn cyclonedx_has_what_its_schema_asks_for() {
    let bill = bill(Format::CycloneDx, None);
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["specVersion"], "1.6");
    assert_eq!(bill["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    let serial = bill["serialNumber"].as_str().expect("it is text");
    let hex = serial.strip_prefix("urn:uuid:").expect("it is a UUID");
    assert_eq!(hex.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    let components = list(&bill, "components");
    let refs: BTreeSet<&str> =
        components.iter().map(|it| it["bom-ref"].as_str().expect("it is text")).collect();
    assert_eq!(refs.len(), components.len(), "references are unique");
    assert_eq!(components[0]["type"], "operating-system");
    let libc = &components[1];
    assert_eq!(
        libc["purl"],
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u3?arch=amd64&distro=debian-12&upstream=glibc"
    );
    assert_eq!(
        libc["licenses"],
        serde_json::json!([
            {"license": {"id": "LGPL-2.1-or-later"}}, {"license": {"name": "words of their own"}}
        ])
    );
    assert!(components[2].get("externalReferences").is_none(), "what is no address is left out");
    let package = &components[3];
    assert_eq!((&package["group"], &package["name"]), (&"@scope".into(), &"a".into()));
    assert_eq!(package["licenses"], serde_json::json!([{"expression": "(MIT OR Apache-2.0)"}]));
    assert_eq!(list(package, "properties").len(), 2, "one entry, two places");
}

#[test]
fn spdx_has_what_its_schema_asks_for() {
    let bill = bill(Format::Spdx, Some(0));
    assert_eq!(bill["spdxVersion"], "SPDX-2.3");
    assert_eq!(bill["creationInfo"]["created"], "1970-01-01T00:00:00Z");
    let packages = list(&bill, "packages");
    let ids: BTreeSet<&str> =
        packages.iter().map(|it| it["SPDXID"].as_str().expect("it is text")).collect();
    assert_eq!(ids.len(), packages.len(), "ids are unique");
    let is_fit = |id: &&str| {
        id.strip_prefix("SPDXRef-").is_some_and(|rest| {
            rest.chars().all(|char| char.is_ascii_alphanumeric() || ".-".contains(char))
        })
    };
    assert!(ids.iter().all(is_fit), "{ids:?}");
    for relationship in list(&bill, "relationships") {
        let to = relationship["relatedSpdxElement"].as_str().expect("it is text");
        assert!(ids.contains(to), "{to}");
    }
    let libc = &packages[2];
    assert_eq!(libc["supplier"], "Organization: GNU Libc M (g@example.org)");
    let words = &list(&bill, "hasExtractedLicensingInfos")[0];
    let declared = libc["licenseDeclared"].as_str().expect("it is text");
    assert_eq!(
        declared,
        format!("LGPL-2.1-or-later AND {}", words["licenseId"].as_str().expect("it is text"))
    );
    assert_eq!(packages[4]["licenseDeclared"], "(MIT OR Apache-2.0)");
}
