//! What can be asked: why, explain, doctor.

use jettison_testkit::{BALLAST_FILE, command_line};

use crate::place::Place;

#[test]
fn privileged_why_answers_from_the_stored_report_and_from_a_file() {
    let place = Place::new();
    let source = place.archive(&command_line());
    let report = place.path("report.json");
    let tagged = ["--tag", "example.org/greeting:small", "--report"];
    place.slim(&source).args(tagged).arg(&report).run().expect_proven();
    let slim = place.path("out/slim.tar");
    let askers = [
        vec!["why".into(), slim.into_os_string()],
        vec!["why".into(), "example.org/greeting:small".into()],
        vec!["why".into(), "--report".into(), report.into_os_string()],
    ];
    for asker in askers {
        let ask = |path: &str| place.jettison(&asker).arg(path).run();
        let kept = ask("/etc/greeting").expect_code(0);
        assert!(kept.stdout.contains("/etc/greeting stays: "), "{asker:?}: {kept}");
        assert!(kept.stdout.contains("first touched in the start phase"), "{kept}");
        let dropped = ask(BALLAST_FILE).expect_code(0);
        assert!(dropped.stdout.contains("was dropped"), "{asker:?}: {dropped}");
        assert!(dropped.stdout.contains("--include-path"), "{asker:?}: {dropped}");
        let unknown = ask("/etc/no-such-file").expect_code(1);
        assert!(unknown.stdout.contains("does not hold /etc/no-such-file"), "{unknown}");
        ask("relative").expect_error(2, &["relative", "absolute"]);
    }
}

#[test]
fn why_says_when_there_is_no_report() {
    let place = Place::new();
    place.jettison(["why", "nobody/knows:it", "/a"]).run().expect_error(2, &["nobody/knows:it"]);
    let file = place.path("no-report");
    fs_err::write(&file, "{}").expect("writable");
    let asked = place.jettison(["why", "--report"]).arg(&file).arg("/a").run();
    asked.expect_error(2, &["no-report", "is no report"]);
}

#[test]
fn explain_has_a_page_for_every_rule_it_lists() {
    let place = Place::new();
    let list = place.jettison(["explain"]).run().expect_code(0);
    let rules: Vec<&str> =
        list.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(rules.len() > 20, "{list}");
    for rule in rules {
        let page = place.jettison(["explain", rule]).run().expect_code(0);
        assert!(page.stdout.starts_with(rule), "{page}");
        for part in ["What it keeps", "Why", "Without it"] {
            assert!(page.stdout.contains(part), "{rule} has {part:?}: {page}");
        }
    }
    place.jettison(["explain", "no-such-rule"]).run().expect_error(2, &["no-such-rule", "hint: "]);
}

#[test]
fn privileged_doctor_names_a_tier_and_what_is_missing_for_others() {
    let place = Place::new();
    let doctor = place.jettison(["doctor"]).run().expect_code(0);
    assert!(doctor.stdout.starts_with("images run here in tier "), "{doctor}");
    for tier in ["tier 1", "tier 2", "tier 3"] {
        let line = doctor.stdout.lines().find(|line| line.trim_start().starts_with(tier));
        let line = line.unwrap_or_else(|| panic!("{tier} is told of: {doctor}"));
        assert!(line.contains("works") || line.contains("missing: "), "{line}");
    }
    assert_eq!(doctor.stderr, "", "the result is on stdout alone");
    place.assert_nothing_written();
}

#[test]
fn privileged_quiet_runs_say_results_alone() {
    let place = Place::new();
    let source = place.archive(&command_line());
    let finished = place.slim(&source).arg("--quiet").run().expect_proven();
    assert_eq!(finished.stderr, "", "{finished}");
}

#[test]
fn privileged_chinese_is_spoken_where_the_locale_asks_for_it() {
    let place = Place::new();
    let source = place.archive(&command_line());
    let finished = place.slim(&source).env("LC_ALL", "zh_CN.UTF-8").run().expect_code(0);
    assert!(finished.stdout.contains("已验证："), "{finished}");
}

/// What bash takes as a script, and what it then offers.
#[test]
fn bash_completes_commands_and_options() {
    let place = Place::new();
    let script = place.jettison(["completion", "bash"]).run().expect_code(0).stdout;
    let file = place.path("completion.bash");
    fs_err::write(&file, script).expect("writable");
    let offered = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let last = words.len() - 1;
        let ask = format!(
            "set -eu; . {file}; COMP_WORDS=({line}); COMP_CWORD={last}; COMPREPLY=(); \
             _jettison jettison {word:?} {before:?}; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            file = file.display(),
            word = words[last],
            before = words[last - 1],
        );
        let output = std::process::Command::new("bash").args(["-c", &ask]).output();
        let output = output.expect("there is a bash");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
    };
    let commands: Vec<String> = offered("jettison sq");
    assert_eq!(commands, ["squash"]);
    let mut options: Vec<String> = offered("jettison slim --http-probe-ap");
    options.sort();
    let expected = ["", "-auth", "-file"].map(|end| format!("--http-probe-apispec{end}"));
    assert_eq!(options, expected);
    place.jettison(["completion", "tcsh"]).run().expect_error(2, &["tcsh", "zsh"]);
}
