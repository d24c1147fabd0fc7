//! The client against registries: Debian's docker-registry as it is, and servers that do what no good one would.

mod authentication;
mod faults;
mod fixture;
mod liars;
mod mirrors;
mod moving;
mod tls;
