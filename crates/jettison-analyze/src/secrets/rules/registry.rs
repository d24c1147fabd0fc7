//! Registries of packages and images.

use crate::{
    language::Level,
    secrets::rule::{
        Alphabet::{Base62, Base64Url, Hex},
        Scope::Everywhere,
        SecretRule, custom, text, token,
    },
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token("npm-token", text("npm token", "npm 令牌"), &["npm_"], Base62, 36..=36),
    token(
        "pypi-token",
        text("PyPI token", "PyPI 令牌"),
        &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
        Base64Url,
        50..=300,
    ),
    token("rubygems-token", text("RubyGems token", "RubyGems 令牌"), &["rubygems_"], Hex, 48..=48),
    token("crates-token", text("crates.io token", "crates.io 令牌"), &["cio"], Base62, 32..=32)
        .in_text(),
    token("nuget-key", text("NuGet API key", "NuGet API 密钥"), &["oy2"], Base62, 43..=43)
        .in_text(),
    token(
        "docker-token",
        text("Docker Hub token", "Docker Hub 令牌"),
        &["dckr_pat_", "dckr_oat_"],
        Base64Url,
        27..=40,
    ),
    token(
        "artifactory-key",
        text("JFrog Artifactory key", "JFrog Artifactory 密钥"),
        &["AKCp"],
        Base62,
        65..=72,
    ),
    token(
        "artifactory-token",
        text("JFrog reference token", "JFrog 引用令牌"),
        &["cmVmdGtu"],
        Base62,
        56..=56,
    ),
    token("clojars-token", text("Clojars token", "Clojars 令牌"), &["CLOJARS_"], Hex, 60..=60),
    token(
        "packagist-token",
        text("Packagist token", "Packagist 令牌"),
        &["packagist_ort_", "packagist_ack_", "packagist_acs_", "packagist_uut_", "packagist_out_"],
        Hex,
        68..=68,
    ),
    custom(
        "npmrc-credential",
        text("credential in .npmrc", ".npmrc 中的凭据"),
        &[],
        Everywhere,
        |_| None,
    ),
    custom(
        "docker-config-auth",
        text("registry credential of Docker", "Docker 镜像仓库凭据"),
        &[],
        Everywhere,
        |_| None,
    ),
    custom(
        "git-credentials",
        text("password in .git-credentials", ".git-credentials 中的密码"),
        &[],
        Everywhere,
        |_| None,
    ),
    custom(
        "netrc-password",
        text("password in .netrc", ".netrc 中的密码"),
        &[],
        Everywhere,
        |_| None,
    ),
    custom(
        "pgpass-password",
        text("password in .pgpass", ".pgpass 中的密码"),
        &[],
        Everywhere,
        |_| None,
    ),
    custom(
        "kubeconfig-credential",
        text("credential in a kubeconfig", "kubeconfig 中的凭据"),
        &[],
        Everywhere,
        |_| None,
    ),
    custom(
        "htpasswd-hash",
        text("password hash in an htpasswd file", "htpasswd 文件中的密码哈希"),
        &[],
        Everywhere,
        |_| None,
    )
    .level(Level::Medium),
    custom(
        "shadow-hash",
        text("password hash in /etc/shadow", "/etc/shadow 中的密码哈希"),
        &[],
        Everywhere,
        |_| None,
    ),
];
