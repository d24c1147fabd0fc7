//! Commands and health checks, run and compared.

use jettison_probe::{
    Command, CommandRecord, Exit, HealthCheck, HealthStatus, HealthTest, Plan, Transcript, compare,
    parse_exec,
};

use crate::server::{exercise, replay};

fn plan(script: &str) -> Plan {
    Plan {
        exec: vec![parse_exec(script, &[])],
        health: Some(HealthCheck::new(HealthTest::Exec(Command::new(["true"])))),
        ..Plan::default()
    }
}

#[test]
fn commands_are_run_and_compared() {
    let plan = plan("echo out; echo err >&2; exit 3");
    let first = exercise(&plan, &[]);
    let [record] = &first.commands[..] else { panic!("{first:?}") };
    assert_eq!(record.exit, Exit::Code(3));
    assert_eq!(record.stdout.sample.0, b"out\n");
    assert_eq!(record.stderr.sample.0, b"err\n");
    assert_eq!(first.health.as_ref().unwrap().status, HealthStatus::Healthy);
    let again = replay(&first, &plan);
    let comparison = compare(&[first], &again);
    assert_eq!(comparison.to_string(), "1 command, 1 health check: equal");
}

#[test]
fn a_missing_program_is_found() {
    let first = exercise(&plan("true"), &[]);
    let mut slim = first.clone();
    let missing = exercise(&plan("no-such-program-here"), &[]);
    slim.commands = missing.commands;
    let comparison = compare(&[first], &slim);
    let shown = comparison.differences[0].to_string();
    assert!(shown.contains("end: expected exit status 0, got exit status 127"), "{shown}");
    assert!(shown.contains("no-such-program-here"), "{shown}");
}

#[test]
fn output_that_varies_is_learned() {
    let plan = plan("date +%N; echo steady");
    let first = exercise(&plan, &[]);
    let runs = [first.clone(), replay(&first, &plan)];
    let slim = replay(&first, &plan);
    assert!(compare(&runs[..1], &slim).needs_second_opinion());
    assert!(compare(&runs, &slim).is_equal());
    let other = exercise(&self::plan("date +%N; echo shaky"), &[]);
    let mut slim = slim;
    slim.commands = other.commands;
    assert!(!compare(&runs, &slim).is_equal());
}

#[test]
fn a_run_of_the_container_itself_is_compared() {
    let outcome = |exit, stdout: &str| jettison_probe::CommandOutcome {
        exit,
        stdout: stdout.into(),
        stderr: Vec::new(),
        elapsed: std::time::Duration::ZERO,
    };
    let run = |exit, stdout| Transcript {
        exit: Some(CommandRecord::new(Command::new(["tool"]), &outcome(exit, stdout))),
        ..Transcript::default()
    };
    let fat = [run(Exit::Code(0), "hello")];
    assert!(compare(&fat, &run(Exit::Code(0), "hello")).is_equal());
    let crashed = compare(&fat, &run(Exit::Signal(11), ""));
    assert!(crashed.differences[0].to_string().contains("killed by signal 11"));
    assert_eq!(compare(&fat, &Transcript::default()).differences.len(), 1);
}
