//! Take images from trusted registries only.

use crate::prelude::*;
use jettison_dockerfile::StageBase;

pub(crate) static RULE: Rule = Rule {
    id: "JT-from-registry",
    aliases: &["DL3026"],
    level: Level::Error,
    page: Page {
        title: Text {
            en: "Take images from trusted registries only",
            zh: "只使用受信任的镜像仓库",
        },
        why: Text {
            en: "Only has an effect when trusted registries are configured. An image from elsewhere has not gone through the checks of those.",
            zh: "仅在配置了受信任仓库时生效。来自别处的镜像没有经过这些仓库的检查。",
        },
        bad: "",
        good: "FROM debian:12",
        files: &[],
    },
    check,
};

use crate::image_name::ImageName;

fn check(subject: &Subject<'_>, out: &mut Report) {
    let trusted = &subject.settings.trusted_registries;
    if trusted.is_empty() {
        return;
    }
    for stage in subject.stages.iter().filter(|stage| stage.base == StageBase::Image) {
        let Some(view) = stage.from_view(subject.file) else { continue };
        let name = ImageName::parse(&view.image.text);
        let registry = &name.registry;
        let is_trusted = view.image.text.starts_with('$')
            || trusted.iter().any(|pattern| matches_pattern(pattern, registry));
        if !is_trusted {
            out.push(
                view.image.span.clone(),
                message!(
                    "{registry} is not among the trusted registries",
                    "{registry} 不在受信任的仓库之列"
                ),
            );
        }
    }
}

/// Whether `pattern`, in which each `*` stands for any text, matches `registry`. Docker Hub has
/// several names.
fn matches_pattern(pattern: &str, registry: &str) -> bool {
    let is_hub = |name: &str| matches!(name, "docker.io" | "hub.docker.com" | "index.docker.io");
    if is_hub(pattern) && is_hub(registry) {
        return true;
    }
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = registry.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use crate::{NoNeighbours, Settings, lint};

    #[test]
    fn only_trusted_registries_pass() {
        let cases = [
            ("FROM quay.io/a:1", "quay.io", 0),
            ("FROM a.corp.com/a:1", "*.corp.com", 0),
            ("FROM debian:12", "docker.io", 0),
            ("FROM debian:12", "quay.io", 1),
            ("FROM quay.io/a:1 AS b\nFROM b", "quay.io", 0),
        ];
        for (source, trusted, count) in cases {
            let settings = Settings {
                trusted_registries: vec![trusted.to_owned()],
                select: ["JT-from-registry".to_owned()].into(),
                ..Settings::default()
            };
            let found = lint(source.as_bytes(), &NoNeighbours, &settings).findings;
            assert_eq!(found.len(), count, "{source} with {trusted}");
        }
    }
}
