//! The probes against real servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not there")]

mod apis;
mod commands;
mod cost;
mod crawl;
mod failures;
mod fastcgi;
mod ports;
mod replay;
mod server;
mod sockets;
