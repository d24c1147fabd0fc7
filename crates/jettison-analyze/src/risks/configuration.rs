//! What the config of an image says.

use super::check::{Found, RiskCheck};
use crate::{
    analysis::{Purpose, SecretPlace},
    language::{Level, Text},
};

pub(super) static ROOT_USER: RiskCheck = RiskCheck {
    id: "JR-root-user",
    aliases: &["CIS-DI-0001"],
    level: Level::Medium,
    title: Text { en: "it runs as root", zh: "以 root 身份运行" },
    why: Text {
        en: "Whoever breaks into the program may change everything in the container, and is root outside when the container's walls have a hole.",
        zh: "程序一旦被攻破，攻击者可修改容器中的一切；若容器隔离存在漏洞，还会在宿主机上成为 root。",
    },
    instead: Text {
        en: "`RUN useradd --system app` and `USER app`.",
        zh: "`RUN useradd --system app` 与 `USER app`。",
    },
    find: |scene, found| {
        let user = scene.subject.config.config.user.as_str();
        if matches!(user.split(':').next(), None | Some("" | "root" | "0")) {
            found.push(Found::new(if user.is_empty() { "USER" } else { user }));
        }
    },
};

pub(super) static NO_HEALTHCHECK: RiskCheck = RiskCheck {
    id: "JR-no-healthcheck",
    aliases: &["CIS-DI-0006"],
    level: Level::Info,
    title: Text { en: "nothing says how to ask whether it is well", zh: "未定义健康检查" },
    why: Text {
        en: "An engine sees that a process is there, not that it answers. (Kubernetes does not read HEALTHCHECK; it has probes of its own.)",
        zh: "引擎只能看到进程存在，无法得知其是否正常响应。（Kubernetes 不读取 HEALTHCHECK，而使用自己的探针。）",
    },
    instead: Text {
        en: "`HEALTHCHECK CMD [\"/app\", \"--check\"]`",
        zh: "`HEALTHCHECK CMD [\"/app\", \"--check\"]`",
    },
    find: |scene, found| {
        let check = scene.subject.config.config.healthcheck.as_ref();
        let is_set =
            check.is_some_and(|check| check.test.first().is_some_and(|kind| kind != "NONE"));
        if !is_set && scene.purpose == Purpose::Runtime {
            found.push(Found::new("HEALTHCHECK"));
        }
    },
};

pub(super) static LATEST_TAG: RiskCheck = RiskCheck {
    id: "JR-latest-tag",
    aliases: &["DKL-DI-0006"],
    level: Level::Low,
    title: Text { en: "its tag is latest", zh: "标签为 latest" },
    why: Text {
        en: "The name means another image tomorrow: nobody can say what ran, or go back to it.",
        zh: "同一名称明天可能指向另一个镜像：无法说明运行过什么，也无法回退。",
    },
    instead: Text {
        en: "Tag versions: `app:1.4.2`.", zh: "使用版本号标签：`app:1.4.2`。"
    },
    find: |scene, found| {
        for tag in scene.subject.tags.iter().filter(|tag| tag.ends_with(":latest")) {
            found.push(Found::new(tag.clone()));
        }
    },
};

pub(super) static SENSITIVE_VOLUME: RiskCheck = RiskCheck {
    id: "JR-sensitive-volume",
    aliases: &["DKL-DI-0002"],
    level: Level::High,
    title: Text {
        en: "it declares a system directory or the engine's socket a volume",
        zh: "将系统目录或引擎套接字声明为卷",
    },
    why: Text {
        en: "A volume there invites to mount the host's own, and then the container rules the host.",
        zh: "这会诱导挂载宿主机的同名目录，从而使容器控制宿主机。",
    },
    instead: Text {
        en: "Declare volumes for the program's own data alone: `VOLUME /var/lib/app`.",
        zh: "仅为程序自身的数据声明卷：`VOLUME /var/lib/app`。",
    },
    find: |scene, found| {
        const SENSITIVE: &[&str] = &[
            "/",
            "/dev",
            "/proc",
            "/sys",
            "/etc",
            "/boot",
            "/root",
            "/usr",
            "/bin",
            "/sbin",
            "/lib",
            "/run",
            "/var/run",
            "/var/lib/docker",
        ];
        for volume in &scene.subject.config.config.volumes {
            let plain = if volume.len() > 1 { volume.trim_end_matches('/') } else { volume };
            let is_socket = plain.rsplit('.').next() == Some("sock");
            if SENSITIVE.contains(&plain)
                || is_socket
                || plain.starts_with("/proc/")
                || plain.starts_with("/sys/")
            {
                found.push(Found::new(volume.clone()));
            }
        }
    },
};

pub(super) static PRIVILEGED_PORT: RiskCheck = RiskCheck {
    id: "JR-privileged-port",
    aliases: &[],
    level: Level::Low,
    title: Text { en: "it listens on a port below 1024", zh: "监听 1024 以下的端口" },
    why: Text {
        en: "On hosts that keep those ports for root, the program has to run as root, or with a capability.",
        zh: "在将这些端口保留给 root 的主机上，程序必须以 root 身份或带特权运行。",
    },
    instead: Text {
        en: "Listen on 8080 and let the outside map it.",
        zh: "监听 8080 并由外部映射端口。",
    },
    find: |scene, found| {
        for port in &scene.subject.config.config.exposed_ports {
            if number(port).is_some_and(|number| number < 1024 && number != 22) {
                found.push(Found::new(port.clone()));
            }
        }
    },
};

pub(super) static SSH_PORT: RiskCheck = RiskCheck {
    id: "JR-ssh-port",
    aliases: &[],
    level: Level::Medium,
    title: Text { en: "it exposes ssh", zh: "暴露了 ssh 端口" },
    why: Text {
        en: "One more way in, with accounts and keys of its own to look after.",
        zh: "多一个入口，还要维护其账户与密钥。",
    },
    instead: Text {
        en: "`docker exec` and `kubectl exec` do the same.",
        zh: "使用 `docker exec` 或 `kubectl exec`。",
    },
    find: |scene, found| {
        for port in &scene.subject.config.config.exposed_ports {
            if number(port) == Some(22) {
                found.push(Found::new(port.clone()));
            }
        }
    },
};

fn number(port: &str) -> Option<u32> {
    port.split(['/', '-']).next()?.parse().ok()
}

pub(super) static ENV_SECRET: RiskCheck = RiskCheck {
    id: "JR-env-secret",
    aliases: &["CIS-DI-0010"],
    level: Level::High,
    title: Text { en: "secrets are in its configuration", zh: "配置中含有机密" },
    why: Text {
        en: "`docker inspect` shows environment, labels, command and history to everybody who can pull the image.",
        zh: "任何能拉取镜像的人都可用 `docker inspect` 看到环境变量、标签、命令和历史。",
    },
    instead: Text {
        en: "`RUN --mount=type=secret` while building, secrets of the orchestrator while running.",
        zh: "构建时使用 `RUN --mount=type=secret`，运行时使用编排系统的机密。",
    },
    find: |scene, found| {
        for secret in scene.secrets {
            for place in &secret.places {
                let name = match place {
                    SecretPlace::Env { name } => format!("ENV {name}"),
                    SecretPlace::Label { name } => format!("LABEL {name}"),
                    SecretPlace::BuildArgument { name, .. } => format!("ARG {name}"),
                    SecretPlace::Command => "CMD".to_owned(),
                    SecretPlace::File { .. } | SecretPlace::History { .. } => continue,
                };
                found.push(Found::new(format!("{name} ({})", secret.rule)));
            }
        }
    },
};

pub(super) static FILE_SECRET: RiskCheck = RiskCheck {
    id: "JR-file-secret",
    aliases: &["CIS-DI-0010"],
    level: Level::High,
    title: Text { en: "secrets are in its files", zh: "文件中含有机密" },
    why: Text {
        en: "Layers are files that everybody unpacks who pulls the image; that a later layer removed one changes nothing.",
        zh: "任何拉取镜像的人都能解开各层；后面的层将其删除也无济于事。",
    },
    instead: Text {
        en: "`RUN --mount=type=secret`, a `.dockerignore`, and new keys in place of those that were out.",
        zh: "使用 `RUN --mount=type=secret` 与 `.dockerignore`，并更换已泄露的密钥。",
    },
    find: |scene, found| {
        let is_serious = |secret: &&crate::analysis::SecretFinding| secret.level >= Level::Medium;
        for secret in scene.secrets.iter().filter(is_serious) {
            for place in &secret.places {
                if let SecretPlace::File { layer, path, .. } = place {
                    found.push(Found {
                        subject: format!("{path} ({})", secret.rule),
                        layer: Some(*layer),
                    });
                }
            }
        }
    },
};

pub(super) static NO_METADATA: RiskCheck = RiskCheck {
    id: "JR-no-metadata",
    aliases: &[],
    level: Level::Info,
    title: Text {
        en: "it does not say which version of what it is", zh: "未说明其内容与版本"
    },
    why: Text {
        en: "With labels, `docker inspect` tells version, source and licence; without them, somebody has to start it to see.",
        zh: "有了标签，`docker inspect` 即可看到版本、来源和许可证；否则只能启动后查看。",
    },
    instead: Text {
        en: "`LABEL org.opencontainers.image.version=1.4.2 org.opencontainers.image.source=https://…`",
        zh: "`LABEL org.opencontainers.image.version=1.4.2 org.opencontainers.image.source=https://…`",
    },
    find: |scene, found| {
        let labels = &scene.subject.config.config.labels;
        let has = |end: &str| labels.keys().any(|key| key.rsplit(['.', '-']).next() == Some(end));
        if !has("version") && scene.purpose == Purpose::Runtime {
            found.push(Found::new("org.opencontainers.image.version"));
        }
    },
};

pub(super) static SHELL_COMMAND: RiskCheck = RiskCheck {
    id: "JR-shell-command",
    aliases: &[],
    level: Level::Low,
    title: Text {
        en: "a shell stands between the engine and the program",
        zh: "引擎与程序之间隔着一个 shell",
    },
    why: Text {
        en: "The shell is process 1 and passes no signals on: `docker stop` waits ten seconds and then kills.",
        zh: "shell 成为 1 号进程且不转发信号：`docker stop` 会等待十秒后强制终止。",
    },
    instead: Text {
        en: "`CMD [\"program\", \"argument\"]`, or `exec program` at the end of the script.",
        zh: "使用 `CMD [\"program\", \"argument\"]`，或在脚本末尾使用 `exec program`。",
    },
    find: |scene, found| {
        let run = &scene.subject.config.config;
        let command =
            run.entrypoint.as_ref().filter(|words| !words.is_empty()).or(run.cmd.as_ref());
        let Some([shell, option, script, ..]) = command.map(Vec::as_slice) else { return };
        let is_shell = matches!(shell.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"));
        let is_single = !script.trim_start().starts_with("exec ") && script.contains(' ');
        if is_shell && option == "-c" && is_single && !script.contains("exec ") {
            found.push(Found::new(crate::secrets::SecretScanner::new().masked(script)));
        }
    },
};

pub(super) static GLIBC_ON_MUSL: RiskCheck = RiskCheck {
    id: "JR-glibc-on-musl",
    aliases: &[],
    level: Level::Medium,
    title: Text {
        en: "programs for glibc are in an image with musl",
        zh: "musl 镜像中含有 glibc 程序",
    },
    why: Text {
        en: "Alpine's C library is musl: extensions built for glibc do not load, and name resolution, locales and stack sizes differ.",
        zh: "Alpine 使用 musl C 库：为 glibc 构建的扩展无法加载，且域名解析、区域设置与栈大小均有差异。",
    },
    instead: Text {
        en: "Install wheels for musllinux, or take a slim Debian image.",
        zh: "安装 musllinux 的 wheel，或改用 Debian slim 镜像。",
    },
    find: |scene, found| {
        let is_musl = scene.names().any(|(path, _)| scene.name(path).starts_with("ld-musl-"));
        let has_glibc = scene.names().any(|(path, _)| scene.name(path).starts_with("ld-linux-"));
        if !is_musl || has_glibc {
            return;
        }
        for (path, inode) in scene.names() {
            if inode.is_file() && scene.name(path).ends_with("-linux-gnu.so") {
                found.push(scene.at(path));
            }
        }
    },
};
