//! Bytes that an image could do without, each with one cause.
//!
//! What a layer holds and the final tree does not show is found by what hides it; what it shows, by place, name, owner and
//! content. Each entry is claimed by the first cause that holds, in the order of [`CAUSES`], so the sums add up: what all
//! causes claim is what would be saved.

mod account;
mod cause;
mod classify;
mod groups;
mod hidden;
mod packages_of_languages;
mod places;

pub use account::{Waste, Wasted};
pub use cause::{CAUSES, Cause, FAMILIES, Family};
pub(crate) use classify::Circumstances;
pub(crate) use groups::{causes, groups, shown};
