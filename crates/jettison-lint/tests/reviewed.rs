//! What a review of public Dockerfiles found wrong with findings (docs/lint-differences.md): patterns that were reported
//! and are right, patterns that were missed, and places that were not the one that was meant. The files are our own.

use jettison_lint::{NoNeighbours, Safety, Settings, fix, lint};

fn settings(rule: &str) -> Settings {
    // 2026-11-21
    Settings { select: [rule.to_owned()].into(), today: Some(20_778), ..Settings::default() }
}

/// (rule that must stay silent, file)
const SILENT: &[(&str, &str)] = &[
    // Build tools that are given up, or that somebody works with.
    (
        "JT-build-tools",
        "FROM debian:13\nRUN kept=\"$(apt-mark showmanual)\"; apt-get update; apt-get install -y gcc libc6-dev; \\\n make; apt-mark auto '.*'; apt-mark manual $kept; apt-get purge -y --auto-remove\nCMD [\"/app\"]\n",
    ),
    ("JT-build-tools", "FROM debian:13\nRUN apt-get install -y gcc\nCMD [\"/bin/bash\"]\n"),
    (
        "JT-build-tools",
        "FROM debian:13\nRUN apt-get install -y gcc\nENTRYPOINT [\"/run.sh\"]\nCMD bash\n",
    ),
    ("JT-build-tools", "FROM debian:13\nRUN apt-get install -y ruby-dev gcc\nCMD [\"irb\"]\n"),
    (
        "JT-build-tools",
        "FROM debian:13\nRUN apt-get install -y gcc\nENTRYPOINT [\"go\", \"run\", \"x.go\"]\n",
    ),
    (
        "JT-build-tools",
        "FROM debian:13 AS dev-base\nRUN apt-get install -y gcc\nFROM dev-base AS dev\nCMD [\"/run\"]\n",
    ),
    ("JT-single-stage", "FROM maven:3\nRUN mvn clean install\nCMD [\"bash\"]\n"),
    // Files that no image holds twice.
    (
        "JT-recursive-owner",
        "FROM debian:13 AS b\nCOPY a /a\nRUN chown -R 1:1 /a\nFROM debian:13\nCOPY --from=b /a /a\n",
    ),
    (
        "JT-late-cleanup",
        "FROM debian:13 AS b\nRUN x\nRUN apt-get clean\nFROM debian:13\nCOPY --from=b /a /a\n",
    ),
    // What is no password.
    (
        "JT-default-password",
        "FROM a:1\nENV RESET_PASSWORD=\"reset.sh\" API_TOKEN=NULL A_PASSWORD=**None** B_SECRET=XXXX C_TOKEN=00000000-0000-0000-0000-000000000000\n",
    ),
    (
        "JT-default-password",
        "FROM a:1\nENV PASSENGER_VERSION=5 HTPASSWD=data/.htpasswd\nRUN useradd -p '!' me\n",
    ),
    // One service, and what keeps the container alive.
    ("JT-several-processes", "FROM a:1\nCMD service tomcat start ; tail -f /var/log/tomcat.log\n"),
    ("JT-several-processes", "FROM a:1\nCMD [\"sh\", \"-c\", \"exec nginx\"]\n"),
    ("JT-several-processes", "FROM a:1\nCMD mkdir -p /run/x && exec nginx\n"),
    ("JT-several-processes", "FROM a:1\nCMD [\"monit\", \"-I\"]\n"),
    // Lists that the installing command fetches itself.
    ("JT-apt-update", "FROM debian:13\nRUN apt-get install --update -y curl\n"),
    // Other commands that need the index.
    (
        "JT-apk-update",
        "FROM alpine:3.22\nRUN apk update && apk upgrade && apk add --no-cache git\n",
    ),
    // Variables that programs read.
    ("JT-unused-arg", "FROM node:22\nARG REACT_APP_URL\nRUN npm run build\n"),
    ("JT-unused-arg", "FROM a:1\nARG COMMIT\nRUN ./build.sh\n"),
    ("JT-unused-arg", "FROM a:1\nARG COMMIT\nRUN cd /src && make\n"),
    ("JT-unused-arg", "FROM a:1\nARG COMMIT\nRUN mkdir /x && ownprogram --write /x\n"),
    (
        "JT-unused-arg",
        "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nARG version\nRUN install.ps1\n",
    ),
    // Dependencies that were fetched before, or that a cache keeps.
    (
        "JT-sources-first",
        "FROM a:1\nRUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync --no-install-project\nCOPY . /app\nRUN uv sync\n",
    ),
    (
        "JT-sources-first",
        "FROM a:1\nCOPY . /app\nRUN --mount=type=cache,target=/root/.cargo cargo fetch\n",
    ),
    ("JT-java-heap-size", "FROM maven:3-eclipse-temurin-21\nENV MAVEN_OPTS=-Xmx512m\n"),
    // Options that this Java does not keep locked, or knows.
    (
        "JT-java-locked-option",
        "FROM eclipse-temurin:21-jre\nCMD [\"java\", \"-XX:+UseZGC\", \"-jar\", \"a.jar\"]\n",
    ),
    ("JT-java-locked-option", "FROM a:1\nENV JAVA_OPTS=-XX:+UseZGC\n"),
    (
        "JT-java-removed-option",
        "FROM eclipse-temurin:17-jre\nENV JAVA_OPTS=\"-XX:+UseBiasedLocking -XX:+UseZGC\"\n",
    ),
    // Systems that the file brings along, or whose name only looks known.
    ("JT-wrong-manager", "FROM scratch\nADD rootfs.tar.gz /\nRUN apk add --no-cache curl\n"),
    (
        "JT-wrong-manager",
        "FROM alpine:3.22 AS r\nFROM scratch\nCOPY --from=r /root-out/ /\nRUN apk add --no-cache curl\n",
    ),
    ("JT-wrong-manager", "FROM registry.example.org/library/ubi17\nRUN apt-get install -y curl\n"),
    // Shell tests.
    (
        "JT-broken-array",
        "FROM a:1\nRUN [ \"${FAIL}\" == \"0\" ] || false\nRUN [ \"$(uname -m)\" = 'x86_64' ] && a\n",
    ),
    ("JT-broken-array", "FROM a:1\nRUN [ '$A' != b ] && c || true\n"),
    // Low ports that are open.
    (
        "JT-privileged-port",
        "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nEXPOSE 80\nUSER ContainerUser\n",
    ),
    (
        "JT-privileged-port",
        "FROM a:1\nRUN setcap cap_net_bind_service=+ep /app\nEXPOSE 80\nUSER app\n",
    ),
    (
        "JT-hidden-port",
        "FROM debian:13\nEXPOSE 80\nHEALTHCHECK CMD curl -f http://localhost:6079/health\nCMD [\"/app\"]\n",
    ),
    // Programs that show their output at once.
    ("JT-python-env", "FROM debian:13\nCMD [\"python3\"]\n"),
    ("JT-python-env", "FROM debian:13\nCMD [\"/usr/bin/python3\", \"--version\"]\n"),
    ("JT-scratch-certificates", "FROM scratch\nCOPY true /true\nCMD [\"/true\"]\n"),
    (
        "JT-scratch-certificates",
        "FROM rust:1 AS b\nRUN cargo build --target wasm32-wasi\nFROM scratch\nCOPY --from=b /a.wasm /\nCMD [\"/a.wasm\"]\n",
    ),
    ("JT-copy-root", "FROM tonistiigi/xx:1.9 AS xx\nFROM golang:1.26\nCOPY --from=xx / /\n"),
    // Names that tell of another user.
    (
        "JT-runs-as-root",
        "FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled\nENTRYPOINT [\"/app\"]\n",
    ),
    ("JT-runs-as-root", "FROM postgres:18\nCMD [\"postgres\", \"-c\", \"max_connections=10\"]\n"),
    ("JT-runs-as-root", "FROM mysql:8.4\nCMD [\"--character-set-server=utf8mb4\"]\n"),
    // Packages that have the same version by chance.
    ("JT-repeated-version", "FROM a:1\nRUN pip install a==1.0.1 b==1.0.1 c==1.0.1 d==1.0.1\n"),
    ("JT-sshd", "FROM rockylinux:9\nRUN dnf install -y openssh openssh-clients\n"),
    (
        "JT-sshd",
        "FROM alpine:3.22 AS b\nRUN apk add openssh\nFROM alpine:3.22\nCOPY --from=b /a /a\n",
    ),
    ("JT-world-writable", "FROM a:1\nRUN chmod a+rwxt /scratch\n"),
    ("JT-data-volume", "FROM rockylinux:9\nRUN dnf install -y mariadb\nCMD [\"mysqld_safe\"]\n"),
];

#[test]
fn what_is_right_stays_silent() {
    for (rule, source) in SILENT {
        let found = lint(source.as_bytes(), &NoNeighbours, &settings(rule)).findings;
        let found: Vec<_> = found.iter().map(|one| &one.message.en).collect();
        assert!(found.is_empty(), "{rule}: {found:?}\n{source}");
    }
}

/// (rule, file, what each finding points at, a part of the last one's message)
const FOUND: &[(&str, &str, &[&str], &str)] = &[
    ("JT-build-tools", "FROM debian:13\nRUN apt install -y gcc\nCMD [\"/a\"]\n", &["gcc"], "gcc"),
    (
        "JT-build-tools",
        "FROM rockylinux:9\nRUN yum -y groupinstall \"Development Tools\"\nCMD [\"/a\"]\n",
        &["\"Development Tools\""],
        "Development Tools",
    ),
    (
        "JT-recursive-owner",
        "FROM a:1\nCOPY a /a\nRUN chmod -R 755 /a\n",
        &["chmod -R 755 /a"],
        "COPY --chmod sets it at once",
    ),
    ("JT-default-password", "FROM a:1\nENV DB_PASS=guest\n", &["DB_PASS=guest"], "DB_PASS"),
    (
        "JT-default-password",
        "FROM a:1\nRUN echo vagrant | passwd --stdin vagrant\nRUN useradd -m -p secret -s /bin/sh me\n",
        &["echo vagrant", "secret"],
        "me's password",
    ),
    (
        "JT-several-processes",
        "FROM a:1\nCMD ngrok http 80 | grep x & \\\n  /run.sh\n",
        &["ngrok http 80 | grep x"],
        "ngrok runs beside",
    ),
    (
        "JT-several-processes",
        "FROM a:1\nCMD /usr/bin/supervisord -n\n",
        &["/usr/bin/supervisord -n"],
        "runs several services",
    ),
    (
        "JT-several-processes",
        "FROM a:1\nCMD service ssh start && nginx\n",
        &["service ssh start"],
        "ssh runs beside",
    ),
    (
        "JT-several-processes",
        "FROM a:1\nCMD [\"sh\", \"-c\", \"a & b\"]\n",
        &["\"a & b\""],
        "a runs beside",
    ),
    (
        "JT-several-processes",
        "FROM a:1\nCMD [\"/sbin/my_init\"]\n",
        &["\"/sbin/my_init\""],
        "several services",
    ),
    // One update serves a RUN; deleted lists are told as such.
    (
        "JT-apt-update",
        "FROM debian:13\nRUN apt-get update\nRUN apt-get install -y a && apt-get install -y b\n",
        &["install"],
        "earlier layer",
    ),
    (
        "JT-apt-update",
        "FROM debian:13\nRUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\nRUN apt install -y b\n",
        &["install"],
        "an earlier layer deleted",
    ),
    (
        "JT-unused-arg",
        "FROM a:1\nARG V=1 # the version\nRUN echo $V\n",
        &["#"],
        "no comment begins here",
    ),
    (
        "JT-sources-first",
        "FROM python:3.13\nCOPY . /app\nRUN pip install -r requirements/production.txt\n",
        &["."],
        "copy requirements/production.txt first",
    ),
    (
        "JT-hidden-port",
        "FROM debian:13\nCMD [\"gunicorn\", \"--bind=0.0.0.0:8080\", \"a:b\"]\n",
        &["8080"],
        "8080",
    ),
    // Options, by the version of Java.
    (
        "JT-java-locked-option",
        "FROM eclipse-temurin:11-jre\nCMD [\"java\", \"-XX:+UseZGC\", \"-XX:G1NewSizePercent=3\"]\n",
        &["\"-XX:+UseZGC\"", "\"-XX:G1NewSizePercent=3\""],
        "experimental",
    ),
    (
        "JT-java-removed-option",
        "FROM eclipse-temurin:8-jre\nENV JAVA_OPTS=-XX:+UseZGC\n",
        &["-XX:+UseZGC"],
        "not known before Java 11, and this image has Java 8",
    ),
    (
        "JT-java-removed-option",
        "FROM eclipse-temurin:21-jre\nENV JAVA_OPTS=\"-XX:+UseBiasedLocking -XX:MaxRAMFraction=2\"\n",
        &["-XX:+UseBiasedLocking", "-XX:MaxRAMFraction=2"],
        "deprecated since Java 10; use -XX:MaxRAMPercentage",
    ),
    ("JT-python-env", "FROM a:1\nCMD exec python3 app.py\n", &["python3"], "buffer"),
    (
        "JT-python-env",
        "FROM a:1\nENTRYPOINT [\"python\"]\nCMD [\"app.py\"]\n",
        &["\"python\""],
        "buffer",
    ),
    (
        "JT-scratch-certificates",
        "FROM golang:1.26 AS b\nRUN go build -o /a\nFROM scratch AS c\nCOPY --from=b /a /a\nCMD [\"/a\"]\n",
        &["scratch"],
        "HTTPS",
    ),
    (
        "JT-data-volume",
        "FROM rockylinux:9\nRUN dnf install -y postgresql-server postgresql\nCMD [\"/start_postgres.sh\"]\n",
        &["postgresql-server"],
        "/var/lib/pgsql",
    ),
    (
        "JT-data-volume",
        "FROM fedora:44\nRUN dnf install -y mongodb-server\nCMD [\"mongod\"]\n",
        &["mongodb-server"],
        "/data/db",
    ),
    (
        "JT-sshd",
        "FROM alpine:3.22\nRUN apk add --no-cache git openssh\nCMD [\"/a\"]\n",
        &["openssh"],
        "openssh-client is enough",
    ),
    (
        "JT-label-key",
        "FROM a:1\nLABEL Vendor=x RUN=y a..b=z\n",
        &["Vendor", "RUN", "a..b"],
        "two separators",
    ),
    ("JT-runs-as-root", "FROM postgres:18\nCMD [\"/backup.sh\"]\n", &["CMD"], "root"),
    (
        "JT-full-base",
        "FROM ruby:3.4\nRUN bundle install\nCMD [\"a\"]\n",
        &["ruby:3.4"],
        "it has no compiler, which is used here",
    ),
];

#[test]
fn what_was_missed_is_found_at_its_place() {
    for (rule, source, places, message) in FOUND {
        let found = lint(source.as_bytes(), &NoNeighbours, &settings(rule)).findings;
        let at: Vec<_> = found.iter().map(|one| &source[one.span.clone()]).collect();
        assert_eq!(at, *places, "{rule}:\n{source}");
        let last = found.last().expect("a finding").message.en.as_str();
        assert!(last.contains(message), "{rule}: {last}");
    }
}

#[test]
fn what_a_fix_adds_stands_above_the_comment() {
    let source = "FROM python:3.13\n\n# start it\n# here\nCMD [\"python\", \"a.py\"]\n";
    let fixed = fix(source.as_bytes(), &NoNeighbours, &settings("JT-python-env"), Safety::Safe);
    let expected = "FROM python:3.13\n\nENV PYTHONUNBUFFERED=1\n# start it\n# here\nCMD [\"python\", \"a.py\"]\n";
    assert_eq!(String::from_utf8(fixed.source).expect("text"), expected);
}

#[test]
fn a_base_that_lacks_what_is_used_is_not_put_in_its_place() {
    let source = "FROM node:22\nRUN git clone x && npm ci\nCMD [\"node\", \"a.js\"]\n";
    let fixed = fix(source.as_bytes(), &NoNeighbours, &settings("JT-full-base"), Safety::Unsafe);
    assert_eq!(String::from_utf8(fixed.source).expect("text"), source);
}

fn fixed(rule: &str, source: &str) -> String {
    let fixed = fix(source.as_bytes(), &NoNeighbours, &settings(rule), Safety::Unsafe);
    String::from_utf8(fixed.source).expect("the fix writes text")
}

/// (rule, file, the file after the fix)
const FIXED: &[(&str, &str, &str)] = &[
    // What is added to a RUN is written as the rest of it.
    (
        "JT-apt-lists",
        "FROM debian:13\nRUN apt-get update \\\n    && apt-get install -y a\n",
        "FROM debian:13\nRUN apt-get update \\\n    && apt-get install -y a \\\n    && rm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "JT-apt-lists",
        "FROM debian:13\nRUN apt-get update && \\\n\tapt-get install -y a\n",
        "FROM debian:13\nRUN apt-get update && \\\n\tapt-get install -y a && \\\n\trm -rf /var/lib/apt/lists/*\n",
    ),
    (
        "JT-apt-lists",
        "FROM debian:13\r\nRUN apt-get update && apt-get install -y \\\r\n      a \\\r\n      b\r\n",
        "FROM debian:13\r\nRUN apt-get update && apt-get install -y \\\r\n      a \\\r\n      b \\\r\n && rm -rf /var/lib/apt/lists/*\r\n",
    ),
    (
        "JT-yum-clean",
        "# escape=`\nFROM centos:7\nRUN yum install -y a && `\n  x\n",
        "# escape=`\nFROM centos:7\nRUN yum install -y a && `\n  x && `\n  yum clean all\n",
    ),
    (
        "JT-consecutive-run",
        "FROM a:1\nRUN x && \\\n    y\nUSER z\nRUN a\nRUN b\n",
        "FROM a:1\nRUN x && \\\n    y\nUSER z\nRUN a && \\\n    b\n",
    ),
    // Blank lines and comments go along.
    (
        "JT-sources-first",
        "FROM debian:13\n\n# sources\nCOPY . /app\n\n# tools\nRUN apt-get update && apt-get install -y maven\n\nCMD [\"x\"]\n",
        "FROM debian:13\n\n# tools\nRUN apt-get update && apt-get install -y maven\n\n# sources\nCOPY . /app\n\nCMD [\"x\"]\n",
    ),
    (
        "JT-early-arg",
        "FROM a:1\n# when\nARG BUILD_DATE\n\nRUN x\n# what\nLABEL d=$BUILD_DATE\n",
        "FROM a:1\n\nRUN x\n# when\nARG BUILD_DATE\n# what\nLABEL d=$BUILD_DATE\n",
    ),
    // One unlocks all.
    (
        "JT-java-locked-option",
        "FROM eclipse-temurin:17-jre\nENV JAVA_OPTS=\"-XX:G1NewSizePercent=3 -XX:G1MaxNewSizePercent=9\"\n",
        "FROM eclipse-temurin:17-jre\nENV JAVA_OPTS=\"-XX:+UnlockExperimentalVMOptions -XX:G1NewSizePercent=3 -XX:G1MaxNewSizePercent=9\"\n",
    ),
    // Comments among packages make groups, which stay.
    (
        "JT-sorted-packages",
        "FROM a:1\nRUN apt-get install -y \\\n  c \\\n  # tools\n  b \\\n  a\n",
        "FROM a:1\nRUN apt-get install -y \\\n  c \\\n  # tools\n  b \\\n  a\n",
    ),
];

#[test]
fn fixes_keep_the_manner_of_the_file() {
    for (rule, source, expected) in FIXED {
        assert_eq!(fixed(rule, source), *expected, "{rule}");
        assert_eq!(fixed(rule, expected), *expected, "{rule}: once is enough");
    }
}

#[test]
fn start_scripts_are_read_in_shell_form_too() {
    let script = "#!/bin/sh\nnginx\n".to_owned();
    let around = jettison_lint::GivenFiles([("start.sh".to_owned(), script)].into());
    for start in ["CMD sh /start.sh", "ENTRYPOINT /start.sh", "CMD [\"/start.sh\"]"] {
        let source = format!("FROM a:1\nCOPY start.sh /\n{start}\n");
        let found = lint(source.as_bytes(), &around, &settings("JT-script-exec")).findings;
        assert_eq!(found.len(), 1, "{source}");
    }
}
