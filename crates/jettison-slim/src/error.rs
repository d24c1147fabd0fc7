//! Why an image could not be slimmed.

use thiserror::Error;

use crate::{
    EvidenceFileError, LayerError, ProcessError, PublishError, RunError, SignalError, TreeError,
};

/// Everything that stops the pipeline. A slim image that does not answer as the fat one is no error but a verdict.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The source could not be opened.
    #[error(transparent)]
    Open(#[from] jettison_transport::OpenError),
    /// Its layers make no tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Its configuration says nothing that can be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Its stop signal is not known.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// It is for another kind of machine.
    #[error(
        "the image is for {image}, this machine is {machine}: choose another with --platform, or slim it on such a machine"
    )]
    Platform {
        /// `os/architecture` of the image.
        image: String,
        /// `os/architecture` of this machine.
        machine: String,
    },
    /// No tier of the sandbox works here.
    #[error("images cannot be run on this machine: {missing}")]
    Host {
        /// What is missing, and the way out.
        missing: String,
    },
    /// A port cannot be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A container beside the image cannot be prepared.
    #[error("{name}, beside the image: {source}")]
    Neighbour {
        /// Which.
        name: String,
        /// Why not.
        source: Box<Error>,
    },
    /// The image could not be run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Something that was asked for could not be exercised.
    #[error("{problem}")]
    Probe {
        /// What could not be done, and why.
        problem: String,
    },
    /// Evidence of earlier runs could not be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceFileError),
    /// Layers could not be written.
    #[error(transparent)]
    Layers(#[from] LayerError),
    /// What was dropped could not be kept.
    #[error(transparent)]
    Rest(#[from] jettison_restore::RestoreError),
    /// The image could not be saved.
    #[error(transparent)]
    Save(#[from] jettison_transport::WriteError),
}
