//! The arguments of `slim`.

use std::{path::PathBuf, time::Duration};

use jettison_keep::Level;
use jettison_packages::sbom;
use jettison_slim::ContinueAfter;

use crate::{images::CompressionArg, places::PlaceArgs};

/// Make a smaller image and prove that it answers as the fat one
///
/// Runs the image in a sandbox, watches which files it uses while it is probed, writes an image with only what it needs, runs
/// that one with the same probes and compares. Needs no Docker, no root and no privileged container.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Fat image: a name (looked for in the local store, in Docker, in its registry), a path, or docker-archive:FILE[:REF],
    /// oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR, rootfs:DIR-or-TAR, docker-daemon:NAME, containers-storage:NAME,
    /// docker://NAME
    #[arg(value_name = "SOURCE")]
    pub(super) source: String,

    #[command(flatten, next_help_heading = "Output")]
    pub(super) output: OutputArgs,
    #[command(flatten, next_help_heading = "What stays")]
    pub(super) keep: KeepArgs,
    #[command(flatten, next_help_heading = "Probes")]
    pub(super) probe: ProbeArgs,
    #[command(flatten, next_help_heading = "Beside the image")]
    pub(super) beside: BesideArgs,
    #[command(flatten, next_help_heading = "Image configuration")]
    pub(super) config: ConfigArgs,
    #[command(flatten, next_help_heading = "Sandbox")]
    pub(super) run: RunArgs,
}

#[derive(clap::Args, Debug)]
pub(super) struct OutputArgs {
    /// Name of the slim image in an archive or layout; the fat image's name with -slim behind its tag without one
    #[arg(long = "tag", short = 't', value_name = "REF")]
    pub(super) tags: Vec<String>,
    /// Where it goes: a NAME in the local store or, if it begins with a registry's host, there; docker-daemon:NAME,
    /// docker://NAME, docker-archive:FILE[:REF], oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR; without one, next to the fat image: FILE-slim.tar, or its name with -slim behind the tag
    #[arg(long = "to", value_name = "DESTINATION")]
    pub(super) destinations: Vec<String>,
    /// Also write what is dropped, as an image from which `jettison restore` gives it back: a destination as for --to, or a file
    #[arg(long = "rest", value_name = "DESTINATION")]
    pub(super) rests: Vec<String>,
    /// Compression of written layers
    #[arg(long, value_enum, default_value_t = CompressionArg::Gzip)]
    pub(super) compression: CompressionArg,
    /// Put everything into one layer
    #[arg(long)]
    pub(super) flatten: bool,
    /// Write everything that is known about the slimming as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Write a bill of materials: every package of which something is left
    #[arg(long, value_name = "FILE")]
    pub(super) sbom: Option<PathBuf>,
    /// Its form: cyclonedx (1.6) or spdx (2.3), both JSON
    #[arg(long, value_name = "FORMAT", default_value = "cyclonedx", value_parser = clap::builder::ValueParser::new(sbom_format))]
    pub(super) sbom_format: sbom::Format,
    /// Write report, seccomp profile and the Dockerfile told back into a directory
    #[arg(long, value_name = "DIR")]
    pub(super) copy_meta_artifacts: Option<PathBuf>,
    /// Write the image even if it does not answer as the fat one (the exit status is 1 all the same)
    #[arg(long)]
    pub(super) keep_failed: bool,
}

#[derive(clap::Args, Debug)]
pub(super) struct KeepArgs {
    /// How much more than what was used stays
    #[arg(long, value_name = "LEVEL", default_value = "balanced", value_parser = clap::builder::ValueParser::new(level))]
    pub(super) keep: Level,
    /// Keep this path and all below it; a glob (`*` stays within a directory, `**` crosses them)
    #[arg(long = "include-path", value_name = "GLOB")]
    pub(super) include_paths: Vec<String>,
    /// Drop this path although something needs it
    #[arg(long = "exclude-path", value_name = "GLOB")]
    pub(super) exclude_paths: Vec<String>,
    /// Keep this program with all it needs
    #[arg(long = "include-bin", value_name = "PROGRAM")]
    pub(super) include_bins: Vec<String>,
    /// Keep a shell and everyday commands
    #[arg(long)]
    pub(super) include_shell: bool,
    /// Also keep what earlier runs used: a file that --evidence-out wrote
    #[arg(long, value_name = "FILE")]
    pub(super) evidence_in: Vec<PathBuf>,
    /// Write everything that was seen, for a later run's --evidence-in
    #[arg(long, value_name = "FILE")]
    pub(super) evidence_out: Option<PathBuf>,
    /// Switch a rule off (see `jettison explain`)
    #[arg(long = "no-rule", value_name = "RULE")]
    pub(super) no_rules: Vec<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct ProbeArgs {
    /// Do not probe over HTTP
    #[arg(long)]
    pub(super) http_probe_off: bool,
    /// Also send this request: "GET /path", "POST:/path", "/path", "crawl:/path"
    #[arg(long = "http-probe-cmd", value_name = "REQUEST")]
    pub(super) http_probe_cmds: Vec<String>,
    /// Also send the requests of this file (docker-slim's JSON)
    #[arg(long, value_name = "FILE")]
    pub(super) http_probe_cmd_file: Vec<PathBuf>,
    /// Exercise the API that this description in the app tells of (OpenAPI 3, Swagger 2): /path or URL, and :/prefix if
    /// the API is elsewhere than it says
    #[arg(long = "http-probe-apispec", value_name = "PATH[:PREFIX]")]
    pub(super) http_probe_apispecs: Vec<String>,
    /// The same with a description on this machine
    #[arg(long = "http-probe-apispec-file", value_name = "FILE[:PREFIX]")]
    pub(super) http_probe_apispec_files: Vec<String>,
    /// Credentials for one of the description's securitySchemes: a token, a key or USER:PASSWORD; @FILE reads them from a
    /// file
    #[arg(long = "http-probe-apispec-auth", value_name = "SCHEME=VALUE")]
    pub(super) http_probe_apispec_auths: Vec<String>,
    /// Open a WebSocket, send the message and compare what comes back
    #[arg(long = "http-probe-ws", value_name = "PATH [MESSAGE]")]
    pub(super) http_probe_sockets: Vec<String>,
    /// Probe only these ports, comma-separated
    #[arg(long, value_name = "PORTS", value_delimiter = ',')]
    pub(super) http_probe_ports: Vec<u16>,
    /// Follow links this many steps from /
    #[arg(long, value_name = "STEPS", default_value_t = 3)]
    pub(super) http_crawl_max_depth: u32,
    /// Request at most this many pages in a crawl
    #[arg(long, value_name = "PAGES", default_value_t = 1000)]
    pub(super) http_max_crawl_pages: usize,
    /// Do not submit the forms that a crawl finds
    #[arg(long)]
    pub(super) http_crawl_no_forms: bool,
    /// Run this in the container once it is ready: a shell line, or a JSON list of words
    #[arg(long = "exec", value_name = "COMMAND")]
    pub(super) execs: Vec<String>,
    /// Run this script in the container once it is ready
    #[arg(long = "exec-file", value_name = "FILE")]
    pub(super) exec_files: Vec<PathBuf>,
    /// Also run the image with these arguments, in a container of its own: until it ends, listens or comes to rest. A
    /// shell-like line or a JSON list
    #[arg(long = "also-run", value_name = "ARGUMENTS")]
    pub(super) also_runs: Vec<String>,
    /// Run this on this machine against the published ports, in every run; it must succeed (environment: JETTISON_URL,
    /// JETTISON_HOST, JETTISON_PORT_80 and so on)
    #[arg(long = "host-exec", value_name = "COMMAND")]
    pub(super) host_execs: Vec<String>,
    /// The same, one command a line
    #[arg(long = "host-exec-file", value_name = "FILE")]
    pub(super) host_exec_files: Vec<PathBuf>,
    /// Go on after: probe, exec, enter (a person presses Enter), a number of seconds, signal (SIGUSR1)
    #[arg(long, value_name = "WHEN", default_value = "probe", value_parser = clap::builder::ValueParser::new(continue_after))]
    pub(super) continue_after: ContinueAfter,
}

#[derive(clap::Args, Debug)]
pub(super) struct BesideArgs {
    /// Run this image beside it, under its own name or this one: a database, a cache
    #[arg(long = "with", value_name = "SOURCE[=NAME]")]
    pub(super) withs: Vec<String>,
    /// Environment of an image that runs beside it
    #[arg(long = "with-env", value_name = "NAME:VARIABLE=VALUE")]
    pub(super) with_envs: Vec<String>,
    /// Run what this Compose file says: the service's own settings and everything that it depends on
    #[arg(long, value_name = "FILE", requires = "compose_service")]
    pub(super) compose_file: Option<PathBuf>,
    /// The service of the Compose file that SOURCE is the image of
    #[arg(long, value_name = "SERVICE", requires = "compose_file")]
    pub(super) compose_service: Option<String>,
    /// The image of another service of the Compose file
    #[arg(long = "compose-image", value_name = "SERVICE=SOURCE", requires = "compose_file")]
    pub(super) compose_images: Vec<String>,
    /// Let a port of this machine lead into the image while it runs
    #[arg(long = "publish", short = 'p', value_name = "[[ADDRESS:]PORT:]PORT")]
    pub(super) publishes: Vec<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct ConfigArgs {
    /// ENTRYPOINT of the slim image: a shell-like line or a JSON list; empty clears it
    #[arg(long, value_name = "COMMAND")]
    pub(super) entrypoint: Option<String>,
    /// CMD of the slim image: a shell-like line or a JSON list
    #[arg(long, value_name = "COMMAND")]
    pub(super) cmd: Option<String>,
    /// Set an environment variable in the slim image
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub(super) envs: Vec<String>,
    /// Set a label on the slim image
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub(super) labels: Vec<String>,
    /// Declare a port
    #[arg(long, value_name = "PORT[/udp]")]
    pub(super) expose: Vec<String>,
    /// USER of the slim image
    #[arg(long, value_name = "USER[:GROUP]")]
    pub(super) user: Option<String>,
    /// WORKDIR of the slim image
    #[arg(long, value_name = "DIR")]
    pub(super) workdir: Option<String>,
    /// STOPSIGNAL of the slim image
    #[arg(long, value_name = "SIGNAL")]
    pub(super) stop_signal: Option<String>,
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    pub(super) platform: Option<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct RunArgs {
    /// Use this tier instead of the best one that works (see `jettison doctor`)
    #[arg(long, value_name = "1-3", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(super) tier: Option<u8>,
    /// How long the image may take until it listens or ends, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(super) start_timeout: u64,
    /// How long it may take to end after its stop signal, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) stop_timeout: u64,
    /// Let the image see a directory of this machine while it runs: /here:/there[:ro]
    #[arg(long = "mount", value_name = "SOURCE:TARGET[:ro]")]
    pub(super) mounts: Vec<String>,
    /// Environment for the runs alone, one NAME=VALUE a line; it does not get into the image
    #[arg(long = "env-file", value_name = "FILE")]
    pub(super) env_files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) places: PlaceArgs,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    pub(super) work_dir: Option<PathBuf>,
    /// Put what the image writes while it runs there too, not into memory, which holds 2 GiB of it at most
    #[arg(long)]
    pub(super) write_to_disk: bool,
}

fn level(word: &str) -> Result<Level, String> {
    word.parse().map_err(|error: jettison_keep::UnknownLevel| error.to_string())
}

fn sbom_format(word: &str) -> Result<sbom::Format, String> {
    word.parse().map_err(|error: sbom::UnknownFormat| error.to_string())
}

fn continue_after(word: &str) -> Result<ContinueAfter, String> {
    Ok(match word {
        "probe" => ContinueAfter::Probe,
        "exec" => ContinueAfter::Exec,
        "enter" => ContinueAfter::Enter,
        "signal" => ContinueAfter::Signal,
        number => {
            ContinueAfter::Elapsed(Duration::from_secs(number.parse().map_err(|_error| {
                "use probe, exec, enter, signal or a number of seconds".to_owned()
            })?))
        }
    })
}
