//! Images that a Dockerfile takes from elsewhere: in FROM, `COPY --from` and `RUN --mount=from=`.

use std::{collections::BTreeSet, ops::Range};

use crate::{
    dockerfile::Dockerfile,
    flags::Flag,
    keyword::Keyword,
    stage::{StageBase, stages},
};

/// An image named in a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageUse {
    /// The name as written.
    pub name: String,
    /// Where it stands, source bytes.
    pub span: Range<usize>,
    /// What keeps the name from being replaced.
    pub obstacle: Option<Obstacle>,
}

/// What keeps a name from being replaced where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It has variables: which image it is depends on the build.
    Variable,
    /// It is quoted, escaped or split over lines.
    Form,
}

/// The images that `file` takes from elsewhere, in order: no stages, no `scratch`.
pub fn image_uses(file: &Dockerfile) -> Vec<ImageUse> {
    let stages = stages(file);
    let mut uses = Vec::new();
    for stage in stages.iter().filter(|stage| stage.base == StageBase::Image) {
        if let Some(from) = stage.from_view(file) {
            uses.push(image_use(file, &from.image.text, from.image.span.clone()));
        }
    }
    let names: BTreeSet<String> = stages.iter().filter_map(|stage| stage.name.clone()).collect();
    for instruction in &file.instructions {
        let instruction = instruction.innermost();
        let found = instruction.flags.iter().filter_map(|flag| match instruction.keyword {
            Keyword::Copy if flag.name() == "from" => Some((flag, flag.value()?.to_owned())),
            Keyword::Run if flag.name() == "mount" => {
                let from = flag.fields().find(|(key, _)| *key == "from");
                Some((flag, from?.1.to_owned()))
            }
            _ => None,
        });
        for (flag, name) in found {
            let is_stage = names.contains(&name.to_ascii_lowercase());
            let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
            if !is_stage && !is_number && name != "scratch" {
                uses.push(in_flag(file, flag, name));
            }
        }
    }
    uses.sort_by_key(|one| one.span.start);
    uses
}

fn image_use(file: &Dockerfile, name: &str, span: Range<usize>) -> ImageUse {
    let obstacle = if name.contains('$') {
        Some(Obstacle::Variable)
    } else if file.text().get(span.clone()) != Some(name) || name.contains(['"', '\'', '\\']) {
        Some(Obstacle::Form)
    } else {
        None
    };
    ImageUse { name: name.to_owned(), span, obstacle }
}

/// A name within a flag: its place is known if it stands there as it is, behind `from=`.
fn in_flag(file: &Dockerfile, flag: &Flag, name: String) -> ImageUse {
    let raw = file.text().get(flag.span.clone()).unwrap_or_default();
    let wanted = format!("from={name}");
    match raw.find(&wanted) {
        Some(at) if raw == flag.text => {
            let start = flag.span.start + at + wanted.len() - name.len();
            image_use(file, &name, start..start + name.len())
        }
        _ => ImageUse { name, span: flag.span.clone(), obstacle: Some(Obstacle::Form) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn images_are_found_where_they_stand() {
        let source = "\
ARG V=1
FROM --platform=linux/amd64 golang:1.22 AS build
FROM build AS test
FROM debian:${V}
FROM scratch
COPY --from=build /a /a
COPY --from=0 /a /a
COPY --chown=1 --from=nginx:1.27@sha256:abc /a /a
COPY --from=\"busybox\" /a /a
RUN --mount=type=bind,from=ghcr.io/a/tool:2,target=/t --mount=type=cache,target=/c x
ONBUILD COPY --from=later /a /a
# FROM comment
FROM al\\
pine:3
";
        let file = parse(source.as_bytes());
        let uses = image_uses(&file);
        let shown: Vec<_> = uses.iter().map(|one| (one.name.as_str(), one.obstacle)).collect();
        assert_eq!(
            shown,
            [
                ("golang:1.22", None),
                ("debian:${V}", Some(Obstacle::Variable)),
                ("nginx:1.27@sha256:abc", None),
                ("busybox", Some(Obstacle::Form)),
                ("ghcr.io/a/tool:2", None),
                ("later", None),
                ("alpine:3", Some(Obstacle::Form)),
            ]
        );
        for one in uses.iter().filter(|one| one.obstacle.is_none()) {
            assert_eq!(&source[one.span.clone()], one.name);
        }
    }
}
