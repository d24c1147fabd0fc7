//! Packages of yum, dnf and zypper.

pub(crate) mod dnf_clean;
pub(crate) mod dnf_unpinned;
pub(crate) mod dnf_yes;
pub(crate) mod upgrade;
pub(crate) mod yum_clean;
pub(crate) mod yum_unpinned;
pub(crate) mod yum_yes;
pub(crate) mod zypper_clean;
pub(crate) mod zypper_unpinned;
pub(crate) mod zypper_yes;
