//! Give a database's files a volume.

use crate::packages::{any_install, bare_name};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-data-volume",
    aliases: &[],
    level: Level::Info,
    page: Page {
        title: Text {
            en: "Give a database's files a volume", zh: "数据库的文件应放在卷中"
        },
        why: Text {
            en: "What a database writes into the container's own layer is gone with the container, and slow before that. VOLUME says which directory has to outlive it, to people and to orchestrators.",
            zh: "数据库写入容器自身层的数据会随容器消失，而且更慢。VOLUME 告诉使用者和编排系统哪个目录必须保留。",
        },
        bad: r#"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends redis-server=5:* && rm -rf /var/lib/apt/lists/*
USER 10001
CMD ["redis-server", "--bind", "0.0.0.0", "--dir", "/var/lib/redis"]"#,
        good: r#"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends redis-server=5:* && rm -rf /var/lib/apt/lists/*
VOLUME /var/lib/redis
USER 10001
CMD ["redis-server", "--bind", "0.0.0.0", "--dir", "/var/lib/redis"]"#,
        files: &[],
    },
    check,
};

/// Packages of databases, what a command that starts them holds, and where it keeps its data
/// (the packages' own configuration, Debian, Alpine and Red Hat).
const DATABASES: &[(&[&str], &[&str], &str)] = &[
    (&["redis", "redis-server", "valkey"], &["redis-server"], "/var/lib/redis"),
    (&["postgresql", "postgresql-server"], &["postgres"], "/var/lib/postgresql"),
    (
        &["mysql-server", "mariadb-server", "mariadb", "default-mysql-server", "mysql"],
        &["mysqld", "service mysql", "service mariadb"],
        "/var/lib/mysql",
    ),
    (
        &["mongodb", "mongodb-org", "mongodb-server", "mongodb-org-server"],
        &["mongod"],
        "/var/lib/mongodb",
    ),
    (&["couchdb"], &["couchdb"], "/var/lib/couchdb"),
    (&["influxdb", "influxdb2"], &["influxd"], "/var/lib/influxdb"),
    (&["rabbitmq-server"], &["rabbitmq-server"], "/var/lib/rabbitmq"),
    (&["elasticsearch"], &["elasticsearch"], "/var/lib/elasticsearch"),
    (&["cassandra"], &["cassandra"], "/var/lib/cassandra"),
    (&["clickhouse-server"], &["clickhouse-server"], "/var/lib/clickhouse"),
    (&["slapd", "openldap-servers", "openldap"], &["slapd"], "/var/lib/ldap"),
    (&["etcd", "etcd-server"], &["etcd"], "/var/lib/etcd"),
];

/// Packages that hold the client alone on Red Hat's systems.
const CLIENTS: &[&str] = &["postgresql", "mariadb", "mysql"];

/// What starts several programs, among them perhaps the database.
const STARTERS: &[&str] = &["supervisord", "/init", "runsvdir", "s6-svscan"];

fn check(subject: &Subject<'_>, out: &mut Report) {
    let starts: Vec<&Item<'_>> = subject
        .items
        .iter()
        .filter(|item| {
            subject.is_final(item.stage)
                && matches!(item.instruction.keyword, Keyword::Cmd | Keyword::Entrypoint)
        })
        .collect();
    let Some(last) = starts.last() else { return };
    let mentions =
        |text: &str| starts.iter().any(|item| item.instruction.text.as_str().contains(text));
    let has_volume = subject.with(Keyword::Volume).any(|item| subject.is_final(item.stage));
    if has_volume {
        return;
    }
    let mut told = Vec::new();
    for run in subject.posix_runs().filter(|run| subject.is_final(run.item.stage)) {
        for command in &run.script.commands {
            let is_red_hat = matches!(command.name(), "yum" | "dnf" | "microdnf");
            let found = any_install(run, command);
            for word in found.iter().flat_map(|found| &found.packages) {
                let name = bare_name(&word.text);
                let known = DATABASES.iter().find(|(packages, _, _)| packages.contains(&name));
                let Some((_, programs, directory)) = known else { continue };
                if !programs.iter().chain(STARTERS).any(|program| mentions(program))
                    || is_red_hat && CLIENTS.contains(&name)
                {
                    continue;
                }
                // Without a configuration it writes wherever it is started.
                let is_loose = *directory == "/var/lib/redis"
                    && mentions("redis-server")
                    && !mentions(".conf")
                    && !mentions("--dir");
                if is_loose {
                    out.push(
                        run.word_span(word),
                        message!(
                            "{name} is started without --dir or a configuration and keeps its data in the working directory",
                            "{name} 启动时没有 --dir 或配置文件，数据保存在工作目录中"
                        ),
                    );
                    continue;
                }
                let directory = directory_here(directory, is_red_hat, &mentions);
                if told.contains(&directory) {
                    continue;
                }
                told.push(directory);
                let finding = out.push(
                    run.word_span(word),
                    message!(
                        "{name} keeps its data in {directory}, which is no VOLUME",
                        "{name} 的数据在 {directory}，它不是 VOLUME"
                    ),
                );
                let line = subject.line_before(last.instruction);
                finding.suggest(
                    message!("Add VOLUME {directory}", "加上 VOLUME {directory}"),
                    vec![Edit::insert(
                        line,
                        format!("VOLUME {directory}{}", subject.file.line_end()),
                    )],
                );
            }
        }
    }
}

/// Where the database keeps its data here: Red Hat's packages have other directories, and mongod without a
/// configuration has its own.
fn directory_here(
    usual: &'static str,
    is_red_hat: bool,
    mentions: &dyn Fn(&str) -> bool,
) -> &'static str {
    match usual {
        "/var/lib/postgresql" if is_red_hat => "/var/lib/pgsql",
        "/var/lib/mongodb" if mentions("mongod") && !mentions(".conf") && !mentions("--dbpath") => {
            "/data/db"
        }
        other => other,
    }
}
