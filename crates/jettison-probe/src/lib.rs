//! Exercises a running container and compares what it answered.
//!
//! The crate knows nothing of images or sandboxes. A caller hands in a [`Dialer`] for the
//! container's network and a [`Runner`] for commands inside it; [`exercise`] carries out a
//! [`Plan`] and returns a [`Transcript`]; [`replay`] asks another container the same; [`compare`]
//! says whether it answered the same.

#![forbid(unsafe_code)]

mod api;
mod compare;
mod container;
mod cookies;
mod crawl;
mod deadline;
mod discover;
mod event;
mod exec;
mod exercise;
mod fastcgi;
mod health;
mod http;
mod http_command;
mod links;
mod openapi;
mod payload;
mod plan;
mod request;
mod secret;
mod session;
mod stream;
mod tls;
mod transcript;
mod websocket;

pub use compare::{
    Aspect, Comparison, Difference, Rule, Summary, VOLATILE_HEADERS, VolatileHeader, compare,
};
pub use container::{Command, CommandOutcome, Dialer, Exit, Runner};
pub use event::Event;
pub use exec::{parse_exec, read_exec_file};
pub use exercise::{exercise, replay};
pub use fastcgi::FastCgi;
pub use health::{HealthCheck, HealthTest, HealthTestError};
pub use http_command::{HttpCommand, HttpCommandError, read_command_file};
pub use openapi::{ApiProbe, ApiSource, ApiSpec, ApiSpecError, split_prefix};
pub use payload::{Payload, Sample};
pub use plan::{CrawlBounds, ExecTime, FormPolicy, HttpPlan, Plan, RequestBounds};
pub use secret::Secret;
pub use transcript::{
    Answer, BodyEnd, CommandRecord, Failure, FailureClass, HealthRecord, HealthStatus,
    HttpExchange, Limit, LimitKind, OtherRecord, Outcome, PortRecord, RequestRecord, Scheme,
    Service, Transcript,
};
