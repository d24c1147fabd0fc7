//! Every risk, one function each. What cannot be had without another risk names that one as well.

use serde_json::json;

use super::{
    planter::{Plant, Planter},
    secrets::{PlantedSecret, SecretSpot},
};
use crate::{Entry, secret_samples};

/// Everything that `analyze` warns of, by its name, and what plants it.
pub(super) const RISKS: &[(&str, Plant)] = &[
    ("JR-root-user", root_user),
    ("JR-env-secret", env_secret),
    ("JR-file-secret", file_secret),
    ("JR-sensitive-volume", sensitive_volume),
    ("JR-ssh-port", ssh_port),
    ("JR-privileged-port", privileged_port),
    ("JR-shell-command", shell_command),
    ("JR-latest-tag", latest_tag),
    ("JR-no-healthcheck", no_healthcheck),
    ("JR-no-metadata", no_metadata),
    ("JR-glibc-on-musl", glibc_on_musl),
    ("JR-empty-password", empty_password),
    ("JR-password-hash", password_hash),
    ("JR-second-root", second_root),
    ("JR-duplicate-id", duplicate_id),
    ("JR-missing-user", missing_user),
    ("JR-sudo-nopasswd", sudo_without_password),
    ("JR-ssh-root-login", root_login),
    ("JR-setuid-unknown", setuid_unknown),
    ("JR-setuid", setuid_packaged),
    ("JR-file-capability", capability),
    ("JR-writable-system-directory", writable_system_directory),
    ("JR-world-writable", world_writable_file),
    ("JR-world-writable-directory", world_writable_directory),
    ("JR-ssh-host-key", host_key),
    ("JR-sshd", sshd),
    ("JR-plain-text-service", plain_text_service),
    ("JR-engine-in-image", engine),
    ("JR-device-node", device),
    ("JR-developer-file", developer_file),
    ("JR-unverified-download", |plant| {
        runs(plant, "JR-unverified-download", "curl -k https://a.corp/x -o /x");
    }),
    ("JR-pipe-to-shell", |plant| {
        runs(plant, "JR-pipe-to-shell", "curl -fsSL https://a.corp/x | sh");
    }),
    ("JR-chmod-777", |plant| {
        runs(plant, "JR-chmod-777", "chmod -R 777 /srv");
    }),
    ("JR-update-alone", |plant| {
        runs(plant, "JR-update-alone", "apt-get update");
    }),
    ("JR-upgrade", |plant| {
        runs(plant, "JR-upgrade", "apk upgrade");
    }),
    ("JR-apt-lists", apt_lists),
    ("JR-apk-cache", |plant| {
        runs(plant, "JR-apk-cache", "apk add curl");
    }),
    ("JR-sudo", |plant| {
        runs(plant, "JR-sudo", "sudo make install");
    }),
    ("JR-add", add),
];

/// A RUN that does something; which one, the seed says.
fn runs(plant: &mut Planter<'_>, id: &'static str, command: &str) {
    let layers: Vec<usize> =
        (0..plant.layers).filter(|layer| plant.image.steps[*layer].keyword == "RUN").collect();
    let layer = layers[plant.chance.below(layers.len())];
    plant.image.command(layer, command);
    plant.image.risk(id, Some(layer));
}

/// A file in a layer that the seed chooses.
fn file(plant: &mut Planter<'_>, id: &'static str, entry: Entry) {
    let layer = plant.layer();
    plant.image.keep(layer, entry);
    plant.image.risk(id, Some(layer));
}

fn root_user(plant: &mut Planter<'_>) {
    plant.image.config["User"] = json!("");
    plant.image.risk("JR-root-user", None);
}

fn env_secret(plant: &mut Planter<'_>) {
    let variable = "POSTGRES_PASSWORD=tiger77";
    let env = plant.image.config["Env"].as_array_mut().expect("it is one");
    env.push(json!(variable));
    let spot = SecretSpot::Env("POSTGRES_PASSWORD");
    plant.image.secrets.push(PlantedSecret { kind: "password-setting", spot });
    plant.image.risk("JR-env-secret", None);
}

fn file_secret(plant: &mut Planter<'_>) {
    let samples = secret_samples(plant.chance.number());
    let sample = samples.into_iter().find(|sample| sample.kind == "ec-key").expect("it is there");
    let layer = plant.layer();
    plant.image.keep(layer, Entry::file(&sample.path, sample.content));
    let spot = SecretSpot::File { layer, path: sample.path, hidden_by: None };
    plant.image.secrets.push(PlantedSecret { kind: sample.kind, spot });
}

fn sensitive_volume(plant: &mut Planter<'_>) {
    plant.image.config["Volumes"] = json!({"/etc": {}, "/var/run/docker.sock": {}});
    plant.image.risk("JR-sensitive-volume", None);
    plant.image.risk("JR-sensitive-volume", None);
}

fn ssh_port(plant: &mut Planter<'_>) {
    plant.image.config["ExposedPorts"]["22/tcp"] = json!({});
    plant.image.risk("JR-ssh-port", None);
}

fn privileged_port(plant: &mut Planter<'_>) {
    plant.image.config["ExposedPorts"]["80/tcp"] = json!({});
    plant.image.risk("JR-privileged-port", None);
}

fn shell_command(plant: &mut Planter<'_>) {
    plant.image.config["Cmd"] = json!(["/bin/sh", "-c", "/app/server --listen 8080"]);
    plant.image.risk("JR-shell-command", None);
}

fn latest_tag(plant: &mut Planter<'_>) {
    let (name, _) = plant.image.tag.split_once(':').expect("it has a tag");
    plant.image.tag = format!("{name}:latest");
    plant.image.risk("JR-latest-tag", None);
}

fn without(plant: &mut Planter<'_>, key: &str) {
    plant.image.config.as_object_mut().expect("it is one").remove(key);
}

fn no_healthcheck(plant: &mut Planter<'_>) {
    without(plant, "Healthcheck");
    plant.image.risk("JR-no-healthcheck", None);
}

fn no_metadata(plant: &mut Planter<'_>) {
    without(plant, "Labels");
    plant.image.risk("JR-no-metadata", None);
}

fn glibc_on_musl(plant: &mut Planter<'_>) {
    let layer = plant.layer();
    plant.image.keep(layer, Entry::file("lib/ld-musl-x86_64.so.1", "musl"));
    let path = format!("app/{}/fast.cpython-312-x86_64-linux-gnu.so", plant.id);
    file(plant, "JR-glibc-on-musl", Entry::file(&path, "an extension"));
}

fn empty_password(plant: &mut Planter<'_>) {
    plant.image.line("etc/shadow", "guest::19000::::::\n");
    plant.image.risk("JR-empty-password", Some(0));
}

fn password_hash(plant: &mut Planter<'_>) {
    let samples = secret_samples(plant.chance.number());
    let sample = samples.into_iter().find(|sample| sample.kind == "shadow-hash");
    let sample = sample.expect("it is there");
    let line = String::from_utf8(sample.content).expect("it is text");
    plant.image.line("etc/shadow", &line.replacen("root:", "admin:", 1));
    plant.image.risk("JR-password-hash", Some(0));
    let spot = SecretSpot::File { layer: 0, path: sample.path, hidden_by: None };
    plant.image.secrets.push(PlantedSecret { kind: sample.kind, spot });
}

fn second_root(plant: &mut Planter<'_>) {
    plant.image.line("etc/passwd", "toor:x:0:0::/root:/bin/sh\n");
    plant.image.risk("JR-second-root", Some(0));
    plant.image.risk("JR-duplicate-id", Some(0));
}

fn duplicate_id(plant: &mut Planter<'_>) {
    plant.image.line("etc/group", "web:x:2001:\nmail:x:2001:\n");
    plant.image.risk("JR-duplicate-id", Some(0));
}

fn missing_user(plant: &mut Planter<'_>) {
    plant.image.config["User"] = json!("ghost");
    plant.image.risk("JR-missing-user", None);
}

fn sudo_without_password(plant: &mut Planter<'_>) {
    let entry = Entry::file("etc/sudoers.d/app", "app ALL=(ALL) NOPASSWD: ALL\n");
    file(plant, "JR-sudo-nopasswd", entry);
}

fn root_login(plant: &mut Planter<'_>) {
    let entry = Entry::file("etc/ssh/sshd_config", "Port 22\nPermitRootLogin yes\n");
    file(plant, "JR-ssh-root-login", entry);
}

fn setuid_unknown(plant: &mut Planter<'_>) {
    let entry = Entry::file("usr/local/sbin/become", "a program").mode(0o4755);
    file(plant, "JR-setuid-unknown", entry);
}

fn setuid_packaged(plant: &mut Planter<'_>) {
    plant.image.line("var/lib/dpkg/info/base.list", "/usr/bin/su\n");
    file(plant, "JR-setuid", Entry::file("usr/bin/su", "another program").mode(0o4755));
}

fn capability(plant: &mut Planter<'_>) {
    let value = b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let entry = Entry::file("usr/bin/listen", "a program of its own").mode(0o755);
    file(plant, "JR-file-capability", entry.xattr("security.capability", value));
}

fn writable_system_directory(plant: &mut Planter<'_>) {
    let entry = Entry::directory("usr/local/lib").owner(1000, 1000);
    file(plant, "JR-writable-system-directory", entry);
}

fn world_writable_file(plant: &mut Planter<'_>) {
    file(plant, "JR-world-writable", Entry::file("srv/open", "open").mode(0o666));
}

fn world_writable_directory(plant: &mut Planter<'_>) {
    file(plant, "JR-world-writable-directory", Entry::directory("srv/room").mode(0o777));
}

fn host_key(plant: &mut Planter<'_>) {
    file(plant, "JR-ssh-host-key", Entry::file("etc/ssh/ssh_host_rsa_key", "a key\n"));
}

fn sshd(plant: &mut Planter<'_>) {
    file(plant, "JR-sshd", Entry::file("usr/sbin/sshd", "a server").mode(0o755));
}

fn plain_text_service(plant: &mut Planter<'_>) {
    let status = "\nPackage: telnetd\nStatus: install ok installed\nVersion: 1\n";
    plant.image.line("var/lib/dpkg/status", status);
    plant.image.risk("JR-plain-text-service", None);
}

fn engine(plant: &mut Planter<'_>) {
    file(plant, "JR-engine-in-image", Entry::file("usr/bin/dockerd", "an engine").mode(0o755));
}

fn device(plant: &mut Planter<'_>) {
    file(plant, "JR-device-node", Entry::block_device("dev/sda", (8, 0)));
}

fn developer_file(plant: &mut Planter<'_>) {
    let layer = plant.placed(&format!("srv/{}/Jenkinsfile", plant.id), "build-context");
    plant.image.risk("JR-developer-file", Some(layer));
}

fn apt_lists(plant: &mut Planter<'_>) {
    let path = format!("var/lib/apt/lists/risk_{}_Packages", plant.id);
    let layer = plant.placed(&path, "package-lists");
    plant.image.risk_of_layer("JR-apt-lists", layer);
}

fn add(plant: &mut Planter<'_>) {
    plant.image.steps[1].keyword = "ADD";
    plant.image.risk("JR-add", Some(1));
}
