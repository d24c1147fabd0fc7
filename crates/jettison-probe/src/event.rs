//! Progress, as it happens.

use crate::transcript::{CommandRecord, HealthRecord, HttpExchange, Limit, PortRecord};

/// Something the caller may want to show.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It is known what a port speaks.
    Port(&'a PortRecord),
    /// A request was answered or failed.
    Exchange(&'a HttpExchange),
    /// A command ended.
    Command(&'a CommandRecord),
    /// The health check came to a result.
    Health(&'a HealthRecord),
    /// A bound was met.
    Limit(&'a Limit),
}
