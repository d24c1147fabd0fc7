//! Secrets: what they look like, and the search for them.
//!
//! A kind of secret has anchors, byte strings one of which stands at each secret of the kind. Those of tokens are the
//! beginnings of long runs of letters and digits: such runs are found by looking at 64 bytes together. Others are found by
//! one search for all at once. What follows an anchor then decides. Formats are those that the issuers publish.

mod anchors;
mod assignment;
mod checksum;
mod command_options;
mod command_words;
mod credential_file;
mod credential_names;
mod hit;
mod key_file;
mod plausible;
mod programs;
mod registry;
mod rule;
mod rules;
mod runs;
mod scanner;
mod structured;
mod text;

pub use hit::SecretHit;
pub(crate) use registry::fingerprint;
pub use registry::{RULES, secret_rule};
pub use rule::SecretRule;
pub use scanner::SecretScanner;
pub(crate) use scanner::{FileScan, OVERLAP, Piece};
pub(crate) use text::identity;
