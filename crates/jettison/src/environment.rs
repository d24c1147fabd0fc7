//! The environment, read once.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use jettison_transport::engine::EngineEnvironment;

use crate::{messages::Language, registries::RegistryEnvironment};

/// What jettison takes from the environment.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// Language of messages: `JETTISON_LANG`, or the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`; locale(7)).
    pub(crate) language: Language,
    /// Where reports are kept: `$XDG_STATE_HOME/jettison` (XDG Base Directory Specification 0.8).
    pub(crate) state: Option<PathBuf>,
    /// Where inflated layers are cached: `$XDG_CACHE_HOME/jettison`.
    pub(crate) cache: Option<PathBuf>,
    /// Where the local store is by default: `$XDG_DATA_HOME/jettison`.
    pub(crate) data: Option<PathBuf>,
    /// Where the local store is, if not there: `JETTISON_STORE`.
    pub(crate) store: Option<PathBuf>,
    /// Where container engines listen: `DOCKER_HOST` and the like.
    pub(crate) engines: EngineEnvironment,
    /// Files, certificates and proxies for registries.
    pub(crate) registries: RegistryEnvironment,
    /// Seconds since 1970 that stand for now in what is written (`SOURCE_DATE_EPOCH`, reproducible-builds.org).
    pub(crate) source_date_epoch: Option<String>,
    /// Everything that is text, for files that name variables. Values may be secrets.
    pub(crate) variables: BTreeMap<String, String>,
    /// Whether colours are unwelcome: `NO_COLOR` set and not empty (no-color.org).
    pub(crate) no_color: bool,
}

impl Environment {
    /// Reads the variables of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    pub(crate) fn read() -> Self {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables = std::env::vars_os().filter_map(text).collect();
        Self { variables, ..Self::from_variables(|name| std::env::var_os(name)) }
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let directory = |name: &str, fallback: &str| {
            // Relative values are invalid by the specification and must be ignored.
            let given = set(name).map(PathBuf::from).filter(|path| path.is_absolute());
            given
                .or_else(|| home.as_ref().map(|home| home.join(fallback)))
                .map(|path| path.join("jettison"))
        };
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
        let locale = ["JETTISON_LANG", "LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        Self {
            language: locale
                .map_or(Language::English, |locale| Language::of_locale(&locale.to_string_lossy())),
            state: directory("XDG_STATE_HOME", ".local/state"),
            cache: directory("XDG_CACHE_HOME", ".cache"),
            data: directory("XDG_DATA_HOME", ".local/share"),
            store: set("JETTISON_STORE").map(PathBuf::from),
            engines: EngineEnvironment {
                docker_host: text("DOCKER_HOST"),
                docker_context: text("DOCKER_CONTEXT"),
                docker_config: set("DOCKER_CONFIG")
                    .map(PathBuf::from)
                    .or_else(|| home.as_ref().map(|home| home.join(".docker"))),
                docker_tls: set("DOCKER_TLS_VERIFY").or_else(|| set("DOCKER_TLS")).is_some(),
                docker_cert_path: set("DOCKER_CERT_PATH").map(PathBuf::from),
                container_host: text("CONTAINER_HOST"),
                runtime_dir: set("XDG_RUNTIME_DIR").map(PathBuf::from),
            },
            registries: RegistryEnvironment::from_variables(set),
            source_date_epoch: text("SOURCE_DATE_EPOCH"),
            no_color: set("NO_COLOR").is_some(),
            variables: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_variables(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn directories_follow_the_specification() {
        let given = environment(&[
            ("HOME", "/h"),
            ("XDG_STATE_HOME", "/s"),
            ("XDG_CACHE_HOME", "relative"),
        ]);
        assert_eq!(given.state, Some(PathBuf::from("/s/jettison")));
        assert_eq!(given.cache, Some(PathBuf::from("/h/.cache/jettison")));
        assert_eq!(environment(&[]).state, None);
    }

    #[test]
    fn the_locale_chooses_the_language() {
        assert_eq!(environment(&[("LANG", "zh_CN.UTF-8")]).language, Language::Chinese);
        assert_eq!(
            environment(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]).language,
            Language::English
        );
        assert_eq!(
            environment(&[("JETTISON_LANG", "zh"), ("LC_ALL", "C")]).language,
            Language::Chinese
        );
    }
}
