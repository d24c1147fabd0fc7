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

/// And while nothing but words of answers differ: an error page with a phrase that is drawn by lot out of seven is the same
/// in three runs once in fifty times, and there are several such pages.
const FAT_RUNS_FOR_WORDS: usize = 8;

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
            let most = if comparison.is_in_words_alone() { FAT_RUNS_FOR_WORDS } else { FAT_RUNS };
            if comparison.is_equal() || self.fat.len() >= most {
                return Ok(comparison);
            }
            let number = u32::try_from(self.fat.len() + 1).expect("a few at most");
            self.fat.push(again(number)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use jettison_probe::{Command, CommandOutcome, CommandRecord, Exit};

    use super::*;

    fn run(code: i32, words: &str) -> Transcript {
        let outcome = CommandOutcome {
            exit: Exit::Code(code),
            stdout: words.as_bytes().to_vec(),
            stderr: Vec::new(),
            elapsed: std::time::Duration::ZERO,
        };
        let record = CommandRecord::new(Command::new(["fortune"]), &outcome);
        Transcript { commands: vec![record], ..Transcript::default() }
    }

    /// Runs of the fat image that were made to judge, and whether the slim one was found equal.
    fn judged(slim: &Transcript, fat: impl Fn(u32) -> Transcript) -> (u32, bool) {
        let mut runs = 1;
        let comparison = Witnesses::new(fat(1)).judge(slim, |number| {
            runs = number;
            Ok(fat(number))
        });
        (runs, comparison.expect("no run fails").is_equal())
    }

    #[test]
    fn words_drawn_by_lot_are_learned_from_more_runs() {
        let rare = |number| run(0, if number < 6 { "keep looking" } else { "fair winds" });
        assert_eq!(judged(&run(0, "keep looking"), rare), (1, true));
        assert_eq!(judged(&run(0, "at sea"), rare), (6, true));
        assert_eq!(judged(&run(0, "at sea"), |_| run(0, "keep looking")), (8, false));
    }

    #[test]
    fn a_failure_is_believed_sooner() {
        assert_eq!(judged(&run(1, "at sea"), |_| run(0, "keep looking")), (3, false));
    }
}
