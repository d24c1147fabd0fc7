//! Arguments of `jettison analyze`.

use std::path::PathBuf;

use jettison_analyze::{
    Level,
    analysis::Purpose,
    budget::{Amount, parse_size},
    format::Format,
};
use jettison_packages::sbom;

use crate::places::PlaceArgs;

/// Show what an image carries, wastes and leaks, and the edit that recovers each wasted byte
///
/// Layers with their instructions, waste by cause (accounted once, so that savings add up), what to write in the Dockerfile
/// instead, packages, secrets in every layer and in the configuration, and risks. Layers are read once; later runs read only
/// their index. Bounds come from flags, from [budget] in the nearest jettison.toml, or from dive's .dive-ci.
///
/// Exit status 1 when a bound is broken.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Image: a name (looked for in the local store, in Docker, in its registry), a path, or docker-archive:FILE[:REF],
    /// oci:DIR[:TAG], oci-archive:FILE[:TAG], dir:DIR, docker-daemon:NAME, containers-storage:NAME, docker://NAME, rootfs:PATH
    #[arg(value_name = "IMAGE")]
    pub(super) source: String,

    #[command(flatten, next_help_heading = "Output")]
    pub(super) output: OutputArgs,
    #[command(flatten, next_help_heading = "What is known beside")]
    pub(super) known: KnownArgs,
    #[command(flatten, next_help_heading = "Budget")]
    pub(super) budget: BudgetArgs,
    #[command(flatten, next_help_heading = "Where images are")]
    pub(super) place: PlaceGroup,
}

#[derive(clap::Args, Debug)]
pub(super) struct OutputArgs {
    /// Form of the report: text, json (docs/analyze.md), markdown, sarif, junit, html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = clap::builder::ValueParser::new(format))]
    pub(super) format: Format,
    /// Write the report to a file instead
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Also write a page for a browser that needs no network: files as a treemap, layers, every finding, a search
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    /// Leave nothing out of long lists
    #[arg(long)]
    pub(super) all: bool,
    /// Also write a bill of materials: every package, with what is linked into programs and packed into jars
    #[arg(long, value_name = "FILE")]
    pub(super) sbom: Option<PathBuf>,
    /// Its form: cyclonedx (1.6) or spdx (2.3), both JSON
    #[arg(long, value_name = "FORMAT", default_value = "cyclonedx", value_parser = clap::builder::ValueParser::new(sbom_format))]
    pub(super) sbom_format: sbom::Format,
    /// Language of messages: en, zh; the locale's without it
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Option<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct KnownArgs {
    /// The Dockerfile that the image was built from: findings stand at its lines
    #[arg(long, value_name = "FILE")]
    pub(super) dockerfile: Option<PathBuf>,
    /// Which stage of it, by name or number; the last one without
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    pub(super) target: Option<String>,
    /// What the image is for: runtime (build tools in it are waste) or toolbox; told from its command without it
    #[arg(long, value_name = "PURPOSE", value_parser = clap::builder::ValueParser::new(purpose))]
    pub(super) purpose: Option<Purpose>,
    /// Leave out these findings, by id or another tool's name, comma-separated: JR-add, CIS-DI-0009, JS-jwt, JW-locales
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Compare with an earlier image: a file that --format json wrote, an image, or `previous`: the version before this one's,
    /// by the tags of its repository where it was found
    #[arg(long, value_name = "FILE|IMAGE|previous")]
    pub(super) baseline: Option<String>,
}

#[derive(clap::Args, Debug)]
pub(super) struct BudgetArgs {
    /// Allow so many bytes of all layers, uncompressed: 500MB, 200MiB
    #[arg(long, value_name = "SIZE", value_parser = clap::builder::ValueParser::new(size))]
    pub(super) max_size: Option<u64>,
    /// Allow so much growth against --baseline: 10MB, 5%
    #[arg(long, value_name = "SIZE|%", value_parser = clap::builder::ValueParser::new(amount))]
    pub(super) max_growth: Option<Amount>,
    /// Allow so much waste: 20MB, 5%
    #[arg(long, value_name = "SIZE|%", value_parser = clap::builder::ValueParser::new(amount))]
    pub(super) max_wasted: Option<Amount>,
    /// Allow so many layers
    #[arg(long, value_name = "COUNT")]
    pub(super) max_layers: Option<u64>,
    /// Allow so many secrets of level medium and high
    #[arg(long, value_name = "COUNT")]
    pub(super) max_secrets: Option<u64>,
    /// Allow risks up to this level: info, low, medium
    #[arg(long, value_name = "LEVEL", value_parser = clap::builder::ValueParser::new(level))]
    pub(super) max_risks: Option<Level>,
    /// Read bounds from this file instead of the nearest jettison.toml or .dive-ci
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
pub(super) struct PlaceGroup {
    /// Which image of a multi-platform one
    #[arg(long, value_name = "OS/ARCH")]
    pub(super) platform: Option<String>,
    /// Read every layer, and keep no index
    #[arg(long)]
    pub(super) no_index_cache: bool,
    /// Where temporary files go
    #[arg(long, value_name = "DIR")]
    pub(super) work_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) places: PlaceArgs,
}

fn format(name: &str) -> Result<Format, String> {
    Format::parse(name)
        .ok_or_else(|| format!("use one of: {}", Format::names().collect::<Vec<_>>().join(", ")))
}

fn sbom_format(word: &str) -> Result<sbom::Format, String> {
    word.parse().map_err(|error: sbom::UnknownFormat| error.to_string())
}

fn purpose(word: &str) -> Result<Purpose, String> {
    match word {
        "runtime" => Ok(Purpose::Runtime),
        "toolbox" => Ok(Purpose::Toolbox),
        _ => Err("use runtime or toolbox".to_owned()),
    }
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).map_err(|error| error.to_string())
}

fn amount(text: &str) -> Result<Amount, String> {
    text.parse().map_err(|error: jettison_analyze::budget::AmountError| error.to_string())
}

fn level(name: &str) -> Result<Level, String> {
    Level::parse(name).ok_or_else(|| "use info, low, medium or high".to_owned())
}
