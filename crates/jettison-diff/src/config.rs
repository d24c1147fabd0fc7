//! The configuration, field by field, as Dockerfiles call them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jettison_image::{HealthCheck, ImageConfig};

use crate::ConfigChange;

/// Fields that builders leave behind and no engine reads: the container of a build step.
const LEFTOVERS: &[&str] =
    &["Hostname", "Domainname", "Image", "AttachStdin", "AttachStdout", "AttachStderr"];

/// What differs between two configurations, sorted by field. `mask` takes the field and the value and gives what may be shown.
pub(crate) fn changes(
    old: &ImageConfig,
    new: &ImageConfig,
    mask: &dyn Fn(&str, &str) -> String,
) -> Vec<ConfigChange> {
    let (old, new) = (fields(old), fields(new));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let change = |name: &String| {
        let (before, after) = (old.get(name), new.get(name));
        let shown = |value: Option<&String>| value.map(|value| mask(name, value));
        (before != after).then(|| ConfigChange {
            field: name.clone(),
            before: shown(before),
            after: shown(after),
        })
    };
    names.into_iter().filter_map(change).collect()
}

/// Every field that says something.
fn fields(config: &ImageConfig) -> BTreeMap<String, String> {
    let mut fields = Fields::default();
    let run = &config.config;
    fields.put("ARCHITECTURE", &config.architecture);
    fields.put("OS", &config.os);
    fields.option("VARIANT", config.variant.as_deref());
    fields.option("AUTHOR", config.author.as_deref());
    fields.put("USER", &run.user);
    fields.put("WORKDIR", &run.working_dir);
    fields.list("ENTRYPOINT", run.entrypoint.as_deref());
    fields.list("CMD", run.cmd.as_deref());
    fields.list("SHELL", run.shell.as_deref());
    fields.option("STOPSIGNAL", run.stop_signal.as_deref());
    fields.option("STOPTIMEOUT", run.stop_timeout.map(|seconds| seconds.to_string()).as_deref());
    for text in &run.env {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        fields.set(format!("ENV {name}"), value.to_owned());
    }
    for (name, value) in &run.labels {
        fields.set(format!("LABEL {name}"), value.clone());
    }
    for port in &run.exposed_ports {
        fields.set(format!("EXPOSE {port}"), String::new());
    }
    for volume in &run.volumes {
        fields.set(format!("VOLUME {volume}"), String::new());
    }
    for (at, instruction) in run.on_build.iter().flatten().enumerate() {
        fields.set(format!("ONBUILD {}", at + 1), instruction.clone());
    }
    if let Some(check) = &run.healthcheck {
        fields.put("HEALTHCHECK", &health(check));
    }
    if run.args_escaped {
        fields.put("ARGSESCAPED", "true");
    }
    for (name, value) in &run.extra.unknown {
        if !LEFTOVERS.contains(&name.as_str()) && !value.is_null() && *value != false {
            fields.put(name, &value.to_string());
        }
    }
    fields.0
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn set(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }

    /// A field that is as good as absent when it is empty.
    fn put(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.set(name.to_owned(), value.to_owned());
        }
    }

    fn option(&mut self, name: &str, value: Option<&str>) {
        self.put(name, value.unwrap_or_default());
    }

    /// In the JSON form of a Dockerfile.
    fn list(&mut self, name: &str, words: Option<&[String]>) {
        let Some(words) = words.filter(|words| !words.is_empty()) else { return };
        let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        self.put(name, &format!("[{}]", words.join(", ")));
    }
}

fn health(check: &HealthCheck) -> String {
    let times = [
        ("interval", check.interval),
        ("timeout", check.timeout),
        ("start-period", check.start_period),
        ("start-interval", check.start_interval),
    ];
    let mut words: Vec<String> = times
        .into_iter()
        .filter_map(|(name, time)| Some((name, time.filter(|time| *time != Duration::ZERO)?)))
        .map(|(name, time)| format!("--{name}={time:?}"))
        .collect();
    words.extend(
        check.retries.filter(|&retries| retries > 0).map(|retries| format!("--retries={retries}")),
    );
    words.extend(check.test.iter().cloned());
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> ImageConfig {
        let text = format!(
            r#"{{"architecture":"amd64","os":"linux","config":{json},"rootfs":{{"type":"layers"}}}}"#
        );
        ImageConfig::from_slice(text.as_bytes()).expect("a configuration")
    }

    #[test]
    fn every_field_is_told_by_its_name() {
        let old = config(
            r#"{"User":"www","Env":["PATH=/bin","TOKEN=hush","OLD=1"],"Cmd":["a","b c"],"Labels":{"x":"1"},
               "ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGQUIT","Hostname":"abc",
               "Healthcheck":{"Test":["CMD","true"],"Interval":5000000000}}"#,
        );
        let new = config(
            r#"{"User":"","Env":["PATH=/usr/bin:/bin","TOKEN=other","NEW="],"Cmd":["a"],"Entrypoint":["e"],
               "ExposedPorts":{"8080/tcp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGQUIT","Hostname":"def",
               "Healthcheck":{"Test":["CMD","true"],"Interval":6000000000,"Retries":3},"x":{"y":1}}"#,
        );
        let mask = |field: &str, value: &str| {
            if field == "ENV TOKEN" { "****".to_owned() } else { value.to_owned() }
        };
        let shown = |old: &ImageConfig, new: &ImageConfig| -> Vec<String> {
            let line = |change: ConfigChange| {
                let side = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
                format!("{}: {} -> {}", change.field, side(change.before), side(change.after))
            };
            changes(old, new, &mask).into_iter().map(line).collect()
        };
        assert_eq!(
            shown(&old, &new),
            [
                r#"CMD: ["a", "b c"] -> ["a"]"#,
                r#"ENTRYPOINT: - -> ["e"]"#,
                "ENV NEW: - -> ",
                "ENV OLD: 1 -> -",
                "ENV PATH: /bin -> /usr/bin:/bin",
                "ENV TOKEN: **** -> ****",
                "EXPOSE 80/tcp:  -> -",
                "EXPOSE 8080/tcp: - -> ",
                "HEALTHCHECK: --interval=5s CMD true -> --interval=6s --retries=3 CMD true",
                "LABEL x: 1 -> -",
                "USER: www -> -",
                r#"x: - -> {"y":1}"#,
            ]
        );
        assert_eq!(shown(&old, &old), [""; 0]);
    }
}
