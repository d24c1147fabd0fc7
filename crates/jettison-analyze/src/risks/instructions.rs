//! What the history tells of how the image was made.

use super::check::{Found, RiskCheck, Scene};
use crate::language::{Level, Text};

pub(super) static ADD: RiskCheck = RiskCheck {
    id: "JR-add",
    aliases: &["CIS-DI-0009"],
    level: Level::Low,
    title: Text { en: "ADD where COPY would do", zh: "本可用 COPY 却使用了 ADD" },
    why: Text {
        en: "ADD fetches addresses and unpacks archives without being asked: what lands in the image is decided elsewhere.",
        zh: "ADD 会自行下载地址并解包：进入镜像的内容由外部决定。",
    },
    instead: Text {
        en: "COPY; or `ADD --checksum=sha256:…` for addresses.",
        zh: "使用 COPY；对网址使用 `ADD --checksum=sha256:…`。",
    },
    find: |scene, found| {
        let base = crate::history::base_layers(scene.steps);
        for (number, step) in scene.steps.iter().enumerate() {
            // The first step of every base adds its root file system.
            let is_rootfs = step.layer == Some(0)
                || step.arguments.ends_with(" in /")
                || step.layer.is_some_and(|layer| layer < base);
            if step.keyword == "ADD" && !is_rootfs && !step.arguments.contains("--checksum=") {
                found.push(scene.step(number));
            }
        }
    },
};

/// Reports each RUN of which a command does what `is_bad` says.
fn runs(scene: &Scene<'_>, found: &mut Vec<Found>, is_bad: impl Fn(&[&str]) -> bool) {
    for (number, step) in scene.steps.iter().enumerate() {
        if step.keyword == "RUN" && commands(&step.arguments).iter().any(|words| is_bad(words)) {
            found.push(scene.step(number));
        }
    }
}

/// The words of each command of a script, roughly: quotes are not looked into, which is enough to see what is run.
fn commands(script: &str) -> Vec<Vec<&str>> {
    script
        .split([';', '&', '|', '(', ')', '\n', '{', '}'])
        .map(|command| {
            let words = command.split_whitespace().skip_while(|word| {
                matches!(
                    *word,
                    "then" | "do" | "else" | "if" | "!" | "time" | "exec" | "set" | "env"
                ) || word.contains('=')
            });
            words.collect::<Vec<_>>()
        })
        .filter(|words| !words.is_empty())
        .collect()
}

fn is_program(word: &str, names: &[&str]) -> bool {
    names.contains(&word.rsplit('/').next().unwrap_or(word))
}

const APT: &[&str] = &["apt-get", "apt", "aptitude"];

pub(super) static UPGRADE: RiskCheck = RiskCheck {
    id: "JR-upgrade",
    aliases: &["DKL-DI-0003", "CIS-DI-0004"],
    level: Level::Low,
    title: Text {
        en: "the whole distribution was upgraded in a layer",
        zh: "在某一层中升级了整个发行版",
    },
    why: Text {
        en: "Every upgraded file is in the image twice, and what comes out depends on the day of the build.",
        zh: "每个被升级的文件在镜像中存两份，且结果取决于构建日期。",
    },
    instead: Text {
        en: "Take a newer base: rebuild with `--pull`.",
        zh: "使用更新的基础镜像：以 `--pull` 重新构建。",
    },
    find: |scene, found| {
        runs(scene, found, |words| {
            let has = |verbs: &[&str]| words.iter().any(|word| verbs.contains(word));
            (is_program(words[0], APT) && has(&["dist-upgrade", "full-upgrade", "upgrade"]))
                || (is_program(words[0], &["apk"]) && has(&["upgrade"]))
                || (is_program(words[0], &["yum", "dnf", "microdnf", "zypper"])
                    && has(&["upgrade", "update", "distro-sync"])
                    && words.len() <= 3)
        });
    },
};

pub(super) static UPDATE_ALONE: RiskCheck = RiskCheck {
    id: "JR-update-alone",
    aliases: &["CIS-DI-0007"],
    level: Level::Medium,
    title: Text {
        en: "package lists were fetched in a step of their own",
        zh: "单独一步获取软件包列表",
    },
    why: Text {
        en: "The step is cached: later installs use old lists, and old packages with known holes.",
        zh: "该步骤会被缓存：之后的安装会使用旧列表和带有已知漏洞的旧软件包。",
    },
    instead: Text {
        en: "`RUN apt-get update && apt-get install …` in one step.",
        zh: "在同一步中执行 `RUN apt-get update && apt-get install …`。",
    },
    find: |scene, found| {
        for (number, step) in
            scene.steps.iter().enumerate().filter(|(_, step)| step.keyword == "RUN")
        {
            let commands = commands(&step.arguments);
            let does = |names: &[&str], verbs: &[&str]| {
                commands.iter().any(|words| {
                    is_program(words[0], names) && words.iter().any(|word| verbs.contains(word))
                })
            };
            let only_updates = |names: &[&str], verbs: &[&str]| {
                does(names, verbs)
                    && !does(
                        names,
                        &[
                            "install",
                            "add",
                            "upgrade",
                            "dist-upgrade",
                            "full-upgrade",
                            "build-dep",
                            "satisfy",
                            "download",
                        ],
                    )
            };
            if only_updates(APT, &["update"])
                || (only_updates(&["apk"], &["update"]))
                || only_updates(&["yum", "dnf"], &["makecache"])
            {
                found.push(scene.step(number));
            }
        }
    },
};

pub(super) static SUDO: RiskCheck = RiskCheck {
    id: "JR-sudo",
    aliases: &["DKL-DI-0001"],
    level: Level::Low,
    title: Text { en: "sudo was used while building", zh: "构建时使用了 sudo" },
    why: Text {
        en: "It has to be installed, set up and left behind in the image, for what `USER root` does.",
        zh: "为了 `USER root` 就能做到的事，需要在镜像中安装、配置并遗留 sudo。",
    },
    instead: Text {
        en: "`USER root` before the step, `USER app` after it; gosu or setpriv in scripts.",
        zh: "在该步骤前 `USER root`，之后 `USER app`；脚本中使用 gosu 或 setpriv。",
    },
    find: |scene, found| runs(scene, found, |words| is_program(words[0], &["sudo"])),
};

pub(super) static APK_CACHE: RiskCheck = RiskCheck {
    id: "JR-apk-cache",
    aliases: &["DKL-DI-0004"],
    level: Level::Low,
    title: Text { en: "apk add without --no-cache", zh: "apk add 未使用 --no-cache" },
    why: Text {
        en: "The lists of packages stay in the layer.", zh: "软件包列表会留在该层中。"
    },
    instead: Text { en: "`RUN apk add --no-cache …`", zh: "`RUN apk add --no-cache …`" },
    find: |scene, found| {
        for (number, step) in
            scene.steps.iter().enumerate().filter(|(_, step)| step.keyword == "RUN")
        {
            let cleans = step.arguments.contains("/var/cache/apk")
                || step.arguments.contains("--mount=type=cache");
            let adds = commands(&step.arguments).iter().any(|words| {
                is_program(words[0], &["apk"])
                    && words.contains(&"add")
                    && !words.contains(&"--no-cache")
            });
            if adds && !cleans {
                found.push(scene.step(number));
            }
        }
    },
};

pub(super) static APT_LISTS: RiskCheck = RiskCheck {
    id: "JR-apt-lists",
    aliases: &["DKL-DI-0005"],
    level: Level::Low,
    title: Text {
        en: "the lists of apt were not removed in the step that fetched them",
        zh: "未在获取 apt 列表的同一步中将其删除",
    },
    why: Text {
        en: "Tens of megabytes stay in the layer, whatever later steps remove.",
        zh: "无论后续步骤删除什么，该层都会保留数十 MB。",
    },
    instead: Text {
        en: "`… && rm -rf /var/lib/apt/lists/*` at the end of the same RUN.",
        zh: "在同一个 RUN 末尾加上 `… && rm -rf /var/lib/apt/lists/*`。",
    },
    find: |scene, found| {
        let lists = scene.index.layers.iter().enumerate().filter(|(_, layer)| {
            layer.index.entries().iter().any(|entry| {
                entry.path.starts_with(b"var/lib/apt/lists/")
                    && entry.size > 0
                    && entry.whiteout.is_none()
                    && entry.path.ends_with(b"Packages")
                    || (entry.path.starts_with(b"var/lib/apt/lists/")
                        && entry.path.ends_with(b".lz4"))
            })
        });
        for (layer, _) in lists {
            let step = scene.steps.iter().position(|step| step.layer == Some(layer));
            let subject = step
                .map_or_else(|| "/var/lib/apt/lists".to_owned(), |step| scene.step(step).subject);
            found.push(Found { subject, layer: Some(layer) });
        }
    },
};

pub(super) static UNVERIFIED: RiskCheck = RiskCheck {
    id: "JR-unverified-download",
    aliases: &["CIS-DI-0011"],
    level: Level::Medium,
    title: Text {
        en: "something was fetched without being checked", zh: "下载内容未经校验"
    },
    why: Text {
        en: "With certificates or signatures switched off, whoever stands between decides what is installed.",
        zh: "关闭证书或签名校验后，中间人可决定安装的内容。",
    },
    instead: Text {
        en: "Leave the checks on, and compare a checksum: `echo 'SHA256  FILE' | sha256sum -c`.",
        zh: "保持校验开启，并核对校验和：`echo 'SHA256  FILE' | sha256sum -c`。",
    },
    find: |scene, found| {
        runs(scene, found, |words| {
            let has = |flags: &[&str]| words.iter().any(|word| flags.contains(word));
            let starts = |start: &str| words.iter().any(|word| word.starts_with(start));
            (is_program(words[0], &["curl"])
                && (has(&["-k", "--insecure"]) || words.iter().any(|word| is_short(word, 'k'))))
                || (is_program(words[0], &["wget"]) && has(&["--no-check-certificate"]))
                || (is_program(words[0], APT)
                    && (has(&["--allow-unauthenticated", "--force-yes"])
                        || starts("--allow-insecure")))
                || (is_program(words[0], &["apk"]) && has(&["--allow-untrusted"]))
                || (is_program(words[0], &["yum", "dnf", "rpm", "zypper"])
                    && (has(&["--nogpgcheck", "--no-gpg-checks", "--nosignature"])))
                || (is_program(words[0], &["pip", "pip3"]) && starts("--trusted-host"))
                || (is_program(words[0], &["git"]) && starts("http.sslVerify=false"))
                || (is_program(words[0], &["npm"])
                    && words.windows(2).any(|pair| pair == ["strict-ssl", "false"]))
        });
    },
};

/// Whether `letter` is among the short options of a word such as `-fsSLk`.
fn is_short(word: &str, letter: char) -> bool {
    word.starts_with('-')
        && !word.starts_with("--")
        && word.len() <= 8
        && word.contains(letter)
        && word[1..].chars().all(char::is_alphabetic)
}

pub(super) static PIPE_TO_SHELL: RiskCheck = RiskCheck {
    id: "JR-pipe-to-shell",
    aliases: &[],
    level: Level::Low,
    title: Text {
        en: "a script from the network was run unseen", zh: "直接运行了网络上的脚本"
    },
    why: Text {
        en: "What it does is decided by the server at the time of the build, and half a script runs when the connection breaks.",
        zh: "其行为由构建时的服务器决定；若连接中断，还会执行半个脚本。",
    },
    instead: Text {
        en: "Fetch it, compare its checksum, then run it; or take a package.",
        zh: "先下载并核对校验和再运行；或使用软件包。",
    },
    find: |scene, found| {
        for (number, step) in
            scene.steps.iter().enumerate().filter(|(_, step)| step.keyword == "RUN")
        {
            let stages: Vec<&str> = step.arguments.split('|').collect();
            let pipes = stages.windows(2).any(|pair| {
                let fetches = commands(pair[0])
                    .last()
                    .is_some_and(|words| is_program(words[0], &["curl", "wget"]));
                let runs =
                    pair[1].split_whitespace().find(|word| !matches!(*word, "sudo" | "-E" | "env"));
                fetches
                    && runs.is_some_and(|word| {
                        is_program(
                            word.trim_end_matches(';'),
                            &["sh", "bash", "python", "python3", "perl", "ruby"],
                        )
                    })
            });
            if pipes {
                found.push(scene.step(number));
            }
        }
    },
};

pub(super) static CHMOD_777: RiskCheck = RiskCheck {
    id: "JR-chmod-777",
    aliases: &[],
    level: Level::Medium,
    title: Text { en: "everybody was allowed to write", zh: "授予了所有人写权限" },
    why: Text {
        en: "Any process in the container may then replace what others run.",
        zh: "容器中的任何进程都可替换其他进程运行的内容。",
    },
    instead: Text {
        en: "Give it to the user that needs it: `COPY --chown=app:app --chmod=750`.",
        zh: "只授予需要的用户：`COPY --chown=app:app --chmod=750`。",
    },
    find: |scene, found| {
        runs(scene, found, |words| {
            let opens = |word: &&str| {
                matches!(
                    *word,
                    "777"
                        | "0777"
                        | "666"
                        | "0666"
                        | "a+w"
                        | "o+w"
                        | "a+rwx"
                        | "ugo+rwx"
                        | "a=rwx"
                        | "o+rwx"
                        | "+w"
                )
            };
            // `1777` has the sticky bit, as /tmp must.
            is_program(words[0], &["chmod"]) && words.iter().any(opens)
        });
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_split_into_commands() {
        let script = "set -eux; apt-get update && A=b apt-get install -y x; if true; then curl -fsSLk y | sh; fi";
        let names: Vec<&str> = commands(script).iter().map(|words| words[0]).collect();
        assert_eq!(names, ["-eux", "apt-get", "apt-get", "true", "curl", "sh", "fi"]);
        assert!(is_short("-fsSLk", 'k') && !is_short("--insecure-k", 'k') && !is_short("-o", 'k'));
    }
}
