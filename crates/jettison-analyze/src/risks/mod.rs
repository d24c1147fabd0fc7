//! Risks: what an image makes easy for somebody who should not be there.
//!
//! The image checks of the CIS Docker Benchmark and dockle's own, under ids of our own with theirs as aliases, and more.

mod accounts;
mod check;
mod configuration;
mod files;
mod instructions;

use crate::analysis::RiskFinding;

pub use check::RiskCheck;
pub(crate) use check::Scene;

/// Subjects of a finding that are named.
const SUBJECTS: usize = 20;

/// Every check, by area.
pub static CHECKS: &[&RiskCheck] = &[
    &configuration::ROOT_USER,
    &configuration::ENV_SECRET,
    &configuration::FILE_SECRET,
    &configuration::SENSITIVE_VOLUME,
    &configuration::SSH_PORT,
    &configuration::PRIVILEGED_PORT,
    &configuration::SHELL_COMMAND,
    &configuration::LATEST_TAG,
    &configuration::NO_HEALTHCHECK,
    &configuration::NO_METADATA,
    &configuration::GLIBC_ON_MUSL,
    &accounts::EMPTY_PASSWORD,
    &accounts::PASSWORD_HASH,
    &accounts::SECOND_ROOT,
    &accounts::DUPLICATE_ID,
    &accounts::MISSING_USER,
    &accounts::SUDO_WITHOUT_PASSWORD,
    &accounts::ROOT_LOGIN,
    &files::SETUID_UNKNOWN,
    &files::SETUID_FILES,
    &files::CAPABILITIES,
    &files::WRITABLE_SYSTEM,
    &files::WORLD_WRITABLE_FILE,
    &files::WORLD_WRITABLE_DIRECTORY,
    &files::HOST_KEYS,
    &files::SSHD,
    &files::OLD_SERVICES,
    &files::ENGINE_SOCKET,
    &files::DEVICES,
    &files::DEVELOPER_FILES,
    &instructions::UNVERIFIED,
    &instructions::PIPE_TO_SHELL,
    &instructions::CHMOD_777,
    &instructions::UPDATE_ALONE,
    &instructions::UPGRADE,
    &instructions::APT_LISTS,
    &instructions::APK_CACHE,
    &instructions::SUDO,
    &instructions::ADD,
];

/// The check with this id or alias, in any letter case; of several with the alias, the first.
pub fn risk_check(name: &str) -> Option<&'static RiskCheck> {
    risk_checks(name).next()
}

/// Every check with this id or alias, in any letter case: others have one name for what we tell apart.
pub fn risk_checks(name: &str) -> impl Iterator<Item = &'static RiskCheck> {
    CHECKS.iter().copied().filter(move |check| check.is_called(name))
}

/// What all checks find, the worst first.
pub(crate) fn risks(scene: &Scene<'_>) -> Vec<RiskFinding> {
    let mut risks: Vec<RiskFinding> =
        CHECKS.iter().filter_map(|check| look(check, scene)).collect();
    risks.sort_by_key(|risk| std::cmp::Reverse(risk.level));
    risks
}

fn look(check: &RiskCheck, scene: &Scene<'_>) -> Option<RiskFinding> {
    let mut found = Vec::new();
    (check.find)(scene, &mut found);
    let mut subjects: Vec<String> = Vec::new();
    for one in &found {
        if !subjects.contains(&one.subject) && subjects.len() < SUBJECTS {
            subjects.push(one.subject.clone());
        }
    }
    let layer = found.first()?.layer;
    Some(RiskFinding {
        id: check.id.to_owned(),
        aliases: check.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        level: check.level,
        subjects,
        count: found.len(),
        layer: layer.filter(|layer| found.iter().all(|one| one.layer == Some(*layer))),
        place: None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_pages_whole() {
        let ids: BTreeSet<&str> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
        for check in CHECKS {
            for text in [check.title, check.why, check.instead] {
                assert!(!text.en.is_empty() && !text.zh.is_empty(), "{}", check.id);
            }
        }
        assert_eq!(risk_check("cis-di-0001").map(|check| check.id), Some("JR-root-user"));
        assert!(risk_check("CIS-DI-9999").is_none());
    }

    #[test]
    fn every_image_check_that_dockle_can_tell_from_an_image_is_there() {
        for alias in [
            "CIS-DI-0001",
            "CIS-DI-0006",
            "CIS-DI-0007",
            "CIS-DI-0008",
            "CIS-DI-0009",
            "CIS-DI-0010",
            "DKL-DI-0001",
            "DKL-DI-0002",
            "DKL-DI-0003",
            "DKL-DI-0004",
            "DKL-DI-0005",
            "DKL-DI-0006",
            "DKL-LI-0001",
            "DKL-LI-0002",
            "DKL-LI-0003",
        ] {
            assert!(risk_check(alias).is_some(), "{alias}");
        }
    }
}
