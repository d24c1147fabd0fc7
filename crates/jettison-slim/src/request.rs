//! What a caller asks for.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use jettison_image::Reference;
use jettison_keep::{Options as KeepOptions, Selection};
use jettison_packages::sbom;
use jettison_probe::{Command, HttpPlan};
use jettison_sandbox::{Helper, Mount, Tier};
use jettison_transport::{Compression, Destination, OpenOptions, Source};

use crate::{neighbour::Surroundings, process::Overrides, publish::Publish};

/// One slimming.
#[derive(Debug)]
pub struct Request {
    /// The fat image.
    pub source: Source,
    /// How it is opened.
    pub open: OpenOptions,
    /// Where the slim image goes; nowhere is allowed: the result is then only the report.
    pub destinations: Vec<Destination>,
    /// Where what is dropped goes, as an image of its own; nowhere is allowed.
    pub rest: Vec<Destination>,
    /// Tags of the slim image.
    pub tags: Vec<Reference>,
    /// Compression of written layers.
    pub compression: Compression,
    /// Whether layers stay layers.
    pub layering: Layering,
    /// Changes of the configuration.
    pub overrides: Overrides,
    /// Level and switched-off rules.
    pub keep: KeepOptions,
    /// Paths kept and dropped by name.
    pub selection: Selection,
    /// How the image is exercised.
    pub exercise: Exercise,
    /// How it is run.
    pub run: RunOptions,
    /// What runs beside it, and what it gets for its runs because of that.
    pub surroundings: Surroundings,
    /// Files with evidence of earlier runs.
    pub evidence: Vec<PathBuf>,
    /// The bill of materials that is wanted, if one is.
    pub bill: Option<Bill>,
    /// What happens to an image that is not proven.
    pub on_failure: OnFailure,
}

/// A bill of materials of the slim image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Its form.
    pub format: sbom::Format,
    /// Seconds since 1970 to write as its time instead of the image's: `SOURCE_DATE_EPOCH`.
    pub epoch: Option<i64>,
}

/// What becomes of the layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layering {
    /// Each is filtered; unchanged ones keep their digest, empty ones go.
    #[default]
    Keep,
    /// One layer holds everything.
    Flatten,
}

/// What happens to an image that does not answer as the fat one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It is not written.
    #[default]
    Discard,
    /// It is written all the same, for a person to look into.
    Keep,
}

/// How an image is exercised once it is ready.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// HTTP probes.
    pub http: HttpPlan,
    /// Commands that are run in the container.
    pub exec: Vec<Command>,
    /// Arguments of further runs, as `docker run IMAGE ARGUMENTS` takes them: each in a container of its own.
    pub others: Vec<Vec<String>>,
    /// Shell lines that are run on this machine against the published ports; each must succeed in every run.
    pub outside: Vec<String>,
    /// What happens after the probes, before the image is stopped.
    pub then: ContinueAfter,
}

/// What is waited for after the probes of the first run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContinueAfter {
    /// Nothing: the probes are all.
    #[default]
    Probe,
    /// The commands of `--exec`; HTTP probes are left out unless they were asked for.
    Exec,
    /// A person, who presses Enter.
    Enter,
    /// The clock.
    Elapsed(Duration),
    /// SIGUSR1.
    Signal,
}

/// How an image is run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How the sandbox starts its agent.
    pub helper: Helper,
    /// How a process is started that removes an unpacked copy when this one is killed ([`crate::sweep`]); the directory is
    /// added to its arguments.
    pub sweeper: Helper,
    /// The tier to use; the best one that works here otherwise.
    pub tier: Option<Tier>,
    /// How long the program may take until it listens or ends.
    pub start_timeout: Duration,
    /// How long it may take to end after its stop signal. Docker's default is ten seconds.
    pub stop_grace: Duration,
    /// Directories of the host that the program sees.
    pub mounts: Vec<Mount>,
    /// Environment for the run alone: it does not get into the image.
    pub env: BTreeMap<String, String>,
    /// Ports of this machine that lead into the container.
    pub publish: Vec<Publish>,
    /// A directory for what must be on disk: unpacked copies, spooled layers.
    pub work_dir: PathBuf,
    /// Whether what the program writes goes there as well, instead of memory. Where a host needs that, it is done in any case.
    pub writes_to_disk: bool,
}

/// What is going on, for a caller that shows progress.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The source is opened.
    Opening(String),
    /// So many layers are indexed.
    Indexing(usize),
    /// The fat image runs, for the first or a further time.
    RunningFat(u32),
    /// A port is probed.
    Probing(u16),
    /// The keep-set is decided.
    Deciding,
    /// What stays runs, with dropped files as ghosts.
    RunningGhosts,
    /// Layers are written.
    Writing,
    /// The slim image runs.
    RunningSlim,
    /// What is dropped is made an image.
    WritingRest,
    /// The image is saved.
    Saving(String),
    /// A container beside the image is started and awaited.
    StartingNeighbour(String),
    /// A further command of the image runs.
    RunningOther(String),
    /// A command of the user's own runs on this machine.
    RunningOutside(String),
    /// Somebody else may use the running image now; the callee returns when it may go on.
    Waiting {
        /// What is waited for.
        then: ContinueAfter,
        /// Where a browser finds it.
        urls: Vec<String>,
    },
}

/// Receives events. Called from the thread that runs the pipeline.
pub type Events<'a> = &'a mut dyn FnMut(Event);

impl fmt::Display for ContinueAfter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probe => formatter.write_str("probe"),
            Self::Exec => formatter.write_str("exec"),
            Self::Enter => formatter.write_str("enter"),
            Self::Elapsed(time) => write!(formatter, "{}", time.as_secs()),
            Self::Signal => formatter.write_str("signal"),
        }
    }
}
