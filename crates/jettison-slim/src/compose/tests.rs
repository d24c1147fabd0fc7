//! Whole files, and what becomes of them.

use super::*;
use crate::neighbour::Wait;

/// Reads a file in a directory of its own that holds `app.conf` and images as empty files.
fn load(text: &str, service: &str) -> Result<Surroundings, String> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for name in ["app.conf", "redis.tar", "db.tar"] {
        fs_err::write(directory.path().join(name), "").expect("writable");
    }
    fs_err::write(directory.path().join("db.env"), "DB_PASSWORD=s3cret\nSHARED=file\n")
        .expect("writable");
    let file = directory.path().join("compose.yaml");
    fs_err::write(&file, text).expect("writable");
    let variables = BTreeMap::from([("TAG".to_owned(), "7".to_owned())]);
    let images = BTreeMap::from([("built".to_owned(), "redis.tar".parse().expect("a source"))]);
    let images = if text.contains("built:") { images } else { BTreeMap::new() };
    let options = ComposeOptions { file, service: service.to_owned(), variables, images };
    surroundings(&options).map_err(|error| error.to_string())
}

const APP: &str = r#"
name: shop
x-env: &env
  SHARED: base
services:
  web:
    build: .
    command: ["serve", "--port", "80"]
    environment:
      <<: *env
      REDIS_URL: redis://cache:6379/${TAG}
      EMPTY:
    ports: ["8080:80", {target: 443, published: "8443", protocol: tcp}]
    depends_on:
      migrate: {condition: service_completed_successfully}
      cache: {condition: service_healthy}
    volumes: ["./app.conf:/etc/app.conf:ro", "uploads:/srv/uploads", /scratch]
    networks: {default: {aliases: [shop.local]}}
    restart: unless-stopped
    mem_limit: 1g
  migrate:
    image: db.tar
    entrypoint: migrate --all 'two words'
    depends_on: [db]
    links: ["db:database"]
  db:
    image: db.tar
    env_file: db.env
    environment: ["SHARED=list"]
    user: "999"
    volumes:
      - {type: volume, source: data, target: /var/lib/db}
      - {type: volume, source: uploads, target: /backup, read_only: true}
    secrets: [token]
    healthcheck: {test: pg_isready, interval: 1m30s, retries: 5}
  cache:
    image: redis.tar
    container_name: the-cache
    healthcheck: {test: ["CMD", "redis-cli", "ping"]}
    extra_hosts: ["other=10.0.0.1", "host.docker.internal:host-gateway"]
  unrelated:
    image: nowhere:1
    devices: [/dev/fuse]
volumes: {data: {}, uploads: }
secrets: {token: {file: app.conf}}
"#;

#[test]
fn a_service_brings_what_it_depends_on() {
    let found = load(APP, "web").expect("it is understood");
    let order: Vec<(&str, Wait)> =
        found.neighbours.iter().map(|it| (it.name.as_str(), it.wait)).collect();
    assert_eq!(
        order,
        [("cache", Wait::Ready), ("db", Wait::Started), ("migrate", Wait::Completed)],
        "each behind what it needs; what nobody needs is not started"
    );
    let [cache, db, migrate] = &found.neighbours[..] else { panic!("{order:?}") };
    assert_eq!(cache.aliases, ["the-cache"]);
    assert_eq!(cache.setup.hosts, [("10.0.0.1".to_owned(), "other".to_owned())]);
    assert_eq!(cache.setup.health.as_ref().expect("it has one").test, ["CMD", "redis-cli", "ping"]);
    assert_eq!(db.aliases, ["database"], "a link is a name");
    assert_eq!(db.setup.overrides.user.as_deref(), Some("999"));
    let env: Vec<(&str, &str)> =
        db.setup.env.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(env, [("DB_PASSWORD", "s3cret"), ("SHARED", "list")], "environment wins over files");
    assert_eq!(db.setup.volumes.len(), 2);
    assert!(db.setup.mounts.iter().any(|mount| mount.target == Path::new("/run/secrets/token")));
    let health = db.setup.health.as_ref().expect("it has one");
    assert_eq!(health.test, ["CMD-SHELL", "pg_isready"]);
    assert_eq!((health.interval.expect("set").as_secs(), health.retries), (90, Some(5)));
    let entrypoint = migrate.setup.overrides.entrypoint.as_deref().expect("set");
    assert_eq!(entrypoint, ["migrate", "--all", "two words"]);
}

#[test]
fn the_service_itself_is_set_up_for_its_runs() {
    let found = load(APP, "web").expect("it is understood");
    assert_eq!(found.names, ["web", "shop.local"]);
    let setup = &found.setup;
    assert_eq!(setup.overrides.cmd.as_deref().expect("set"), ["serve", "--port", "80"]);
    assert_eq!(setup.overrides.expose, ["80", "443/tcp"]);
    let env: Vec<(&str, &str)> =
        setup.env.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(env, [("REDIS_URL", "redis://cache:6379/7"), ("SHARED", "base")]);
    assert_eq!(setup.mounts.len(), 1);
    assert!(setup.mounts[0].read_only && setup.mounts[0].source.ends_with("app.conf"));
    assert_eq!(setup.volumes.len(), 1, "a volume without a name is no volume to share");
    assert!(found.warnings.iter().any(|text| text.contains("mem_limit")), "{:?}", found.warnings);
    assert!(found.warnings.iter().any(|text| text.contains("host.docker.internal")));
}

#[test]
fn what_is_not_understood_is_an_error_with_a_way_out() {
    let service = |rest: &str| format!("services:\n  a:\n    image: redis.tar\n{rest}");
    let needs = |rest: &str| format!("services:\n  a: {{depends_on: [b]}}\n  b:\n{rest}");
    for (text, parts) in [
        (service("    devices: [/dev/x]"), &["services.a.devices", "docker compose config"][..]),
        (service("    network_mode: host"), &["services.a.network_mode", "host"]),
        (service("    healthcheck: {test: x, interval: soon}"), &["healthcheck.interval", "30s"]),
        (service("    volumes: ['data:/x']"), &["services.a.volumes", "data"]),
        (service("    volumes: ['./none:/x']"), &["services.a.volumes", "none"]),
        (service("    volumes: ['./app.conf:x']"), &["absolute"]),
        (service("    env_file: none.env"), &["env_file", "none.env"]),
        (service("    command: \"'open\""), &["services.a.command", "quote"]),
        (service("    depends_on: {a: {condition: x}}"), &["depends_on.a", "\"x\""]),
        (service("    depends_on: [zz]"), &["no service zz"]),
        (service("    secrets: [x]"), &["services.a.secrets", "\"x\""]),
        (service("    image: b"), &["duplicate"]),
        (service("    environment: {X: '${Y:?say it}'}"), &["say it", "services"]),
        (needs("    build: ."), &["services.b.build", "--compose-image b=SOURCE"]),
        (
            needs(
                "    {image: redis.tar, depends_on: [c]}\n  c: {image: redis.tar, depends_on: [b]}",
            ),
            &["circle", "b -> c -> b"],
        ),
        (needs("    {image: redis.tar, depends_on: [a]}"), &["depends on itself"]),
        ("services: {b: {image: x}}".to_owned(), &["no service a", "there are b"]),
        ("service: {a: {}}".to_owned(), &["\"service\""]),
        ("include: [x]\nservices: {a: {}}".to_owned(), &["docker compose config"]),
        ("- a".to_owned(), &["no Compose file"]),
        ("a: [".to_owned(), &["no YAML"]),
    ] {
        let error = load(&text, "a").expect_err(&text);
        for part in parts {
            assert!(error.contains(part), "{part:?} in {error}");
        }
        assert!(error.contains("compose.yaml") && !error.contains('\n'), "{error}");
    }
}

#[test]
fn images_can_be_named_by_service() {
    let text = "services:\n  a: {depends_on: [built]}\n  built: {build: .}\n";
    let found = load(text, "a").expect("it is understood");
    assert!(found.neighbours[0].source.to_string().ends_with("redis.tar"));
    let unknown =
        load("services: {a: {image: 'built:'}}", "a").expect_err("there is no such service");
    assert!(unknown.contains("no service built"), "{unknown}");
}
