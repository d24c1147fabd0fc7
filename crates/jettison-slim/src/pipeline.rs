//! The stages in their order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jettison_image::{HealthCheck, Reference, RuntimeConfig};
use jettison_keep::KeepSet;
use jettison_probe::{Comparison, FastCgi, HealthTest, Plan};
use jettison_record::View;
use jettison_restore::FatSide;
use jettison_rootfs::{
    Limits, PathId, Tree,
    evidence::{Evidence, Phase, Seen, Touches},
};
use jettison_sandbox::{HostReport, TierReport};
use jettison_transport::Image;

use crate::{
    Error, Profile, beside, bill,
    decision::{self, Basis},
    evidence_file, facts, failed,
    layers::SlimLayers,
    output,
    process::Process,
    publish::Published,
    report::{ImageFacts, ProcessFact, Report, RestFacts, RunFacts, SCHEMA, Verdict, Warning},
    request::{ContinueAfter, Event, Events, OnFailure, Request, RunOptions},
    rest, reversed,
    run::{Drill, HOSTNAME, Run, RunError, Stage},
    signal, source_tree,
    stages::Stages,
    verify::{self, Witnesses},
};

/// How often misses are added and the image is tried again. Each round adds at least one file, and real images need one
/// or two; an image that goes on missing files behaves differently each time, which the verdict then says.
const ROUNDS: usize = 6;

/// What came of a request.
#[derive(Debug)]
pub struct Outcome {
    /// Everything that is known.
    pub report: Report,
    /// System calls that the slim image needs.
    pub seccomp: Profile,
    /// The Dockerfile that the fat image seems to come from.
    pub dockerfile: String,
    /// Everything that was seen, with what earlier runs told: the file that `--evidence-in` takes.
    pub evidence: Vec<u8>,
    /// The bill of materials, where one was asked for.
    pub bill: Option<Vec<u8>>,
    /// Destinations with the notes of their writers: a format that some engine does not load.
    pub notes: Vec<String>,
}

/// Makes a smaller image of `request.source` and proves that it still works.
pub fn slim(request: &Request, events: Events<'_>) -> Result<Outcome, Error> {
    let mut stages = Stages::new();
    events(Event::Opening(request.source.to_string()));
    let image = jettison_transport::open(&request.source, &request.open)?;
    check_platform(&image)?;
    stages.end("open and verify digests");
    events(Event::Indexing(image.layers.len()));
    let tree = Arc::new(source_tree::build(&image, &Limits::DEFAULT)?);
    stages.end("index");

    let mut config = image.config.config.clone();
    request.overrides.apply(&mut config);
    let run_config = for_runs(&config, request);
    let process = Process::of(&run_config, &tree, HOSTNAME)?;
    let others: Vec<Process> = request
        .exercise
        .others
        .iter()
        .map(|words| process.with_argv(with_entrypoint(&run_config, words)))
        .collect();
    let host = tier(request)?;
    let tier = host.tier;
    let run = RunOptions {
        writes_to_disk: request.run.writes_to_disk || host.needs_scratch,
        ..request.run.clone()
    };
    let published = Published::bind(&request.run.publish, tier)?;
    let besides = beside::open(request, events)?;
    if !besides.is_empty() {
        stages.end("open what runs beside");
    }
    let mut env = request.surroundings.setup.env.clone();
    env.extend(request.run.env.clone());
    let stage = Stage {
        process: &process,
        volumes: &config.volumes,
        exposed: &run_config.exposed_ports,
        stop_signal: signal::number(config.stop_signal.as_deref())?,
        tier,
        options: &run,
        env: &env,
        surroundings: &request.surroundings,
        besides: &besides,
        others: &others,
        outside: &request.exercise.outside,
        published: &published,
    };
    let mut contract = decision::contract(&run_config, &process, &request.exercise);
    contract.commands.extend(others.iter().map(|process| process.argv.clone()));
    let own: Vec<String> =
        [&config.entrypoint, &config.cmd].into_iter().flatten().flatten().cloned().collect();
    if own != process.argv && !own.is_empty() {
        contract.commands.push(own);
    }
    let basis = Basis::new(&tree, &image.config, contract, &request.keep, &request.selection);
    let plan = plan(request, &run_config);
    let work = Work { request, image: &image, tree: &tree, stage, basis, plan };
    work.carry_out(config.clone(), stages, events)
}

/// The configuration with what changes for the runs alone.
fn for_runs(config: &RuntimeConfig, request: &Request) -> RuntimeConfig {
    let setup = &request.surroundings.setup;
    let mut config = config.clone();
    setup.overrides.apply(&mut config);
    if setup.health.is_some() {
        config.healthcheck.clone_from(&setup.health);
    }
    config
}

/// What `docker run IMAGE WORDS` would start.
fn with_entrypoint(config: &RuntimeConfig, words: &[String]) -> Vec<String> {
    config.entrypoint.iter().flatten().chain(words).cloned().collect()
}

/// One slimming under way.
struct Work<'a> {
    request: &'a Request,
    image: &'a Image,
    tree: &'a Arc<Tree>,
    stage: Stage<'a>,
    basis: Basis<'a>,
    plan: Plan,
}

/// What is known so far.
struct Known {
    fat: Run,
    evidence: Evidence,
    keep: KeepSet,
    added: BTreeSet<PathId>,
    syscalls: BTreeMap<String, u64>,
    processes: BTreeSet<ProcessFact>,
}

/// What was written.
struct Saved {
    facts: ImageFacts,
    written: Vec<String>,
    rest: Option<RestFacts>,
    notes: Vec<String>,
}

/// A slim image that was tried.
struct Trial {
    layers: SlimLayers,
    comparison: Comparison,
    missed: BTreeSet<PathId>,
}

impl Work<'_> {
    fn carry_out(
        &self,
        config: RuntimeConfig,
        mut stages: Stages,
        events: Events<'_>,
    ) -> Result<Outcome, Error> {
        let mut known = self.learn(&mut stages, events)?;
        self.settle(&mut known, &mut stages, events)?;
        let trial = self.try_slim(&mut known, &mut stages, events)?;

        let saved = self.save(config, &trial, events)?;
        stages.end("save");
        Ok(self.outcome(known, &trial, saved, stages))
    }

    /// Writes the image to its destinations if it is proven, or if it is wanted all the same.
    fn save(
        &self,
        config: RuntimeConfig,
        trial: &Trial,
        events: Events<'_>,
    ) -> Result<Saved, Error> {
        let tags = self.tags();
        let image = output::image(self.request, self.image, config, &trial.layers, &tags);
        let mut saved = Saved {
            facts: ImageFacts {
                name: tags.first().map(ToString::to_string).unwrap_or_default(),
                tags: tags.iter().map(Reference::familiar).collect(),
                image_id: output::image_id(&image),
                manifest_digest: None,
                bytes: trial.layers.bytes(),
                stored_bytes: trial.layers.stored_bytes(),
                files: facts::file_count(trial.layers.tree()),
                layers: trial.layers.count() as u64,
            },
            written: Vec::new(),
            rest: None,
            notes: Vec::new(),
        };
        if !trial.comparison.is_equal() && self.request.on_failure == OnFailure::Discard {
            return Ok(saved);
        }
        for destination in &self.request.destinations {
            events(Event::Saving(destination.to_string()));
            let done = jettison_transport::write(destination, &image, &self.request.open.places)?;
            saved.facts.manifest_digest = Some(done.manifest_digest.to_string());
            saved.notes.extend(done.warnings);
            saved.written.push(destination.to_string());
        }
        if !self.request.rest.is_empty() {
            let fat = FatSide { image: self.image, layers: self.tree.layers() };
            let (facts, notes) = rest::save(self.request, fat, &image, &trial.layers, events)?;
            saved.rest = Some(facts);
            saved.notes.extend(notes);
        }
        Ok(saved)
    }

    /// The tags that were asked for, or the fat image's with `-slim`.
    fn tags(&self) -> Vec<Reference> {
        if !self.request.tags.is_empty() {
            return self.request.tags.clone();
        }
        let slim = |tag: &Reference| {
            let name = format!("{}:{}-slim", tag.repository(), tag.tag().unwrap_or("latest"));
            name.parse().ok()
        };
        self.image.tags.iter().filter_map(slim).collect()
    }

    /// Runs the fat image for the first time.
    fn learn(&self, stages: &mut Stages, events: Events<'_>) -> Result<Known, Error> {
        events(Event::RunningFat(1));
        let drill = Drill::Explore(&self.plan, self.request.exercise.then);
        let fat = self.stage.run(self.tree, &View::whole(), drill, events)?;
        if let Some(problem) = fat.transcript.problems.first() {
            return Err(Error::Probe { problem: problem.clone() });
        }
        stages.end("run the fat image");
        events(Event::Deciding);
        let mut evidence = fat.evidence.clone();
        for file in &self.request.evidence {
            let unknown = evidence_file::add(file, self.tree, &mut evidence)?;
            tracing::debug!(?file, unknown, "evidence of an earlier run");
        }
        let processes = fat.processes.clone();
        let keep = self.basis.decide(&evidence, &decision::process_names(&processes));
        stages.end("decide");
        let syscalls = fat.syscalls.clone();
        Ok(Known { fat, evidence, keep, added: BTreeSet::new(), syscalls, processes })
    }

    /// Runs what stays with dropped files as ghosts, until no ghost is touched.
    fn settle(
        &self,
        known: &mut Known,
        stages: &mut Stages,
        events: Events<'_>,
    ) -> Result<(), Error> {
        for _ in 0..ROUNDS {
            let drill = Drill::Repeat(&self.plan, &known.fat.transcript);
            let (run, touched) =
                verify::ghosts(&self.stage, self.tree, &known.keep, drill, events)?;
            known.note(&run);
            let touched = self.without_excluded(touched);
            known.evidence.merge(&run.evidence);
            stages.end("run with ghosts");
            if touched.is_empty() {
                break;
            }
            self.add(known, touched, stages, events);
        }
        Ok(())
    }

    /// Writes the layers and runs what was written, until it misses nothing and answers as the fat image.
    fn try_slim(
        &self,
        known: &mut Known,
        stages: &mut Stages,
        events: Events<'_>,
    ) -> Result<Trial, Error> {
        let mut witnesses = Witnesses::new(known.fat.transcript.clone());
        for round in 1.. {
            events(Event::Writing);
            let mut layers = SlimLayers::write(self.request, self.image, self.tree, &known.keep)?;
            stages.end("write layers");
            events(Event::RunningSlim);
            let drill = Drill::Repeat(&self.plan, &known.fat.transcript);
            // Compression does not change what runs, so both go on at the same time.
            let run = layers
                .while_compressing(|tree| self.stage.run(tree, &View::whole(), drill, events))??;
            known.note(&run);
            stages.end("run the slim image and compress");
            let missed = verify::missed(self.tree, layers.tree(), &run.evidence);
            let addable = self.without_excluded(missed.iter().copied().collect());
            if !addable.is_empty() && round < ROUNDS {
                self.add(known, addable, stages, events);
                continue;
            }
            let mut comparison = witnesses.judge(&run.transcript, |number| {
                events(Event::RunningFat(number));
                let drill = Drill::Repeat(&self.plan, &known.fat.transcript);
                self.stage.run(self.tree, &View::whole(), drill, events).map(|run| run.transcript)
            })?;
            if !comparison.is_equal() {
                // Compression took its processor time: a second that passed meanwhile is no difference of the image's.
                events(Event::RunningSlim);
                let drill = Drill::Repeat(&self.plan, &known.fat.transcript);
                let run = self.stage.run(layers.tree(), &View::whole(), drill, events)?;
                comparison = witnesses.compare(&run.transcript);
            }
            stages.end("compare");
            return Ok(Trial { layers, comparison, missed });
        }
        unreachable!("the loop ends by returning")
    }

    /// Adds missed names to the evidence and decides again.
    fn add(&self, known: &mut Known, missed: Vec<PathId>, stages: &mut Stages, events: Events<'_>) {
        events(Event::Deciding);
        for path in missed {
            let touches = Touches::LOOKED_UP.union(Touches::READ);
            let seen = known.evidence.of(path).unwrap_or(Seen {
                touches,
                phase: Phase::Probe,
                ..Seen::default()
            });
            known.evidence.note(path, seen);
            known.added.insert(path);
        }
        known.keep = self.basis.decide(&known.evidence, &decision::process_names(&known.processes));
        stages.end("decide");
    }

    fn without_excluded(&self, mut paths: Vec<PathId>) -> Vec<PathId> {
        paths.retain(|&path| !self.request.selection.excludes(&self.tree.path(path)));
        paths
    }

    /// What a person should know of what ran beside the image and besides its own command.
    fn exercise_warnings(&self, fat: &Run) -> Vec<Warning> {
        let warn =
            |code: &str, text: &str| Warning { code: code.to_owned(), text: text.to_owned() };
        let surroundings = &self.request.surroundings;
        let neighbours: BTreeSet<&String> =
            surroundings.warnings.iter().chain(&fat.warnings).collect();
        let commands = failed::warnings(&fat.transcript, fat.has_ended);
        neighbours
            .into_iter()
            .map(|text| warn("neighbour", text))
            .chain(commands.iter().map(|text| warn("command-failed", text)))
            .collect()
    }

    fn outcome(&self, known: Known, trial: &Trial, saved: Saved, stages: Stages) -> Outcome {
        let show = |paths: &BTreeSet<PathId>| {
            paths.iter().map(|&path| facts::show(self.tree, path)).collect()
        };
        let commands = known.processes.iter().map(|fact| program(&fact.command)).collect();
        let exposed = self.stage.exposed;
        let mut warnings =
            facts::warnings(exposed, &known.fat.listening, &known.fat.writes, &commands);
        warnings.extend(facts::ended_early(exposed, &known.fat));
        warnings.extend(image_warnings(self.image));
        warnings.extend(self.basis.warnings(&known.keep));
        warnings.extend(self.exercise_warnings(&known.fat));
        let differences = &trial.comparison.differences;
        let verdict = Verdict {
            equal: differences.is_empty(),
            summary: trial.comparison.to_string(),
            compared: trial.comparison.compared.into(),
            differences: differences.iter().map(ToString::to_string).collect(),
            added_for_misses: show(&known.added),
            missing_in_slim: show(&trial.missed),
        };
        let seccomp = Profile::new(
            &known.syscalls,
            &jettison_sandbox::hot_syscalls(),
            &self.image.config.architecture,
        );
        let bill = self
            .request
            .bill
            .map(|wanted| bill::write(wanted, &self.basis, &known.keep, &saved.facts, self.image));
        let run = RunFacts {
            tier: self.stage.tier.number(),
            command: self.stage.process.argv.clone(),
            listening: known.fat.listening.into_iter().collect(),
            exposed: exposed.iter().cloned().collect(),
            processes: known.processes.into_iter().collect(),
            syscalls: known.syscalls,
            writes: known.fat.writes,
            exit: known.fat.exit,
        };
        let report = Report {
            schema: SCHEMA,
            jettison: env!("CARGO_PKG_VERSION").to_owned(),
            source: source_facts(self.image, self.tree),
            slim: saved.facts,
            written: saved.written,
            rest: saved.rest,
            verdict,
            run,
            kept: facts::kept(self.tree, &known.keep, &known.evidence),
            dropped: facts::dropped(self.tree, &known.keep),
            rules: facts::costs(self.tree, &known.keep),
            risks: facts::risks(self.tree, &known.keep),
            warnings,
            stages: stages.finish(),
        };
        let dockerfile = reversed::dockerfile(&self.image.config, &self.image.source_name);
        let image = self.image.config_digest.to_string();
        let evidence = evidence_file::to_json(self.tree, &known.evidence, &image);
        Outcome { report, seccomp, dockerfile, evidence, bill, notes: saved.notes }
    }
}

impl Known {
    /// Adds what a further run showed of calls and processes.
    fn note(&mut self, run: &Run) {
        for (name, count) in &run.syscalls {
            *self.syscalls.entry(name.clone()).or_default() += count;
        }
        self.processes.extend(run.processes.iter().cloned());
    }
}

fn program(command: &str) -> String {
    let word = command.split_whitespace().next().unwrap_or_default();
    word.rsplit('/').next().unwrap_or(word).trim_end_matches(':').to_owned()
}

fn plan(request: &Request, config: &RuntimeConfig) -> Plan {
    let mut plan = Plan {
        http: request.exercise.http.clone(),
        exec: request.exercise.exec.clone(),
        ..Plan::default()
    };
    let http = &plan.http;
    let is_asked = !http.commands.is_empty() || !http.ports.is_empty() || !http.apis.is_empty();
    let workdir = config.working_dir.as_str();
    let root = if workdir.starts_with('/') { workdir } else { "/" };
    plan.http.fastcgi.get_or_insert_with(|| FastCgi::new(root));
    plan.http.off |= request.exercise.then == ContinueAfter::Exec && !is_asked;
    plan.health =
        config.healthcheck.as_ref().and_then(|check| health(check, config.shell.as_deref()));
    plan
}

/// The health check as the probes know it. One that Docker would not understand is none.
pub(crate) fn health(
    check: &HealthCheck,
    shell: Option<&[String]>,
) -> Option<jettison_probe::HealthCheck> {
    let test = HealthTest::parse(&check.test, shell.unwrap_or_default()).ok()?;
    let time = |time: Option<Duration>| time.unwrap_or_default();
    Some(jettison_probe::HealthCheck {
        test,
        interval: time(check.interval),
        timeout: time(check.timeout),
        start_period: time(check.start_period),
        retries: check.retries.map_or(0, |retries| u32::try_from(retries).unwrap_or(u32::MAX)),
    })
}

/// The tier that was asked for, whether or not it works: its own error tells more. The best one that works otherwise.
fn tier(request: &Request) -> Result<TierReport, Error> {
    let (helper, disk) = (&request.run.helper, &request.run.work_dir);
    if let Some(tier) = request.run.tier {
        return Ok(TierReport::inspect(tier, helper, disk).map_err(RunError::from)?);
    }
    if let Some(report) = HostReport::first_working(helper, disk).map_err(RunError::from)? {
        return Ok(report);
    }
    let host = HostReport::inspect(helper, disk).map_err(RunError::from)?;
    let problems = host.tiers.iter().filter_map(|report| {
        report.problem.as_ref().map(|problem| format!("tier {}: {problem}", report.tier.number()))
    });
    Err(Error::Host { missing: problems.collect::<Vec<_>>().join("; ") })
}

/// The image must be for this kind of machine: its program is going to be run.
pub(crate) fn check_platform(image: &Image) -> Result<(), Error> {
    let machine = jettison_image::Platform::host();
    let platform = image.config.platform();
    let is_same = (platform.os.is_empty() || platform.os == machine.os)
        && (platform.architecture.is_empty() || platform.architecture == machine.architecture);
    if is_same {
        return Ok(());
    }
    Err(Error::Platform { image: platform.to_string(), machine: machine.to_string() })
}

fn source_facts(image: &Image, tree: &Tree) -> ImageFacts {
    let bytes = image.layers.iter().map(|layer| layer.tar.len()).sum();
    let stored = image.layers.iter().map(|layer| {
        layer.blob.as_ref().map_or_else(|| layer.tar.len(), |blob| blob.content.len())
    });
    ImageFacts {
        name: image.source_name.clone(),
        tags: image.tags.iter().map(Reference::familiar).collect(),
        image_id: image.config_digest.to_string(),
        manifest_digest: None,
        bytes,
        stored_bytes: stored.sum(),
        files: facts::file_count(tree),
        layers: image.layers.len() as u64,
    }
}

fn image_warnings(image: &Image) -> Vec<Warning> {
    let warn = |text: &String| Warning { code: "source".to_owned(), text: text.clone() };
    image.warnings.iter().map(warn).collect()
}
