//! Image names as FROM and `COPY --from` write them.

/// The parts of an image name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageName {
    /// Registry host, `docker.io` when none is written.
    pub(crate) registry: String,
    /// Path in the registry, without `library/`.
    pub(crate) repository: String,
    /// Tag, when written.
    pub(crate) tag: Option<String>,
    /// Digest, when written.
    pub(crate) digest: Option<String>,
}

impl ImageName {
    /// Splits `name`. Total: what is no image name yields odd parts.
    pub(crate) fn parse(name: &str) -> Self {
        let (name, digest) = match name.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (name, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => ("docker.io", name),
        };
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag.to_owned())),
            _ => (path, None),
        };
        Self {
            registry: registry.to_owned(),
            repository: repository.strip_prefix("library/").unwrap_or(repository).to_owned(),
            tag,
            digest,
        }
    }

    /// The last part of the repository: `node` of `bitnami/node`.
    pub(crate) fn short(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// Whether this is one of Docker's official images, or a mirror of one under the same name.
    pub(crate) fn is_official(&self) -> bool {
        !self.repository.contains('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let cases = [
            ("alpine", "docker.io", "alpine", None, None),
            ("library/alpine:3.20", "docker.io", "alpine", Some("3.20"), None),
            ("localhost:5000/a/b:1@sha256:x", "localhost:5000", "a/b", Some("1"), Some("sha256:x")),
            ("gcr.io/distroless/static", "gcr.io", "distroless/static", None, None),
        ];
        for (name, registry, repository, tag, digest) in cases {
            let parsed = ImageName::parse(name);
            assert_eq!(parsed.registry, registry, "{name}");
            assert_eq!(parsed.repository, repository, "{name}");
            assert_eq!(parsed.tag.as_deref(), tag, "{name}");
            assert_eq!(parsed.digest.as_deref(), digest, "{name}");
        }
    }
}
