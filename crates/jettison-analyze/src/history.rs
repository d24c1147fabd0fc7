//! The history of an image: which step made which layer, and what was written in the Dockerfile.
//!
//! Builders write it each in their own way: the classic one `/bin/sh -c #(nop)  CMD ["x"]`, BuildKit `CMD ["x"]` and
//! `RUN /bin/sh -c make # buildkit`, buildah as the classic one, kaniko the bare instruction.

use jettison_image::{History, ImageConfig};

/// A step of the history, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadStep {
    /// The instruction's name in upper case; `RUN` for what is none of the others, nothing for what no instruction made.
    pub(crate) keyword: String,
    /// What follows it.
    pub(crate) arguments: String,
    /// Build arguments that a RUN was given: `NAME=value`.
    pub(crate) build_arguments: Vec<String>,
    /// The layer it made.
    pub(crate) layer: Option<usize>,
    /// When, RFC 3339.
    pub(crate) created: Option<String>,
    /// Whether the arguments are written as a builder sees them, not as they were typed: hashes of files, maps.
    pub(crate) is_rewritten: bool,
}

impl ReadStep {
    /// The whole instruction on one line.
    pub(crate) fn text(&self) -> String {
        if self.keyword.is_empty() {
            return self.arguments.clone();
        }
        if self.arguments.is_empty() {
            return self.keyword.clone();
        }
        format!("{} {}", self.keyword, self.arguments)
    }
}

/// Names of instructions that stand at the start of an entry.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// How the comment of a layer begins that `docker import` made of an archive. No instruction stands for it.
const IMPORTED: &str = "Imported from";

/// The steps in order, each with the layer it made.
///
/// Where the history tells of more or fewer layers than there are, layers are matched from the top: it is the base's
/// history that gets lost, by `docker import` and squashing.
pub(crate) fn read(config: &ImageConfig) -> Vec<ReadStep> {
    let layers = config.rootfs.diff_ids.len();
    let made = config.history.iter().filter(|step| !step.empty_layer).count();
    let missing = layers.saturating_sub(made);
    let surplus = made.saturating_sub(layers);
    let mut next = 0;
    config
        .history
        .iter()
        .map(|entry| {
            let layer = (!entry.empty_layer).then(|| {
                next += 1;
                (next > surplus).then(|| next - 1 - surplus + missing)
            });
            read_step(entry, layer.flatten())
        })
        .collect()
}

fn read_step(entry: &History, layer: Option<usize>) -> ReadStep {
    let written = entry.created_by.as_deref().unwrap_or_default().trim();
    let (written, build_arguments) = without_build_arguments(written);
    let created = entry.created.clone();
    let step = |keyword: &str, arguments: &str, is_rewritten| ReadStep {
        keyword: keyword.to_owned(),
        arguments: one_line(arguments),
        build_arguments: build_arguments.clone(),
        layer,
        created: created.clone(),
        is_rewritten,
    };
    let comment = entry.comment.as_deref().unwrap_or_default();
    if written.is_empty() && comment.starts_with(IMPORTED) {
        return step("", comment, false);
    }
    let bare = written.strip_suffix("# buildkit").map(str::trim_end);
    let is_buildkit = bare.is_some() || comment.starts_with("buildkit");
    if let Some(nop) =
        without_shell(written).and_then(|rest| rest.trim_start().strip_prefix("#(nop)"))
    {
        let (keyword, arguments) = first_word(nop);
        // `COPY file:HASH in /x`, `ENV A=b`, `EXPOSE 80`: files are hashed, the rest is as it was.
        return step(&keyword.to_ascii_uppercase(), arguments, matches!(keyword, "ADD" | "COPY"));
    }
    let text = bare.unwrap_or(written);
    let (keyword, arguments) = first_word(text);
    if KEYWORDS.contains(&keyword) {
        let (rest, more) = without_build_arguments(arguments);
        let mut read = step(
            keyword,
            without_shell(rest).unwrap_or(rest),
            is_buildkit && matches!(keyword, "EXPOSE" | "HEALTHCHECK"),
        );
        read.build_arguments.extend(more);
        return read;
    }
    step("RUN", without_shell(text).unwrap_or(text), false)
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim()))
}

/// `/bin/sh -c …` and the like without the shell: one or two options, the last with a `c`.
fn without_shell(text: &str) -> Option<&str> {
    let (program, mut rest) = text.split_once(' ')?;
    let name = program.rsplit('/').next()?;
    if !(program.starts_with('/') && ["sh", "bash", "ash", "dash", "busybox"].contains(&name)) {
        return None;
    }
    loop {
        let (option, after) = rest.split_once(' ')?;
        rest = after;
        if !option.starts_with('-') && !option.starts_with('+') && option != "pipefail" {
            return None;
        }
        // `-o pipefail -c`, `-ec`, `-euxo pipefail -c`.
        if option.starts_with('-') && option.ends_with('c') {
            return Some(rest);
        }
    }
}

/// `|2 A=b C=d rest`: the arguments and the rest. Values may hold spaces; the shell tells where they end.
fn without_build_arguments(text: &str) -> (&str, Vec<String>) {
    let none = (text, Vec::new());
    let Some((count, rest)) = text.strip_prefix('|').and_then(|text| text.split_once(' ')) else {
        return none;
    };
    let Ok(count) = count.parse::<usize>() else { return none };
    let Some(end) = rest.find("/bin/").or_else(|| rest.find("/usr/bin/")) else { return none };
    let mut arguments: Vec<String> = Vec::new();
    for word in rest[..end].split_whitespace() {
        let is_new = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        });
        let is_full = arguments.len() == count;
        match arguments.last_mut() {
            Some(last) if !is_new || is_full => {
                last.push(' ');
                last.push_str(word);
            }
            _ => arguments.push(word.to_owned()),
        }
    }
    (&rest[end..], arguments)
}

/// Runs of white space as one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many of the layers belong to the base: those before the last command or entry point that further layers follow, and
/// an archive that was imported.
pub(crate) fn base_layers(steps: &[ReadStep]) -> usize {
    let is_end = |step: &ReadStep| matches!(step.keyword.as_str(), "CMD" | "ENTRYPOINT");
    let mut ends =
        steps.iter().enumerate().rev().filter(|(_, step)| is_end(step)).map(|(at, _)| at);
    let goes_on = |at: usize| steps[at..].iter().any(|step| step.layer.is_some());
    let last = ends.find(|at| goes_on(at + 1));
    let imported = steps.iter().take_while(|step| step.keyword.is_empty()).count();
    let imported = if goes_on(imported) { imported } else { 0 };
    let base = &steps[..last.unwrap_or_default().max(imported)];
    base.iter().filter_map(|step| step.layer).max().map_or(0, |layer| layer + 1)
}

#[cfg(test)]
mod tests {
    use jettison_image::{Digest, RootFs};

    use super::*;

    fn step(text: &str) -> (String, String) {
        let entry = History { created_by: Some(text.to_owned()), ..History::default() };
        let read = read_step(&entry, None);
        (read.keyword, read.arguments)
    }

    #[test]
    fn every_builder_is_understood() {
        for (text, keyword, arguments) in [
            ("/bin/sh -c #(nop)  CMD [\"bash\"]", "CMD", "[\"bash\"]"),
            ("/bin/sh -c #(nop) COPY file:4b1e in /app/ ", "COPY", "file:4b1e in /app/"),
            (
                "/bin/sh -c apt-get update &&     apt-get install",
                "RUN",
                "apt-get update && apt-get install",
            ),
            ("RUN /bin/sh -c make all # buildkit", "RUN", "make all"),
            ("RUN |1 V=1.2 /bin/sh -c make $V # buildkit", "RUN", "make $V"),
            ("|2 A=b c D=e /bin/sh -c env", "RUN", "env"),
            ("COPY --chown=app:app . /app # buildkit", "COPY", "--chown=app:app . /app"),
            ("/bin/bash -o pipefail -c curl x | tar x", "RUN", "curl x | tar x"),
            ("/bin/bash -euxo pipefail -c make", "RUN", "make"),
            ("RUN apt-get update", "RUN", "apt-get update"),
            ("EXPOSE map[80/tcp:{}]", "EXPOSE", "map[80/tcp:{}]"),
            ("WORKDIR /app", "WORKDIR", "/app"),
            ("apko", "RUN", "apko"),
            ("", "RUN", ""),
        ] {
            assert_eq!(step(text), (keyword.to_owned(), arguments.to_owned()), "{text}");
        }
        let entry = History {
            created_by: Some("|2 A=b c D=e /bin/sh -c env".to_owned()),
            ..History::default()
        };
        assert_eq!(read_step(&entry, None).build_arguments, ["A=b c", "D=e"]);
    }

    fn config(layers: usize, steps: &[(&str, bool)]) -> ImageConfig {
        let history = steps.iter().map(|(text, empty_layer)| History {
            created_by: Some((*text).to_owned()),
            empty_layer: *empty_layer,
            ..History::default()
        });
        let diff_ids =
            (0..layers).map(|layer| Digest::sha256(&[u8::try_from(layer).expect("few")])).collect();
        ImageConfig {
            history: history.collect(),
            rootfs: RootFs { diff_ids, ..RootFs::default() },
            ..ImageConfig::default()
        }
    }

    #[test]
    fn layers_are_matched_from_the_top() {
        let steps =
            [("ADD x /", false), ("CMD [\"sh\"]", true), ("RUN a", false), ("CMD [\"b\"]", true)];
        let layers = |count| {
            read(&config(count, &steps)).into_iter().map(|step| step.layer).collect::<Vec<_>>()
        };
        assert_eq!(layers(2), [Some(0), None, Some(1), None]);
        assert_eq!(layers(3), [Some(1), None, Some(2), None]);
        assert_eq!(layers(1), [None, None, Some(0), None]);
    }

    #[test]
    fn an_imported_archive_is_a_base() {
        let mut image = config(2, &[("", false), ("RUN a", false)]);
        image.history[0].comment = Some("Imported from -".to_owned());
        let steps = read(&image);
        assert_eq!((steps[0].text().as_str(), base_layers(&steps)), ("Imported from -", 1));
        assert_eq!(base_layers(&steps[..1]), 0);
    }

    #[test]
    fn the_base_ends_with_the_last_command_that_layers_follow() {
        let steps =
            [("ADD x /", false), ("CMD [\"sh\"]", true), ("RUN a", false), ("CMD [\"b\"]", true)];
        assert_eq!(base_layers(&read(&config(2, &steps))), 1);
        assert_eq!(base_layers(&read(&config(1, &steps[..2]))), 0);
    }
}
