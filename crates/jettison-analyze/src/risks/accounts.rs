//! Users, groups and their passwords.

use std::collections::BTreeMap;

use super::check::{Found, RiskCheck, Scene};
use crate::{
    language::{Level, Text},
    secrets,
};

pub(super) static EMPTY_PASSWORD: RiskCheck = RiskCheck {
    id: "JR-empty-password",
    aliases: &["DKL-LI-0001"],
    level: Level::High,
    title: Text { en: "an account has an empty password", zh: "账户的密码为空" },
    why: Text {
        en: "Everybody who gets a login prompt, by su, ssh or a console, becomes that user without being asked for anything.",
        zh: "任何人只要得到登录提示（su、ssh 或控制台），无需密码即可成为该用户。",
    },
    instead: Text {
        en: "Lock it: `RUN passwd -l USER`.",
        zh: "锁定该账户：`RUN passwd -l USER`。",
    },
    find: |scene, found| {
        let shadow = scene.text("/etc/shadow").unwrap_or_default();
        let passwd = scene.text("/etc/passwd").unwrap_or_default();
        for (text, file) in [(shadow, "/etc/shadow"), (passwd, "/etc/passwd")] {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let mut fields = line.split(':');
                let (name, password) = (fields.next().unwrap_or_default(), fields.next());
                if !name.is_empty() && password == Some("") {
                    found.push(Found {
                        subject: format!("{name} ({file})"),
                        layer: layer_of(scene, file),
                    });
                }
            }
        }
    },
};

pub(super) static PASSWORD_HASH: RiskCheck = RiskCheck {
    id: "JR-password-hash",
    aliases: &[],
    level: Level::Medium,
    title: Text {
        en: "an account has a password that is in the image",
        zh: "账户密码保存在镜像中",
    },
    why: Text {
        en: "Its hash can be tried out by whoever pulls the image, and all containers share the password.",
        zh: "任何拉取镜像的人都能离线破解哈希，而且所有容器共用同一密码。",
    },
    instead: Text {
        en: "Let no account have a password; grant access from outside.",
        zh: "不要为账户设置密码；从外部授予访问权限。",
    },
    find: |scene, found| {
        let text = scene.text("/etc/shadow").unwrap_or_default();
        for line in text.lines() {
            let mut fields = line.split(':');
            let (name, password) =
                (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            if password.starts_with('$') {
                found.push(Found {
                    subject: name.to_owned(),
                    layer: layer_of(scene, "/etc/shadow"),
                });
            }
        }
    },
};

pub(super) static DUPLICATE_ID: RiskCheck = RiskCheck {
    id: "JR-duplicate-id",
    aliases: &["DKL-LI-0002"],
    level: Level::Medium,
    title: Text {
        en: "several accounts or groups share a number", zh: "多个账户或组共用同一编号"
    },
    why: Text {
        en: "The kernel knows numbers only: what one of them may read, the other may read too, and nobody can tell who did what.",
        zh: "内核只识别编号：其中一个能读取的内容另一个也能读取，且无法区分操作者。",
    },
    instead: Text {
        en: "Give each account and each group a number of its own.",
        zh: "为每个账户和组分配独立的编号。",
    },
    find: |scene, found| {
        for file in ["/etc/passwd", "/etc/group"] {
            let text = scene.text(file).unwrap_or_default();
            let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for line in text.lines() {
                let fields: Vec<&str> = line.split(':').collect();
                if let [name, _, number, ..] = fields[..]
                    && !name.is_empty()
                {
                    names.entry(number).or_default().push(name);
                }
            }
            for (number, names) in names.into_iter().filter(|(_, names)| names.len() > 1) {
                let subject = format!("{} ({number}, {file})", names.join(", "));
                found.push(Found { subject, layer: layer_of(scene, file) });
            }
        }
    },
};

pub(super) static SECOND_ROOT: RiskCheck = RiskCheck {
    id: "JR-second-root",
    aliases: &[],
    level: Level::High,
    title: Text {
        en: "an account beside root has its number", zh: "root 之外的账户拥有 UID 0"
    },
    why: Text {
        en: "It is root under a name that nobody looks for.",
        zh: "它以一个不易察觉的名字拥有 root 权限。",
    },
    instead: Text {
        en: "Remove the account, or give it a number of its own.",
        zh: "删除该账户，或为其分配独立编号。",
    },
    find: |scene, found| {
        let text = scene.text("/etc/passwd").unwrap_or_default();
        for line in text.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let [name, _, "0", ..] = fields[..]
                && name != "root"
            {
                found.push(Found {
                    subject: name.to_owned(),
                    layer: layer_of(scene, "/etc/passwd"),
                });
            }
        }
    },
};

pub(super) static SUDO_WITHOUT_PASSWORD: RiskCheck = RiskCheck {
    id: "JR-sudo-nopasswd",
    aliases: &[],
    level: Level::Medium,
    title: Text { en: "sudo asks for no password", zh: "sudo 无需密码" },
    why: Text {
        en: "A process that runs as that user is root when it wants to be: the other user is none but by name.",
        zh: "以该用户运行的进程可随时成为 root，普通用户形同虚设。",
    },
    instead: Text {
        en: "Do what needs root while the image is built, and leave sudo out.",
        zh: "在构建时完成需要 root 的操作，不要安装 sudo。",
    },
    find: |scene, found| {
        let tree = &scene.index.tree;
        let directory = tree.find(b"/etc/sudoers.d");
        let files = directory.into_iter().flat_map(|directory| tree.children(directory));
        let names = files.map(|file| String::from_utf8_lossy(&tree.path(file)).into_owned());
        for file in std::iter::once("/etc/sudoers".to_owned()).chain(names) {
            let text = scene.text(&file).unwrap_or_default();
            let is_open =
                |line: &&str| line.contains("NOPASSWD") && !line.trim_start().starts_with('#');
            if let Some(line) = text.lines().find(is_open) {
                found.push(Found {
                    subject: format!("{file}: {}", line.trim()),
                    layer: layer_of(scene, &file),
                });
            }
        }
    },
};

pub(super) static ROOT_LOGIN: RiskCheck = RiskCheck {
    id: "JR-ssh-root-login",
    aliases: &[],
    level: Level::High,
    title: Text { en: "sshd lets root in", zh: "sshd 允许 root 登录" },
    why: Text {
        en: "One guessed password or key is the whole container.",
        zh: "一旦密码或密钥被猜中，整个容器即告失守。",
    },
    instead: Text {
        en: "No sshd in an image: `docker exec` and `kubectl exec` do the same.",
        zh: "镜像中不要运行 sshd：使用 `docker exec` 或 `kubectl exec`。",
    },
    find: |scene, found| {
        let text = scene.text("/etc/ssh/sshd_config").unwrap_or_default();
        let lets_in = |line: &str| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap_or_default().to_ascii_lowercase();
            let value = words.next().unwrap_or_default().to_ascii_lowercase();
            matches!(name.as_str(), "permitrootlogin" | "permitemptypasswords") && value == "yes"
        };
        for line in text.lines().filter(|line| lets_in(line)) {
            found.push(Found {
                subject: line.trim().to_owned(),
                layer: layer_of(scene, "/etc/ssh/sshd_config"),
            });
        }
    },
};

pub(super) static MISSING_USER: RiskCheck = RiskCheck {
    id: "JR-missing-user",
    aliases: &[],
    level: Level::Medium,
    title: Text {
        en: "the user it runs as is not in the image", zh: "运行用户在镜像中不存在"
    },
    why: Text {
        en: "A name that /etc/passwd does not know keeps the container from starting.",
        zh: "/etc/passwd 中没有的用户名会使容器无法启动。",
    },
    instead: Text {
        en: "Make the user, or give its number: `USER 10001:10001`.",
        zh: "创建该用户，或使用编号：`USER 10001:10001`。",
    },
    find: |scene, found| {
        let user = scene.subject.config.config.user.as_str();
        let name = user.split(':').next().unwrap_or_default();
        let is_number = name.chars().all(|letter| letter.is_ascii_digit());
        let passwd = scene.text("/etc/passwd").unwrap_or_default();
        let is_known = passwd.lines().any(|line| line.split(':').next() == Some(name));
        if !name.is_empty() && !is_number && !is_known {
            found.push(Found::new(secrets::SecretScanner::new().masked(user)));
        }
    },
};

fn layer_of(scene: &Scene<'_>, path: &str) -> Option<usize> {
    let tree = &scene.index.tree;
    tree.provider(tree.find(path.as_bytes())?).map(|(layer, _)| layer)
}
