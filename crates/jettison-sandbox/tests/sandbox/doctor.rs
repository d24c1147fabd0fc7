//! What `HostReport` says of this host as root.

use jettison_sandbox::{HostReport, Tier};

use crate::rig::helper;

#[test]
fn privileged_root_can_use_every_tier() {
    let report = HostReport::inspect(&helper(), &std::env::temp_dir()).expect("can be tried");
    for tier in &report.tiers {
        assert_eq!(tier.problem, None, "{report:?}");
    }
    assert_eq!(report.best_tier(), Some(Tier::FuseNamespaces));
    assert!(report.kernel.contains('.'));
}
