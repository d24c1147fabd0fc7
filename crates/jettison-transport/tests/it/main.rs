//! Images made by hand, opened; images opened, written and opened again.

mod copying;
mod damage;
mod docker_archives;
mod fixture;
mod oci_layouts;
mod registries;
mod root_file_systems;
mod stores;
mod writing;
