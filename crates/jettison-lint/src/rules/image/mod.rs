//! What the image will be like when it runs.

pub(crate) mod build_tools;
pub(crate) mod data_volume;
pub(crate) mod gunicorn_tmp;
pub(crate) mod healthcheck_form;
pub(crate) mod hidden_port;
pub(crate) mod missing_command;
pub(crate) mod no_healthcheck;
pub(crate) mod privileged_port;
pub(crate) mod runs_as_root;
pub(crate) mod scratch_certificates;
pub(crate) mod several_processes;
pub(crate) mod single_stage;
pub(crate) mod sshd;
pub(crate) mod wrong_manager;
