//! The image before: the one that `--baseline previous` means.

use jettison_image::{Reference, VersionTag};
use jettison_transport::{Places, Source, engine::EngineImage, store::StoreImage};

use crate::{
    failure::{Failure, Kind},
    places, registries,
};

/// What stands for it.
pub(super) const PREVIOUS: &str = "previous";

/// The tag of the same repository, in the same place, that comes before the version of `source`.
pub(super) fn previous(source: &Source, places: &Places) -> Result<Source, Failure> {
    let name = source.name().and_then(|name| name.parse::<Reference>().ok());
    let Some(name) = name.filter(|name| name.tag().is_some()) else {
        return Err(no_tag(source));
    };
    let tags = tags(source, &name, places)?;
    let current = name.tag().expect("it was looked at above");
    let before = before(current, tags.iter().map(String::as_str)).map_err(|reason| {
        Failure::new(Kind::Input, format!("{source} has no previous tag: {reason}")).hint(HINT)
    })?;
    let name = format!("{}:{before}", name.familiar_repository());
    Ok(match source {
        Source::Store { .. } => Source::Store { name },
        Source::DockerDaemon { .. } => Source::DockerDaemon { name },
        Source::ContainersStorage { .. } => Source::ContainersStorage { name },
        _ => Source::Registry { name: name.parse().expect("another tag is a tag, too") },
    })
}

const HINT: &str = "name the baseline: an image, or a file that --format json wrote";

fn no_tag(source: &Source) -> Failure {
    let text = format!("{source} has no name with a tag, so there is no previous one");
    Failure::new(Kind::Input, text).hint(HINT)
}

/// The tags of a repository, where the image lies.
fn tags(source: &Source, name: &Reference, places: &Places) -> Result<Vec<String>, Failure> {
    let of = |names: Vec<Reference>| -> Vec<String> {
        let same = names.into_iter().filter(|other| other.repository() == name.repository());
        same.filter_map(|other| other.tag().map(str::to_owned)).collect()
    };
    let of_engine =
        |images: Vec<EngineImage>| of(images.into_iter().flat_map(|image| image.names).collect());
    let of_store =
        |images: Vec<StoreImage>| of(images.into_iter().flat_map(|image| image.names).collect());
    let engine = match source {
        Source::DockerDaemon { .. } => places.docker.as_ref(),
        Source::ContainersStorage { .. } => places.podman.as_ref(),
        _ => None,
    };
    match (source, engine, &places.store, &places.registries) {
        (_, Some(engine), ..) => {
            engine.images().map(of_engine).map_err(|error| places::engine_failed(&error))
        }
        (Source::Store { .. }, _, Some(store), _) => {
            store.images().map(of_store).map_err(|error| places::store_failed(&error))
        }
        (Source::Registry { .. }, .., Some(client)) => client
            .repository(name)
            .and_then(|repository| repository.tags())
            .map_err(|error| registries::failure(&error)),
        _ => Err(no_tag(source)),
    }
}

/// The highest version below `current` that is out, of the same line (`1.4.2-slim` follows `1.4.1-slim`), and written as exactly:
/// `1.4` moves with the versions that it leads, so it is no earlier one.
fn before<'a>(current: &str, tags: impl Iterator<Item = &'a str>) -> Result<&'a str, String> {
    let version: VersionTag =
        current.parse().map_err(|error: jettison_image::VersionTagError| error.to_string())?;
    let dots = |tag: &str| tag.split('-').next().unwrap_or(tag).matches('.').count();
    let earlier = tags.filter(|tag| dots(tag) == dots(current)).filter_map(|tag| {
        let other: VersionTag = tag.parse().ok()?;
        (other.is_same_line(&version) && !other.is_prerelease() && other < version)
            .then_some((other, tag))
    });
    let last = earlier.max_by(|(one, _), (other, _)| one.cmp(other));
    last.map(|(_, tag)| tag).ok_or_else(|| "no earlier version is there".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_before_is_found() {
        let tags = [
            "1.4.1",
            "1.4.10",
            "1.4.9",
            "1.4",
            "1",
            "latest",
            "1.4.11-rc1",
            "1.4.9-slim",
            "2.0.0",
            "v1.4.10",
            "20240101",
        ];
        for (current, expected) in [
            ("1.4.11", Some("1.4.10")),
            ("1.4.10", Some("1.4.9")),
            ("1.4.10-slim", Some("1.4.9-slim")),
            ("2.0.0", Some("1.4.10")),
            // What is not out yet follows what is.
            ("1.4.11-rc2", Some("1.4.10")),
            ("1.4.1", None),
            ("latest", None),
            ("v1.5.0", Some("v1.4.10")),
        ] {
            assert_eq!(before(current, tags.into_iter()).ok(), expected, "{current}");
        }
    }
}
