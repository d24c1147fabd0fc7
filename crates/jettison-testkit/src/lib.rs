//! Small real images for the tests of the other crates, and a second opinion on the images that jettison writes.
//!
//! Images are made out of Debian's static busybox, byte by byte and without Docker; they are read with the `tar` crate
//! and none of jettison's own readers, so that a mistake in those cannot hide itself.

#![forbid(unsafe_code)]

mod busybox;
mod certificates;
mod chance;
mod content;
mod contents;
mod entry;
mod exercised;
mod fat_image;
mod faulty_proxy;
mod http_server;
mod registry;
mod samples;
mod secret_samples;
mod text_files;
mod token_server;
mod wasteful_image;

pub use busybox::busybox;
pub use certificates::{Certificates, ServerCertificate};
pub use chance::Chance;
pub use content::Content;
pub use contents::{Contents, Facts};
pub use entry::{Entry, layer};
pub use exercised::{api, dependent, socket, store};
pub use fat_image::FatImage;
pub use faulty_proxy::{Fault, FaultPlan, FaultyProxy, Passed};
pub use http_server::{HttpBody, HttpRequest, HttpResponse, HttpServer};
pub use registry::{PASSWORD, Registry, RegistryAuth, RegistryOptions, USER};
pub use samples::{
    BALLAST_FILE, HTTP_PORT, UNCHANGED_LAYER, base, broken, command_line, corners, deaf, differing,
    flaky, httpd, on_post,
};
pub use secret_samples::{SecretSample, secret_samples};
pub use text_files::directory;
pub use token_server::{REFRESH_TOKEN, TokenPolicy, TokenServer};
pub use wasteful_image::{PlantedRisk, PlantedSecret, Scale, SecretSpot, Share, WastefulImage};
