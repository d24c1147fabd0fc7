//! Smaller relatives of a base.

/// Official images that have a `-slim` form.
const WITH_SLIM: &[&str] = &["debian", "python", "node", "ruby", "perl", "rust", "openjdk"];

/// Official images that have an `-alpine` form, and no `-slim` one.
const WITH_ALPINE: &[&str] = &[
    "caddy",
    "eclipse-temurin",
    "golang",
    "haproxy",
    "httpd",
    "influxdb",
    "memcached",
    "nginx",
    "php",
    "postgres",
    "rabbitmq",
    "redis",
    "telegraf",
    "varnish",
];

/// What to write in place of `FROM base`. Of images that are not official ones, nobody knows which forms there are.
pub(super) fn code(base: Option<&str>) -> Vec<String> {
    let Some(base) = base else { return vec!["FROM …-slim".to_owned()] };
    let (name, tag) =
        base.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((base, ""));
    if tag.contains("slim") || tag.contains("alpine") || name.contains("distroless") {
        return vec!["docker build --pull …".to_owned()];
    }
    let official = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    let tag = match tag {
        // There is no `debian:slim`.
        "" | "latest" if official == "debian" => "stable-".to_owned(),
        "" | "latest" => String::new(),
        tag => format!("{tag}-"),
    };
    let form = match official {
        _ if WITH_SLIM.contains(&official) => "slim",
        _ if WITH_ALPINE.contains(&official) => "alpine",
        _ => return vec![format!("FROM …  # smaller than {base}")],
    };
    vec![format!("FROM {name}:{tag}{form}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forms_that_exist_are_named() {
        for (base, expected) in [
            (Some("python:3.12"), "FROM python:3.12-slim"),
            (Some("docker.io/library/node"), "FROM docker.io/library/node:slim"),
            (Some("debian:latest"), "FROM debian:stable-slim"),
            (Some("postgres:16"), "FROM postgres:16-alpine"),
            (Some("nginx:1.27"), "FROM nginx:1.27-alpine"),
            (Some("python:3.12-slim"), "docker build --pull …"),
            (Some("ubuntu:24.04"), "FROM …  # smaller than ubuntu:24.04"),
            (Some("ghcr.io/acme/python:3"), "FROM …  # smaller than ghcr.io/acme/python:3"),
            (Some("localhost:5000/app"), "FROM …  # smaller than localhost:5000/app"),
            (None, "FROM …-slim"),
        ] {
            assert_eq!(code(base), [expected], "{base:?}");
        }
    }
}
