//! A Dockerfile as rules see it: instructions with their stage, RUN texts as commands, bases.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use jettison_dockerfile::{
    Arguments, Command as Form, Dockerfile, Instruction, Keyword, LogicalText, Scope, Scopes,
    Stage, StageBase, scopes, stages,
};

use crate::{
    base::Base,
    image_name::ImageName,
    neighbours::Neighbours,
    settings::Settings,
    shell::{self, Command, Script, Word},
};

/// A shell that reads RUN texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShellKind {
    /// `/bin/sh`, `ash`, `dash`, `bash` and others of the family.
    Posix,
    /// `cmd`, PowerShell, or something unknown.
    Other,
}

/// An instruction with its surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    /// Its position in the file.
    pub(crate) position: usize,
    /// The stage it belongs to; none before the first FROM.
    pub(crate) stage: Option<usize>,
    /// The instruction; what ONBUILD defers, not ONBUILD itself.
    pub(crate) instruction: &'a Instruction,
    /// Whether ONBUILD defers it.
    pub(crate) is_deferred: bool,
}

/// A RUN instruction as commands.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    /// The instruction.
    pub(crate) item: Item<'a>,
    /// What the shell reads.
    pub(crate) text: LogicalText,
    /// The commands in it.
    pub(crate) script: Script,
    /// The shell that reads it.
    pub(crate) shell: ShellKind,
    /// The words of the SHELL instruction that applies; empty for the default.
    pub(crate) shell_words: Vec<String>,
    /// Whether this is an exec form.
    pub(crate) is_exec: bool,
}

impl Run<'_> {
    /// The place of `range` of the text in the file.
    pub(crate) fn span(&self, range: &Range<usize>) -> Range<usize> {
        self.text.source_range(range.clone())
    }

    /// The place of a command in the file.
    pub(crate) fn command_span(&self, command: &Command) -> Range<usize> {
        self.span(&command.range)
    }

    /// The place of a word in the file.
    pub(crate) fn word_span(&self, word: &Word) -> Range<usize> {
        self.span(&word.range)
    }

    /// Whether a cache or tmpfs mount covers `path`.
    pub(crate) fn mounts(&self, path: &str) -> bool {
        self.item.instruction.flags.iter().filter(|flag| flag.name() == "mount").any(|flag| {
            let field = |names: &[&str]| {
                flag.fields().find(|(name, _)| names.contains(name)).map(|(_, value)| value)
            };
            let kind = field(&["type"]).unwrap_or("bind");
            let target = field(&["target", "dst", "destination"]).unwrap_or_default();
            let target = target.trim_end_matches('/');
            let covers = path == target || path.starts_with(&format!("{target}/"));
            matches!(kind, "cache" | "tmpfs") && !target.is_empty() && covers
        })
    }
}

/// Everything that a rule may look at.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) file: &'a Dockerfile,
    pub(crate) stages: Vec<Stage>,
    pub(crate) scopes: Scopes,
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) runs: Vec<Run<'a>>,
    /// What each stage starts from, through other stages down to an image.
    pub(crate) bases: Vec<Base>,
    pub(crate) neighbours: &'a dyn Neighbours,
    pub(crate) settings: &'a Settings,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(
        file: &'a Dockerfile,
        neighbours: &'a dyn Neighbours,
        settings: &'a Settings,
    ) -> Self {
        let stages = stages(file);
        let scopes = scopes(file, &stages);
        let items = items(file, &stages);
        let bases = bases(file, &stages, &scopes, neighbours);
        let runs = runs(file, &stages, &items, &bases);
        Self { file, stages, scopes, items, runs, bases, neighbours, settings }
    }

    /// Instructions with `keyword`, deferred ones included.
    pub(crate) fn with(&self, keyword: Keyword) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(move |item| item.instruction.keyword == keyword)
    }

    /// Instructions of `stage`.
    pub(crate) fn in_stage(&self, stage: usize) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(move |item| item.stage == Some(stage))
    }

    /// RUN instructions that a POSIX shell reads, or that are in exec form.
    pub(crate) fn posix_runs(&self) -> impl Iterator<Item = &Run<'a>> {
        self.runs.iter().filter(|run| run.shell == ShellKind::Posix)
    }

    /// All commands of those.
    pub(crate) fn commands(&self) -> impl Iterator<Item = (&Run<'a>, &Command)> {
        self.posix_runs().flat_map(|run| run.script.commands.iter().map(move |one| (run, one)))
    }

    /// The scope of the instruction at `position`.
    pub(crate) fn scope(&self, position: usize) -> Scope<'_> {
        self.scopes.at(position)
    }

    /// `word` of the instruction at `position` with its variables' values, when all are known.
    pub(crate) fn resolve(&self, position: usize, word: &str) -> Option<String> {
        self.scope(position).resolve(word, self.file.escape)
    }

    /// Whether the image that the item's stage starts from was looked into and has a working directory: then it is known
    /// what relative paths count from.
    pub(crate) fn base_has_workdir(&self, item: &Item<'_>) -> bool {
        let base = item.stage.and_then(|stage| self.bases.get(stage));
        let facts = base.and_then(|base| base.facts.as_deref());
        facts.is_some_and(|facts| !facts.working_dir.is_empty())
    }

    /// The last stage: what the built image consists of unless another target is asked for.
    pub(crate) fn final_stage(&self) -> Option<usize> {
        self.stages.len().checked_sub(1)
    }

    /// `stage` and the stages it starts from, nearest first.
    pub(crate) fn lineage(&self, stage: usize) -> Vec<usize> {
        let mut lineage = vec![stage];
        let mut current = stage;
        while let Some(StageBase::Stage(base)) = self.stages.get(current).map(|one| one.base) {
            lineage.push(base);
            current = base;
        }
        lineage
    }

    /// Stages that somebody may build for their own sake: the last one, and those that no other
    /// stage starts from or copies from.
    pub(crate) fn shipped_ends(&self) -> Vec<usize> {
        let mut used: BTreeSet<usize> = BTreeSet::new();
        for stage in &self.stages {
            if let StageBase::Stage(base) = stage.base {
                used.insert(base);
            }
        }
        for item in &self.items {
            let from = item.instruction.flags.iter().filter_map(|flag| match flag.name() {
                "from" => flag.value(),
                "mount" => flag.fields().find(|(name, _)| *name == "from").map(|(_, name)| name),
                _ => None,
            });
            for name in from {
                let own = item.stage.unwrap_or_default();
                let resolved = self.resolve(item.position, name).unwrap_or_else(|| name.to_owned());
                used.extend(self.stage_called(&resolved).filter(|stage| *stage != own));
            }
        }
        let last = self.final_stage();
        (0..self.stages.len())
            .filter(|stage| Some(*stage) == last || !used.contains(stage))
            .collect()
    }

    /// Stages whose files are part of an image that somebody may build for its own sake.
    pub(crate) fn shipped(&self) -> BTreeSet<usize> {
        self.shipped_ends().into_iter().flat_map(|stage| self.lineage(stage)).collect()
    }

    /// The last stage with this name or number.
    pub(crate) fn stage_called(&self, name: &str) -> Option<usize> {
        let lower = name.to_ascii_lowercase();
        self.stages
            .iter()
            .rev()
            .find(|stage| stage.name.as_deref() == Some(&lower))
            .map(|stage| stage.index)
            .or_else(|| name.parse().ok().filter(|index| *index < self.stages.len()))
    }

    /// The stages that end up in the last one by FROM.
    pub(crate) fn final_lineage(&self) -> Vec<usize> {
        self.final_stage().map(|last| self.lineage(last)).unwrap_or_default()
    }

    /// Whether `stage` is a part of the built image by FROM.
    pub(crate) fn is_final(&self, stage: Option<usize>) -> bool {
        stage.is_some_and(|stage| self.final_lineage().contains(&stage))
    }

    /// Where a new instruction before `instruction` belongs: above the comments that stand right above it, which are
    /// about it. Not above the directives of the file.
    pub(crate) fn line_before(&self, instruction: &Instruction) -> usize {
        let is_comment = |line: &usize| self.file.comments.iter().any(|one| one.line == *line);
        let above = (0..instruction.first_line).rev().take_while(is_comment).count();
        self.file.lines().line_range(instruction.first_line - above).start
    }

    /// Text of the file at `span`.
    pub(crate) fn source(&self, span: &Range<usize>) -> &str {
        self.file.text().get(span.clone()).unwrap_or_default()
    }
}

fn items<'a>(file: &'a Dockerfile, stages: &[Stage]) -> Vec<Item<'a>> {
    let mut stage = None;
    let mut items = Vec::with_capacity(file.instructions.len());
    let mut next = stages.iter();
    for (position, outer) in file.instructions.iter().enumerate() {
        if outer.keyword == Keyword::From {
            stage = next.next().map(|one| one.index);
        }
        let instruction = outer.innermost();
        let is_deferred = outer.keyword == Keyword::Onbuild;
        items.push(Item { position, stage, instruction, is_deferred });
    }
    items
}

fn bases(
    file: &Dockerfile,
    stages: &[Stage],
    scopes: &Scopes,
    neighbours: &dyn Neighbours,
) -> Vec<Base> {
    let mut bases: Vec<Base> = Vec::with_capacity(stages.len());
    for stage in stages {
        let base = match stage.base {
            StageBase::Stage(earlier) => bases[earlier].clone(),
            StageBase::Scratch => Base::scratch(),
            StageBase::Image => {
                let resolved = scopes.at(stage.from).resolve(&stage.image, file.escape);
                resolved.map_or_else(Base::unknown, |name| {
                    Base::of(&ImageName::parse(&name), neighbours.image(&name))
                })
            }
        };
        bases.push(base);
    }
    bases
}

/// The SHELL words that apply, by stage.
type Shells = BTreeMap<usize, Vec<String>>;

fn runs<'a>(
    file: &'a Dockerfile,
    stages: &[Stage],
    items: &[Item<'a>],
    bases: &[Base],
) -> Vec<Run<'a>> {
    let mut shells = Shells::new();
    let mut runs = Vec::new();
    for item in items {
        let stage = item.stage.unwrap_or_default();
        match (item.instruction.keyword, &item.instruction.arguments) {
            (Keyword::From, _) => {
                if let Some(StageBase::Stage(base)) = stages.get(stage).map(|one| one.base)
                    && let Some(words) = shells.get(&base).cloned()
                {
                    shells.insert(stage, words);
                }
            }
            (Keyword::Shell, Arguments::Command(Form::Exec(words))) => {
                shells.insert(stage, words.iter().map(|word| word.text.clone()).collect());
            }
            (Keyword::Run, Arguments::Command(form)) => {
                let words = shells.get(&stage).cloned().unwrap_or_default();
                let is_windows = bases.get(stage).is_some_and(Base::is_windows);
                runs.extend(run(file, *item, form, words, is_windows));
            }
            _ => {}
        }
    }
    runs
}

fn run<'a>(
    file: &Dockerfile,
    item: Item<'a>,
    form: &Form,
    shell_words: Vec<String>,
    is_windows: bool,
) -> Option<Run<'a>> {
    let mut shell = shell_kind(&shell_words, is_windows);
    let (text, script, is_exec) = match form {
        Form::Shell(_) => {
            let script = item.instruction.script(file.text())?;
            if script.interpreter.as_deref().is_some_and(|line| !is_posix_interpreter(line)) {
                shell = ShellKind::Other;
            }
            let commands = shell::scan(script.text.as_str());
            (script.text, commands, false)
        }
        Form::Exec(words) => {
            let (text, command) = exec_command(file.text(), words);
            shell = ShellKind::Posix;
            (text, Script { commands: vec![command], ..Script::default() }, true)
        }
    };
    Some(Run { item, text, script, shell, shell_words, is_exec })
}

/// The words of an exec form as one command, whose text is that of the file.
fn exec_command(source: &str, words: &[jettison_dockerfile::Word]) -> (LogicalText, Command) {
    let mut text = LogicalText::new();
    let mut command = Command::default();
    for word in words {
        let start = text.as_str().len();
        text.push(source.get(word.span.clone()).unwrap_or_default(), word.span.start);
        let range = start..text.as_str().len();
        command.range.end = range.end;
        command.words.push(Word { text: word.text.clone(), range, is_dynamic: false });
    }
    (text, command)
}

fn shell_kind(words: &[String], is_windows: bool) -> ShellKind {
    let Some(program) = words.first() else {
        return if is_windows { ShellKind::Other } else { ShellKind::Posix };
    };
    let program = program.to_ascii_lowercase();
    let name = program.rsplit(['/', '\\']).next().unwrap_or(&program);
    if is_posix_shell(name) || name == "env" { ShellKind::Posix } else { ShellKind::Other }
}

/// Whether `name` is a shell of the POSIX family.
pub(crate) fn is_posix_shell(name: &str) -> bool {
    matches!(name, "sh" | "ash" | "dash" | "bash" | "ksh" | "mksh" | "zsh" | "busybox")
}

fn is_posix_interpreter(line: &str) -> bool {
    line.split_whitespace().any(|word| is_posix_shell(word.rsplit('/').next().unwrap_or(word)))
}
