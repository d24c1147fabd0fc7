//! Files, their permissions and what they are for.

use jettison_rootfs::{Inode, Kind, PathId};

use super::check::{Found, RiskCheck};
use crate::language::{Level, Text};

/// The bits of `st_mode`, as in inode(7).
const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITE: u32 = 0o020;

fn is_set_id(inode: &Inode) -> bool {
    inode.is_file() && inode.mode & 0o111 != 0 && inode.mode & (SETUID | SETGID) != 0
}

pub(super) static SETUID_FILES: RiskCheck = RiskCheck {
    id: "JR-setuid",
    aliases: &["CIS-DI-0008"],
    level: Level::Info,
    title: Text {
        en: "programs run with another user's rights (setuid, setgid)",
        zh: "程序以其他用户的权限运行（setuid、setgid）",
    },
    why: Text {
        en: "A hole in one of them makes everybody root in the container. These come with packages; a service needs none of them.",
        zh: "其中任何一个存在漏洞，都会使任意用户成为容器内的 root。它们来自软件包，服务通常并不需要。",
    },
    instead: Text {
        en: "`RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +` in the base's own layer, run with `no-new-privileges`, or `jettison slim`.",
        zh: "在基础层中执行 `RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +`，以 `no-new-privileges` 运行，或使用 `jettison slim`。",
    },
    find: |scene, found| {
        let packaged = |path: &PathId| scene.owners.system(*path).is_some();
        for (path, _) in scene.names().filter(|(path, inode)| is_set_id(inode) && packaged(path)) {
            found.push(scene.at(path));
        }
    },
};

pub(super) static SETUID_UNKNOWN: RiskCheck = RiskCheck {
    id: "JR-setuid-unknown",
    aliases: &["CIS-DI-0008"],
    level: Level::High,
    title: Text {
        en: "programs run with another user's rights, and no package brought them",
        zh: "不属于任何软件包的 setuid/setgid 程序",
    },
    why: Text {
        en: "Nobody mends their holes; and a copy of a shell with this bit is how intruders come back.",
        zh: "没有人修补其漏洞；带此权限位的 shell 副本正是入侵者的后门。",
    },
    instead: Text {
        en: "`chmod a-s FILE`, or a capability in its place: `setcap cap_net_bind_service+ep FILE`.",
        zh: "`chmod a-s FILE`，或改用能力：`setcap cap_net_bind_service+ep FILE`。",
    },
    find: |scene, found| {
        let has_database =
            scene.owners.packages.iter().any(|(_, package)| package.manager.is_system());
        for (path, inode) in scene.names() {
            if has_database && is_set_id(inode) && scene.owners.system(path).is_none() {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static CAPABILITIES: RiskCheck = RiskCheck {
    id: "JR-file-capability",
    aliases: &[],
    level: Level::Low,
    title: Text { en: "programs have capabilities of their own", zh: "程序带有文件能力" },
    why: Text {
        en: "As with setuid: a hole in the program gives the capability to whoever may start it.",
        zh: "与 setuid 类似：程序存在漏洞时，能启动它的人即可获得该能力。",
    },
    instead: Text {
        en: "Leave only those that the service needs.", zh: "只保留服务所需的能力。"
    },
    find: |scene, found| {
        for (path, inode) in scene.names() {
            if inode.is_file() && inode.xattrs.get(b"security.capability").is_some() {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static WORLD_WRITABLE_FILE: RiskCheck = RiskCheck {
    id: "JR-world-writable",
    aliases: &[],
    level: Level::Medium,
    title: Text { en: "everybody may write to files", zh: "文件可被任何人写入" },
    why: Text {
        en: "Whatever reads or runs them does what any process in the container wrote.",
        zh: "读取或执行它们的程序会照任何进程写入的内容行事。",
    },
    instead: Text {
        en: "`COPY --chmod=644`, `chmod o-w`.",
        zh: "`COPY --chmod=644`，`chmod o-w`。",
    },
    find: |scene, found| {
        for (path, inode) in scene.names() {
            if inode.is_file() && inode.mode & OTHERS_WRITE != 0 {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static WORLD_WRITABLE_DIRECTORY: RiskCheck = RiskCheck {
    id: "JR-world-writable-directory",
    aliases: &[],
    level: Level::Medium,
    title: Text {
        en: "everybody may write to directories without the sticky bit",
        zh: "目录可被任何人写入且未设粘滞位",
    },
    why: Text {
        en: "Any process may remove and replace what others put there.",
        zh: "任何进程都可删除并替换他人的文件。",
    },
    instead: Text {
        en: "`chmod 1777` for shared directories as /tmp, `chown app` for one user's.",
        zh: "共享目录（如 /tmp）用 `chmod 1777`，单个用户的目录用 `chown app`。",
    },
    find: |scene, found| {
        for (path, inode) in scene.names() {
            let is_open = inode.is_directory() && inode.mode & OTHERS_WRITE != 0;
            if is_open && inode.mode & STICKY == 0 {
                found.push(scene.at(path));
            }
        }
    },
};

/// Directories from which root runs or configures.
const SYSTEM: &[&str] =
    &["/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/root", "/opt"];

pub(super) static WRITABLE_SYSTEM: RiskCheck = RiskCheck {
    id: "JR-writable-system-directory",
    aliases: &[],
    level: Level::High,
    title: Text {
        en: "system directories belong to somebody else than root",
        zh: "系统目录不属于 root",
    },
    why: Text {
        en: "Their owner replaces what root runs next, and is root then.",
        zh: "其所有者可替换 root 接下来要运行的程序，从而成为 root。",
    },
    instead: Text {
        en: "`chown root:root`, `chmod go-w`.",
        zh: "`chown root:root`，`chmod go-w`。",
    },
    find: |scene, found| {
        let tree = &scene.index.tree;
        let below = ["bin", "sbin", "lib", "lib64", "libexec", "local", "share"];
        let mut directories: Vec<PathId> =
            SYSTEM.iter().filter_map(|path| tree.find(path.as_bytes())).collect();
        for usr in ["/usr", "/usr/local"] {
            let Some(usr) = tree.find(usr.as_bytes()) else { continue };
            directories.extend(below.iter().filter_map(|name| tree.child(usr, name.as_bytes())));
        }
        for path in directories {
            let inode = tree.inode(path);
            // Debian lets the group staff write to /usr/local; nobody is in it.
            let is_staff = tree.path(path).starts_with(b"/usr/local") && inode.gid == 50;
            let by_group = inode.mode & GROUP_WRITE != 0 && inode.gid != 0 && !is_staff;
            if inode.is_directory()
                && (inode.uid != 0 || by_group || inode.mode & OTHERS_WRITE != 0)
            {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static SSHD: RiskCheck = RiskCheck {
    id: "JR-sshd",
    aliases: &[],
    level: Level::Medium,
    title: Text { en: "an SSH server is in the image", zh: "镜像中含有 SSH 服务器" },
    why: Text {
        en: "It needs keys, accounts and updates of its own, and a second process to look after; engines have a way in already.",
        zh: "它需要自己的密钥、账户和更新，还要多管理一个进程；而引擎本身已提供进入容器的方式。",
    },
    instead: Text {
        en: "`docker exec`, `kubectl exec`; keys and logs by volumes.",
        zh: "`docker exec`、`kubectl exec`；密钥与日志使用卷。",
    },
    find: |scene, found| {
        for program in [
            "/usr/sbin/sshd",
            "/usr/bin/sshd",
            "/sbin/sshd",
            "/usr/sbin/dropbear",
            "/usr/bin/dropbear",
        ] {
            found.extend(scene.first_of(&[program]).map(|path| scene.at(path)));
        }
        found.dedup();
    },
};

pub(super) static HOST_KEYS: RiskCheck = RiskCheck {
    id: "JR-ssh-host-key",
    aliases: &[],
    level: Level::High,
    title: Text { en: "host keys of SSH are in the image", zh: "镜像中含有 SSH 主机密钥" },
    why: Text {
        en: "All containers show the same key, and whoever pulls the image can stand in for each of them.",
        zh: "所有容器使用同一密钥，任何拉取镜像的人都可冒充它们。",
    },
    instead: Text {
        en: "Remove them where sshd is installed, and make them at start: `ssh-keygen -A`.",
        zh: "在安装 sshd 的步骤中删除，并在启动时生成：`ssh-keygen -A`。",
    },
    find: |scene, found| {
        let tree = &scene.index.tree;
        let Some(directory) = tree.find(b"/etc/ssh") else { return };
        for path in tree.children(directory) {
            let name = scene.name(path);
            if name.starts_with("ssh_host_") && name.ends_with("_key") {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static OLD_SERVICES: RiskCheck = RiskCheck {
    id: "JR-plain-text-service",
    aliases: &[],
    level: Level::Medium,
    title: Text {
        en: "services that send passwords in the clear are installed",
        zh: "安装了明文传输密码的服务",
    },
    why: Text {
        en: "telnet, rsh, ftp and tftp servers show everything to the network.",
        zh: "telnet、rsh、ftp 与 tftp 服务器会向网络暴露一切内容。",
    },
    instead: Text { en: "Leave them out.", zh: "不要安装。" },
    find: |scene, found| {
        const NAMES: &[&str] = &[
            "telnetd",
            "inetutils-telnetd",
            "rsh-server",
            "rsh-redone-server",
            "ftpd",
            "proftpd",
            "vsftpd",
            "tftpd",
            "tftpd-hpa",
            "telnet-server",
            "tftp-server",
            "xinetd",
            "ypserv",
            "nis",
        ];
        for (_, package) in scene.owners.packages.iter() {
            if package.manager.is_system() && NAMES.contains(&package.name.as_str()) {
                found.push(Found::new(package.name.clone()));
            }
        }
    },
};

pub(super) static DEVICES: RiskCheck = RiskCheck {
    id: "JR-device-node",
    aliases: &[],
    level: Level::Low,
    title: Text { en: "device files are in its layers", zh: "层中含有设备文件" },
    why: Text {
        en: "Engines make /dev themselves; block devices of the host become readable where a runtime does not forbid it.",
        zh: "引擎会自行创建 /dev；若运行时未禁止，宿主机的块设备可能因此可读。",
    },
    instead: Text { en: "Leave /dev empty.", zh: "保持 /dev 为空。" },
    find: |scene, found| {
        for (path, inode) in scene.names() {
            // Whiteouts of overlayfs and the plain devices that root file systems come with do no harm.
            let device = inode.device();
            let is_plain = inode.kind == Kind::CharDevice && matches!(device.major, 0 | 1 | 4 | 5);
            if matches!(inode.kind, Kind::CharDevice | Kind::BlockDevice) && !is_plain {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static DEVELOPER_FILES: RiskCheck = RiskCheck {
    id: "JR-developer-file",
    aliases: &["DKL-LI-0003"],
    level: Level::Low,
    title: Text {
        en: "files for developers are in the image", zh: "镜像中含有开发者文件"
    },
    why: Text {
        en: "They tell how the program is built and where its sources are, and often more than was meant.",
        zh: "它们透露程序的构建方式和源码位置，往往还包含本不想公开的内容。",
    },
    instead: Text {
        en: "List them in `.dockerignore`, or copy what is needed by name.",
        zh: "写入 `.dockerignore`，或只按名称复制所需文件。",
    },
    find: |scene, found| {
        const NAMES: &[&str] = &[
            "Dockerfile",
            "docker-compose.yml",
            "docker-compose.yaml",
            ".git",
            ".svn",
            ".hg",
            ".vscode",
            ".idea",
            ".DS_Store",
            ".npmrc",
            ".env",
            "Vagrantfile",
            "Jenkinsfile",
            ".gitlab-ci.yml",
            ".travis.yml",
        ];
        let tree = &scene.index.tree;
        for (path, _) in scene.names() {
            let is_own = scene.owners.system(path).is_none()
                && scene.owners.packages.language_owner(path).is_none();
            let in_package = tree
                .path(path)
                .split(|&byte| byte == b'/')
                .any(|name| name == b"node_modules" || name == b"site-packages");
            if NAMES.contains(&&*scene.name(path)) && is_own && !in_package {
                found.push(scene.at(path));
            }
        }
    },
};

pub(super) static ENGINE_SOCKET: RiskCheck = RiskCheck {
    id: "JR-engine-in-image",
    aliases: &[],
    level: Level::Low,
    title: Text { en: "a container engine is in the image", zh: "镜像中含有容器引擎" },
    why: Text {
        en: "It is of use only with the host's socket or with privileges, and both mean the host.",
        zh: "它只有配合宿主机套接字或特权才有用，而二者都意味着控制宿主机。",
    },
    instead: Text {
        en: "Build outside, or without an engine (kaniko, buildah).",
        zh: "在外部构建，或使用无需引擎的工具（kaniko、buildah）。",
    },
    find: |scene, found| {
        found.extend(
            scene
                .first_of(&["/usr/bin/dockerd", "/usr/local/bin/dockerd", "/usr/bin/containerd"])
                .map(|path| scene.at(path)),
        );
    },
};
