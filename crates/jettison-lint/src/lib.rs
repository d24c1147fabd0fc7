//! Dockerfile rules, one file per rule.
//!
//! [`lint`] runs them on bytes and returns findings with their places, messages in English and
//! Chinese, and fixes; [`fix`] applies those. The crate reads nothing but what a [`Neighbours`]
//! hands it, opens no images (an [`Images`] does), and prints nothing.

#![forbid(unsafe_code)]

mod base;
mod baseline;
mod broken_array;
mod build_context;
mod chain;
mod config;
mod diagnostic;
mod discover;
mod end_of_life;
mod exec_form;
mod finding;
mod fixer;
mod format;
mod hadolint_config;
mod ignore;
mod ignore_patterns;
mod image_facts;
mod image_name;
mod java;
mod kubernetes;
mod label_values;
mod lint;
mod neighbours;
mod packages;
mod page;
mod patch;
mod prelude;
mod python;
mod registry;
#[cfg(any(feature = "shuck", test))]
mod remembered;
mod repeated;
mod report;
mod rpm;
mod rule;
mod rules;
mod secret_names;
mod settings;
mod shell;
mod shell_linter;
#[cfg(feature = "shuck")]
mod shuck;
mod start_command;
mod subject;
mod syntax_zh;
mod variables;
mod yaml;

pub use baseline::{Baseline, BaselineError};
pub use build_context::{BuildContexts, plain as plain_path};
pub use config::{ConfigError, Configuration};
pub use diagnostic::{Diagnostic, RelatedPlace, Suggestion, diagnostics};
pub use discover::{discover, is_dockerfile_name};
pub use finding::{Finding, Fix, Message, Related, Safety};
pub use fixer::{Fixed, fix};
pub use format::{Aside, Colour, Format, Style, Writer};
pub use image_facts::{ImageFacts, Images, Libc, Origin};
pub use kubernetes::{fix_manifests, lint_manifests, manifest_diagnostics};
pub use lint::{Linted, MAX_FILE, lint, lint_parsed};
pub use neighbours::{Child, ContextDirectory, GivenFiles, Neighbours, NoNeighbours, Overlay};
pub use page::{list, page};
pub use patch::{line_edits, unified_diff};
pub use registry::{RULES, rule, rules};
pub use rule::{Language, Level, Page, Rule, Text};
pub use settings::{LabelKind, Settings};
pub use shell_linter::{AllFound, Dialect, ShellFinding, ShellLinter, ShellScript};
