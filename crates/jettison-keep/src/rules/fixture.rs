//! A small stage for the tests of rules: a tree, what was touched, and what the image promises.

use std::{collections::BTreeMap, time::Duration};

use jettison_rootfs::{
    Kind, PathId, Tree,
    evidence::{Evidence, Phase, Seen, Touches},
    fixture::TreeBuilder,
};

use super::necessity;
use crate::{Contract, Facts, KeepSet, LayerOrigin, Level, Options, Scene, Selection, decide};

pub(crate) struct Stage {
    tree: Tree,
    evidence: Evidence,
    contract: Contract,
    includes: Vec<String>,
    excludes: Vec<String>,
    binaries: Vec<String>,
    shell: bool,
    facts: Facts,
    pub(crate) origins: Vec<LayerOrigin>,
    pub(crate) options: Options,
}

impl Stage {
    /// A stage at the smallest level, so that a rule of a higher one is seen to work only when it is asked for. Without
    /// the application rule, which would keep most of what a fixture has for other rules to keep.
    pub(crate) fn new(build: impl FnOnce(TreeBuilder) -> TreeBuilder) -> Self {
        Self {
            tree: build(TreeBuilder::new()).build(),
            evidence: Evidence::default(),
            contract: Contract { uid: u32::MAX, ..Contract::default() },
            includes: Vec::new(),
            excludes: Vec::new(),
            binaries: Vec::new(),
            shell: false,
            facts: Facts::default(),
            origins: Vec::new(),
            options: Options { level: Level::Minimal, without: vec!["application".to_owned()] },
        }
    }

    fn touched(mut self, path: &str, touches: Touches) -> Self {
        let path = self
            .tree
            .find(path.as_bytes())
            .unwrap_or_else(|| panic!("{path} is not in the fixture"));
        let at = Duration::from_millis(5);
        self.evidence
            .note(path, Seen { touches, phase: Phase::Start, at, pid: 1, ..Seen::default() });
        self
    }

    pub(crate) fn read(self, path: &str) -> Self {
        self.touched(path, Touches::READ.union(Touches::LOOKED_UP))
    }

    pub(crate) fn looked_up(self, path: &str) -> Self {
        self.touched(path, Touches::LOOKED_UP)
    }

    pub(crate) fn listed(self, path: &str) -> Self {
        self.touched(path, Touches::LISTED.union(Touches::LOOKED_UP))
    }

    pub(crate) fn command(mut self, words: &[&str]) -> Self {
        self.contract.commands.push(words.iter().map(|&word| word.to_owned()).collect());
        self
    }

    pub(crate) fn user(mut self, uid: u32) -> Self {
        self.contract.uid = uid;
        self
    }

    pub(crate) fn volume(mut self, path: &str) -> Self {
        self.contract.volumes.push(path.to_owned());
        self
    }

    pub(crate) fn workdir(mut self, path: &str) -> Self {
        self.contract.workdir = Some(path.to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.contract.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn level(mut self, level: Level) -> Self {
        self.options.level = level;
        self
    }

    pub(crate) fn include(mut self, pattern: &str) -> Self {
        self.includes.push(pattern.to_owned());
        self
    }

    pub(crate) fn include_bin(mut self, word: &str) -> Self {
        self.binaries.push(word.to_owned());
        self
    }

    pub(crate) fn include_shell(mut self) -> Self {
        self.shell = true;
        self
    }

    pub(crate) fn exclude(mut self, pattern: &str) -> Self {
        self.excludes.push(pattern.to_owned());
        self
    }

    fn decided(&self) -> KeepSet {
        let mut options = self.options.clone();
        options.without.extend(necessity::switched_off());
        self.with_scene(|scene| decide(scene, &options))
    }

    fn with_scene<T>(&self, act: impl FnOnce(&Scene<'_>) -> T) -> T {
        let mut selection =
            Selection::new(&self.includes, &self.excludes).expect("the patterns are good");
        selection.binaries.clone_from(&self.binaries);
        selection.shell = self.shell;
        act(&Scene {
            tree: &self.tree,
            evidence: &self.evidence,
            contract: &self.contract,
            origins: &self.origins,
            processes: &BTreeMap::new(),
            selection: &selection,
            facts: &self.facts,
        })
    }

    fn shown(&self, paths: impl Iterator<Item = PathId>) -> Vec<String> {
        let mut shown: Vec<_> =
            paths.map(|path| String::from_utf8_lossy(&self.tree.path(path)).into_owned()).collect();
        shown.sort();
        shown
    }

    /// Every kept path, sorted.
    pub(crate) fn kept(&self) -> Vec<String> {
        self.shown(self.decided().iter().map(|(path, _)| path))
    }

    /// The kept paths that are not directories, sorted.
    pub(crate) fn kept_files(&self) -> Vec<String> {
        let keep = self.decided();
        let files = keep.iter().map(|(path, _)| path);
        self.shown(files.filter(|&path| self.tree.inode(path).kind != Kind::Directory))
    }

    /// The new bytes of a kept file, where it gets some.
    pub(crate) fn rewritten(&self, path: &str) -> Option<Vec<u8>> {
        self.decided().rewrites.get(&self.tree.find(path.as_bytes())?).cloned()
    }

    /// Databases that stay whole: how many packages they list, of how many something is left, and why they stay.
    pub(crate) fn whole(&self) -> Vec<(usize, usize, String)> {
        let whole = self.decided().whole.into_iter();
        whole.map(|whole| (whole.listed, whole.left, whole.because)).collect()
    }

    /// Options that name what the image does not have.
    pub(crate) fn idle(&self) -> Vec<String> {
        let show = |(option, name): (&str, &str)| format!("{option} {name}");
        self.with_scene(|scene| scene.selection.idle(scene).into_iter().map(show).collect())
    }

    /// The paths that are told as risks, sorted.
    pub(crate) fn risks(&self) -> Vec<String> {
        self.shown(self.decided().risks.iter().map(|risk| risk.path))
    }
}

/// A 64-bit ELF file with just an interpreter and a dynamic section.
pub(crate) fn elf_file(
    interpreter: Option<&str>,
    needed: &[&str],
    runpath: Option<&str>,
) -> Vec<u8> {
    const HEADER: u64 = 64;
    const SEGMENT: u64 = 56;
    let segments = 2 + u64::from(interpreter.is_some());
    let mut strings = vec![0];
    let mut string = |text: &str| {
        let offset = strings.len() as u64;
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
        offset
    };
    let mut dynamic: Vec<(u64, u64)> = needed.iter().map(|name| (1, string(name))).collect();
    dynamic.extend(runpath.map(|path| (29, string(path))));
    let interp_at = interpreter.map(|path| (string(path), path.len() as u64 + 1));
    let strings_at = HEADER + segments * SEGMENT;
    let dynamic_at = strings_at + strings.len() as u64;
    dynamic.extend([(5, strings_at), (10, strings.len() as u64), (0, 0)]);
    let size = dynamic_at + 16 * dynamic.len() as u64;

    let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for half in [3u16, 62] {
        out.extend(half.to_le_bytes());
    }
    out.extend(1u32.to_le_bytes());
    for word in [0u64, HEADER, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend(0u32.to_le_bytes());
    for half in [64u16, 56, u16::try_from(segments).expect("three at most"), 64, 0, 0] {
        out.extend(half.to_le_bytes());
    }
    let mut segment = |kind: u32, offset: u64, length: u64| {
        out.extend(kind.to_le_bytes());
        out.extend(4u32.to_le_bytes());
        for word in [offset, offset, offset, length, length, 8] {
            out.extend(word.to_le_bytes());
        }
    };
    segment(1, 0, size);
    segment(2, dynamic_at, 16 * dynamic.len() as u64);
    if let Some((offset, length)) = interp_at {
        segment(3, strings_at + offset, length);
    }
    out.extend(&strings);
    for (tag, value) in dynamic {
        out.extend(tag.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out
}
