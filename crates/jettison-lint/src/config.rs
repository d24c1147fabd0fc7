//! `jettison.toml` and `.hadolint.yaml`, found upwards from a file.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use thiserror::Error;

use crate::{
    build_context::plain,
    hadolint_config,
    ignore_patterns::Patterns,
    registry,
    rule::Level,
    settings::{LabelKind, Settings},
};

/// Files that `extend` may chain.
const MAX_EXTENDS: usize = 16;

/// Names of hadolint's own configuration.
const HADOLINT_NAMES: &[&str] = &[".hadolint.yaml", ".hadolint.yml"];

/// Configuration of a directory and what is below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Settings for all files.
    settings: Settings,
    /// The level from which findings fail a run.
    pub fail_on: Option<Level>,
    /// The build context of all files.
    context: Option<PathBuf>,
    /// Further settings for files whose path (from the configuration's directory) matches.
    overrides: Vec<(Patterns, Table)>,
    /// The directory that paths in it count from.
    directory: PathBuf,
}

/// Why configuration cannot be used. All name the file.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no TOML, or has a key or value that is not known.
    #[error("{path}: {source}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// hadolint's file has a line that is not understood.
    #[error("{path}:{line}: {problem}")]
    Hadolint {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A name that no rule has.
    #[error("{path}: no rule is called {name}; `jettison explain --lint` shows them all")]
    UnknownRule {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// A level or label kind that does not exist.
    #[error("{path}: {value:?} is none of {known}")]
    UnknownValue {
        /// The file.
        path: PathBuf,
        /// The value.
        value: String,
        /// What it may be.
        known: &'static str,
    },
    /// `extend` leads in a circle, or too far.
    #[error("{path}: extend leads through more than {MAX_EXTENDS} files")]
    TooManyExtends {
        /// The first file.
        path: PathBuf,
    },
}

/// The whole file; other parts of the program have tables of their own in it.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    lint: Table,
}

/// `[lint]`, or one `[[lint.overrides]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Table {
    extend: Option<PathBuf>,
    context: Option<PathBuf>,
    paths: Vec<String>,
    select: Vec<String>,
    ignore: Vec<String>,
    levels: BTreeMap<String, String>,
    trusted_registries: Vec<String>,
    labels: BTreeMap<String, String>,
    strict_labels: Option<bool>,
    forbid_inline_ignores: Option<bool>,
    fail_on: Option<String>,
    overrides: Vec<Table>,
}

impl Configuration {
    /// The nearest configuration at or above `directory`: `jettison.toml` with a `[lint]` table
    /// before hadolint's in the same directory. Without one, the defaults.
    ///
    /// # Errors
    /// When a file is found but cannot be read or understood.
    pub fn find(directory: &Path) -> Result<Self, ConfigError> {
        for directory in directory.ancestors() {
            let own = directory.join("jettison.toml");
            if own.is_file() {
                return Self::load(&own);
            }
            if let Some(path) =
                HADOLINT_NAMES.iter().map(|name| directory.join(name)).find(|path| path.is_file())
            {
                return Self::load(&path);
            }
        }
        Ok(Self::default())
    }

    /// Reads the configuration `path`: hadolint's when its name ends in `.yaml` or `.yml`.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        if is_yaml {
            let text = read(path)?;
            let (settings, fail_on) =
                hadolint_config::parse(&text).map_err(|(line, problem)| ConfigError::Hadolint {
                    path: path.to_owned(),
                    line,
                    problem,
                })?;
            return Ok(Self { settings, fail_on, directory, ..Self::default() });
        }
        let mut configuration = Self { directory, ..Self::default() };
        // What is extended comes first, so that the nearer file wins.
        for (path, table) in chain(path)?.into_iter().rev() {
            configuration.merge(&path, &table)?;
        }
        Ok(configuration)
    }

    fn merge(&mut self, path: &Path, table: &Table) -> Result<(), ConfigError> {
        add(&mut self.settings, table, path)?;
        let parent = path.parent().unwrap_or(Path::new(""));
        let from_here = |context: &PathBuf| plain(&parent.join(context));
        self.context = table.context.as_ref().map(from_here).or(self.context.take());
        if let Some(name) = &table.fail_on {
            self.fail_on = Some(level(name, path)?);
        }
        for one in &table.overrides {
            // Tried out here, so that mistakes show even when no file matches.
            add(&mut Settings::default(), one, path)?;
            let mut one = one.clone();
            one.context = one.context.as_ref().map(from_here);
            self.overrides.push((Patterns::parse(&one.paths.join("\n")), one));
        }
        Ok(())
    }

    /// The settings for the file `path`.
    pub fn settings_for(&self, path: &Path) -> Settings {
        let mut settings = self.settings.clone();
        settings.file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        for table in self.overrides_for(path) {
            add(&mut settings, table, path).expect("it was tried out when it was read");
        }
        settings
    }

    /// The build context of the file `path`, when it is configured.
    pub fn context_for(&self, path: &Path) -> Option<&Path> {
        let overrides = self.overrides_for(path).filter_map(|table| table.context.as_deref());
        overrides.last().or(self.context.as_deref())
    }

    fn overrides_for(&self, path: &Path) -> impl Iterator<Item = &Table> {
        let relative = path.strip_prefix(&self.directory).unwrap_or(path);
        let relative = relative.to_string_lossy().replace('\\', "/");
        let matching = self
            .overrides
            .iter()
            .filter(move |(patterns, _)| patterns.exclude(relative.trim_start_matches("./")));
        matching.map(|(_, table)| table)
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs_err::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

/// The tables of `path` and of what it extends, nearest first.
fn chain(path: &Path) -> Result<Vec<(PathBuf, Table)>, ConfigError> {
    let mut tables: Vec<(PathBuf, Table)> = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(current) = next {
        if tables.len() >= MAX_EXTENDS {
            return Err(ConfigError::TooManyExtends { path: path.to_owned() });
        }
        let text = read(&current)?;
        let file: File = toml::from_str(&text).map_err(|source| ConfigError::Toml {
            path: current.clone(),
            source: Box::new(source),
        })?;
        let parent = current.parent().unwrap_or(Path::new("")).to_owned();
        next = file.lint.extend.as_ref().map(|extend| parent.join(extend));
        tables.push((current, file.lint));
    }
    Ok(tables)
}

fn add(settings: &mut Settings, table: &Table, path: &Path) -> Result<(), ConfigError> {
    settings.select.extend(rules(&table.select, path)?);
    settings.ignore.extend(rules(&table.ignore, path)?);
    for (name, value) in &table.levels {
        let name = rules(std::slice::from_ref(name), path)?;
        let level = level(value, path)?;
        settings.levels.extend(name.into_iter().map(|name| (name, level)));
    }
    settings.trusted_registries.extend(table.trusted_registries.iter().cloned());
    for (key, kind) in &table.labels {
        let kind = label_kind(kind).ok_or_else(|| ConfigError::UnknownValue {
            path: path.to_owned(),
            value: kind.clone(),
            known: "text, url, semver, rfc3339, spdx, hash, email",
        })?;
        settings.label_schema.insert(key.clone(), kind);
    }
    settings.strict_labels = table.strict_labels.unwrap_or(settings.strict_labels);
    settings.forbids_inline_ignores =
        table.forbid_inline_ignores.unwrap_or(settings.forbids_inline_ignores);
    Ok(())
}

/// `names`, when each is a rule's. Codes of ShellCheck are taken as they are.
fn rules(names: &[String], path: &Path) -> Result<BTreeSet<String>, ConfigError> {
    for name in names {
        let is_shellcheck = name.len() == 6 && name.to_ascii_uppercase().starts_with("SC");
        if registry::rule(name).is_none() && !is_shellcheck {
            return Err(ConfigError::UnknownRule { path: path.to_owned(), name: name.clone() });
        }
    }
    Ok(names.iter().cloned().collect())
}

fn level(name: &str, path: &Path) -> Result<Level, ConfigError> {
    Level::parse(name).ok_or_else(|| ConfigError::UnknownValue {
        path: path.to_owned(),
        value: name.to_owned(),
        known: "error, warning, info, style, off",
    })
}

/// The kind of label value called `name`, by our names and hadolint's.
pub(crate) fn label_kind(name: &str) -> Option<LabelKind> {
    Some(match name.to_ascii_lowercase().as_str() {
        "text" | "rawtext" | "" => LabelKind::Text,
        "url" => LabelKind::Url,
        "semver" => LabelKind::Semver,
        "rfc3339" => LabelKind::Rfc3339,
        "spdx" => LabelKind::Spdx,
        "hash" | "githash" => LabelKind::GitHash,
        "email" => LabelKind::Email,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use jettison_testkit::directory;

    use super::*;

    #[test]
    fn the_nearest_file_counts_and_may_extend_another() {
        let directory = directory(&[
            ("jettison.toml", "[lint]\nignore = [\"DL3008\"]\nfail-on = \"error\"\n"),
            (
                "a/jettison.toml",
                "[lint]\nextend = \"../jettison.toml\"\nlevels = { JT-cd = \"error\" }\n\
                 [[lint.overrides]]\npaths = [\"test/**\"]\nignore = [\"JT-cd\"]\n[slim]\nx = 1\n",
            ),
            ("a/b/Dockerfile", ""),
        ]);
        let a = directory.path().join("a");
        let configuration = Configuration::find(&a.join("b")).expect("it is readable");
        let settings = configuration.settings_for(&a.join("b/Dockerfile"));
        assert!(settings.ignore.contains("DL3008"));
        assert_eq!(settings.levels.get("JT-cd"), Some(&Level::Error));
        assert_eq!(configuration.fail_on, Some(Level::Error));
        let other = configuration.settings_for(&a.join("test/x/Dockerfile"));
        assert!(other.ignore.contains("JT-cd") && !settings.ignore.contains("JT-cd"));
    }

    #[test]
    fn a_context_counts_from_the_file_that_names_it() {
        let directory = directory(&[
            (
                "base/jettison.toml",
                "[lint]\ncontext = \"../all\"\n[[lint.overrides]]\npaths = [\"x/**\"]\ncontext = \".\"\n",
            ),
            ("a/jettison.toml", "[lint]\nextend = \"../base/jettison.toml\"\n"),
        ]);
        let root = directory.path();
        let configuration = Configuration::find(&root.join("a")).expect("it is readable");
        let context = |path| configuration.context_for(&root.join(path));
        assert_eq!(context("a/Dockerfile"), Some(root.join("all").as_path()));
        assert_eq!(context("a/x/Dockerfile"), Some(root.join("base").as_path()));
        assert_eq!(Configuration::default().context_for(&root.join("a/Dockerfile")), None);
    }

    #[test]
    fn hadolint_files_are_understood() {
        let directory = directory(&[(".hadolint.yaml", "ignored:\n  - DL3008\n")]);
        let configuration = Configuration::find(directory.path()).expect("it is readable");
        assert!(configuration.settings_for(Path::new("Dockerfile")).ignore.contains("DL3008"));
    }

    #[test]
    fn mistakes_name_the_file_and_the_way_out() {
        let cases = [
            ("[lint]\nignore = [\"DL9999\"]\n", "no rule is called DL9999"),
            ("[lint]\nignored = []\n", "unknown field `ignored`"),
            ("[lint]\nfail-on = \"bad\"\n", "none of error, warning"),
            ("[lint]\nlabels = { a = \"b\" }\n", "none of text, url"),
            ("[lint]\nextend = \"jettison.toml\"\n", "more than 16 files"),
            ("[lint]\nextend = \"none.toml\"\n", "cannot read the configuration"),
            ("[lint\n", "TOML parse error"),
        ];
        for (text, expected) in cases {
            let directory = directory(&[("jettison.toml", text)]);
            let error = Configuration::find(directory.path()).expect_err(text).to_string();
            assert!(error.contains(expected) && error.contains(".toml"), "{text}: {error}");
        }
    }
}
