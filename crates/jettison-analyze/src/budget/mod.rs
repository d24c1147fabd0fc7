//! Bounds on an image, and whether it keeps them.

mod amount;
mod check;
mod dive;
mod file;

pub use amount::{Amount, AmountError, parse_size};
pub use file::{BudgetFile, BudgetFileError};

use crate::language::Level;

/// A bound and where it was set.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound<T> {
    /// The bound.
    pub limit: T,
    /// Where: `--max-size`, `jettison.toml:12`.
    pub origin: String,
}

/// What is allowed. What is `None` is not bounded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Budget {
    /// Bytes of all layers, uncompressed.
    pub max_size: Option<Bound<u64>>,
    /// Growth against the baseline, in bytes or as a share of its size.
    pub max_growth: Option<Bound<Amount>>,
    /// Wasted bytes, or their share.
    pub max_wasted: Option<Bound<Amount>>,
    /// Layers.
    pub max_layers: Option<Bound<u64>>,
    /// Secrets of level medium and higher.
    pub max_secrets: Option<Bound<u64>>,
    /// The highest level of risks that is allowed.
    pub max_risks: Option<Bound<Level>>,
    /// Of dive: the least share of bytes that a container sees.
    pub lowest_efficiency: Option<Bound<f64>>,
    /// Of dive: the most bytes that no container sees.
    pub highest_wasted_bytes: Option<Bound<u64>>,
    /// Of dive: the most bytes that no container sees, as a share of the layers above the base.
    pub highest_user_wasted: Option<Bound<f64>>,
}

impl Budget {
    /// Takes from `other` what is not set here: flags come before files.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            max_size: self.max_size.or(other.max_size),
            max_growth: self.max_growth.or(other.max_growth),
            max_wasted: self.max_wasted.or(other.max_wasted),
            max_layers: self.max_layers.or(other.max_layers),
            max_secrets: self.max_secrets.or(other.max_secrets),
            max_risks: self.max_risks.or(other.max_risks),
            lowest_efficiency: self.lowest_efficiency.or(other.lowest_efficiency),
            highest_wasted_bytes: self.highest_wasted_bytes.or(other.highest_wasted_bytes),
            highest_user_wasted: self.highest_user_wasted.or(other.highest_user_wasted),
        }
    }
}
