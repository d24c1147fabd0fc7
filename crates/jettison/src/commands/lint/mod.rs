//! `jettison lint`: Dockerfiles and what stands beside them.

mod bases;
mod contexts;
mod fresh;
mod look;
mod manifests;
mod mend;
mod show;
mod subjects;
mod watch;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use jettison_lint::{Format, Images, Language, Level, rule};
use jettison_transport::{OpenOptions, Places};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images, messages,
    places::StoreArg,
    registries::RegistryArgs,
    terminal::Terminal,
};
pub(crate) use bases::Bases;
pub(crate) use subjects::today;

/// Find mistakes in Dockerfiles and in the files beside them, and fix them
///
/// Looks at the named files, or at every Dockerfile below the named directories (below this one without any). Rules have
/// pages: `jettison explain JT-...`, or by another tool's name (DL3008, SC2086). Configuration comes from the nearest
/// jettison.toml or .hadolint.yaml; comments silence single findings: `# jettison ignore=ID reason`.
///
/// Exit status: 1 when something at or above --fail-on is found, or --diff prints a patch; 2 when arguments, configuration or a
/// file are not usable; 4 when something cannot be written.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Dockerfiles or directories; `-` reads one from standard input
    paths: Vec<PathBuf>,
    /// Read one Dockerfile from standard input (the same as `-`)
    #[arg(long)]
    stdin: bool,
    /// What standard input is called: its configuration and neighbours are looked for there
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
    /// Build context of the Dockerfiles; without it, the one that the configuration, a Compose or bake file, Skaffold's or a
    /// GitHub workflow says, or else the directory that holds what is copied
    #[arg(long, value_name = "DIR")]
    context: Option<PathBuf>,
    /// Kubernetes manifests, or directories of them: Java and nginx in them are looked at, too
    #[arg(long, value_name = "FILE|DIR")]
    k8s: Vec<PathBuf>,
    /// Look into base images in their registries, too: manifest, config, and layers of up to 128 MiB, which are then known by
    /// their digests. Without it only those in the local store are looked into; of others, the name says what they hold
    #[arg(long)]
    online: bool,
    /// Apply fixes that keep the meaning
    #[arg(long)]
    fix: bool,
    /// With --fix or --diff: also fixes that may change the image
    #[arg(long)]
    unsafe_fixes: bool,
    /// Print what --fix would change as a patch; change nothing
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Form of the findings: full, concise, json, sarif, github, gitlab, junit, checkstyle, rdjson
    #[arg(long, value_name = "FORMAT", default_value = "full", value_parser = clap::builder::ValueParser::new(format))]
    format: Format,
    /// Only these rules, by id or another tool's name, comma-separated
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these rules, named in the same ways
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Use this configuration instead of the nearest one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Fail from this level on: style, info, warning, error; the configuration's, or warning, without it
    #[arg(long, value_name = "LEVEL", value_parser = clap::builder::ValueParser::new(level))]
    fail_on: Option<Level>,
    /// Leave out findings that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all present findings to a file, for --baseline
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff", "statistics"])]
    write_baseline: Option<PathBuf>,
    /// Only findings in lines that differ from this git revision (HEAD without one): --only-new=origin/main
    #[arg(long, value_name = "REVISION", num_args = 0..=1, default_missing_value = "HEAD", require_equals = true)]
    only_new: Option<String>,
    /// Count findings by rule instead of showing them
    #[arg(long)]
    statistics: bool,
    /// Look again whenever a file changes, until interrupted
    #[arg(long, conflicts_with_all = ["fix", "diff", "write_baseline", "stdin"])]
    watch: bool,
    /// Language of messages: en, zh; the locale's without it
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

fn format(name: &str) -> Result<Format, String> {
    Format::parse(name)
        .ok_or_else(|| format!("use one of: {}", Format::names().collect::<Vec<_>>().join(", ")))
}

fn level(name: &str) -> Result<Level, String> {
    Level::parse(name).ok_or_else(|| "use style, info, warning or error".to_owned())
}

/// Looks, fixes, renders.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let language = language(args.lang.as_deref(), environment);
    for name in args.select.iter().chain(&args.ignore) {
        if rule(name).is_none() && !is_shellcheck_code(name) {
            return Err(Failure::new(Kind::Input, format!("there is no rule {name:?}"))
                .hint("`jettison explain --lint` lists the rules of the linter"));
        }
    }
    if args.unsafe_fixes && !args.fix && !args.diff {
        return Err(Failure::new(Kind::Input, "--unsafe-fixes alone does nothing")
            .hint("add --fix to apply the fixes, or --diff to see them"));
    }
    let bases = bases(args, environment, terminal)?;
    if args.diff || args.fix {
        return mend::run(args, &bases, language, terminal);
    }
    if args.watch {
        return watch::run(args, &bases, language, terminal);
    }
    match &args.write_baseline {
        Some(file) => show::baseline(args, file, &bases, terminal),
        None => show::findings(args, &bases, language, terminal),
    }
}

/// What looks into base images.
fn bases(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<Arc<dyn Images>, Failure> {
    let client = args.online.then(|| args.registries.client(environment, terminal)).transpose()?;
    let store = args.store.find(environment);
    Ok(local_bases(
        Places { store, registries: client, ..Places::default() },
        environment,
        terminal,
    ))
}

/// The same for images in these places.
pub(crate) fn local_bases(
    places: Places,
    environment: &Environment,
    terminal: &Terminal,
) -> Arc<dyn Images> {
    let mut open = OpenOptions::new(images::work_dir(None));
    open.places = places;
    Arc::new(Bases::new(open, environment, terminal))
}

/// Codes of ShellCheck that are not looked for may be named all the same.
fn is_shellcheck_code(name: &str) -> bool {
    let digits = name.strip_prefix("SC").or_else(|| name.strip_prefix("sc")).unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The language that was asked for, or the locale's.
pub(crate) fn language(lang: Option<&str>, environment: &Environment) -> Language {
    match (lang, environment.language) {
        (Some(lang), _) => Language::of_locale(lang),
        (None, messages::Language::Chinese) => Language::Chinese,
        (None, messages::Language::English) => Language::English,
    }
}
