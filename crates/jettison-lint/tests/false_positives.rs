//! False positives that people reported to hadolint, by the number of the issue or pull request
//! (github.com/hadolint/hadolint): none of them may be found here. The files are cut down to what matters.

use jettison_lint::{NoNeighbours, Settings, lint};

/// Issue, names of the rules that must stay silent, file.
const REPORTED: &[(u32, &[&str], &str)] = &[
    (
        19,
        &["DL3008"],
        "FROM ubuntu:15.10\nRUN apt-get install --no-install-recommends -y \\\n  python-demjson=2.2.2* \\\n  git=1:2.5.0* \\\n  && apt-get clean\n",
    ),
    (
        67,
        &["DL3013"],
        "FROM ubuntu:14.04\nENV V=0.9.15\nRUN pip install whisper==\"$V\" && pip install https://example.com/carbon/tarball/0.9.x-fix\n",
    ),
    (
        76,
        &["JT-syntax", "DL3018"],
        "FROM alpine:3.22\nRUN apk --no-cache add zsh=5 \\\n  # now vim\n  && apk --no-cache add vim=9\n",
    ),
    (146, &["JT-syntax"], "FROM a:1\nRUN x \\\n# one\n\n# two\n  && y\n"),
    (153, &["DL3016"], "FROM node:22\nRUN npm install --unsafe-perm\n"),
    (157, &["DL3013"], "FROM python:3.13\nRUN pip install --ignore-installed pip==9.0.1\n"),
    (161, &["DL3006"], "FROM golang:1.25-alpine AS build\nFROM build AS test\nFROM alpine:3.22\n"),
    (
        177,
        &["DL3008"],
        "FROM debian:12\nRUN apt-get install -y --no-install-recommends -t bookworm-backports a=1~bpo8+1\n",
    ),
    (179, &["JT-syntax"], "FROM a:1\nARG W\nENV W=${W:-'development test'}\n"),
    (
        181,
        &["DL3013"],
        "FROM python:3.13\nRUN python -m pip install a==1.2.3 && python3 -m pip install git+https://example.com/a/a@123abcd\n",
    ),
    (219, &["DL3006"], "ARG BASE_IMAGE=alpine:3.7\nFROM $BASE_IMAGE\n"),
    (
        250,
        &["DL4006"],
        "FROM alpine:3.22\nSHELL [\"/bin/sh\", \"-o\", \"pipefail\", \"-c\"]\nRUN curl https://example.com | sh\n",
    ),
    (256, &["DL3016"], "FROM node:22\nRUN npm run install\n"),
    (
        259,
        &["DL3014"],
        "FROM debian:12\nRUN apt-get --no-install-recommends --assume-yes install build-essential=1\n",
    ),
    (
        287,
        &["DL3013"],
        "FROM python:3.13\nRUN pip install --index-url https://example.com/simple a==1\n",
    ),
    (
        299,
        &["DL3015"],
        "FROM debian:12\nRUN apt-get install -y -o APT::Install-Recommends=false a=1\n",
    ),
    (307, &["DL3025"], "FROM node:22\nCMD [\"node\", \"-r\", \"esm\" ,\"src/index.js\"]\n"),
    (
        322,
        &["DL4001"],
        "FROM debian:12 AS a\nRUN wget https://example.com/a\nFROM debian:12 AS b\nRUN curl -sSLO https://example.com/b\n",
    ),
    (339, &["JT-syntax", "DL3006", "DL3026"], "ARG BASE_IMAGE\nFROM ${BASE_IMAGE:-debian:9}\n"),
    (
        345,
        &["DL3008"],
        "FROM ubuntu:24.04\nRUN apt-get install --no-install-recommends -y ./wkhtmltox_0.12.5-1.bionic_amd64.deb\n",
    ),
    (
        350,
        &["DL4006"],
        "FROM alpine:3.22\nSHELL [\"/bin/sh\", \"-ex\", \"-o\", \"pipefail\", \"-c\"]\nRUN curl file | command -\n",
    ),
    (351, &["DL3013"], "FROM python:3.13\nRUN pip install --requirement /tmp/requirements.txt\n"),
    (
        356,
        &["DL3016"],
        "FROM node:22\nRUN npm install /app && npm install a@1.0.10 b@15.1.1 --prefix /home/u --no-package-lock\n",
    ),
    (366, &["DL3042", "DL3013"], "FROM python:3.13\nRUN pipenv install requests\n"),
    (
        389,
        &["DL3013"],
        "FROM python:3.13\nRUN pip install /app && pip install dist/a-1.0-py3-none-any.whl\n",
    ),
    (
        393,
        &["DL3018"],
        "FROM alpine:3.22\nARG BUILD_PACKAGES=\"bash=5.0.0-r0\"\nRUN apk add --no-cache $BUILD_PACKAGES\n",
    ),
    (
        405,
        &["DL3002"],
        "FROM alpine:3.22 AS stage\nUSER root\nFROM alpine:3.22\nCOPY --from=stage /a /a\nUSER operator\n",
    ),
    (
        431,
        &["JT-shell", "DL4006"],
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nSHELL [\"powershell\", \"-Command\"]\nRUN $a = 'b'; if ($a -eq 'b') { Write-Host \"x\" | Out-Null }\n",
    ),
    (
        436,
        &["JT-shell"],
        "FROM eclipse-temurin:21-alpine\nRUN addgroup -S spring && adduser -S spring -G spring\nARG JAR_FILE=target/*.jar\nCOPY ${JAR_FILE} app.jar\n",
    ),
    (
        467,
        &["DL3013"],
        "FROM python:3.13\nRUN pip install --no-cache-dir -r requirements.txt && pip install -rdev.txt\n",
    ),
    (
        497,
        &["DL3042"],
        "FROM python:3.13\nRUN --mount=type=cache,target=/root/.cache/pip \\\n  set -x && pip install pip==$V tools==$W && pip install --require-hashes -r a.txt\n",
    ),
    (
        500,
        &["DL3042"],
        "FROM python:3.13-slim\nRUN pip install --no-cache-dir pipenv==2018.11.26 && pipenv install requests && rm -rf /root/.cache/pip\n",
    ),
    (
        515,
        &["DL3016"],
        "FROM node:22\nRUN npm install --loglevel verbose\nRUN npm install --global nodemon@\"2.0.16\" --registry https://registry.npmjs.org/\n",
    ),
    (585, &["DL3042"], "FROM python:3.13\nENV PIP_NO_CACHE_DIR=1\nRUN pip3 install a==1\n"),
    (
        595,
        &["DL3059"],
        "FROM a:1\nRUN --mount=type=secret,id=foo /foo.sh\nRUN --mount=type=secret,id=bar /bar.sh\n",
    ),
    (
        620,
        &["DL3060"],
        "FROM node:22 AS build\nRUN yarn install\nFROM node:22\nCOPY --from=build /a /a\n",
    ),
    (
        645,
        &["JT-shell"],
        "FROM mcr.microsoft.com/dotnet/framework/sdk:4.8-windowsservercore-ltsc2022\nRUN powershell -Command foreach ($f in Get-ChildItem C:\\\\c\\\\*.crt) {Import-Certificate -FilePath $f}\n",
    ),
    (
        662,
        &["DL3018"],
        "FROM alpine:3.22\nRUN curl -fSL https://example.com/glibc-2.32-r0.apk -o glibc-2.32-r0.apk && apk add --no-cache glibc-2.32-r0.apk\n",
    ),
    (
        671,
        &["DL3019"],
        "FROM alpine:3.22\nRUN --mount=type=cache,target=/var/cache/apk apk add -U curl=7.77.0-r1\n",
    ),
    (
        682,
        &["JT-syntax"],
        "FROM python:3.13-slim\nRUN <<EOF\n    apt-get update\n    rm -rf /var/lib/apt/lists/*\nEOF\nWORKDIR /usr/src/app\n",
    ),
    (
        715,
        &["DL3059"],
        "FROM alpine:3.22\nRUN apk add --no-cache \\\n    curl=8\nRUN curl -LO https://example.com/a.tar.gz && \\\n    tar -xf a.tar.gz -C /bin && rm -f a.tar.gz\n",
    ),
    (
        761,
        &["DL3022"],
        "FROM a:1 AS base\nRUN x\nFROM base AS build\nCOPY <<EOF /run.sh\nx\nEOF\nFROM a:1\nCOPY --from=build /a /a\n",
    ),
    (798, &["DL3061", "JT-syntax"], "FROM busybox:1.35\nONBUILD COPY foo.txt /\n"),
    (
        805,
        &["DL3059"],
        "FROM ubuntu:24.04\nRUN cat <<EOF\nHere is a heredoc.\nEOF\n\nRUN echo 'there'\n",
    ),
    (
        806,
        &["DL4006", "SC3040"],
        "FROM ubuntu:24.04\nRUN <<EOF\n#!/usr/bin/env bash\nset -eux -o pipefail\necho 'abc' | cat\nEOF\n",
    ),
    (843, &["DL3057"], "FROM a:1 AS b\nEXPOSE 80\nRUN x\nFROM b\nHEALTHCHECK CMD [\"x\"]\n"),
    (858, &["DL3006"], "ARG BASE_IMAGE=alpine:3\nFROM ${BASE_IMAGE} AS main\n"),
    (
        885,
        &["SC2154", "UndefinedVar"],
        "FROM ubuntu:24.04\nARG a_ver=\"21.10.6\" \\\n    b_ver=\"v4.1.2\"\nRUN echo \"$a_ver $b_ver\"\nCOPY x /$b_ver\n",
    ),
    (
        906,
        &["DL3018"],
        "FROM alpine:3.22 AS production\nRUN apk \\\n  add \\\n  --no-cache \\\n  --virtual buildonly \\\n  git~=2.38\n",
    ),
    (
        923,
        &["JT-syntax"],
        "FROM a:1\nRUN ls && \\\n    cat <<EOF >> go.mod && \\\n    cat go.mod\nreplace (\n    a => ../dir\n)\nEOF\n",
    ),
    (
        928,
        &["DL3008"],
        "FROM ubuntu:24.04\nRUN apt-get update \\\n && buildDeps=\"python3=3.6.7-1~18.04\" \\\n && apt-get install -y --no-install-recommends $buildDeps \\\n && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        970,
        &["DL3047"],
        "FROM ubuntu:24.04\nARG WGET_ARGS=\"--progress=dot:giga\"\nRUN wget ${WGET_ARGS} https://example.com/a.tar.gz -O a.tar.gz\n",
    ),
    (975, &["DL3016"], "FROM node:22\nRUN npm install --registry https://example.com sax@0.1.1\n"),
    (
        979,
        &["DL3006"],
        "ARG src=1\nFROM a/ex1:tag AS img1\nFROM a/ex2:tag AS img2\nFROM img${src} AS img\n",
    ),
    (
        983,
        &["DL3042"],
        "FROM python:3.13\nRUN --mount=type=cache,target=/root/.cache/pip \\\n    pip install a==1\n",
    ),
    (
        1003,
        &["DL3060"],
        "FROM node:22\nRUN --mount=type=cache,target=/usr/local/share/.cache/yarn/v6 yarn install\n",
    ),
    (1019, &["JT-syntax"], "FROM scratch\nRUN foo && \\\n    bar <<BAR\nblah\nBAR\n"),
    (
        1040,
        &["JT-syntax", "DL3006"],
        "ARG BASE_REGISTRY=\nARG BASE_IMAGE=alpine\nARG BASE_TAG=3.22\nFROM ${BASE_REGISTRY:-}${BASE_REGISTRY:+/}${BASE_IMAGE}:${BASE_TAG} \n",
    ),
    (
        1042,
        &["DL3042"],
        "FROM python:3.12\nRUN python3 -m venv /app \\\n    && . /app/bin/activate \\\n    && pip install \\\n        --no-cache-dir \\\n        --upgrade \\\n        tzdata\n",
    ),
    (
        1051,
        &["JT-syntax"],
        "FROM debian:12\nCOPY <<-\\EOT /data.txt\n  echo '$TARGETBUILDARCH'\nEOT\nCMD [\"cat\", \"/data.txt\"]\n",
    ),
    (
        1062,
        &["DL3044"],
        "FROM a:1\nENV SOME_VARIABLE=rw \\\n    OTHER=\"\\${SOME_VARIABLE}_more\"\n",
    ),
    (
        1067,
        &["DL3013", "DL3042"],
        "FROM python:3.13\nENV V=1.8.5\nRUN pipx install --python \"$(which python)\" \"poetry==$V\"\n",
    ),
    (
        1084,
        &["DL4006", "SC3037"],
        "FROM alpine:3.21\nSHELL [\"/bin/sh\", \"-e\", \"-u\", \"-o\", \"pipefail\", \"-c\"]\nRUN echo -e \"abc\\ndef\" | cat\n",
    ),
    (
        1123,
        &["DL3009"],
        "FROM debian:12\nRUN --mount=type=tmpfs,target=/var/lib/apt/lists apt-get update && apt-get install -y a=1\n",
    ),
    (
        1137,
        &["DL4006", "SC3040"],
        "FROM debian:12\nRUN <<EOF bash\n    set -euxo pipefail\n    echo 123 | cat\nEOF\nRUN true\n",
    ),
    (
        1174,
        &["SC3046"],
        "FROM ubuntu:24.04 AS stage\nSHELL [\"/bin/bash\", \"-e\", \"-o\", \"pipefail\", \"-c\"]\nFROM stage AS test\nRUN source /etc/os-release\n",
    ),
    (
        1175,
        &["DL3013"],
        "FROM python:3.13\nARG NAME=a VERSION=1\nRUN python -m pip install \"${NAME}==${VERSION}\"\n",
    ),
];

#[test]
fn what_was_reported_as_false_stays_silent() {
    let mut found = Vec::new();
    for (issue, names, source) in REPORTED {
        let settings = Settings {
            select: names.iter().map(ToString::to_string).collect(),
            trusted_registries: vec!["docker.io".to_owned()],
            ..Settings::default()
        };
        let findings = lint(source.as_bytes(), &NoNeighbours, &settings).findings;
        found.extend(findings.iter().map(|one| (*issue, one.rule, one.message.en.clone())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_list_is_long_and_each_rule_in_it_finds_something_elsewhere() {
    assert!(REPORTED.len() >= 60, "{}", REPORTED.len());
    assert!(REPORTED.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, each issue once");
    for name in REPORTED.iter().flat_map(|(_, names, _)| *names) {
        let rule = jettison_lint::rule(name).expect(name);
        let is_configured = rule.id == "JT-from-registry";
        let is_shell =
            !cfg!(feature = "shuck") && (rule.id.starts_with("SC") || rule.id == "JT-shell");
        if is_configured || is_shell {
            continue;
        }
        let settings = Settings { select: [rule.id.to_owned()].into(), ..Settings::default() };
        let bad = lint(rule.page.bad.as_bytes(), &NoNeighbours, &settings).findings;
        assert!(!bad.is_empty(), "{name}: a rule that never finds anything proves nothing");
    }
}
