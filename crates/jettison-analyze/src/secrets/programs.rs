//! Options by which programs are given passwords, and programs whose `-p` is something else.

/// How an option has its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// `-a word`
    Next,
    /// `-pword`; on its own, the program asks.
    Attached,
    /// Either.
    Both,
    /// `-u user:word`, also attached. The character stands between both.
    Behind(u8),
}

use Way::{Attached, Behind, Both, Next};

/// A family of programs that share options.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) names: &'static [&'static str],
    pub(super) options: &'static [(&'static str, Way)],
    /// A word without which the options mean something else.
    pub(super) only_with: Option<&'static str>,
}

const fn program(
    names: &'static [&'static str],
    options: &'static [(&'static str, Way)],
) -> Program {
    Program { names, options, only_with: None }
}

/// From the manual of each.
pub(super) static PROGRAMS: &[Program] = &[
    program(
        &[
            "mysql",
            "mysqladmin",
            "mysqldump",
            "mysqlcheck",
            "mysqlimport",
            "mysqlshow",
            "mysqlslap",
            "mysqlbinlog",
            "mariadb",
            "mariadb-admin",
            "mariadb-dump",
            "mariadb-check",
            "mariadb-import",
            "mariadb-show",
            "mysql_upgrade",
            "xtrabackup",
            "mariabackup",
        ],
        &[("-p", Attached)],
    ),
    program(&["redis-cli", "valkey-cli", "keydb-cli", "redis-benchmark"], &[("-a", Next)]),
    program(
        &["curl"],
        &[
            ("-u", Behind(b':')),
            ("--user", Behind(b':')),
            ("-U", Behind(b':')),
            ("--proxy-user", Behind(b':')),
        ],
    ),
    program(&["http", "https", "xh"], &[("-a", Behind(b':')), ("--auth", Behind(b':'))]),
    program(&["ab"], &[("-A", Behind(b':')), ("-P", Behind(b':'))]),
    program(&["sshpass"], &[("-p", Both)]),
    program(&["mosquitto_pub", "mosquitto_sub", "mosquitto_rr", "ipmitool"], &[("-P", Next)]),
    program(&["sqlcmd", "bcp"], &[("-P", Both)]),
    program(
        &[
            "ldapsearch",
            "ldapadd",
            "ldapmodify",
            "ldapwhoami",
            "ldapdelete",
            "ldapcompare",
            "ldapmodrdn",
        ],
        &[("-w", Both)],
    ),
    program(&["ldappasswd"], &[("-w", Both), ("-s", Both), ("-a", Both)]),
    program(&["slappasswd"], &[("-s", Both)]),
    program(
        &[
            "mongo",
            "mongosh",
            "mongodump",
            "mongorestore",
            "mongoexport",
            "mongoimport",
            "cqlsh",
            "rabbitmqadmin",
            "twine",
        ],
        &[("-p", Both)],
    ),
    program(&["nodetool"], &[("-pw", Next)]),
    program(&["zip", "unzip"], &[("-P", Both)]),
    program(&["7z", "7za", "7zr", "rar", "unrar"], &[("-p", Attached), ("-hp", Attached)]),
    program(&["smbclient", "rpcclient"], &[("-U", Behind(b'%'))]),
    program(&["lftp"], &[("-u", Behind(b','))]),
    program(&["ncftpget", "ncftpput", "ncftp"], &[("-p", Both)]),
    program(&["ssh-keygen"], &[("-N", Next), ("-P", Next)]),
    program(&["useradd", "usermod"], &[("-p", Next)]),
    Program {
        names: &["docker", "podman", "buildah", "nerdctl", "skopeo", "helm", "oras", "az"],
        options: &[("-p", Both)],
        only_with: Some("login"),
    },
];

/// Programs of which `-p` and `-P` are known to be something else.
pub(super) const OTHERS: &[&str] = &[
    "addgroup",
    "adduser",
    "apk",
    "apt",
    "apt-get",
    "ash",
    "awk",
    "bash",
    "busybox",
    "cargo",
    "cat",
    "cc",
    "chmod",
    "chown",
    "clang",
    "cmake",
    "composer",
    "cp",
    "createdb",
    "createuser",
    "dash",
    "date",
    "declare",
    "df",
    "dnf",
    "dpkg",
    "du",
    "echo",
    "export",
    "find",
    "g++",
    "gcc",
    "git",
    "go",
    "grep",
    "groupadd",
    "gunicorn",
    "hugo",
    "initdb",
    "install",
    "iptables",
    "java",
    "kill",
    "lsof",
    "ls",
    "make",
    "memcached",
    "microdnf",
    "mkdir",
    "mount",
    "mv",
    "mvn",
    "nc",
    "ncat",
    "netstat",
    "npm",
    "npx",
    "patch",
    "perl",
    "pg_dump",
    "pg_isready",
    "pip",
    "pip3",
    "pnpm",
    "postgres",
    "printf",
    "ps",
    "psql",
    "pushd",
    "read",
    "redis-server",
    "rm",
    "rsync",
    "scp",
    "sed",
    "service",
    "sftp",
    "sh",
    "ss",
    "ssh",
    "su",
    "tar",
    "touch",
    "trap",
    "uvicorn",
    "wget",
    "xargs",
    "yarn",
    "yum",
    "zypper",
];

/// Programs that run a script, whose own options come first.
pub(super) const INTERPRETERS: &[&str] = &["node", "php", "python", "python2", "python3", "ruby"];
