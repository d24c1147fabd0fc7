//! What looks like a risk and is none: one thing for each check at least.

use serde_json::json;

use super::planter::Planter;
use crate::Entry;

pub(super) fn plant(plant: &mut Planter<'_>) {
    let image = &mut *plant.image;
    "latest:not-latest".clone_into(&mut image.tag);
    image.config["Env"] = json!(["PATH=/usr/bin", "DB_PASSWORD_FILE=/run/secrets/db", "API_KEY="]);
    image.config["Volumes"] = json!({"/var/lib/app": {}, "/etc/app": {}});
    image.config["ExposedPorts"] = json!({"8080/tcp": {}, "2222/tcp": {}});
    image.config["Cmd"] = json!(["/bin/sh", "-c", "exec /app/server --listen 8080"]);
    image.line("etc/passwd", "daemon:*:1:1::/:/sbin/nologin\n");
    image.line("etc/shadow", "# guest::\nlocked:!$:19000::::::\n");
    image.line(
        "var/lib/dpkg/status",
        "\nPackage: telnet\nStatus: install ok installed\nVersion: 1\n",
    );
    image.line(
        "var/lib/dpkg/status",
        "\nPackage: ftpd\nStatus: deinstall ok config-files\nVersion: 1\n",
    );
    for entry in [
        Entry::file("app/fast.cpython-312-x86_64-linux-gnu.so", "for glibc, and no musl is there"),
        Entry::file("app/config.yml", "password: ${DB_PASSWORD}\ntoken: changeme\n"),
        Entry::file("etc/sudoers", "# app ALL=(ALL) NOPASSWD: ALL\nroot ALL=(ALL) ALL\n"),
        Entry::file("etc/ssh/sshd_config", "#PermitRootLogin yes\nPermitRootLogin no\n"),
        Entry::file("etc/ssh/ssh_host_rsa_key.pub", "ssh-rsa AAAA\n"),
        Entry::file("usr/bin/not-executable", "setuid, but nobody can run it").mode(0o4644),
        Entry::directory("srv/shared").mode(0o2775),
        Entry::directory("tmp").mode(0o1777),
        // Debian's: its group staff has no members.
        Entry::directory("usr/local").owner(0, 50).mode(0o2775),
        Entry::symlink("usr/bin/link", "not-executable"),
        Entry::file("usr/bin/tagged", "an attribute").xattr("user.comment", b"harmless"),
        Entry::file("usr/share/sshd", "its documentation"),
        Entry::file("usr/bin/docker", "a client"),
        Entry::device("dev/null", (1, 3)).mode(0o666),
        Entry::file("app/Dockerfile.md", "about Dockerfiles"),
        Entry::file("var/lib/apt/lists/lock", ""),
    ] {
        image.keep(2, entry);
    }
    for command in [
        "curl -fsSL -o key https://a.corp/key && sha256sum -c sums",
        "curl -fsSL https://a.corp/x.tar | tar x",
        "apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*",
        "apk add --no-cache curl",
        "chmod 1777 /tmp",
        "echo sudo is not needed",
    ] {
        image.command(2, command);
    }
    let step = &mut image.steps[1];
    (step.keyword, step.arguments) =
        ("ADD", "--checksum=sha256:0123 https://a.corp/x /opt/".to_owned());
}
