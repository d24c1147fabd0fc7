//! From evidence to keep-set: what the image promises, put in the words of the rules.

use std::collections::BTreeMap;

use jettison_image::{ImageConfig, RuntimeConfig};
use jettison_keep::{
    Contract, Facts, KeepSet, LayerOrigin, Options, Scene, Selection, Whole, decide,
};
use jettison_probe::HealthTest;
use jettison_rootfs::{Tree, evidence::Evidence};

use crate::{
    origins,
    process::Process,
    report::{ProcessFact, Warning},
    request::Exercise,
};

/// Everything a decision needs that does not change between decisions.
#[derive(Debug)]
pub(crate) struct Basis<'a> {
    pub(crate) tree: &'a Tree,
    contract: Contract,
    origins: Vec<LayerOrigin>,
    options: &'a Options,
    selection: &'a Selection,
    /// Derived from the tree once, for every decision about it.
    pub(crate) facts: Facts,
}

impl<'a> Basis<'a> {
    pub(crate) fn new(
        tree: &'a Tree,
        source: &ImageConfig,
        contract: Contract,
        options: &'a Options,
        selection: &'a Selection,
    ) -> Self {
        Self {
            tree,
            contract,
            origins: origins::of(source),
            options,
            selection,
            facts: Facts::default(),
        }
    }

    /// Decides what stays, given what was seen until now.
    pub(crate) fn decide(&self, evidence: &Evidence, processes: &BTreeMap<u32, String>) -> KeepSet {
        let scene = self.scene(evidence, processes);
        decide(&scene, self.options)
    }

    /// What a person should know of what was decided: names that the image does not have, a database that lists too much.
    pub(crate) fn warnings(&self, keep: &KeepSet) -> Vec<Warning> {
        let (evidence, processes) = (Evidence::default(), BTreeMap::new());
        let scene = self.scene(&evidence, &processes);
        let warn = |code: &str, text: String| Warning { code: code.to_owned(), text };
        let idle = self.selection.idle(&scene).into_iter().map(|(option, name)| {
            warn("not-in-image", format!("{option} {name}: the image has no such thing"))
        });
        let whole = keep.whole.iter().map(|Whole { listed, left, because, .. }| {
            let text = format!(
                "rpm's database stays whole ({because}) and lists {listed} packages; of {left} of them something is left, which --sbom lists"
            );
            warn("rpm-database-whole", text)
        });
        idle.chain(whole).collect()
    }

    fn scene<'s>(
        &'s self,
        evidence: &'s Evidence,
        processes: &'s BTreeMap<u32, String>,
    ) -> Scene<'s> {
        Scene {
            tree: self.tree,
            evidence,
            contract: &self.contract,
            origins: &self.origins,
            processes,
            selection: self.selection,
            facts: &self.facts,
        }
    }
}

/// What the configuration promises.
pub(crate) fn contract(config: &RuntimeConfig, process: &Process, exercise: &Exercise) -> Contract {
    let mut commands = vec![process.argv.clone()];
    let shell = config.shell.as_deref().unwrap_or_default();
    let check =
        config.healthcheck.as_ref().and_then(|check| HealthTest::parse(&check.test, shell).ok());
    if let Some(HealthTest::Exec(command)) = check {
        commands.push(command.argv);
    }
    commands.extend(exercise.exec.iter().map(|command| command.argv.clone()));
    let pair = |pair: &String| {
        pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    Contract {
        commands,
        env: process.env.iter().filter_map(pair).collect(),
        workdir: Some(process.cwd.clone()).filter(|cwd| cwd != "/"),
        volumes: config.volumes.iter().cloned().collect(),
        uid: process.account.uid,
        gid: process.account.gid,
    }
}

/// Short names of processes by their number, for reasons: the program's file name.
pub(crate) fn process_names<'a>(
    facts: impl IntoIterator<Item = &'a ProcessFact>,
) -> BTreeMap<u32, String> {
    let short = |command: &str| {
        let program = command.split_whitespace().next().unwrap_or_default();
        program.rsplit('/').next().unwrap_or(program).trim_end_matches(':').to_owned()
    };
    facts
        .into_iter()
        .map(|fact| (fact.pid, short(&fact.command)))
        .filter(|(_, name)| !name.is_empty())
        .collect()
}
