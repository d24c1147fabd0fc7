//! What changed against an earlier image.

use std::collections::BTreeMap;

use crate::analysis::{Analysis, Growth, PackageChange, PackageFacts, RiskFinding, SecretFinding};

/// Compares with the analysis of an earlier image, which is called `name`.
pub fn growth(now: &Analysis, before: &Analysis, name: &str) -> Growth {
    let same = now
        .layers
        .iter()
        .zip(&before.layers)
        .take_while(|(one, other)| one.diff_id == other.diff_id);
    let shared: Vec<u64> = same.map(|(layer, _)| layer.bytes).collect();
    Growth {
        baseline: name.to_owned(),
        bytes: before.size.now,
        wasted: before.size.wasted,
        layers: before.layers.len(),
        shared_layers: shared.len(),
        shared_bytes: shared.iter().sum(),
        packages: packages(&now.packages, &before.packages),
        new_secrets: new_secrets(&now.secrets, &before.secrets),
        new_risks: new_risks(&now.risks, &before.risks),
    }
}

/// Packages of several places or versions are compared as one.
#[derive(Default)]
struct Installed {
    versions: Vec<String>,
    bytes: u64,
}

fn packages(now: &[PackageFacts], before: &[PackageFacts]) -> Vec<PackageChange> {
    let mut all: BTreeMap<(&str, &str), (Installed, Installed)> = BTreeMap::new();
    for package in before {
        let (from, _) = all.entry((&package.kind, &package.name)).or_default();
        from.bytes += package.bytes;
        from.versions.push(package.version.clone());
    }
    for package in now {
        let (_, to) = all.entry((&package.kind, &package.name)).or_default();
        to.bytes += package.bytes;
        to.versions.push(package.version.clone());
    }
    let mut changes: Vec<PackageChange> = all
        .into_iter()
        .filter_map(|((kind, name), (mut from, mut to))| {
            from.versions.sort();
            to.versions.sort();
            let is_same = from.versions == to.versions && from.bytes == to.bytes;
            let version = |installed: &Installed| {
                (!installed.versions.is_empty()).then(|| installed.versions.join(", "))
            };
            let bytes =
                i64::try_from(i128::from(to.bytes) - i128::from(from.bytes)).unwrap_or(i64::MAX);
            (!is_same).then(|| PackageChange {
                kind: kind.to_owned(),
                name: name.to_owned(),
                from: version(&from),
                to: version(&to),
                bytes,
            })
        })
        .collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.bytes.unsigned_abs()));
    changes
}

fn new_secrets(now: &[SecretFinding], before: &[SecretFinding]) -> Vec<usize> {
    let is_known = |secret: &SecretFinding| {
        before.iter().any(|other| {
            other.rule == secret.rule
                && other.masked == secret.masked
                && other.places == secret.places
        })
    };
    now.iter().enumerate().filter(|(_, secret)| !is_known(secret)).map(|(place, _)| place).collect()
}

fn new_risks(now: &[RiskFinding], before: &[RiskFinding]) -> Vec<usize> {
    let is_known = |risk: &RiskFinding| {
        before.iter().any(|other| {
            other.id == risk.id
                && risk.subjects.iter().all(|subject| other.subjects.contains(subject))
        })
    };
    now.iter().enumerate().filter(|(_, risk)| !is_known(risk)).map(|(place, _)| place).collect()
}
