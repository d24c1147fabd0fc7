//! Say which user the container runs as.

use crate::base::Base;
use crate::prelude::*;
use crate::start_command::{short, starts, words};

pub(crate) static RULE: Rule = Rule {
    id: "JT-runs-as-root",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Say which user the container runs as", zh: "指明容器以哪个用户运行"
        },
        why: Text {
            en: "Without USER most bases run everything as root. A container's root is the host's root behind a few checks of the kernel.",
            zh: "不写 USER 时大多数基础镜像都以 root 运行。容器的 root 与主机 root 之间只隔着内核的几道检查。",
        },
        bad: r#"FROM debian:12
CMD ["/app"]"#,
        good: r#"FROM debian:12
USER 10001
CMD ["/app"]"#,
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let Some(last) = subject.final_stage() else { return };
    let in_image = |item: &&Item<'_>| subject.is_final(item.stage);
    let items = || subject.items.iter().filter(in_image);
    let has_user = items().any(|item| item.instruction.keyword == Keyword::User);
    let mut start = items().filter(|item| {
        matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint) && !item.is_deferred
    });
    let Some(start) = start.next_back() else { return };
    let base = &subject.bases[last];
    let facts = base.facts.as_deref();
    // A name says less than the image itself.
    let has_own_user = facts.is_some_and(crate::image_facts::ImageFacts::has_own_user)
        || facts.is_none() && has_own_user_by_name(subject, base)
        || base.is_windows();
    if !has_user && !has_own_user && !drops_root(subject) {
        let name = start.instruction.keyword.name();
        let looked_up = base.looked_up();
        let (en, zh) = (&looked_up.en, &looked_up.zh);
        let text = if facts.is_some() {
            message!(
                "neither this file nor its base gives a USER, so this {name} runs as root{en}",
                "本文件和基础镜像都没有 USER，这条 {name} 以 root 运行{zh}"
            )
        } else {
            message!(
                "no USER is given, so this {name} probably runs as root",
                "没有 USER，这条 {name} 很可能以 root 运行"
            )
        };
        out.push(start.instruction.name.span.clone(), text);
    }
}

/// Repositories, or beginnings of them, whose images name a user other than root (their own pages and Dockerfiles).
const OWN_USER: &[&str] = &[
    "bitnami/",
    "jenkins/",
    "jupyter/",
    "selenium/",
    "circleci/",
    "cimg/",
    "confluentinc/cp-",
    "grafana/grafana",
    "grafana/loki",
    "keycloak/keycloak",
    "apache/airflow",
    "apache/superset",
    "apache/nifi",
    "elasticsearch/elasticsearch",
    "kibana/kibana",
    "logstash/logstash",
    "sonatype/nexus3",
    "prom/prometheus",
    "prom/alertmanager",
    "prom/pushgateway",
    "prom/node-exporter",
    "prom/blackbox-exporter",
];

/// Official images that name a user other than root.
const OFFICIAL_OWN_USER: &[&str] = &[
    "elasticsearch",
    "kibana",
    "logstash",
    "solr",
    "memcached",
    "jetty",
    "jenkins",
    "sonarqube",
    "varnish",
    "haproxy",
    "percona",
];

/// Official images whose own entry point starts the service as another user, and that service.
const DROPPING: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("mysql", "mysqld"),
    ("mariadb", "mariadbd"),
    ("mariadb", "mysqld"),
    ("mongo", "mongod"),
    ("redis", "redis-server"),
    ("cassandra", "cassandra"),
    ("couchdb", "couchdb"),
    ("rabbitmq", "rabbitmq-server"),
    ("ghost", "node"),
    ("zookeeper", "zkServer.sh"),
    ("neo4j", "neo4j"),
];

/// Whether the name of the base tells that its programs do not run as root.
fn has_own_user_by_name(subject: &Subject<'_>, base: &Base) -> bool {
    let tag = base.name.tag.as_deref().unwrap_or_default();
    let repository = base.name.repository.as_str();
    let is_official = |names: &[&str]| base.name.is_official() && names.contains(&repository);
    let keeps_entry = !starts(subject).any(|item| item.instruction.keyword == Keyword::Entrypoint);
    tag.contains("nonroot")
        || tag.contains("rootless")
        || tag.contains("chiseled")
        || repository.contains("unprivileged")
        || base.name.registry.starts_with("cgr.dev")
        || OWN_USER.iter().any(|start| repository.starts_with(start))
        || is_official(OFFICIAL_OWN_USER)
        || DROPPING.iter().any(|(image, service)| {
            is_official(&[*image])
                && keeps_entry
                && command(subject).is_none_or(|one| one == *service)
        })
}

/// The program that CMD names; none where it gives options alone.
fn command(subject: &Subject<'_>) -> Option<String> {
    let item = starts(subject).filter(|item| item.instruction.keyword == Keyword::Cmd).last()?;
    let words = words(item);
    let name = words.first().filter(|word| !word.starts_with('-'))?;
    Some(short(name).to_owned())
}

/// Whether the start command itself changes the user: gosu, su-exec, setpriv.
fn drops_root(subject: &Subject<'_>) -> bool {
    subject.items.iter().any(|item| {
        let text = item.instruction.text.as_str();
        matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Run)
            && ["gosu", "su-exec", "setpriv"].iter().any(|tool| text.contains(tool))
    })
}
