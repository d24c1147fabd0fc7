//! Commands that fail in the fat image: equal in the slim one, but they exercise little.

use jettison_probe::{CommandRecord, OtherRecord, Transcript};

/// A sentence on each of them. `has_ended` says whether the image's own command ended by itself.
pub(crate) fn warnings(transcript: &Transcript, has_ended: bool) -> Vec<String> {
    let own = transcript.exit.iter().filter(|_| has_ended);
    let other = |other: &OtherRecord| other.has_ended.then(|| other.command.clone());
    let others: Vec<CommandRecord> = transcript.others.iter().filter_map(other).collect();
    own.chain(&transcript.commands).chain(&others).filter_map(warning).collect()
}

fn warning(record: &CommandRecord) -> Option<String> {
    let CommandRecord { command, exit, stdout, stderr, .. } = record;
    if exit.is_success() {
        return None;
    }
    let last_words = [stderr, stdout].into_iter().find_map(|output| {
        let text = String::from_utf8_lossy(&output.sample.0).into_owned();
        text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(shorten)
    });
    let last_words = last_words.map(|words| format!(": {words}")).unwrap_or_default();
    Some(format!("{command} ended with {exit} in the fat image{last_words}"))
}

/// Characters of its last words that are shown.
const MOST: usize = 200;

fn shorten(line: &str) -> String {
    line.chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jettison_probe::{Command, CommandOutcome, Exit};

    use super::*;

    fn record(code: i32) -> CommandRecord {
        let outcome = CommandOutcome {
            exit: Exit::Code(code),
            stdout: b"begins\n".to_vec(),
            stderr: if code == 3 { b"one\nno such table \n\n".to_vec() } else { Vec::new() },
            elapsed: Duration::ZERO,
        };
        CommandRecord::new(Command::new(["migrate"]), &outcome)
    }

    fn other(code: i32, has_ended: bool) -> OtherRecord {
        OtherRecord { command: record(code), has_ended, listening: Vec::new() }
    }

    #[test]
    fn only_commands_that_fail_by_themselves_are_worth_a_warning() {
        let own = Transcript { exit: Some(record(3)), ..Transcript::default() };
        let told = ["migrate ended with exit status 3 in the fat image: no such table"];
        assert_eq!(warnings(&own, true), told);
        assert_eq!(warnings(&own, false), [""; 0], "it was stopped");
        let others = Transcript {
            others: vec![other(0, true), other(3, true), other(137, false)],
            commands: vec![record(0), record(4)],
            ..Transcript::default()
        };
        let told = ["migrate ended with exit status 4 in the fat image: begins", told[0]];
        assert_eq!(warnings(&others, false), told);
    }
}
