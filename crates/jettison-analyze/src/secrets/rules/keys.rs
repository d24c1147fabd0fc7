//! Private keys.

use crate::{
    language::Level,
    secrets::{
        key_file,
        rule::{
            Alphabet::Upper,
            Scope::{Everywhere, Text},
            SecretRule, custom, text, token,
        },
        structured,
    },
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    custom(
        "gcp-service-account",
        text("Google Cloud service account key", "Google Cloud 服务账号密钥"),
        &["\"private_key_id\""],
        Everywhere,
        structured::gcp_account,
    ),
    custom(
        "openssh-key",
        text("OpenSSH private key", "OpenSSH 私钥"),
        &["-----BEGIN OPENSSH PRIVATE KEY"],
        Everywhere,
        key_file::openssh_open,
    ),
    custom(
        "openssh-key-encrypted",
        text("OpenSSH private key with a passphrase", "有口令保护的 OpenSSH 私钥"),
        &["-----BEGIN OPENSSH PRIVATE KEY"],
        Everywhere,
        key_file::openssh_locked,
    )
    .level(Level::Low),
    custom(
        "rsa-key",
        text("RSA private key", "RSA 私钥"),
        &["-----BEGIN RSA PRIVATE KEY"],
        Everywhere,
        key_file::open,
    ),
    custom(
        "rsa-key-encrypted",
        text("RSA private key with a passphrase", "有口令保护的 RSA 私钥"),
        &["-----BEGIN RSA PRIVATE KEY"],
        Everywhere,
        key_file::locked,
    )
    .level(Level::Low),
    custom(
        "ec-key",
        text("EC private key", "EC 私钥"),
        &["-----BEGIN EC PRIVATE KEY"],
        Everywhere,
        key_file::labelled,
    ),
    custom(
        "dsa-key",
        text("DSA private key", "DSA 私钥"),
        &["-----BEGIN DSA PRIVATE KEY"],
        Everywhere,
        key_file::labelled,
    ),
    custom(
        "pkcs8-key",
        text("private key (PKCS #8)", "私钥（PKCS #8）"),
        &["-----BEGIN PRIVATE KEY"],
        Everywhere,
        key_file::labelled,
    ),
    custom(
        "pkcs8-key-encrypted",
        text("private key with a passphrase (PKCS #8)", "有口令保护的私钥（PKCS #8）"),
        &["-----BEGIN ENCRYPTED PRIVATE KEY"],
        Everywhere,
        key_file::labelled,
    )
    .level(Level::Low),
    custom(
        "other-pem-key",
        text("private key", "私钥"),
        &[
            "-----BEGIN ANY PRIVATE KEY",
            "-----BEGIN SSH PRIVATE KEY",
            "-----BEGIN ECDSA PRIVATE KEY",
            "-----BEGIN ED25519 PRIVATE KEY",
        ],
        Everywhere,
        key_file::labelled,
    ),
    custom(
        "pgp-key",
        text("OpenPGP private key", "OpenPGP 私钥"),
        &["-----BEGIN PGP PRIVATE KEY BLOCK"],
        Everywhere,
        key_file::labelled,
    ),
    custom(
        "ssh2-key",
        text("SSH2 private key", "SSH2 私钥"),
        &["---- BEGIN SSH2 ENCRYPTED PRIVATE KEY"],
        Everywhere,
        key_file::ssh2,
    ),
    custom(
        "putty-key",
        text("PuTTY private key", "PuTTY 私钥"),
        &["PuTTY-User-Key-File-"],
        Everywhere,
        key_file::putty,
    ),
    token("age-key", text("age identity", "age 私钥"), &["AGE-SECRET-KEY-1"], Upper, 58..=58),
    custom(
        "wireguard-key",
        text("WireGuard private key", "WireGuard 私钥"),
        &["PrivateKey"],
        Text,
        key_file::wireguard,
    ),
    custom(
        "minisign-key",
        text("minisign or signify secret key", "minisign 或 signify 私钥"),
        &[
            "comment: minisign encrypted secret key",
            "comment: signify secret key",
            "comment: minisign secret key",
            "comment: rsign encrypted secret key",
        ],
        Text,
        key_file::minisign,
    )
    .level(Level::Medium),
    custom(
        "key-store",
        text("key store with private keys", "含私钥的密钥库"),
        &[],
        Everywhere,
        |_| None,
    )
    .level(Level::Medium),
];
