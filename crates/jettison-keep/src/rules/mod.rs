//! The rules, one file each, in the order in which they are asked.

mod applets;
mod application;
mod binary_commands;
mod ca_store;
mod code_commands;
mod commands;
mod companions;
mod configuration;
mod dlopen;
mod dotnet;
mod erlang;
mod evidence;
mod fonts;
mod gconv;
mod home;
mod hooks;
mod jvm;
mod libraries;
mod listing;
mod locale;
mod lua;
mod magic;
mod mime;
mod node;
mod npm;
mod nss;
mod openssl;
mod own_directories;
mod package_db;
mod packaged_apps;
mod pam;
mod perl;
mod php;
mod plugins;
mod python;
mod r_language;
mod recipes;
mod ruby;
mod scripts;
mod selected;
mod shell;
mod skeleton;
mod static_binary;
mod templates;
mod terminfo;
mod timezones;
mod tool_commands;
mod tools;
mod volumes;
mod whole_packages;
mod wrappers;

use crate::Rule;

/// The reason of directories that lead to something kept. No rule: nothing works without them.
pub const DIRECTORY: &str = "directory";
/// The reason of what kept links point to. No rule: a dangling link where there was none is a broken image.
pub const LINK: &str = "link";
/// The reason recorded for what the user excluded though it was wanted.
pub const EXCLUDED: &str = "excluded";
/// The name of the rule that keeps what the user named.
pub const INCLUDED: &str = "included";

/// Every rule, in the order in which they are asked. Earlier ones give the reason where several want a name.
pub fn all() -> Vec<&'static dyn Rule> {
    vec![
        &evidence::Evidence,
        &selected::Selected,
        &commands::Commands,
        &libraries::Libraries,
        &scripts::Scripts,
        &home::Home,
        &volumes::Volumes,
        &skeleton::Skeleton,
        &listing::Listing,
        &ca_store::CaStore,
        &timezones::TimeZones,
        &locale::Locale,
        &terminfo::Terminfo,
        &mime::Mime,
        &magic::Magic,
        &fonts::Fonts,
        &dlopen::Dlopen,
        &static_binary::StaticBinary,
        &binary_commands::BinaryCommands,
        &gconv::Gconv,
        &nss::NameService,
        &pam::Pam,
        &openssl::OpenSsl,
        &shell::Shell,
        &applets::Applets,
        &application::Application,
        &python::Python,
        &packaged_apps::PackagedApps,
        &whole_packages::WholePackages,
        &package_db::PackageDb,
        &node::Node,
        &npm::Npm,
        &jvm::Jvm,
        &code_commands::CodeCommands,
        &wrappers::Wrappers,
        &recipes::Recipes,
        &ruby::Ruby,
        &php::Php,
        &dotnet::DotNet,
        &perl::Perl,
        &lua::Lua,
        &r_language::RLanguage,
        &plugins::Plugins,
        &companions::Companions,
        &own_directories::OwnDirectories,
        &tool_commands::ToolCommands,
        &configuration::Configuration,
        &templates::Templates,
        &tools::Tools,
        &hooks::Hooks,
        &erlang::Erlang,
    ]
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static dyn Rule> {
    all().into_iter().find(|rule| rule.name() == name)
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod necessity;
