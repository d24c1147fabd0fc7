//! A Dockerfile told back from an image's history and configuration.
//!
//! What a builder recorded, made readable: `/bin/sh -c #(nop)` and `# buildkit` wrappers taken off. It documents; sources of
//! COPY and ADD are known by their digest only, so it does not build.

use std::fmt::Write as _;

use jettison_image::{HealthCheck, History, ImageConfig};

/// The text of the Dockerfile that `config` seems to come from.
pub(crate) fn dockerfile(config: &ImageConfig, name: &str) -> String {
    let mut text = format!(
        "# Told back from the history of {name}. COPY and ADD sources are not in an image.\n"
    );
    let mut layer = 0;
    for step in &config.history {
        let instruction = instruction(step, config.config.healthcheck.as_ref());
        let note = if step.empty_layer {
            String::new()
        } else {
            let diff_id = config.rootfs.diff_ids.get(layer).map(ToString::to_string);
            layer += 1;
            diff_id.map(|diff_id| format!("# layer {layer}: {diff_id}\n")).unwrap_or_default()
        };
        writeln!(text, "{note}{instruction}").expect("a string takes every write");
    }
    text
}

fn instruction(step: &History, check: Option<&HealthCheck>) -> String {
    let Some(command) =
        step.created_by.as_deref().map(str::trim).filter(|command| !command.is_empty())
    else {
        return format!(
            "# {}",
            step.comment
                .as_deref()
                .filter(|text| !text.is_empty())
                .unwrap_or("no command recorded")
        );
    };
    let command = command.strip_suffix("# buildkit").unwrap_or(command).trim_end();
    if let Some((_, instruction)) = command.split_once("#(nop) ") {
        return match check {
            // The classic builder records Go's form of the structure, which nobody can read.
            Some(check) if instruction.trim().starts_with("HEALTHCHECK &") => health_check(check),
            _ => instruction.trim().to_owned(),
        };
    }
    let known = [
        "ADD ",
        "ARG ",
        "CMD ",
        "COPY ",
        "ENTRYPOINT ",
        "ENV ",
        "EXPOSE ",
        "FROM ",
        "HEALTHCHECK ",
        "LABEL ",
        "MAINTAINER ",
        "ONBUILD ",
        "SHELL ",
        "STOPSIGNAL ",
        "USER ",
        "VOLUME ",
        "WORKDIR ",
    ];
    if known.iter().any(|keyword| command.starts_with(keyword)) {
        return command.to_owned();
    }
    let command = command.strip_prefix("RUN ").unwrap_or(command);
    // BuildKit and the classic builder write build arguments before the shell: |2 A=1 B=2 /bin/sh -c ...
    let shell = "/bin/sh -c ";
    let command = command.find(shell).map_or(command, |at| &command[at + shell.len()..]);
    if command.starts_with("jettison ") {
        format!("# {command}")
    } else {
        format!("RUN {}", command.trim())
    }
}

/// The instruction that gives this check.
fn health_check(check: &HealthCheck) -> String {
    let mut text = "HEALTHCHECK".to_owned();
    let times = [
        ("interval", check.interval),
        ("timeout", check.timeout),
        ("start-period", check.start_period),
        ("start-interval", check.start_interval),
    ];
    for (name, time) in times {
        if let Some(time) = time.filter(|time| !time.is_zero()) {
            write!(text, " --{name}={time:?}").expect("a string takes every write");
        }
    }
    if let Some(retries) = check.retries.filter(|&retries| retries > 0) {
        write!(text, " --retries={retries}").expect("a string takes every write");
    }
    match check.test.split_first() {
        Some((form, words)) if form == "CMD-SHELL" => format!("{text} CMD {}", words.join(" ")),
        Some((form, words)) if form == "CMD" => format!("{text} CMD {words:?}"),
        _ => "HEALTHCHECK NONE".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_builders_forms_are_told_back() {
        let cases = [
            ("/bin/sh -c #(nop)  CMD [\"nginx\"]", "CMD [\"nginx\"]"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN /bin/sh -c make # buildkit", "RUN make"),
            ("RUN |1 V=2 /bin/sh -c make $V # buildkit", "RUN make $V"),
            ("COPY app /app # buildkit", "COPY app /app"),
            ("/bin/sh -c #(nop) COPY dir:abc in /app ", "COPY dir:abc in /app"),
            ("", "# no command recorded"),
        ];
        for (recorded, expected) in cases {
            let step = History { created_by: Some(recorded.to_owned()), ..History::default() };
            assert_eq!(instruction(&step, None), expected, "{recorded:?}");
        }
    }

    #[test]
    fn a_health_check_is_told_from_the_configuration() {
        let check = HealthCheck {
            test: vec!["CMD-SHELL".to_owned(), "curl -f http://x/ || exit 1".to_owned()],
            interval: Some(std::time::Duration::from_secs(5)),
            retries: Some(3),
            ..HealthCheck::default()
        };
        let step = History {
            created_by: Some("/bin/sh -c #(nop)  HEALTHCHECK &{[\"CMD-SHELL\"] \"5s\"}".to_owned()),
            ..History::default()
        };
        let expected = "HEALTHCHECK --interval=5s --retries=3 CMD curl -f http://x/ || exit 1";
        assert_eq!(instruction(&step, Some(&check)), expected);
    }
}
