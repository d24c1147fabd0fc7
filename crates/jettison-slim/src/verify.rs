//! Whether the slim image answers as the fat one: ghosts first, then what was really written.

use std::{collections::BTreeSet, sync::Arc};

use jettison_keep::KeepSet;
use jettison_probe::{Comparison, Transcript, compare};
use jettison_record::{Ghosts, View};
use jettison_rootfs::{PathId, Tree, evidence::Evidence};

use crate::{
    request::{Event, Events},
    run::{Drill, Run, RunError, Stage},
};

/// Further runs of the fat image that may be made to learn what varies: a value that changes each second may by chance be
/// the same twice.
const FAT_RUNS: usize = 3;

/// Runs what stays with dropped files as ghosts and returns the touched ghosts.
pub(crate) fn ghosts(
    stage: &Stage<'_>,
    tree: &Arc<Tree>,
    keep: &KeepSet,
    drill: Drill<'_>,
    events: Events<'_>,
) -> Result<(Run, Vec<PathId>), RunError> {
    events(Event::RunningGhosts);
    let view = View::kept(tree, |path| keep.contains(path), Ghosts::Answer);
    let run = stage.run(tree, &view, drill, events)?;
    let touched =
        run.evidence.iter().map(|(path, _)| path).filter(|&path| !keep.contains(path)).collect();
    Ok((run, touched))
}

/// Dropped paths of the fat tree that a run over the slim tree asked for.
pub(crate) fn missed(fat: &Tree, slim: &Tree, evidence: &Evidence) -> BTreeSet<PathId> {
    let in_fat = evidence.missing().filter_map(|(path, _)| fat.find(path));
    in_fat.filter(|&path| slim.find(&fat.path(path)).is_none()).collect()
}

/// The transcripts of the fat image and what they teach.
#[derive(Debug)]
pub(crate) struct Witnesses {
    fat: Vec<Transcript>,
}

impl Witnesses {
    /// Begins with the first run.
    pub(crate) fn new(first: Transcript) -> Self {
        Self { fat: vec![first] }
    }

    /// Compares with what is known of the fat image.
    pub(crate) fn compare(&self, slim: &Transcript) -> Comparison {
        compare(&self.fat, slim)
    }

    /// Compares, and runs the fat image again while a difference may be one that two fat runs have too.
    pub(crate) fn judge(
        &mut self,
        slim: &Transcript,
        mut again: impl FnMut(u32) -> Result<Transcript, RunError>,
    ) -> Result<Comparison, RunError> {
        loop {
            let comparison = self.compare(slim);
            if comparison.differences.is_empty() || self.fat.len() >= FAT_RUNS {
                return Ok(comparison);
            }
            let number = u32::try_from(self.fat.len() + 1).expect("three at most");
            self.fat.push(again(number)?);
        }
    }
}
