//! What whoever runs an image may count on, and what of it changed from one image to the next.
//!
//! Three sorts of people count on something: who runs the image (ports, command line, user, environment),
//! who keeps its data (volumes), who builds from it (environment, ONBUILD). A change breaks the contract
//! when somebody who did nothing wrong has to change something; `docs/images.md` argues each case.

use std::collections::{BTreeMap, BTreeSet};

use crate::{ImageConfig, RuntimeConfig};

/// The contract of an image: how it is run, on each platform that it is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contract {
    platforms: BTreeMap<String, RuntimeConfig>,
}

/// Whether a change is one that users notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Somebody has to change something: a new major version.
    Breaks,
    /// Something is offered that was not: a new minor version.
    Adds,
    /// Nobody who follows the rules notices.
    Keeps,
}

/// One difference between two contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractChange {
    /// What it does to users.
    pub impact: Impact,
    /// The platform it is about, where not all have it.
    pub platform: Option<String>,
    /// The field, as instructions call it: `EXPOSE`.
    pub field: &'static str,
    /// What was there; `None` for nothing.
    pub before: Option<String>,
    /// What is there now.
    pub after: Option<String>,
    /// Why it has that impact.
    pub because: &'static str,
}

impl Contract {
    /// The contract of an image that has these configs, one for each platform.
    pub fn of<'c>(configs: impl IntoIterator<Item = &'c ImageConfig>) -> Self {
        let platform =
            |config: &ImageConfig| (config.platform().to_string(), config.config.clone());
        Self { platforms: configs.into_iter().map(platform).collect() }
    }

    /// What changed from `self` to `new`: what breaks first, then by field. A change that all platforms
    /// share is told once.
    pub fn changes_to(&self, new: &Self) -> Vec<ContractChange> {
        let mut changes = Vec::new();
        let mut counts: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let mut common = 0;
        for (platform, before) in &self.platforms {
            let Some(after) = new.platforms.get(platform) else {
                changes.push(ContractChange {
                    impact: Impact::Breaks,
                    platform: None,
                    field: "platform",
                    before: Some(platform.clone()),
                    after: None,
                    because: "machines of this kind can no longer run it",
                });
                continue;
            };
            common += 1;
            for change in config_changes(before, after) {
                let known = changes.iter().position(|known| *known == change);
                let place = known.unwrap_or_else(|| {
                    changes.push(change);
                    changes.len() - 1
                });
                counts.entry(place).or_default().push(platform.clone());
            }
        }
        for (place, platforms) in counts {
            if platforms.len() < common {
                changes[place].platform = Some(platforms.join(", "));
            }
        }
        for platform in new.platforms.keys().filter(|new| !self.platforms.contains_key(*new)) {
            changes.push(ContractChange {
                impact: Impact::Adds,
                platform: None,
                field: "platform",
                before: None,
                after: Some(platform.clone()),
                because: "it runs on more machines",
            });
        }
        changes.sort_by_key(|change| change.impact);
        changes
    }
}

/// What changed in how an image is run.
fn config_changes(before: &RuntimeConfig, after: &RuntimeConfig) -> Vec<ContractChange> {
    let mut found = Found::default();
    found.set(
        "EXPOSE",
        (&ports(before), &ports(after)),
        &Reasons {
            gone: "whoever connects to it, or publishes it, gets no answer",
            new: "a port more disturbs nobody",
        },
    );
    found.set(
        "VOLUME",
        (&before.volumes, &after.volumes),
        &Reasons {
            gone: "data written there is no longer kept apart from the container, and goes with it",
            new: "it only keeps data that would have gone with the container",
        },
    );
    found.command(before, after);
    found.user(before, after);
    found.environment(before, after);
    found.workdir(before, after);
    found.healthcheck(before, after);
    found.stop_signal(before, after);
    found.building(before, after);
    found.changes
}

/// `80` is `80/tcp`.
fn ports(config: &RuntimeConfig) -> BTreeSet<String> {
    let whole = |port: &String| {
        let port = port.to_ascii_lowercase();
        if port.contains('/') { port } else { format!("{port}/tcp") }
    };
    config.exposed_ports.iter().map(whole).collect()
}

/// Why it matters that an item of a set is gone, or new.
struct Reasons {
    gone: &'static str,
    new: &'static str,
}

#[derive(Debug, Default)]
struct Found {
    changes: Vec<ContractChange>,
}

impl Found {
    fn add(
        &mut self,
        impact: Impact,
        field: &'static str,
        (before, after): (Option<String>, Option<String>),
        because: &'static str,
    ) {
        let platform = None;
        self.changes.push(ContractChange { impact, platform, field, before, after, because });
    }

    fn set(
        &mut self,
        field: &'static str,
        (before, after): (&BTreeSet<String>, &BTreeSet<String>),
        because: &Reasons,
    ) {
        for item in before.difference(after) {
            self.add(Impact::Breaks, field, (Some(item.clone()), None), because.gone);
        }
        for item in after.difference(before) {
            self.add(Impact::Adds, field, (None, Some(item.clone())), because.new);
        }
    }

    fn command(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        let words = |words: &Option<Vec<String>>| words.clone().filter(|words| !words.is_empty());
        let shown = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(" "));
        let (entry, new_entry) = (words(&before.entrypoint), words(&after.entrypoint));
        let pair = (shown(&entry), shown(&new_entry));
        if entry != new_entry {
            match (&entry, &new_entry) {
                (Some(old), Some(new)) if is_same_program(old, new) => self.add(
                    Impact::Keeps,
                    "ENTRYPOINT",
                    pair,
                    "the same program with the same arguments, in another directory",
                ),
                _ => self.add(
                    Impact::Breaks,
                    "ENTRYPOINT",
                    pair,
                    "arguments that users give go to another program, or are understood otherwise",
                ),
            }
        }
        let (cmd, new_cmd) = (words(&before.cmd), words(&after.cmd));
        if cmd == new_cmd {
            return;
        }
        let pair = (shown(&cmd), shown(&new_cmd));
        // Behind an entry point, CMD is its default arguments; without one, it is the program.
        let has_entry = entry.is_some() && new_entry.is_some();
        match (&cmd, &new_cmd) {
            (Some(old), Some(new)) if has_entry || program(old) == program(new) => self.add(
                Impact::Keeps,
                "CMD",
                pair,
                "other default arguments for the same program; whoever gives arguments replaces them",
            ),
            (None, Some(_)) if entry.is_none() && new_entry.is_none() => {
                self.add(Impact::Adds, "CMD", pair, "it can be run without naming a command");
            }
            _ => self.add(
                Impact::Breaks,
                "CMD",
                pair,
                "whoever runs it without arguments gets another program, or none",
            ),
        }
    }

    fn user(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        let (old, new) = (normal_user(&before.user), normal_user(&after.user));
        if old != new {
            self.add(
                Impact::Breaks,
                "USER",
                (Some(old), Some(new)),
                "files in its volumes and mounts belong to the user it was, and rights change",
            );
        }
    }

    fn environment(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        let (old, new) = (variables(&before.env), variables(&after.env));
        for (name, value) in &old {
            let pair = |after: Option<&String>| {
                (Some(format!("{name}={value}")), after.map(|after| format!("{name}={after}")))
            };
            match new.get(name) {
                None => self.add(
                    Impact::Breaks,
                    "ENV",
                    pair(None),
                    "scripts and images built on it read it",
                ),
                Some(after) if after == value => {}
                Some(after) if *name == "PATH" => self.path(value, after),
                Some(after) if after.is_empty() => self.add(
                    Impact::Breaks,
                    "ENV",
                    pair(Some(after)),
                    "it has no default any more: users have to set it",
                ),
                Some(after) => {
                    self.add(Impact::Keeps, "ENV", pair(Some(after)), "another default value");
                }
            }
        }
        for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
            let pair = (None, Some(format!("{name}={value}")));
            if value.is_empty() {
                let because = "declared without a value: users have to set it";
                self.add(Impact::Breaks, "ENV", pair, because);
            } else {
                self.add(Impact::Adds, "ENV", pair, "it has a default");
            }
        }
    }

    fn path(&mut self, before: &str, after: &str) {
        let after_set: BTreeSet<&str> = after.split(':').collect();
        let is_kept = before.split(':').all(|dir| after_set.contains(dir));
        let pair = (Some(format!("PATH={before}")), Some(format!("PATH={after}")));
        if is_kept {
            self.add(Impact::Keeps, "ENV", pair, "commands are found where they were");
        } else {
            self.add(Impact::Breaks, "ENV", pair, "commands of a directory are no longer found");
        }
    }

    fn workdir(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        let normal = |dir: &str| {
            let dir = dir.trim_end_matches('/');
            if dir.is_empty() { "/".to_owned() } else { dir.to_owned() }
        };
        let (old, new) = (normal(&before.working_dir), normal(&after.working_dir));
        if old != new {
            self.add(
                Impact::Breaks,
                "WORKDIR",
                (Some(old), Some(new)),
                "relative paths in arguments, mounts and images built on it lead elsewhere",
            );
        }
    }

    fn healthcheck(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        let test = |config: &RuntimeConfig| {
            let test = config.healthcheck.as_ref().map(|check| check.test.join(" "));
            test.filter(|test| !test.is_empty() && test != "NONE")
        };
        let pair = (test(before), test(after));
        match &pair {
            (old, new) if old == new => {}
            (Some(_), None) => self.add(
                Impact::Breaks,
                "HEALTHCHECK",
                pair,
                "services that wait until it is healthy wait forever",
            ),
            (None, _) => {
                self.add(Impact::Adds, "HEALTHCHECK", pair, "it can be waited for");
            }
            _ => self.add(Impact::Keeps, "HEALTHCHECK", pair, "it is asked in another way"),
        }
    }

    fn stop_signal(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        if before.stop_signal != after.stop_signal {
            self.add(
                Impact::Keeps,
                "STOPSIGNAL",
                (before.stop_signal.clone(), after.stop_signal.clone()),
                "engines read it from the image",
            );
        }
    }

    /// What only images built on this one see.
    fn building(&mut self, before: &RuntimeConfig, after: &RuntimeConfig) {
        let shown = |list: &Option<Vec<String>>| {
            list.as_ref().filter(|list| !list.is_empty()).map(|list| list.join("; "))
        };
        let (old, new) = (shown(&before.on_build), shown(&after.on_build));
        if old != new {
            let because = "images built on it are built otherwise";
            self.add(Impact::Breaks, "ONBUILD", (old, new), because);
        }
        let (old, new) = (shown(&before.shell), shown(&after.shell));
        if old != new {
            let because = "commands of images built on it go to another shell";
            self.add(Impact::Breaks, "SHELL", (old, new), because);
        }
    }
}

/// The same base name of the program, and the same arguments.
fn is_same_program(old: &[String], new: &[String]) -> bool {
    base_name(&old[0]) == base_name(&new[0]) && old[1..] == new[1..]
}

/// The program of a command: of the shell form, the first word that the shell runs.
fn program(words: &[String]) -> String {
    let [shell, flag, script, ..] = words else {
        return base_name(&words[0]).to_owned();
    };
    if flag != "-c" || !base_name(shell).ends_with("sh") {
        return base_name(&words[0]).to_owned();
    }
    let is_prefix = |word: &&str| *word == "exec" || word.contains('=');
    let first = script.split_whitespace().find(|word| !is_prefix(word)).unwrap_or_default();
    base_name(first).to_owned()
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `root`, `0:0` and nothing are the same user.
fn normal_user(user: &str) -> String {
    let (name, group) = user.split_once(':').unwrap_or((user, ""));
    let name = if matches!(name, "" | "0") { "root" } else { name };
    let group = if matches!(group, "0") { "root" } else { group };
    if group.is_empty() || (name == "root" && group == "root") {
        return name.to_owned();
    }
    format!("{name}:{group}")
}

/// Names with values; of several values of one name, the last counts.
fn variables(env: &[String]) -> BTreeMap<&str, String> {
    let pair = |text: &'_ String| -> Option<(usize, String)> {
        let at = text.find('=')?;
        Some((at, text[at + 1..].to_owned()))
    };
    env.iter()
        .map(|text| match pair(text) {
            Some((at, value)) => (&text[..at], value),
            None => (text.as_str(), String::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A config of `key: value` lines, as instructions have them.
    fn config(lines: &[&str]) -> ImageConfig {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut image = ImageConfig {
            architecture: "amd64".to_owned(),
            os: "linux".to_owned(),
            ..ImageConfig::default()
        };
        for line in lines {
            let (key, value) = line.split_once(' ').expect("a key and a value");
            let config = &mut image.config;
            match key {
                "EXPOSE" => drop(config.exposed_ports.insert(value.to_owned())),
                "VOLUME" => drop(config.volumes.insert(value.to_owned())),
                "ENV" => config.env.push(value.to_owned()),
                "ENTRYPOINT" => config.entrypoint = Some(words(value)),
                "CMD" => config.cmd = Some(words(value)),
                "SHELLCMD" => {
                    config.cmd = Some(vec!["/bin/sh".into(), "-c".into(), value.to_owned()]);
                }
                "USER" => value.clone_into(&mut config.user),
                "WORKDIR" => value.clone_into(&mut config.working_dir),
                "STOPSIGNAL" => config.stop_signal = Some(value.to_owned()),
                "ONBUILD" => config.on_build = Some(vec![value.to_owned()]),
                "SHELL" => config.shell = Some(words(value)),
                "LABEL" => drop(config.labels.insert(value.to_owned(), String::new())),
                "HEALTHCHECK" => {
                    let test = words(value);
                    config.healthcheck = Some(crate::HealthCheck { test, ..Default::default() });
                }
                other => panic!("{other}"),
            }
        }
        image
    }

    fn changes(before: &[&str], after: &[&str]) -> Vec<ContractChange> {
        Contract::of([&config(before)]).changes_to(&Contract::of([&config(after)]))
    }

    #[test]
    fn what_breaks_and_what_does_not() {
        use Impact::{Adds, Breaks, Keeps};
        for (before, after, expected) in [
            (&["EXPOSE 80"][..], &["EXPOSE 80/tcp"][..], &[][..]),
            (&["EXPOSE 80"], &["EXPOSE 8080"], &[("EXPOSE", Breaks), ("EXPOSE", Adds)]),
            (&["EXPOSE 80"], &["EXPOSE 80", "EXPOSE 443"], &[("EXPOSE", Adds)]),
            (&["EXPOSE 53/tcp"], &["EXPOSE 53/udp"], &[("EXPOSE", Breaks), ("EXPOSE", Adds)]),
            (&["VOLUME /data"], &[], &[("VOLUME", Breaks)]),
            (&[], &["VOLUME /data"], &[("VOLUME", Adds)]),
            (&["ENTRYPOINT /app"], &["ENTRYPOINT /start"], &[("ENTRYPOINT", Breaks)]),
            (&["ENTRYPOINT /app"], &["ENTRYPOINT /app --fast"], &[("ENTRYPOINT", Breaks)]),
            (&["ENTRYPOINT /app"], &["ENTRYPOINT /usr/bin/app"], &[("ENTRYPOINT", Keeps)]),
            (&["ENTRYPOINT /app"], &[], &[("ENTRYPOINT", Breaks)]),
            (&[], &["ENTRYPOINT /app"], &[("ENTRYPOINT", Breaks)]),
            (&["CMD nginx"], &["CMD nginx -g daemon"], &[("CMD", Keeps)]),
            (&["CMD nginx"], &["CMD /usr/sbin/nginx"], &[("CMD", Keeps)]),
            (&["CMD nginx"], &["CMD apache2"], &[("CMD", Breaks)]),
            (&["CMD nginx"], &[], &[("CMD", Breaks)]),
            (&[], &["CMD nginx"], &[("CMD", Adds)]),
            (&["SHELLCMD node a.js"], &["SHELLCMD exec node b.js"], &[("CMD", Keeps)]),
            (&["SHELLCMD A=1 node a.js"], &["CMD node b.js"], &[("CMD", Keeps)]),
            (&["SHELLCMD node a.js"], &["SHELLCMD deno a.js"], &[("CMD", Breaks)]),
            (
                &["ENTRYPOINT /app", "CMD serve"],
                &["ENTRYPOINT /app", "CMD serve --tls"],
                &[("CMD", Keeps)],
            ),
            (&["ENTRYPOINT /app", "CMD serve"], &["ENTRYPOINT /app"], &[("CMD", Breaks)]),
            (&["USER 0:0"], &["USER root"], &[]),
            (&[], &["USER root"], &[]),
            (&[], &["USER app"], &[("USER", Breaks)]),
            (&["USER 1000"], &["USER 1001"], &[("USER", Breaks)]),
            (&["USER app"], &["USER app:staff"], &[("USER", Breaks)]),
            (&["ENV VERSION=1"], &["ENV VERSION=2"], &[("ENV", Keeps)]),
            (&["ENV JAVA_HOME=/j"], &[], &[("ENV", Breaks)]),
            (&[], &["ENV DB_PASSWORD="], &[("ENV", Breaks)]),
            (&["ENV DB_HOST=db"], &["ENV DB_HOST="], &[("ENV", Breaks)]),
            (&["ENV DB_HOST="], &["ENV DB_HOST=db"], &[("ENV", Keeps)]),
            (&[], &["ENV LEVEL=info"], &[("ENV", Adds)]),
            (&["ENV PATH=/a:/b"], &["ENV PATH=/c:/b:/a"], &[("ENV", Keeps)]),
            (&["ENV PATH=/a:/b"], &["ENV PATH=/a"], &[("ENV", Breaks)]),
            (&["ENV A=1", "ENV A=2"], &["ENV A=2"], &[]),
            (&["WORKDIR /app"], &["WORKDIR /srv"], &[("WORKDIR", Breaks)]),
            (&["WORKDIR /app"], &["WORKDIR /app/"], &[]),
            (&[], &["WORKDIR /"], &[]),
            (&["HEALTHCHECK CMD a"], &[], &[("HEALTHCHECK", Breaks)]),
            (&["HEALTHCHECK CMD a"], &["HEALTHCHECK NONE"], &[("HEALTHCHECK", Breaks)]),
            (&["HEALTHCHECK CMD a"], &["HEALTHCHECK CMD b"], &[("HEALTHCHECK", Keeps)]),
            (&[], &["HEALTHCHECK CMD a"], &[("HEALTHCHECK", Adds)]),
            (&["STOPSIGNAL SIGTERM"], &["STOPSIGNAL SIGQUIT"], &[("STOPSIGNAL", Keeps)]),
            (&[], &["ONBUILD COPY"], &[("ONBUILD", Breaks)]),
            (&["SHELL /bin/sh"], &["SHELL /bin/bash"], &[("SHELL", Breaks)]),
            (&["LABEL a"], &["LABEL b"], &[]),
        ] {
            let found: Vec<_> =
                changes(before, after).iter().map(|change| (change.field, change.impact)).collect();
            assert_eq!(found, expected, "{before:?} -> {after:?}");
        }
    }

    #[test]
    fn platforms_are_part_of_it() {
        let on = |architecture: &str, lines: &[&str]| ImageConfig {
            architecture: architecture.to_owned(),
            ..config(lines)
        };
        let both = Contract::of([&on("amd64", &["EXPOSE 80"]), &on("arm64", &["EXPOSE 80"])]);
        let one = Contract::of([&on("amd64", &["EXPOSE 80"])]);
        let lost = both.changes_to(&one);
        assert_eq!((lost[0].field, lost[0].impact), ("platform", Impact::Breaks));
        assert_eq!(lost[0].before.as_deref(), Some("linux/arm64"));
        assert_eq!(one.changes_to(&both)[0].impact, Impact::Adds);
        // What all platforms share is told once, what one has is told with its name.
        let moved = Contract::of([&on("amd64", &["EXPOSE 81"]), &on("arm64", &["EXPOSE 80"])]);
        let changes = both.changes_to(&moved);
        assert_eq!(changes.len(), 2);
        assert!(changes.iter().all(|change| change.platform.as_deref() == Some("linux/amd64")));
        let moved = Contract::of([&on("amd64", &["EXPOSE 81"]), &on("arm64", &["EXPOSE 81"])]);
        assert!(both.changes_to(&moved).iter().all(|change| change.platform.is_none()));
    }

    fn any_config() -> impl Strategy<Value = ImageConfig> {
        let line = prop::sample::select(vec![
            "EXPOSE 80",
            "EXPOSE 90/udp",
            "VOLUME /a",
            "ENV A=1",
            "ENV A=",
            "ENV PATH=/a:/b",
            "ENTRYPOINT /x",
            "CMD y z",
            "SHELLCMD w v",
            "USER u",
            "WORKDIR /w",
            "STOPSIGNAL 3",
            "ONBUILD RUN",
            "HEALTHCHECK CMD h",
            "SHELL /s -c",
        ]);
        prop::collection::vec(line, 0..8).prop_map(|lines| config(&lines))
    }

    proptest! {
        #[test]
        fn an_image_keeps_its_own_contract(one in any_config()) {
            let contract = Contract::of([&one]);
            prop_assert_eq!(contract.changes_to(&contract), vec![]);
        }

        #[test]
        fn what_differs_shows_and_what_shows_differs(one in any_config(), other in any_config()) {
            let changes = Contract::of([&one]).changes_to(&Contract::of([&other]));
            for change in &changes {
                prop_assert_ne!(&change.before, &change.after);
            }
            let back = Contract::of([&other]).changes_to(&Contract::of([&one]));
            prop_assert_eq!(changes.is_empty(), back.is_empty());
        }
    }
}
