//! What other linters have been reported to misunderstand: none of it may be found here.

use jettison_lint::{NoNeighbours, Safety, Settings, fix, lint};

/// (rule that must stay silent, file)
const FINE: &[(&str, &str)] = &[
    // Cache and tmpfs mounts take what would otherwise stay in the layer.
    (
        "JT-pip-cache",
        "FROM python:3.13\nRUN --mount=type=cache,target=/root/.cache/pip pip install a==1\n",
    ),
    (
        "JT-apt-lists",
        "FROM debian:12\nRUN --mount=type=cache,target=/var/lib/apt/lists apt-get update\n",
    ),
    (
        "JT-apk-cache",
        "FROM alpine:3.22\nRUN --mount=type=cache,target=/var/cache/apk apk add curl~8\n",
    ),
    ("JT-yarn-cache", "FROM node:22\nRUN --mount=type=cache,target=/root/.yarn yarn install\n"),
    (
        "JT-yum-clean",
        "FROM centos:7\nRUN --mount=type=cache,target=/var/cache/yum yum install -y a-1\n",
    ),
    // What a builder stage leaves behind reaches no image.
    (
        "JT-apt-lists",
        "FROM debian:12 AS b\nRUN apt-get update\nFROM debian:12\nCOPY --from=b /a /a\n",
    ),
    // Settings that came from ENV.
    ("JT-pip-cache", "FROM python:3.13\nENV PIP_NO_CACHE_DIR=1\nRUN pip install a==1\n"),
    // Options of apt-get in other places and spellings.
    ("JT-apt-yes", "FROM debian:12\nRUN apt-get -qqy install a=1\n"),
    ("JT-apt-yes", "FROM debian:12\nRUN apt-get install --assume-yes a=1\n"),
    (
        "JT-apt-recommends",
        "FROM debian:12\nRUN apt-get -o APT::Install-Recommends=false install -y a=1\n",
    ),
    (
        "JT-apt-unpinned",
        "FROM debian:12\nRUN apt-get install -y -t bookworm-backports a=1 ./b.deb\n",
    ),
    // Here-documents.
    ("JT-syntax", "FROM debian:12\nRUN <<EOF\necho a\nEOF\nCOPY <<A <<B /x/\na\nA\nb\nB\n"),
    ("JT-copy-several-sources", "FROM debian:12\nCOPY <<A /x\na\nA\n"),
    ("JT-cd", "FROM debian:12\nCOPY <<EOF /run.sh\ncd /x\nEOF\n"),
    ("JT-pipefail", "FROM debian:12\nRUN <<EOF\nset -euo pipefail\na | b\nEOF\n"),
    ("JT-pipefail", "FROM debian:12\nRUN set -o pipefail && a | b\n"),
    ("JT-pipefail", "FROM debian:12\nRUN echo 'a | b' || true\n"),
    (
        "JT-pipefail",
        "FROM a AS b\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nFROM b\nRUN a | b\n",
    ),
    // Stages and images.
    ("JT-from-untagged", "ARG BASE=debian:12\nFROM $BASE\nFROM scratch\n"),
    ("JT-from-untagged", "FROM debian@sha256:aa AS x\nFROM x\n"),
    ("JT-from-platform", "FROM --platform=$BUILDPLATFORM debian:12\n"),
    (
        "JT-copy-from-unknown",
        "FROM a:1 AS Build\nFROM b:1\nCOPY --from=build /a /b\nCOPY --from=0 /a /b\n",
    ),
    ("JT-copy-from-unknown", "FROM b:1\nCOPY --from=nginx:1.29 /a /b\n"),
    ("JT-copy-relative", "FROM a:1 AS b\nWORKDIR /x\nFROM b\nCOPY a b\n"),
    ("JT-copy-relative", "FROM a:1\nCOPY a \"/b\"\nCOPY c C:\\d\n"),
    ("JT-workdir-relative", "FROM a:1\nWORKDIR \"/x y\"\nWORKDIR $HOME\nWORKDIR C:\\x\n"),
    ("JT-several-cmds", "FROM a:1 AS x\nCMD [\"a\"]\nFROM b:1\nCMD [\"b\"]\n"),
    ("JT-several-entrypoints", "FROM a:1\nENTRYPOINT [\"a\"]\nONBUILD ENTRYPOINT [\"b\"]\n"),
    // ENV that uses what an earlier one set.
    ("JT-env-self", "FROM a:1\nENV PATH=/x:$PATH A=1\n"),
    ("JT-undefined-variable", "FROM scratch\nARG A\nENV B=${A:-x} C=\\$D E='$F'\n"),
    (
        "JT-undefined-variable",
        "ARG V=1\nFROM scratch\nARG V TARGETARCH\nCOPY a /$V/${TARGETARCH:-x}\n",
    ),
    // ADD does what COPY cannot.
    (
        "JT-add-for-files",
        "FROM a:1\nADD https://example.com/a /a\nADD b.tar.gz /b\nADD git@h:x.git /c\n",
    ),
    // Words that only look like commands.
    ("JT-sudo", "FROM debian:12\nRUN echo sudo && rm /etc/sudoers\n"),
    ("JT-cd", "FROM debian:12\nRUN echo cd && mkdir cd\n"),
    ("JT-useless-command", "FROM debian:12\nRUN useradd top --shell /bin/false\n"),
    ("JT-two-downloaders", "FROM debian:12\nRUN apt-get install -y curl=1 wget=1 && curl x\n"),
    // PowerShell and cmd are not read as sh.
    ("JT-cd", "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN cd C:\\x\n"),
    ("JT-pipefail", "FROM a:1\nSHELL [\"pwsh\", \"-Command\"]\nRUN Get-A | B\n"),
    // Shell tests are no broken arrays, and a shell can be wanted.
    ("JT-broken-array", "FROM debian:12\nRUN [ -f a ] && b\nRUN [[ -f a ]] || c\nCMD [ -f x ]\n"),
    ("JT-healthcheck-form", "FROM debian:12\nHEALTHCHECK CMD [ -f /ok ] || exit 1\n"),
    ("JT-shell-form", "FROM debian:12\nHEALTHCHECK CMD curl -f x || exit 1\n"),
    // A program may be asked for before it is used.
    ("JT-wrong-manager", "FROM debian:12\nRUN if command -v apk; then apk add a; fi\n"),
    ("JT-wrong-manager", "FROM alpine:3.22\nRUN apk add --no-cache dnf && dnf install -y a-1\n"),
    // Names that hold no secret.
    (
        "JT-secret-variable",
        "FROM a:1\nENV KEYBOARD=us PASSWORD_FILE=/run/x PUBLIC_KEY=y MONKEY=1\n",
    ),
];

#[test]
fn fine_files_stay_silent() {
    for (rule, source) in FINE {
        let settings = Settings { select: [(*rule).to_owned()].into(), ..Settings::default() };
        let found = lint(source.as_bytes(), &NoNeighbours, &settings).findings;
        assert_eq!(found, [], "{rule}:\n{source}");
    }
}

#[test]
fn findings_in_a_long_run_are_in_their_own_line_and_column() {
    let source =
        "FROM debian:12\r\nRUN set -e; \\\r\n  # a comment\r\n  a; \\\r\n\r\n  é && sudo b\r\n";
    let settings = Settings { select: ["JT-sudo".to_owned()].into(), ..Settings::default() };
    let linted = lint(source.as_bytes(), &NoNeighbours, &settings);
    let found =
        jettison_lint::diagnostics("Dockerfile", std::path::Path::new(""), &linted, &NoNeighbours);
    let places: Vec<_> = found.iter().map(|one| (one.line, one.column, one.end_column)).collect();
    assert_eq!(places, [(6, 8, 12)]);
}

#[test]
fn comments_silence_and_unused_ones_are_told() {
    let source = "FROM debian:12\n# jettison ignore=JT-sudo, DL3003 the tool needs it\n\
        RUN sudo x && cd /y\n# hadolint ignore=DL3004\nRUN true\n";
    let settings = Settings { ignore: ["JT-shell".to_owned()].into(), ..Settings::default() };
    let linted = lint(source.as_bytes(), &NoNeighbours, &settings);
    let rules: Vec<_> = linted.findings.iter().map(|one| one.rule).collect();
    assert_eq!(rules, ["JT-unused-ignore"]);
    assert_eq!(linted.silenced, 2);
}

#[test]
fn lists_that_a_later_run_installs_from_are_not_deleted() {
    let fixed = |text: &str| {
        let settings =
            Settings { select: ["JT-apt-lists".to_owned()].into(), ..Settings::default() };
        String::from_utf8(fix(text.as_bytes(), &NoNeighbours, &settings, Safety::Safe).source)
            .expect("the fix writes text")
    };
    let split = "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n";
    assert_eq!(fixed(split), split);
    let whole = "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n";
    assert!(fixed(whole).contains("install -y curl && rm -rf /var/lib/apt/lists/*"));
}
