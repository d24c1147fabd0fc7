//! Clouds and what runs on them.

use crate::{
    language::Level,
    secrets::{
        rule::{
            Alphabet::{Base62, Base64, Base64Url, Hex, Mixed, Upper},
            Scope::{Everywhere, Text},
            SecretRule, custom, text, token,
        },
        structured,
    },
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token(
        "aws-access-key",
        text("AWS access key id", "AWS 访问密钥 ID"),
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        Upper,
        16..=16,
    ),
    custom(
        "aws-secret-key",
        text("AWS secret access key", "AWS 秘密访问密钥"),
        &[
            "aws_secret_access_key",
            "AWS_SECRET_ACCESS_KEY",
            "SecretAccessKey",
            "secretAccessKey",
            "aws_secret_key",
            "AWS_SECRET_KEY",
            "secret_access_key",
        ],
        Everywhere,
        structured::aws_secret,
    ),
    custom(
        "aws-session-token",
        text("AWS session token", "AWS 会话令牌"),
        &["aws_session_token", "AWS_SESSION_TOKEN", "aws_security_token"],
        Everywhere,
        structured::named_key,
    ),
    token(
        "aws-bedrock-key",
        text("AWS Bedrock API key", "AWS Bedrock API 密钥"),
        &["ABSKQmVkcm9ja0FQSUtleS"],
        Base64,
        80..=300,
    ),
    token(
        "google-api-key",
        text("Google API key", "Google API 密钥"),
        &["AIza"],
        Base64Url,
        35..=35,
    )
    .level(Level::Medium),
    token(
        "google-oauth-secret",
        text("Google OAuth client secret", "Google OAuth 客户端密钥"),
        &["GOCSPX-"],
        Base64Url,
        28..=28,
    ),
    token(
        "google-oauth-token",
        text("Google OAuth access token", "Google OAuth 访问令牌"),
        &["ya29."],
        Base64Url,
        40..=1000,
    ),
    custom(
        "azure-connection-string",
        text("key in an Azure connection string", "Azure 连接字符串中的密钥"),
        &["AccountKey=", "SharedAccessKey="],
        Everywhere,
        structured::azure_connection,
    ),
    custom(
        "azure-key",
        text("Azure service key", "Azure 服务密钥"),
        &["JQQJ99"],
        Text,
        structured::azure_common,
    ),
    custom(
        "azure-service-key",
        text(
            "key of Azure Container Registry, Functions or Search",
            "Azure 容器镜像仓库、函数或搜索的密钥",
        ),
        &["+ACR", "AzFu", "AzSe"],
        Text,
        structured::azure_service,
    ),
    custom(
        "azure-sas",
        text("Azure shared access signature", "Azure 共享访问签名"),
        &["&sig=", "?sig="],
        Text,
        structured::azure_sas,
    ),
    token(
        "digitalocean-token",
        text("DigitalOcean token", "DigitalOcean 令牌"),
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        Hex,
        64..=64,
    ),
    token(
        "alibaba-access-key",
        text("Alibaba Cloud access key id", "阿里云 AccessKey ID"),
        &["LTAI"],
        Base62,
        12..=26,
    ),
    token(
        "tencent-secret-id",
        text("Tencent Cloud secret id", "腾讯云 SecretId"),
        &["AKID"],
        Base62,
        32..=44,
    ),
    token(
        "baidu-access-key",
        text("Baidu AI Cloud API key", "百度智能云 API 密钥"),
        &["bce-v3/ALTAK-"],
        Mixed,
        50..=80,
    )
    .literal()
    .in_text(),
    token("heroku-key", text("Heroku API key", "Heroku API 密钥"), &["HRKU-"], Base64Url, 36..=80),
    token(
        "fly-token",
        text("Fly.io token", "Fly.io 令牌"),
        &["FlyV1 fm1_", "FlyV1 fm2_", "FlyV1 fm1r_", "FlyV1 fm1a_"],
        Base64,
        60..=2000,
    )
    .literal()
    .in_text(),
    token(
        "cloudflare-origin-key",
        text("Cloudflare origin CA key", "Cloudflare Origin CA 密钥"),
        &["v1.0-"],
        Base64Url,
        171..=171,
    ),
    custom(
        "terraform-token",
        text("Terraform Cloud token", "Terraform Cloud 令牌"),
        &[".atlasv1."],
        Text,
        structured::terraform,
    ),
    token(
        "vault-token",
        text("HashiCorp Vault token", "HashiCorp Vault 令牌"),
        &["hvs.", "hvb.", "hvr."],
        Base64Url,
        24..=300,
    ),
    token("pulumi-token", text("Pulumi token", "Pulumi 令牌"), &["pul-"], Hex, 40..=40),
    token(
        "doppler-token",
        text("Doppler token", "Doppler 令牌"),
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."],
        Base62,
        40..=44,
    ),
    token(
        "supabase-token",
        text("Supabase token", "Supabase 令牌"),
        &["sbp_", "sb_secret_"],
        Base64Url,
        31..=60,
    ),
    token("databricks-token", text("Databricks token", "Databricks 令牌"), &["dapi"], Hex, 32..=32),
    token(
        "planetscale-secret",
        text("PlanetScale password or token", "PlanetScale 密码或令牌"),
        &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"],
        Base64Url,
        32..=64,
    ),
    token(
        "aiven-password",
        text("Aiven service password", "Aiven 服务密码"),
        &["AVNS_"],
        Base64Url,
        19..=19,
    ),
    token(
        "tailscale-key",
        text("Tailscale key", "Tailscale 密钥"),
        &["tskey-auth-", "tskey-api-", "tskey-client-", "tskey-scim-", "tskey-webhook-"],
        Base64Url,
        20..=80,
    ),
    custom(
        "ansible-vault",
        text("file encrypted by Ansible Vault", "Ansible Vault 加密文件"),
        &["$ANSIBLE_VAULT;"],
        Text,
        structured::ansible,
    )
    .level(Level::Info),
];
