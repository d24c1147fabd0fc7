//! Java and nginx in Kubernetes manifests.
//!
//! Sources: Kubernetes API reference (`Container`, `ResourceRequirements`), "Resource Management
//! for Pods and Containers"; `java` man page of JDK 21.

mod findings;
mod quantity;
mod rules;
mod workload;

pub use findings::{fix_manifests, lint_manifests, manifest_diagnostics};
pub(crate) use rules::RULES;
