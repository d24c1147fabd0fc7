//! One service: every key is understood, ignored with a word about it, or an error.

use std::collections::BTreeMap;

use jettison_image::HealthCheck;
use serde_json::{Map, Value};

use super::{Fault, Loader, duration, environment, mounts};
use crate::{
    neighbour::{Setup, Wait},
    process::Overrides,
};

/// What is known of a service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) image: Option<String>,
    pub(super) setup: Setup,
    /// Further names by which it is found.
    pub(super) aliases: Vec<String>,
    /// Services that it needs, and what is waited for.
    pub(super) needs: BTreeMap<String, Wait>,
    /// Names by which it knows others: the service, the name.
    pub(super) links: Vec<(String, String)>,
    pub(super) warnings: Vec<String>,
}

/// Keys that do not change what a container does, or only on its machine.
const WITHOUT_EFFECT: [&str; 15] = [
    "annotations",
    "attach",
    "build",
    "container_name",
    "deploy",
    "develop",
    "labels",
    "label_file",
    "logging",
    "platform",
    "pull_policy",
    "pull_refresh_after",
    "restart",
    "stdin_open",
    "tty",
];

/// Keys that a sandbox does not follow. A program may notice, so it is said.
const IGNORED: [&str; 44] = [
    "blkio_config",
    "cap_add",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpus",
    "cpuset",
    "device_cgroup_rules",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "init",
    "ipc",
    "isolation",
    "mac_address",
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memswap_limit",
    "oom_kill_disable",
    "oom_score_adj",
    "pids_limit",
    "privileged",
    "profiles",
    "read_only",
    "runtime",
    "scale",
    "security_opt",
    "shm_size",
    "stop_grace_period",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "ulimits",
    "userns_mode",
    "uts",
];

/// Keys that are read.
const UNDERSTOOD: [&str; 21] = [
    "command",
    "configs",
    "depends_on",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "external_links",
    "extra_hosts",
    "healthcheck",
    "hostname",
    "image",
    "links",
    "network_mode",
    "networks",
    "ports",
    "secrets",
    "stop_signal",
    "user",
    "volumes",
    "working_dir",
];

/// The way out where a key is not understood.
const FLATTEN: &str =
    "it is not understood here; where `docker compose config` resolves it, give its output";

pub(super) fn read(loader: &Loader<'_>, name: &str, value: &Value) -> Result<Service, Fault> {
    let place = format!("services.{name}");
    let fields = value.as_object().ok_or_else(|| Fault::new(&place, "it must be a map"))?;
    let mut warnings = Vec::new();
    check_keys(&place, fields, &mut warnings)?;
    let reader = Reader { place: &place, fields };
    let mut setup = Setup {
        overrides: overrides(&reader)?,
        env: environment::read(loader, &place, value)?,
        health: health(&reader)?,
        hostname: reader.text("hostname")?,
        hosts: hosts(&reader, &mut warnings)?,
        ..Setup::default()
    };
    mounts::read(loader, &reader, &mut setup, &mut warnings)?;
    let mut aliases: Vec<String> = reader.text("container_name")?.into_iter().collect();
    aliases.extend(network_aliases(&reader)?);
    let (linked, links) = links(&reader)?;
    let mut needs = dependencies(loader, &reader)?;
    for service in linked {
        needs.entry(service).or_insert(Wait::Started);
    }
    Ok(Service { image: reader.text("image")?, setup, aliases, needs, links, warnings })
}

fn check_keys(
    place: &str,
    fields: &Map<String, Value>,
    warnings: &mut Vec<String>,
) -> Result<(), Fault> {
    let mut ignored = Vec::new();
    for (key, value) in fields {
        let key = key.as_str();
        if key.starts_with("x-") || UNDERSTOOD.contains(&key) || WITHOUT_EFFECT.contains(&key) {
            continue;
        }
        if !IGNORED.contains(&key) {
            return Err(Fault::new(format!("{place}.{key}"), FLATTEN));
        }
        if !value.is_null() {
            ignored.push(key);
        }
    }
    if !ignored.is_empty() {
        warnings.push(format!("{place}: not followed in the sandbox: {}", ignored.join(", ")));
    }
    if let Some(mode) = fields.get("network_mode").and_then(Value::as_str)
        && !matches!(mode, "" | "bridge" | "default")
    {
        let problem = format!("{mode:?}: the containers of a run share one network of their own");
        return Err(Fault::new(format!("{place}.network_mode"), problem));
    }
    if fields.get("external_links").and_then(Value::as_array).is_some_and(|links| !links.is_empty())
    {
        return Err(Fault::new(
            format!("{place}.external_links"),
            "nothing outside the file runs beside it",
        ));
    }
    Ok(())
}

/// The fields of a service, with their place for faults.
pub(super) struct Reader<'a> {
    pub(super) place: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    /// A field that is set.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn fault(&self, key: &str, problem: impl Into<String>) -> Fault {
        Fault::new(format!("{}.{key}", self.place), problem)
    }

    /// A field with one value; numbers are as good as text.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Fault> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(self.fault(key, "it must be one value")),
        }
    }

    /// A field with a list of values.
    pub(super) fn list(&self, key: &str) -> Result<Vec<String>, Fault> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| match item {
                    Value::String(text) => Ok(text.clone()),
                    Value::Number(number) => Ok(number.to_string()),
                    _ => Err(self.fault(key, "it must be a list of values")),
                })
                .collect(),
            Some(_) => Err(self.fault(key, "it must be a list")),
        }
    }
}

fn overrides(reader: &Reader<'_>) -> Result<Overrides, Fault> {
    let mut expose: Vec<String> = reader.list("expose")?;
    expose.extend(ports(reader)?);
    Ok(Overrides {
        entrypoint: words(reader, "entrypoint")?,
        cmd: words(reader, "command")?,
        user: reader.text("user")?,
        workdir: reader.text("working_dir")?,
        stop_signal: reader.text("stop_signal")?,
        // Ranges are there for the host's sake.
        expose: expose.into_iter().filter(|port| !port.contains('-')).collect(),
        ..Overrides::default()
    })
}

/// A command: a list of words, or a line as a shell splits it.
fn words(reader: &Reader<'_>, key: &str) -> Result<Option<Vec<String>>, Fault> {
    match reader.get(key) {
        Some(Value::String(line)) => {
            let words =
                shlex::split(line).ok_or_else(|| reader.fault(key, "a quote is not closed"))?;
            Ok(Some(words))
        }
        Some(_) => reader.list(key).map(Some),
        None => Ok(None),
    }
}

/// The containers' side of `ports`.
fn ports(reader: &Reader<'_>) -> Result<Vec<String>, Fault> {
    let Some(value) = reader.get("ports") else { return Ok(Vec::new()) };
    let items = value.as_array().ok_or_else(|| reader.fault("ports", "it must be a list"))?;
    items
        .iter()
        .map(|item| match item {
            Value::Number(number) => Ok(number.to_string()),
            Value::String(text) => Ok(text.rsplit(':').next().unwrap_or(text).to_owned()),
            Value::Object(fields) => {
                let target = fields.get("target").map(|target| match target {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                let target =
                    target.ok_or_else(|| reader.fault("ports", "a port needs a target"))?;
                let protocol = fields.get("protocol").and_then(Value::as_str).unwrap_or("tcp");
                Ok(format!("{target}/{protocol}"))
            }
            _ => Err(reader.fault("ports", "it must list ports")),
        })
        .collect()
}

fn health(reader: &Reader<'_>) -> Result<Option<HealthCheck>, Fault> {
    let Some(value) = reader.get("healthcheck") else { return Ok(None) };
    let fault = |key: &str, problem: &str| reader.fault(&format!("healthcheck.{key}"), problem);
    let fields =
        value.as_object().ok_or_else(|| reader.fault("healthcheck", "it must be a map"))?;
    if fields.get("disable") == Some(&Value::Bool(true)) {
        return Ok(Some(HealthCheck { test: vec!["NONE".to_owned()], ..HealthCheck::default() }));
    }
    let test = match fields.get("test") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(line)) => vec!["CMD-SHELL".to_owned(), line.clone()],
        Some(Value::Array(words)) => words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| fault("test", "it must be a list of words"))?,
        Some(_) => return Err(fault("test", "it must be a line or a list of words")),
    };
    let time = |key: &str| match fields.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => duration::parse(text)
            .map(Some)
            .ok_or_else(|| fault(key, "it is no duration such as 30s")),
        Some(_) => Err(fault(key, "it is no duration such as 30s")),
    };
    let retries = match fields.get("retries") {
        Some(Value::String(text)) => {
            Some(text.parse().map_err(|_error| fault("retries", "it is no number"))?)
        }
        other => other.and_then(Value::as_u64),
    };
    Ok(Some(HealthCheck {
        test,
        interval: time("interval")?,
        timeout: time("timeout")?,
        start_period: time("start_period")?,
        start_interval: time("start_interval")?,
        retries,
        ..HealthCheck::default()
    }))
}

fn dependencies(loader: &Loader<'_>, reader: &Reader<'_>) -> Result<BTreeMap<String, Wait>, Fault> {
    let mut needs = BTreeMap::new();
    match reader.get("depends_on") {
        None => {}
        Some(Value::Array(_)) => {
            needs.extend(reader.list("depends_on")?.into_iter().map(|name| (name, Wait::Started)));
        }
        Some(Value::Object(fields)) => {
            for (name, how) in fields {
                let condition =
                    how.get("condition").and_then(Value::as_str).unwrap_or("service_started");
                let wait = match condition {
                    "service_started" => Wait::Started,
                    "service_healthy" => Wait::Ready,
                    "service_completed_successfully" => Wait::Completed,
                    other => {
                        let problem = format!("there is no condition {other:?}");
                        return Err(reader.fault(&format!("depends_on.{name}"), problem));
                    }
                };
                let is_optional = how.get("required") == Some(&Value::Bool(false));
                if !is_optional || loader.project.service(name).is_some() {
                    needs.insert(name.clone(), wait);
                }
            }
        }
        Some(_) => return Err(reader.fault("depends_on", "it must be a list or a map")),
    }
    Ok(needs)
}

fn network_aliases(reader: &Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut aliases = Vec::new();
    match reader.get("networks") {
        // A list only names networks, and all of them are one here.
        None | Some(Value::Array(_)) => {}
        Some(Value::Object(networks)) => {
            for network in networks.values() {
                let names = network.get("aliases").and_then(Value::as_array).into_iter().flatten();
                aliases.extend(names.filter_map(Value::as_str).map(str::to_owned));
            }
        }
        Some(_) => return Err(reader.fault("networks", "it must be a list or a map")),
    }
    Ok(aliases)
}

/// Linked services, and the names that they are given.
type Links = (Vec<String>, Vec<(String, String)>);

fn links(reader: &Reader<'_>) -> Result<Links, Fault> {
    let mut linked = (Vec::new(), Vec::new());
    for link in reader.list("links")? {
        let (service, alias) =
            link.split_once(':').map_or((link.as_str(), None), |(s, a)| (s, Some(a)));
        linked.0.push(service.to_owned());
        if let Some(alias) = alias {
            linked.1.push((service.to_owned(), alias.to_owned()));
        }
    }
    Ok(linked)
}

fn hosts(reader: &Reader<'_>, warnings: &mut Vec<String>) -> Result<Vec<(String, String)>, Fault> {
    let pairs: Vec<(String, String)> = match reader.get("extra_hosts") {
        Some(Value::Object(fields)) => fields
            .iter()
            .map(|(name, address)| (name.clone(), address.as_str().unwrap_or_default().to_owned()))
            .collect(),
        _ => reader
            .list("extra_hosts")?
            .iter()
            .map(|text| {
                let pair = text.split_once('=').or_else(|| text.split_once(':'));
                pair.map(|(name, address)| (name.to_owned(), address.to_owned()))
                    .ok_or_else(|| reader.fault("extra_hosts", "it must be NAME=ADDRESS"))
            })
            .collect::<Result<_, _>>()?,
    };
    let mut hosts = Vec::new();
    for (name, address) in pairs {
        let address = address.trim_matches(['[', ']']).to_owned();
        if address == "host-gateway" {
            warnings.push(format!(
                "{}: {name} is this machine, which the sandbox does not reach",
                reader.place
            ));
        } else if address.parse::<std::net::IpAddr>().is_ok() && !name.contains(char::is_whitespace)
        {
            hosts.push((address, name));
        } else {
            return Err(reader.fault("extra_hosts", format!("{name}: {address:?} is no address")));
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_of_one_kind() {
        let all: Vec<&str> =
            WITHOUT_EFFECT.iter().chain(&IGNORED).chain(&UNDERSTOOD).copied().collect();
        for list in [&WITHOUT_EFFECT[..], &IGNORED, &UNDERSTOOD] {
            for key in list {
                assert_eq!(all.iter().filter(|other| *other == key).count(), 1, "{key}");
            }
        }
    }
}
