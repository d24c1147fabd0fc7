//! Dockerfiles as two practitioners' articles show them, mistakes included: each mistake is found
//! in its line.

use std::collections::BTreeSet;

use jettison_lint::{GivenFiles, NoNeighbours, Safety, Settings, diagnostics, fix, lint};

/// 2026-11-21, so that what has ended stays ended.
const TODAY: i64 = 20_778;

fn settings() -> Settings {
    Settings { today: Some(TODAY), ..Settings::default() }
}

fn places(source: &str) -> BTreeSet<(usize, String)> {
    let linted = lint(source.as_bytes(), &NoNeighbours, &settings());
    let found = diagnostics("Dockerfile", &linted, &NoNeighbours);
    found.into_iter().map(|one| (one.line, one.finding.rule.to_owned())).collect()
}

fn assert_found(source: &str, expected: &[(usize, &str)]) {
    let found = places(source);
    for (line, rule) in expected {
        assert!(found.contains(&(*line, (*rule).to_owned())), "{line}: {rule}\n{found:#?}");
    }
}

const JAVA: &str = r#"FROM maven:3.8-jdk-11-slim AS build
WORKDIR /app
COPY pom.xml .
RUN mvn dependency:go-offline
COPY src ./src/
RUN mvn clean package -Dmaven.test.skip=true
FROM openjdk:11-jre-slim-buster
WORKDIR /app
COPY --from=build /app/target/my-app.jar /app/
EXPOSE 8080
# 优化JVM启动参数
CMD ["java",
     "-server",
     "-Xms512m",            # 设置初始堆内存大小
     "-Xmx1024m",           # 设置最大堆内存大小
     "-XX:+UseG1GC",           # 使用G1垃圾收集器
     "-XX:G1NewSizePercent=30", # 设置新生代大小为整个堆的30%
     "-XX:+PrintGCDetails",         # 输出详细的GC日志
     "-XX:+PrintGCDateStamps",      # 输出GC的时间戳（与上一条结合使用）
     "-XX:+PrintHeapAtGC",          # 输出GC时的详细堆栈信息
     "-XX:+PrintTenuringDistribution", # 输出各年龄段的对象的详细信息
     "-XX:+HeapDumpOnOutOfMemoryError", # 在发生OutOfMemoryError时，导出堆转储到文件
     "-XX:HeapDumpPath=/dumps/dump.hprof", # 堆转储的路径
     "-jar", "my-app.jar"]
"#;

#[test]
fn a_java_command_with_comments_in_its_array() {
    assert_found(
        JAVA,
        &[
            (7, "JT-end-of-life"),
            (12, "JT-broken-array"),
            (15, "JT-java-heap-size"),
            (17, "JT-java-locked-option"),
            (18, "JT-java-removed-option"),
            (19, "JT-java-removed-option"),
            (20, "JT-java-removed-option"),
            (21, "JT-java-removed-option"),
            (23, "JT-java-heap-dump"),
            (12, "JT-runs-as-root"),
        ],
    );
}

#[test]
fn the_java_command_is_repaired() {
    let settings = Settings {
        select: ["JT-broken-array".to_owned(), "JT-syntax".to_owned()].into(),
        ..Settings::default()
    };
    let fixed = fix(JAVA.as_bytes(), &NoNeighbours, &settings, Safety::Safe).source;
    let text = String::from_utf8(fixed).expect("it is text");
    assert!(text.contains(r#"CMD ["java", "-server", "-Xms512m", "-Xmx1024m","#), "{text}");
    assert!(text.ends_with("\"-jar\", \"my-app.jar\"]\n"), "{text}");
    assert_eq!(lint(text.as_bytes(), &NoNeighbours, &settings).findings, []);
}

#[test]
fn nginx_on_alpine() {
    let source = "FROM alpine:latest\nRUN apk update && apk add --no-cache nginx\n\
        COPY nginx.conf /etc/nginx/nginx.conf\nRUN mkdir -p /var/log/nginx && \\\n    \
        chown -R nginx:nginx /var/log/nginx\nEXPOSE 80\nUSER nginx\nCMD [\"nginx\"]\n";
    assert_found(
        source,
        &[
            (1, "JT-from-latest"),
            (2, "JT-apk-update"),
            (2, "JT-apk-unpinned"),
            (6, "JT-privileged-port"),
            (7, "JT-user-name"),
        ],
    );
}

#[test]
fn a_health_check_that_cannot_work() {
    let source = "FROM golang:1.17 AS builder\nWORKDIR /app\nCOPY go.mod go.sum ./\n\
        RUN go mod download\nCOPY . .\nRUN CGO_ENABLED=0 go build -o main .\nFROM scratch\n\
        COPY --from=builder /app/main /main\nHEALTHCHECK --interval=30s CMD [ \"curl\", \"-f\", \
        \"http://localhost:8080/healthz\" ] || exit 1\nCMD [\"/main\"]\n";
    assert_found(
        source,
        &[
            (1, "JT-end-of-life"),
            (7, "JT-scratch-certificates"),
            (9, "JT-healthcheck-form"),
            (9, "JT-missing-command"),
        ],
    );
}

#[test]
fn apt_get_on_alpine_and_a_late_copy() {
    let source = "FROM alpine:3.11\nADD app /app\n\
        RUN apt-get -y install curl && rm -rf /var/lib/apt/lists/*\n";
    assert_found(
        source,
        &[(1, "JT-end-of-life"), (2, "JT-add-for-files"), (3, "JT-wrong-manager")],
    );
}

#[test]
fn separate_installs() {
    let source = "FROM debian:12\nRUN apt-get install curl -y\n\
        RUN apt-get install s3cmd -y && rm -rf /var/lib/apt/lists/*\n";
    assert_found(
        source,
        &[(2, "JT-apt-unpinned"), (2, "JT-apt-recommends"), (3, "JT-apt-unpinned")],
    );
    let source = "FROM debian:12\nRUN apt-get update && apt-get install -y \\\n    curl \\\n    \
        s3cmd=1.1.* \\\n && rm -rf /var/lib/apt/lists/*\n";
    assert!(!places(source).iter().any(|(_, rule)| rule == "JT-apt-lists"));
}

#[test]
fn wheels_from_glibc_to_musl() {
    let source = "FROM python:3.6 as base\nCOPY requirements.txt /\n\
        RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels -r requirements.txt\n\
        FROM python:3.6-alpine\nCOPY --from=base /wheels /wheels\n\
        COPY --from=base requirements.txt .\n\
        RUN pip install --no-cache /wheels/* # flask, gunicorn, pycrypto\nWORKDIR /app\nCOPY . /app\n";
    assert_found(
        source,
        &[
            (1, "JT-as-casing"),
            (1, "JT-end-of-life"),
            (4, "JT-end-of-life"),
            (5, "JT-musl-wheels"),
            (6, "JT-copy-relative"),
        ],
    );
}

#[test]
fn the_python_example() {
    let source = "FROM python:3.7-alpine\nWORKDIR /app\nENV PYTHONDONTWRITEBYTECODE 1\n\
        ENV PYTHONUNBUFFERED 1\nENV DEBUG 0\nRUN apk update \\\n    \
        && apk add --virtual build-deps gcc musl-dev python3-dev \\\n    && apk add postgresql-dev \\\n    \
        && pip install psycopg2 \\\n    && apk del build-deps\nCOPY ./requirements.txt .\n\
        RUN pip install -r requirements.txt\nCOPY . .\nRUN adduser -D myuser\nUSER myuser\n\
        CMD gunicorn hello_django.wsgi:application --bind 0.0.0.0:$PORT\n";
    assert_found(
        source,
        &[
            (1, "JT-end-of-life"),
            (3, "JT-legacy-pair"),
            (7, "JT-apk-unpinned"),
            (7, "JT-apk-cache"),
            (8, "JT-apk-cache"),
            (9, "JT-pip-unpinned"),
            (9, "JT-pip-cache"),
            (12, "JT-pip-cache"),
            (16, "JT-shell-form"),
            (16, "JT-gunicorn-tmp"),
        ],
    );
}

#[test]
fn options_that_the_article_misspells() {
    let source = "FROM openjdk:8-jre\nENV JAVA_OPTS=\"-Xmx=1g -XX:MaxRam=500m\"\n\
        CMD [\"java\", \"-XX:+UseCGroupMemoryLimitForHeap\", \"-jar\", \"a.jar\"]\n";
    assert_found(source, &[(2, "JT-java-misspelt-option"), (3, "JT-java-locked-option")]);
}

#[test]
fn nginx_conf_and_wrapper_scripts_beside_the_file() {
    let files = GivenFiles(
        [
            ("nginx.conf", "user nginx;\nworker_processes auto;\n"),
            ("run.sh", "#!/bin/sh\nset -e\n./prepare\njava -jar app.jar\n"),
            (".dockerignore", "node_modules\n"),
            ("node_modules/x", "1"),
            (".env", "TOKEN=1"),
        ]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect(),
    );
    let source = "FROM nginx:1.29\nCOPY nginx.conf /etc/nginx/nginx.conf\nCOPY . .\n\
        ENTRYPOINT [\"./run.sh\"]\n";
    let linted = lint(source.as_bytes(), &files, &settings());
    let found = diagnostics("app/Dockerfile", &linted, &files);
    let at = |rule: &str| {
        let one = found.iter().find(|one| one.finding.rule == rule);
        one.map(|one| (one.path.as_str(), one.line, one.column))
    };
    assert_eq!(at("JT-nginx-workers"), Some(("app/nginx.conf", 2, 1)));
    assert_eq!(at("JT-script-exec"), Some(("app/Dockerfile", 4, 13)));
    let leaks: Vec<_> = found.iter().filter(|one| one.finding.rule == "JT-dockerignore").collect();
    assert_eq!(leaks.len(), 1, "node_modules is excluded, .env is not: {leaks:?}");
    assert!(leaks[0].finding.message.en.contains("7 bytes"));
}
