//! What slimming dropped, as an image of its own, and the way back.
//!
//! [`Rest::write`] holds the layers of a fat image against those of its slim one and makes the *rest*: an image with what is
//! only in the fat one, layer by layer in the same order, and on top a layer with the *recipe*: which bytes of the slim image's
//! layers and which of the rest's make up each layer of the fat one. [`Whole::open`] puts the two together again. Nothing is
//! unpacked or copied for that: the fat image's layers are read through the recipe ([`Spliced`]), and hold to the byte what
//! they held. [`Whole::give_back_all`] writes the fat image itself, [`Whole::give_back`] the slim one with some of what was
//! dropped.
//!
//! A rest is untrusted: its recipe is bounded, and what comes out of it must have the digests that the fat image's
//! configuration names.

#![forbid(unsafe_code)]

mod cut;
mod databases;
mod error;
mod give_back;
mod recipe;
mod rest;
mod splice;
mod whole;

pub use error::RestoreError;
pub use give_back::{GiveBack, Restored};
pub use rest::{FatSide, Rest, RestOptions, SlimPart, SlimSide};
pub use splice::Spliced;
pub use whole::Whole;

/// Where in its top layer a rest keeps recipe, odd bytes and the fat image's configuration.
pub const DIRECTORY: &str = ".jettison-rest";
/// The label, and the annotation, that names the fat image's id.
pub const LABEL_FAT: &str = "io.github.jettison.rest.fat";
/// The label, and the annotation, that names the slim image's id.
pub const LABEL_SLIM: &str = "io.github.jettison.rest.slim";
