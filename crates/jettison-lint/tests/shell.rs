//! ShellCheck's findings in RUN: at their own place, in the shell that applies.

#![cfg(feature = "shuck")]

use std::path::Path;

use jettison_lint::{NoNeighbours, Safety, Settings, diagnostics, fix, lint};

fn settings() -> Settings {
    Settings { select: ["JT-shell".to_owned()].into(), ..Settings::default() }
}

/// Code, line and column of each finding.
fn found(source: &str) -> Vec<(String, usize, usize)> {
    let linted = lint(source.as_bytes(), &NoNeighbours, &settings());
    diagnostics("Dockerfile", Path::new(""), &linted, &NoNeighbours)
        .into_iter()
        .map(|one| (one.finding.rule.to_owned(), one.line, one.column))
        .collect()
}

fn codes(source: &str) -> Vec<String> {
    found(source).into_iter().map(|(code, _, _)| code).collect()
}

fn place(code: &str, line: usize, column: usize) -> (String, usize, usize) {
    (code.to_owned(), line, column)
}

#[test]
fn a_finding_in_the_seventh_line_is_told_there() {
    let source = "FROM debian:12\nRUN set -e; \\\n    a; \\\n\n    # why\n    b; \\\n    c \"é\" `d`; \\\n    e\n";
    assert_eq!(found(source), [place("SC2006", 7, 11), place("SC2046", 7, 11)]);
}

#[test]
fn here_documents_are_read_in_place() {
    let source = "FROM debian:12\nRUN <<-EOF\n\tset -e\n\tcp /a $(pwd)\nEOF\n";
    assert_eq!(found(source), [place("SC2046", 4, 8)]);
    let source = "FROM debian:12\nRUN <<EOF\n#!/bin/bash\nsource /a\n[[ -f /b ]]\nEOF\n";
    assert_eq!(codes(source), [""; 0], "the first line names the shell");
    let source = "FROM debian:12\nRUN <<EOF\n#!/usr/bin/env python3\nprint(`1`)\nEOF\n";
    assert_eq!(codes(source), [""; 0], "no shell reads this");
}

#[test]
fn the_shell_that_applies_decides() {
    let source =
        |base: &str, shell: &str| format!("FROM {base}\n{shell}RUN source /a && [[ -f $HOME ]]\n");
    let bash = "SHELL [\"/bin/bash\", \"-c\"]\n";
    assert_eq!(codes(&source("debian:12", "")), ["SC3046", "SC3010"]);
    assert_eq!(codes(&source("alpine:3.22", "")), [""; 0], "ash knows both");
    assert_eq!(codes(&source("fedora:43", "")), [""; 0], "there, sh is bash");
    assert_eq!(codes(&source("debian:12", bash)), [""; 0]);
    assert_eq!(
        codes(&source("debian:12", "SHELL [\"/bin/dash\", \"-c\"]\n")),
        ["SC3046", "SC3010"]
    );
    assert_eq!(
        codes(&source("alpine:3.22", "SHELL [\"/bin/dash\", \"-c\"]\n")),
        ["SC3046", "SC3010"]
    );
    for shell in ["pwsh", "powershell.exe", "cmd", "C:\\\\Windows\\\\System32\\\\cmd.exe"] {
        let source = format!("FROM a:1\nSHELL [\"{shell}\", \"-c\"]\nRUN echo `a` $b\n");
        assert_eq!(codes(&source), [""; 0], "{shell}");
    }
    let windows = "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nRUN echo `a` %b%\n";
    assert_eq!(codes(windows), [""; 0]);
    let inherited = "FROM a:1 AS b\nSHELL [\"/bin/bash\", \"-c\"]\nFROM b\nRUN source /a\n";
    assert_eq!(codes(inherited), [""; 0]);
}

#[test]
fn variables_of_the_file_are_known() {
    let source = "FROM debian:12\nARG A\nENV B=1\nRUN echo $A $B \"$http_proxy\"\n";
    assert_eq!(codes(source), [""; 0]);
    assert_eq!(codes("FROM debian:12\nRUN echo \"$a\"\n"), ["SC2154"]);
    assert_eq!(codes("FROM debian:12\nRUN a=$(pwd); ls $a\n"), ["SC2086"]);
    let earlier = "FROM debian:12 AS x\nENV B=1\nFROM x\nRUN echo \"$B\"\n";
    assert_eq!(codes(earlier), [""; 0]);
}

#[test]
fn codes_are_selected_ignored_and_levelled_like_rules() {
    let source = b"FROM debian:12\nRUN a=`pwd`; cd $a; make\n";
    let all = |settings: &Settings| -> Vec<&str> {
        lint(source, &NoNeighbours, settings).findings.iter().map(|one| one.rule).collect()
    };
    assert_eq!(all(&settings()), ["SC2006", "SC2164", "SC2086"]);
    let select = Settings { select: ["sc2164".to_owned()].into(), ..Settings::default() };
    assert_eq!(all(&select), ["SC2164"]);
    let ignore = Settings { ignore: ["SC2164".to_owned()].into(), ..settings() };
    assert_eq!(all(&ignore), ["SC2006", "SC2086"]);
    let none = Settings { ignore: ["JT-shell".to_owned()].into(), ..Settings::default() };
    assert!(all(&none).iter().all(|rule| rule.starts_with("JT-")));
    let comment = b"FROM debian:12\n# hadolint ignore=SC2006,SC2164\nRUN a=`pwd`; cd $a; make\n";
    let linted = lint(comment, &NoNeighbours, &settings());
    assert_eq!(linted.silenced, 2);
}

#[test]
fn fixes_edit_the_text_where_it_stands() {
    let source = "FROM debian:12\nRUN a=$(pwd) && \\\n    cp /x \\\n      $a && egrep b /c\n";
    let safe = fix(source.as_bytes(), &NoNeighbours, &settings(), Safety::Safe).source;
    assert_eq!(String::from_utf8_lossy(&safe), source.replace("egrep", "grep -E"));
    let all = fix(source.as_bytes(), &NoNeighbours, &settings(), Safety::Unsafe).source;
    let expected = source.replace("egrep", "grep -E").replace("$a", "\"$a\"");
    assert_eq!(String::from_utf8_lossy(&all), expected);
}
