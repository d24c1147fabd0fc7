//! What text and Markdown say alike: counts, sizes, versions.

use jettison_diff::{ConfigChange, Difference, PackageChange, Status, Tally};

use crate::{
    messages::{DiffText as Text, Language},
    summary::bytes,
};

/// One sign for what became of something, as `git diff --name-status` and docker diff have letters.
pub(super) fn sign(status: Status) -> char {
    match status {
        Status::Added => '+',
        Status::Removed => '-',
        Status::Changed | Status::Upgraded | Status::Downgraded => '~',
    }
}

/// The word for what became of something.
pub(super) fn word(status: Status, language: Language) -> &'static str {
    language.text(match status {
        Status::Added => Text::Added,
        Status::Removed => Text::Removed,
        Status::Changed => Text::Changed,
        Status::Upgraded => Text::Upgraded,
        Status::Downgraded => Text::Downgraded,
    })
}

/// By how much it grew or shrank: `+1.2 MB`, `-3 B`, `0 B`.
pub(super) fn growth(tally: Tally) -> String {
    grown(tally.bytes_before, tally.bytes_after)
}

/// By how much something grew or shrank.
pub(super) fn grown(before: u64, after: u64) -> String {
    match before.cmp(&after) {
        std::cmp::Ordering::Less => format!("+{}", bytes(after - before)),
        std::cmp::Ordering::Equal => "0 B".to_owned(),
        std::cmp::Ordering::Greater => format!("-{}", bytes(before - after)),
    }
}

/// `3 added, 1 removed`: what there is none of is not told.
pub(super) fn counts(tally: Tally, language: Language) -> String {
    let counts = [
        (Text::AddedCount, tally.added),
        (Text::RemovedCount, tally.removed),
        (Text::ChangedCount, tally.changed),
    ];
    let told = counts.into_iter().filter(|&(_, count)| count > 0);
    let told: Vec<String> =
        told.map(|(text, count)| language.say(text, &[&count.to_string()])).collect();
    told.join(", ")
}

/// What a pull moves.
pub(super) fn pull(difference: &Difference, language: Language) -> String {
    let layers = &difference.layers;
    if layers.only_new.is_empty() {
        return language.text(Text::PullNothing).to_owned();
    }
    let (moved, all) = (layers.only_new.len().to_string(), difference.new.layers.to_string());
    language.say(Text::Pull, &[&bytes(layers.pull_bytes), &moved, &all])
}

/// The heading above packages.
pub(super) fn package_counts(difference: &Difference, language: Language) -> String {
    let count = |wanted: &[Status]| {
        let found = difference.packages.iter().filter(|package| wanted.contains(&package.status));
        found.count().to_string()
    };
    let other_version = |package: &&PackageChange| {
        package.before != package.after
            && !matches!(package.status, Status::Added | Status::Removed)
    };
    let version = difference.packages.iter().filter(other_version).count();
    let files = difference.packages.iter().filter(|package| package.before == package.after);
    language.say(
        Text::Packages,
        &[
            &count(&[Status::Added]),
            &count(&[Status::Removed]),
            &version.to_string(),
            &files.count().to_string(),
        ],
    )
}

/// `1.0 → 1.1`, or the one version there is.
pub(super) fn versions(package: &PackageChange) -> String {
    let (before, after) = (package.before.join(", "), package.after.join(", "));
    match (before.is_empty(), after.is_empty()) {
        (false, false) if before != after => format!("{before} → {after}"),
        (true, _) => after,
        _ => before,
    }
}

/// Packages that changed most first.
pub(super) fn by_weight(difference: &Difference) -> Vec<&PackageChange> {
    let mut packages: Vec<&PackageChange> = difference.packages.iter().collect();
    packages.sort_by_key(|package| std::cmp::Reverse(package.files.weight()));
    packages
}

/// `USER: www → -`; fields without a value of their own (`EXPOSE 80/tcp`) only come and go.
pub(super) fn config(change: &ConfigChange) -> (char, String) {
    let text = |value: &str| {
        if value.is_empty() { change.field.clone() } else { format!("{} {value}", change.field) }
    };
    match (&change.before, &change.after) {
        (None, after) => ('+', text(after.as_deref().unwrap_or_default())),
        (Some(before), None) => ('-', text(before)),
        (Some(before), Some(after)) => ('~', format!("{} {before} → {after}", change.field)),
    }
}
