//! All rules.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    kubernetes,
    rule::Rule,
    rules::{self as areas, shell::codes},
};

/// Every rule but ShellCheck's codes, by area and name.
pub static RULES: &[&Rule] = &[
    &areas::apk::cache::RULE,
    &areas::apk::unpinned::RULE,
    &areas::apk::update::RULE,
    &areas::apk::upgrade::RULE,
    &areas::apt::interactive_tool::RULE,
    &areas::apt::lists::RULE,
    &areas::apt::recommends::RULE,
    &areas::apt::unpinned::RULE,
    &areas::apt::upgrade::RULE,
    &areas::apt::yes::RULE,
    &areas::cache::consecutive_run::RULE,
    &areas::cache::late_cleanup::RULE,
    &areas::cache::recursive_owner::RULE,
    &areas::cache::sources_first::RULE,
    &areas::context::ignored_files::RULE,
    &areas::context::nginx_workers::RULE,
    &areas::context::script_exec::RULE,
    &areas::file::casing::RULE,
    &areas::file::empty_continuation::RULE,
    &areas::file::inline_ignore::RULE,
    &areas::file::syntax::RULE,
    &areas::file::unused_ignore::RULE,
    &areas::from::as_casing::RULE,
    &areas::from::duplicate_stage::RULE,
    &areas::from::end_of_life::RULE,
    &areas::from::full_base::RULE,
    &areas::from::invalid_default::RULE,
    &areas::from::latest::RULE,
    &areas::from::platform::RULE,
    &areas::from::redundant_platform::RULE,
    &areas::from::registry::RULE,
    &areas::from::reserved_stage::RULE,
    &areas::from::stage_casing::RULE,
    &areas::from::undefined_arg::RULE,
    &areas::from::untagged::RULE,
    &areas::image::build_tools::RULE,
    &areas::image::gunicorn_tmp::RULE,
    &areas::image::healthcheck_form::RULE,
    &areas::image::missing_command::RULE,
    &areas::image::no_healthcheck::RULE,
    &areas::image::privileged_port::RULE,
    &areas::image::runs_as_root::RULE,
    &areas::image::scratch_certificates::RULE,
    &areas::image::several_processes::RULE,
    &areas::image::sshd::RULE,
    &areas::image::wrong_manager::RULE,
    &areas::instruction::add_for_files::RULE,
    &areas::instruction::broken_array::RULE,
    &areas::instruction::copy_archive::RULE,
    &areas::instruction::copy_from_itself::RULE,
    &areas::instruction::copy_from_unknown::RULE,
    &areas::instruction::copy_relative::RULE,
    &areas::instruction::copy_root::RULE,
    &areas::instruction::env_self::RULE,
    &areas::instruction::legacy_pair::RULE,
    &areas::instruction::maintainer::RULE,
    &areas::instruction::port_format::RULE,
    &areas::instruction::port_protocol::RULE,
    &areas::instruction::port_range::RULE,
    &areas::instruction::several_cmds::RULE,
    &areas::instruction::several_entrypoints::RULE,
    &areas::instruction::several_healthchecks::RULE,
    &areas::instruction::several_sources::RULE,
    &areas::instruction::shell_form::RULE,
    &areas::instruction::undefined_variable::RULE,
    &areas::instruction::unused_arg::RULE,
    &areas::instruction::user_name::RULE,
    &areas::instruction::user_root::RULE,
    &areas::instruction::workdir_relative::RULE,
    &areas::java::heap_dump_path::RULE,
    &areas::java::heap_options::RULE,
    &areas::java::locked_option::RULE,
    &areas::java::misspelt_option::RULE,
    &areas::java::removed_option::RULE,
    &areas::label::key::RULE,
    &areas::label::schema::RULE,
    &areas::language::gem_unpinned::RULE,
    &areas::language::go_unpinned::RULE,
    &areas::language::musl_wheels::RULE,
    &areas::language::npm_unpinned::RULE,
    &areas::language::pip_cache::RULE,
    &areas::language::pip_unpinned::RULE,
    &areas::language::python_env::RULE,
    &areas::language::yarn_cache::RULE,
    &areas::rpm::dnf_clean::RULE,
    &areas::rpm::dnf_unpinned::RULE,
    &areas::rpm::dnf_yes::RULE,
    &areas::rpm::upgrade::RULE,
    &areas::rpm::yum_clean::RULE,
    &areas::rpm::yum_unpinned::RULE,
    &areas::rpm::yum_yes::RULE,
    &areas::rpm::zypper_clean::RULE,
    &areas::rpm::zypper_unpinned::RULE,
    &areas::rpm::zypper_yes::RULE,
    &areas::secret::default_password::RULE,
    &areas::secret::variable::RULE,
    &areas::shell::cd::RULE,
    &areas::shell::pipefail::RULE,
    &areas::shell::replace_sh::RULE,
    &areas::shell::shellcheck::RULE,
    &areas::shell::sorted_packages::RULE,
    &areas::shell::sudo::RULE,
    &areas::shell::two_downloaders::RULE,
    &areas::shell::useless_command::RULE,
    &areas::shell::useradd_log::RULE,
    &areas::shell::wget_progress::RULE,
    &areas::shell::world_writable::RULE,
];

/// Every rule, ShellCheck's codes included.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().copied().chain(kubernetes::RULES).chain(codes::all())
}

/// The rule with this id or alias, in any letter case.
pub fn rule(name: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.is_called(name))
}

/// The rule with exactly this id: quick, for findings.
pub(crate) fn by_id(id: &str) -> Option<&'static Rule> {
    static BY_ID: LazyLock<HashMap<&str, &Rule>> =
        LazyLock::new(|| rules().map(|rule| (rule.id, rule)).collect());
    BY_ID.get(id).copied()
}
