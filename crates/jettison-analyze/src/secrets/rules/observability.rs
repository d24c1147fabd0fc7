//! Watching and alarms.

use crate::secrets::rule::{
    Alphabet::{Base62, Base64, Base64Url, Dotted, Hex},
    SecretRule, text, token,
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token(
        "grafana-token",
        text("Grafana service account token", "Grafana 服务账号令牌"),
        &["glsa_"],
        Base64Url,
        41..=41,
    ),
    token(
        "grafana-cloud-token",
        text("Grafana Cloud token", "Grafana Cloud 令牌"),
        &["glc_eyJ"],
        Base64,
        40..=400,
    ),
    token(
        "newrelic-key",
        text("New Relic key", "New Relic 密钥"),
        &["NRAK-", "NRII-", "NRJS-", "NRAA-"],
        Base64Url,
        19..=40,
    ),
    token(
        "sentry-token",
        text("Sentry token", "Sentry 令牌"),
        &["sntrys_", "sntryu_"],
        Base64,
        64..=400,
    ),
    token(
        "dynatrace-token",
        text("Dynatrace token", "Dynatrace 令牌"),
        &["dt0c01.", "dt0s01.", "dt0s16."],
        Dotted,
        89..=89,
    ),
    token(
        "honeycomb-key",
        text("Honeycomb key", "Honeycomb 密钥"),
        &["hcaik_", "hcxik_", "hcbik_"],
        Base62,
        58..=58,
    ),
    token(
        "pagerduty-key",
        text("PagerDuty key", "PagerDuty 密钥"),
        &["pdus+_0XBPWQ_"],
        Base64Url,
        20..=60,
    )
    .literal()
    .in_text(),
    token(
        "newrelic-license-key",
        text("New Relic licence key", "New Relic 许可密钥"),
        &["eu01xx", "us01xx"],
        Hex,
        34..=34,
    ),
    token(
        "launchdarkly-key",
        text("LaunchDarkly key", "LaunchDarkly 密钥"),
        &["sdk-", "api-"],
        Base64Url,
        36..=36,
    )
    .checked(is_uuid)
    .in_text(),
    token(
        "datadog-key",
        text("Datadog key", "Datadog 密钥"),
        &["DD_API_KEY=", "DATADOG_API_KEY="],
        Hex,
        32..=32,
    )
    .literal()
    .in_text(),
    token(
        "elastic-key",
        text("Elastic API key", "Elastic API 密钥"),
        &["ELASTIC_API_KEY="],
        Base64,
        40..=80,
    )
    .literal()
    .in_text(),
    token(
        "snyk-token",
        text("Snyk token", "Snyk 令牌"),
        &["snyk_uat.", "snyk_sat."],
        Dotted,
        40..=200,
    ),
];

/// Behind a prefix of four characters.
fn is_uuid(token: &[u8]) -> bool {
    token.len() == 40 && [12, 17, 22, 27].iter().all(|at| token[*at] == b'-')
}
