//! Asks the rules until none wants more.

use std::collections::{BTreeSet, VecDeque};

use jettison_rootfs::{Kind, PathId};

use crate::{
    KeepSet, Level, Reason, Risk, Rule, Scene, Wants, packages,
    rule::Want,
    rules::{self, DIRECTORY, EXCLUDED, LINK},
};

/// What the user chose.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which rules apply.
    pub level: Level,
    /// Rules that are switched off, by name.
    pub without: Vec<String>,
}

/// Decides which names stay.
///
/// Rules that are switched off are asked all the same, in a second decision: what only they would have kept is the
/// result's `risks`.
pub fn decide(scene: &Scene<'_>, options: &Options) -> KeepSet {
    let is_off = |rule: &dyn Rule| options.without.iter().any(|name| name == rule.name());
    let applied: Vec<&dyn Rule> =
        rules::all().into_iter().filter(|rule| rule.level() <= options.level).collect();
    let active: Vec<&dyn Rule> = applied.iter().copied().filter(|rule| !is_off(*rule)).collect();
    let mut keep = Decision::new(scene, &active).run();
    if active.len() < applied.len() {
        let full = Decision::new(scene, &applied).run();
        let lost: Vec<Risk> = full
            .iter()
            .filter(|(path, _)| !keep.contains(*path))
            .map(|(path, reason)| Risk { path, reason: reason.clone() })
            .collect();
        keep.risks.extend(lost);
    }
    trim_databases(scene, &mut keep);
    keep
}

/// Gives databases their new bytes, and takes out what only the old ones need.
fn trim_databases(scene: &Scene<'_>, keep: &mut KeepSet) {
    let databases = packages::databases(scene, keep);
    for database in databases.trimmed {
        for path in database.spent {
            keep.remove(path);
        }
        // An index that the user excluded stays away; rpm makes a new one.
        let kept = database.rewrites.into_iter().filter(|(path, _)| keep.contains(*path));
        keep.rewrites.extend(kept.collect::<Vec<_>>());
    }
    keep.whole = databases.whole;
}

/// One decision in the making.
struct Decision<'a> {
    scene: &'a Scene<'a>,
    rules: &'a [&'a dyn Rule],
    keep: KeepSet,
    fresh: VecDeque<PathId>,
}

impl<'a> Decision<'a> {
    fn new(scene: &'a Scene<'a>, rules: &'a [&'a dyn Rule]) -> Self {
        Self { scene, rules, keep: KeepSet::default(), fresh: VecDeque::new() }
    }

    fn run(mut self) -> KeepSet {
        self.add(
            DIRECTORY,
            Want { path: self.scene.tree.root(), because: "the root".to_owned(), by: None },
        );
        for rule in self.rules {
            self.ask(*rule, |rule, scene, _, wants| rule.begin(scene, wants));
            self.drain();
        }
        loop {
            let before = self.keep.len();
            for rule in self.rules {
                self.ask(*rule, |rule, scene, keep, wants| rule.settled(scene, keep, wants));
                self.drain();
            }
            if self.keep.len() == before {
                break;
            }
        }
        self.exclude();
        self.keep
    }

    /// Tells every rule of each newly kept name, until there is none.
    fn drain(&mut self) {
        while let Some(path) = self.fresh.pop_front() {
            for rule in self.rules {
                self.ask(*rule, |rule, scene, _, wants| rule.kept(scene, path, wants));
            }
        }
    }

    fn ask(
        &mut self,
        rule: &dyn Rule,
        question: impl Fn(&dyn Rule, &Scene<'_>, &KeepSet, &mut Wants),
    ) {
        let mut wants = Wants::default();
        question(rule, self.scene, &self.keep, &mut wants);
        // All wants first, what their links lead to afterwards: a name that was wanted for itself keeps that reason.
        let wanted: Vec<PathId> = wants.list.iter().map(|want| want.path).collect();
        for want in wants.list {
            self.add(rule.name(), want);
        }
        for path in wanted {
            self.follow(path);
        }
    }

    /// Keeps a name with the directories that lead to it and, for a link, what it links to.
    fn add(&mut self, rule: &'static str, want: Want) {
        let tree = self.scene.tree;
        if !self.keep.add(want.path, Reason { rule, because: want.because, by: want.by }) {
            return;
        }
        self.fresh.push_back(want.path);
        let mut child = want.path;
        while child != tree.root() {
            let parent = tree.parent(child);
            let reason =
                Reason { rule: DIRECTORY, because: "the directory of".to_owned(), by: Some(child) };
            if !self.keep.add(parent, reason) {
                break;
            }
            self.fresh.push_back(parent);
            child = parent;
        }
    }

    fn follow(&mut self, link: PathId) {
        let tree = self.scene.tree;
        if tree.inode(link).kind != Kind::Symlink {
            return;
        }
        let Some(resolved) = tree.resolve(&tree.path(link)) else { return };
        for path in resolved.links.into_iter().chain([resolved.path]) {
            let want = Want { path, because: "what it links to:".to_owned(), by: Some(link) };
            self.add(LINK, want);
        }
    }

    /// Takes out what the user excluded. Directories stay while something below them does.
    fn exclude(&mut self) {
        let excluded: BTreeSet<PathId> = self
            .keep
            .iter()
            .filter(|(path, reason)| reason.rule != rules::INCLUDED && self.is_excluded(*path))
            .map(|(path, _)| path)
            .collect();
        let mut needed = vec![false; self.scene.tree.len()];
        for (path, _) in self.keep.iter().filter(|(path, _)| !excluded.contains(path)) {
            let mut at = path;
            while !std::mem::replace(&mut needed[at.index()], true) && at != self.scene.tree.root()
            {
                at = self.scene.tree.parent(at);
            }
        }
        for path in excluded.into_iter().filter(|path| !needed[path.index()]) {
            if let Some(reason) = self.keep.reason(path).cloned() {
                self.keep.risks.push(Risk { path, reason: Reason { rule: EXCLUDED, ..reason } });
            }
            self.keep.remove(path);
        }
    }

    fn is_excluded(&self, path: PathId) -> bool {
        self.scene.selection.excludes(&self.scene.tree.path(path))
    }
}
