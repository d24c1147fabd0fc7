//! `jettison pin`: the digests of the images that a Dockerfile takes from elsewhere.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use jettison_dockerfile::{Edit, ImageUse, Obstacle, image_uses};
use jettison_image::{Digest, Reference};
use jettison_transport::{Places, Source, tagging};

use crate::{
    environment::Environment,
    failure::{Failure, Kind},
    images::input,
    messages::ImageText,
    places::StoreArg,
    registries::RegistryArgs,
    terminal::Terminal,
};

/// Write into a Dockerfile which exact images its names mean
///
/// FROM debian:12 becomes FROM debian:12@sha256:...; the tag stays, so that people see what is meant and a later run can follow
/// it. COPY --from and RUN --mount=from are pinned too; stages, scratch and names with variables are left alone. The registry is
/// asked what a tag means; if it cannot be reached, Docker and the local store.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Dockerfiles
    #[arg(value_name = "DOCKERFILE", default_value = "Dockerfile")]
    files: Vec<PathBuf>,
    /// Change nothing; exit status 1 if a name is not pinned, or its tag moved on
    #[arg(long)]
    check: bool,
    /// Change nothing; print what would change as a patch
    #[arg(long, conflicts_with = "check")]
    diff: bool,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    registries: RegistryArgs,
}

/// Pins each file.
pub(crate) fn run(
    args: &Args,
    environment: &Environment,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let mut places = args.store.places(environment);
    places.registries = Some(args.registries.client(environment, terminal)?);
    let mut known = Known { places, digests: BTreeMap::new() };
    let mut is_current = true;
    for file in &args.files {
        is_current &= pin(args, file, &mut known, terminal)?;
    }
    Ok(if is_current || !args.check { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Digests that were asked for, so that each name means one image in all files.
struct Known {
    places: Places,
    digests: BTreeMap<Reference, Option<(Digest, Source)>>,
}

impl Known {
    fn digest(&mut self, name: &Reference) -> Result<Option<(Digest, Source)>, Failure> {
        if let Some(known) = self.digests.get(name) {
            return Ok(known.clone());
        }
        let found = tagging::digest_of(name, &self.places)
            .map_err(|error| Failure::from_error(Kind::Operation, &error))?;
        self.digests.insert(name.clone(), found.clone());
        Ok(found)
    }
}

/// Returns whether every name is pinned to what its tag means now.
fn pin(args: &Args, path: &Path, known: &mut Known, terminal: &Terminal) -> Result<bool, Failure> {
    let bytes = fs_err::read(path).map_err(|error| input(&error))?;
    let file = jettison_dockerfile::parse(&bytes);
    let mut edits = Vec::new();
    let mut is_current = true;
    for one in image_uses(&file) {
        let line = file.lines().line_of(one.span.start) + 1;
        let place = format!("{}:{line}", path.display());
        match pinned(&one, &place, known, terminal)? {
            Pin::Current => {}
            Pin::Skipped => is_current = false,
            Pin::New { text, from } => {
                is_current = false;
                let said = terminal
                    .language
                    .say(ImageText::Pinned, &[&place, &one.name, &text, &from.to_string()]);
                if args.check {
                    terminal.line(&said);
                } else {
                    terminal.note(&said);
                }
                edits.push(Edit::replace(one.span, text));
            }
        }
    }
    if edits.is_empty() || args.check {
        return Ok(is_current);
    }
    let new = jettison_dockerfile::apply(&bytes, &edits).map_err(|error| input(&error))?;
    if args.diff {
        let shown = path.display().to_string();
        let (old, new) = (String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&new));
        terminal.text(&jettison_lint::unified_diff(&shown, &old, &new));
    } else {
        write(path, &new).map_err(|error| Failure::from_error(Kind::Operation, &error))?;
    }
    Ok(is_current)
}

/// What is to be done with a name.
enum Pin {
    /// It is pinned to what its tag means.
    Current,
    /// It cannot be pinned.
    Skipped,
    /// It becomes this.
    New { text: String, from: Source },
}

fn pinned(
    one: &ImageUse,
    place: &str,
    known: &mut Known,
    terminal: &Terminal,
) -> Result<Pin, Failure> {
    let obstacle = match one.obstacle {
        Some(Obstacle::Variable) => Some(ImageText::PinVariable),
        Some(Obstacle::Form) => Some(ImageText::PinForm),
        None => None,
    };
    if let Some(obstacle) = obstacle {
        terminal.warning(&terminal.language.say(obstacle, &[place, &one.name]));
        return Ok(Pin::Skipped);
    }
    let written = one.name.split('@').next().unwrap_or(&one.name);
    let name: Reference = one.name.parse().map_err(|error| {
        Failure::new(Kind::Input, format!("{place}: {}", Failure::from_error(Kind::Input, &error)))
    })?;
    // Without a tag there is nothing to follow: the digest is all that is meant.
    let Some(tag) = name.tag() else {
        return Ok(Pin::Current);
    };
    let bare: Reference = format!("{}:{tag}", name.repository())
        .parse()
        .expect("a repository and a tag of a valid name");
    let (digest, from) = known.digest(&bare)?.ok_or_else(|| {
        Failure::new(Kind::Input, format!("{place}: there is no image {}", bare.familiar()))
    })?;
    if name.digest() == Some(&digest) {
        return Ok(Pin::Current);
    }
    // A name without a tag gets the one that it means: else nobody could follow it later.
    let has_tag = written.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let written = if has_tag { written.to_owned() } else { format!("{written}:{tag}") };
    Ok(Pin::New { text: format!("{written}@{digest}"), from })
}

/// Replaces a file: all of it or nothing, with the rights that it had.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let path = fs_err::canonicalize(path)?;
    let permissions = fs_err::metadata(&path)?.permissions();
    jettison_transport::replace_file(&path, bytes)?;
    fs_err::set_permissions(&path, permissions)?;
    Ok(())
}
