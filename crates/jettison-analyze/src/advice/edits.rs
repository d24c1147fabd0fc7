//! From a portion of waste to the edit that recovers it.

use std::collections::BTreeMap;

use jettison_rootfs::EntryRef;

use super::{DATABASE, Matter, Portion, bases, caches, copies, ignores, removal};
use crate::{
    analysis::{Advice, AdviceKind},
    waste::{Cause, Wasted},
};

/// Names that are listed.
const NAMES: usize = 6;
/// Links that are written out.
const LINKS: usize = 3;

/// The edit for a portion.
pub(super) fn advice(matter: &Matter<'_>, portion: &Portion) -> Advice {
    let (kind, code, subject) = edit(matter, portion);
    // These edits are none of an instruction's.
    let is_general = matches!(kind, AdviceKind::Slim | AdviceKind::Squash | AdviceKind::OtherBase);
    let at = Some(portion.by.unwrap_or(portion.layer)).filter(|_| !is_general);
    Advice {
        kind,
        cause: portion.cause,
        bytes: portion.bytes,
        files: portion.entries.len() as u64,
        layer: portion.layer,
        by: portion.by,
        code,
        subject,
        place: at.and_then(|at| matter.step(at)?.place.clone()),
    }
}

type Edit = (AdviceKind, Vec<String>, String);

fn edit(matter: &Matter<'_>, portion: &Portion) -> Edit {
    match portion.cause {
        Cause::Deleted => deleted(matter, portion),
        Cause::CopiedUp => copied_up(matter, portion),
        Cause::Overwritten => overwritten(matter, portion),
        Cause::ListedAgain => squash(),
        _ if matter.is_base(portion.layer) => in_base(matter, portion),
        Cause::VersionControl | Cause::BuildContext => context(matter, portion),
        Cause::PackageCache | Cause::PackageLists => cache(portion),
        Cause::CompiledCache => compiled(portion),
        Cause::Temporary => clean(matter, portion),
        Cause::DebugSymbols => strip(matter, portion),
        Cause::BuildTools | Cause::Headers | Cause::StaticLibraries => build_stage(matter, portion),
        Cause::Tests => slim(matter, portion),
        Cause::ManualPages | Cause::Documentation | Cause::Locales => leave_out(matter, portion),
        Cause::Duplicate => link(matter, portion),
    }
}

fn squash() -> Edit {
    (AdviceKind::Squash, vec!["jettison squash IMAGE --to REF".to_owned()], String::new())
}

fn deleted(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let paths = removal::paths(matter, portion);
    let subject = paths.join(" ");
    if matter.is_base(portion.layer) {
        return (AdviceKind::Squash, squash().1, subject);
    }
    match matter.keyword(portion.layer) {
        "COPY" | "ADD" => {
            let target = paths.first().cloned().unwrap_or_default();
            let code = format!("RUN --mount=type=bind,source=…,target={target} …");
            (AdviceKind::BindMount, vec![code], subject)
        }
        _ => (AdviceKind::RemoveWhereMade, vec![format!("    && rm -rf {subject}")], subject),
    }
}

fn copied_up(matter: &Matter<'_>, portion: &Portion) -> Edit {
    if portion.subject == DATABASE {
        return squash();
    }
    let change = portion.subject.as_str();
    let subject = change.to_owned();
    if matter.is_base(portion.layer) {
        return (AdviceKind::Squash, squash().1, subject);
    }
    let keyword = matter.keyword(portion.layer);
    let is_copy = matches!(keyword, "COPY" | "ADD");
    match change {
        "chown" if is_copy => {
            let owner = copies::new_owner(matter, portion);
            (AdviceKind::CopyChown, vec![format!("{keyword} --chown={owner} …")], subject)
        }
        "chmod" if is_copy => {
            let mode = copies::new_mode(matter, portion);
            (AdviceKind::CopyChmod, vec![format!("{keyword} --chmod={mode} …")], subject)
        }
        // Copied a second time, over what is there already.
        "touch"
            if is_copy
                && portion.by.is_some_and(|by| matches!(matter.keyword(by), "COPY" | "ADD")) =>
        {
            (AdviceKind::WriteOnce, top_directories(matter, portion), subject)
        }
        _ => {
            // Programs touch files without a `touch` that somebody wrote.
            let by = portion.by.and_then(|by| matter.step(by));
            let is_written = by.is_some_and(|step| step.text.contains(change));
            let command = if is_written { format!("{change} …") } else { "…".to_owned() };
            (AdviceKind::MergeRuns, vec![format!("RUN … && {command}")], subject)
        }
    }
}

fn overwritten(matter: &Matter<'_>, portion: &Portion) -> Edit {
    // Each installation writes these again: neither another base nor another RUN helps.
    if portion.subject == DATABASE {
        return squash();
    }
    // What package managers keep is written again by each of them: no reason to merge what has nothing else in common.
    if caches::lines(&portion.subject).is_some() && matter.is_base(portion.layer) {
        return (AdviceKind::Squash, squash().1, portion.subject.clone());
    }
    if let Some((_, clean)) = caches::lines(&portion.subject) {
        let lines = clean.lines().map(str::to_owned).collect();
        return (AdviceKind::CleanInPlace, lines, portion.subject.clone());
    }
    let names = top_directories(matter, portion);
    let subject = names.join(" ");
    if matter.is_base(portion.layer) {
        return (AdviceKind::OtherBase, bases::code(matter.base_name), subject);
    }
    let by = portion.by.map_or("", |by| matter.keyword(by));
    let is_run = matter.keyword(portion.layer) == "RUN";
    if is_run && by == "RUN" {
        return (AdviceKind::MergeRuns, vec!["RUN … && …".to_owned()], subject);
    }
    (AdviceKind::WriteOnce, names, subject)
}

/// What is found in a layer of the base can be changed there alone.
fn in_base(matter: &Matter<'_>, portion: &Portion) -> Edit {
    match portion.cause {
        Cause::BuildTools
        | Cause::Headers
        | Cause::StaticLibraries
        | Cause::PackageCache
        | Cause::PackageLists => {
            (AdviceKind::OtherBase, bases::code(matter.base_name), packages(matter, portion))
        }
        _ => slim(matter, portion),
    }
}

fn context(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let lines = ignores::lines(matter, portion);
    let subject =
        lines.iter().map(|line| line.trim_start_matches("**/")).collect::<Vec<_>>().join(" ");
    if matches!(matter.keyword(portion.layer), "COPY" | "ADD") {
        return (AdviceKind::Ignore, lines, subject);
    }
    let paths = removal::paths(matter, portion).join(" ");
    (AdviceKind::CleanInPlace, vec![format!("    && rm -rf {paths}")], subject)
}

fn cache(portion: &Portion) -> Edit {
    let name = portion.subject.clone();
    let Some((mount, clean)) = caches::lines(&name) else {
        return (AdviceKind::CleanInPlace, vec!["    && rm -rf …".to_owned()], name);
    };
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    if portion.cause == Cause::PackageLists || name == "apk" {
        return (AdviceKind::CleanInPlace, lines(clean), name);
    }
    (AdviceKind::CacheMount, lines(mount), name)
}

fn compiled(portion: &Portion) -> Edit {
    let (kind, lines) = if portion.subject.is_empty() {
        (
            AdviceKind::LeaveOut,
            &["ENV PYTHONDONTWRITEBYTECODE=1", "RUN pip install --no-compile …"][..],
        )
    } else {
        (
            AdviceKind::CleanInPlace,
            &[
                "    && find /usr/lib/python3* /usr/share -name __pycache__ -prune -exec rm -rf {} +",
            ][..],
        )
    };
    (kind, lines.iter().map(|&line| line.to_owned()).collect(), "Python".to_owned())
}

fn clean(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let paths = removal::paths(matter, portion).join(" ");
    if matches!(matter.keyword(portion.layer), "COPY" | "ADD") {
        let code = "RUN --mount=type=bind,source=…,target=… …".to_owned();
        return (AdviceKind::BindMount, vec![code], paths);
    }
    (AdviceKind::CleanInPlace, vec![format!("    && rm -rf {paths}")], paths)
}

fn strip(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let mut entries = portion.entries.clone();
    entries.sort_by_key(|(at, wasted)| (std::cmp::Reverse(wasted.bytes), *at));
    let names: Vec<String> = entries.iter().take(NAMES).map(|(at, _)| matter.path(*at)).collect();
    let subject = names.join(" ");
    (AdviceKind::Strip, vec![format!("    && strip --strip-unneeded {subject}")], subject)
}

fn build_stage(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let code = ["FROM … AS build", "RUN …", "FROM …", "COPY --from=build …"];
    (AdviceKind::BuildStage, code.map(str::to_owned).to_vec(), packages(matter, portion))
}

fn slim(matter: &Matter<'_>, portion: &Portion) -> Edit {
    (AdviceKind::Slim, vec!["jettison slim IMAGE".to_owned()], packages(matter, portion))
}

fn leave_out(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let tree = &matter.index.tree;
    let has = |path: &str| tree.find(path.as_bytes()).is_some();
    let path = match portion.cause {
        Cause::ManualPages => "/usr/share/man",
        Cause::Documentation => "/usr/share/doc",
        _ => "/usr/share/locale",
    };
    let code = if has("/var/lib/dpkg") {
        vec![
            format!(
                "RUN echo 'path-exclude={path}/*' >> /etc/dpkg/dpkg.cfg.d/no-{}",
                path.rsplit('/').next().unwrap_or(path)
            ),
            "# before the first apt-get install".to_owned(),
        ]
    } else if has("/usr/bin/dnf") || has("/usr/bin/microdnf") || has("/usr/bin/yum") {
        vec!["RUN dnf install -y --nodocs --setopt=install_weak_deps=False …".to_owned()]
    } else {
        return slim(matter, portion);
    };
    (AdviceKind::LeaveOut, code, packages(matter, portion))
}

/// Links for the largest of the files. A hard link to a file of a lower layer would copy it.
fn link(matter: &Matter<'_>, portion: &Portion) -> Edit {
    let mut entries = portion.entries.clone();
    entries.sort_by_key(|(at, wasted)| (std::cmp::Reverse(wasted.bytes), *at));
    let is_copy = matches!(matter.keyword(portion.layer), "COPY" | "ADD");
    let line = |(at, wasted): &(EntryRef, Wasted)| {
        let same = wasted.same_as?;
        let option = if same.layer == at.layer && !is_copy { "-f" } else { "-sf" };
        let start = if is_copy { "" } else { "    && " };
        Some(format!("{start}ln {option} {} {}", matter.path(same), matter.path(*at)))
    };
    let mut code: Vec<String> = entries.iter().filter_map(line).take(LINKS).collect();
    if entries.len() > code.len() {
        code.push(format!("# and {} more", entries.len() - code.len()));
    }
    let subject = entries.first().map(|(at, _)| matter.path(*at)).unwrap_or_default();
    (AdviceKind::Link, code, subject)
}

/// The packages that most of a portion belongs to.
fn packages(matter: &Matter<'_>, portion: &Portion) -> String {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (at, wasted) in &portion.entries {
        if let Some(name) = matter.owners.of_entry(matter.index, *at) {
            *sums.entry(name).or_default() += wasted.bytes;
        }
    }
    let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), *name));
    let plain =
        |(name, _): &(&str, u64)| name.split_once(' ').map_or(*name, |(_, name)| name).to_owned();
    sums.iter().take(NAMES).map(plain).collect::<Vec<_>>().join(" ")
}

/// The directories that most of a portion lies in.
fn top_directories(matter: &Matter<'_>, portion: &Portion) -> Vec<String> {
    let paths = portion.entries.iter().map(|(at, _)| matter.path(*at)).collect();
    let mut names = removal::common(paths, &|_| true);
    names.truncate(removal::MAX_PATHS);
    names
}
