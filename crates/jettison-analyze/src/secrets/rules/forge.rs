//! Where code lives and is built.

use crate::{
    language::Level,
    secrets::{
        checksum::has_crc32,
        rule::{
            Alphabet::{Base62, Base64Url, Dotted, Hex, Mixed, Upper},
            SecretRule, text, token,
        },
    },
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token(
        "github-token",
        text("GitHub personal access token", "GitHub 个人访问令牌"),
        &["ghp_"],
        Base62,
        36..=36,
    )
    .checked(|token| has_crc32(token, 4)),
    token(
        "github-oauth-token",
        text("GitHub OAuth token", "GitHub OAuth 令牌"),
        &["gho_"],
        Base62,
        36..=36,
    )
    .checked(|token| has_crc32(token, 4)),
    token(
        "github-app-token",
        text("GitHub App token", "GitHub App 令牌"),
        &["ghu_", "ghs_"],
        Base62,
        36..=36,
    )
    .checked(|token| has_crc32(token, 4)),
    token(
        "github-refresh-token",
        text("GitHub refresh token", "GitHub 刷新令牌"),
        &["ghr_"],
        Base62,
        36..=76,
    )
    .checked(|token| has_crc32(token, 4)),
    token(
        "github-fine-grained-token",
        text("GitHub fine-grained token", "GitHub 细粒度令牌"),
        &["github_pat_"],
        Base64Url,
        82..=82,
    ),
    token(
        "gitlab-token",
        text("GitLab personal access token", "GitLab 个人访问令牌"),
        &["glpat-"],
        Dotted,
        20..=300,
    ),
    token(
        "gitlab-deploy-token",
        text("GitLab deploy token", "GitLab 部署令牌"),
        &["gldt-"],
        Base64Url,
        20..=64,
    ),
    token(
        "gitlab-runner-token",
        text("GitLab runner token", "GitLab Runner 令牌"),
        &["glrt-", "glrtr-", "GR1348941"],
        Dotted,
        20..=64,
    ),
    token(
        "gitlab-job-token",
        text("GitLab CI job token", "GitLab CI 作业令牌"),
        &["glcbt-"],
        Dotted,
        20..=300,
    ),
    token(
        "gitlab-other-token",
        text("GitLab trigger, feed, agent or SCIM token", "GitLab 触发器、订阅、代理或 SCIM 令牌"),
        &["glptt-", "glft-", "glagent-", "glsoat-", "glimt-", "glffct-", "gloas-"],
        Base64Url,
        20..=64,
    ),
    token(
        "bitbucket-app-password",
        text("Bitbucket app password", "Bitbucket 应用密码"),
        &["ATBB"],
        Base62,
        32..=32,
    ),
    token(
        "bitbucket-access-token",
        text("Bitbucket repository token", "Bitbucket 仓库令牌"),
        &["ATCTT3xFfG"],
        Mixed,
        100..=300,
    ),
    token(
        "atlassian-token",
        text("Atlassian API token", "Atlassian API 令牌"),
        &["ATATT3xFfG"],
        Mixed,
        100..=300,
    ),
    token(
        "sourcegraph-token",
        text("Sourcegraph token", "Sourcegraph 令牌"),
        &["sgp_", "sgp_local_"],
        Base64Url,
        40..=64,
    ),
    token(
        "circleci-token",
        text("CircleCI token", "CircleCI 令牌"),
        &["CCIPAT_", "CCIPRJ_"],
        Base64Url,
        60..=80,
    ),
    token("buildkite-token", text("Buildkite token", "Buildkite 令牌"), &["bkua_"], Hex, 40..=40),
    token(
        "sonar-token",
        text("SonarQube token", "SonarQube 令牌"),
        &["squ_", "sqp_", "sqa_"],
        Hex,
        40..=40,
    ),
    token(
        "octopus-key",
        text("Octopus Deploy API key", "Octopus Deploy API 密钥"),
        &["API-"],
        Upper,
        26..=32,
    )
    .in_text()
    .level(Level::Medium),
];
