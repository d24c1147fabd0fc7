//! The slimming pipeline, one file per stage.
//!
//! [`slim`] opens the fat image, indexes and merges its layers, runs it under the recorder, decides what stays, runs that
//! with dropped files as ghosts, writes filtered layers, runs what was written, and compares. Its [`Outcome`] is plain data;
//! nothing here prints.

#![forbid(unsafe_code)]

mod accounts;
pub mod artifacts;
mod beside;
mod bill;
pub mod compose;
mod container;
mod decision;
mod error;
mod evidence_file;
mod facts;
mod failed;
mod layers;
mod neighbour;
mod origins;
mod others;
mod output;
mod outside;
mod pipeline;
mod process;
mod publish;
mod readiness;
pub mod report;
mod request;
mod rest;
mod reversed;
mod run;
mod seccomp;
mod signal;
mod source_tree;
mod spooled;
mod stages;
mod start;
mod temporary;
mod unpacked;
mod verify;
mod volumes;

pub use accounts::{Account, AccountError};
pub use error::Error;
pub use evidence_file::EvidenceFileError;
pub use layers::LayerError;
pub use neighbour::{NamedVolume, Neighbour, Setup, Surroundings, Wait};
pub use pipeline::{Outcome, slim};
pub use process::{Overrides, Process, ProcessError};
pub use publish::{Publish, PublishError};
pub use request::{
    Bill, ContinueAfter, Event, Events, Exercise, Layering, OnFailure, Request, RunOptions,
};
pub use run::RunError;
pub use seccomp::Profile;
pub use signal::SignalError;
pub use source_tree::TreeError;
pub use temporary::sweep;
pub use unpacked::UnpackError;
pub use volumes::VolumeError;
