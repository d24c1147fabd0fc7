//! Artificial intelligence and other services.

use crate::{
    language::Level,
    secrets::{
        rule::{
            Alphabet::{Base62, Base64Url, Dotted, Hex},
            Scope::Everywhere,
            SecretRule, custom, text, token,
        },
        structured,
    },
};

/// OpenAI's keys have `T3BlbkFJ` ("OpenAI" in base64) in their middle.
fn is_openai(token: &[u8]) -> bool {
    memchr::memmem::find(token, b"T3BlbkFJ").is_some()
}

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token(
        "openai-key",
        text("OpenAI key", "OpenAI 密钥"),
        &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"],
        Base64Url,
        40..=250,
    )
    .checked(is_openai),
    token("openai-legacy-key", text("OpenAI key", "OpenAI 密钥"), &["sk-"], Base62, 48..=48)
        .checked(is_openai)
        .in_text(),
    token(
        "anthropic-key",
        text("Anthropic key", "Anthropic 密钥"),
        &["sk-ant-api03-", "sk-ant-admin01-", "sk-ant-oat01-"],
        Base64Url,
        80..=120,
    ),
    token(
        "huggingface-token",
        text("Hugging Face token", "Hugging Face 令牌"),
        &["hf_", "api_org_"],
        Base62,
        34..=37,
    )
    .in_text(),
    token("replicate-token", text("Replicate token", "Replicate 令牌"), &["r8_"], Base62, 37..=40)
        .in_text(),
    token("groq-key", text("Groq key", "Groq 密钥"), &["gsk_"], Base62, 52..=52),
    token("xai-key", text("xAI key", "xAI 密钥"), &["xai-"], Base62, 80..=80),
    token("perplexity-key", text("Perplexity key", "Perplexity 密钥"), &["pplx-"], Base62, 40..=60),
    token(
        "langsmith-key",
        text("LangSmith key", "LangSmith 密钥"),
        &["lsv2_pt_", "lsv2_sk_"],
        Base64Url,
        40..=60,
    ),
    token("nvidia-key", text("NVIDIA API key", "NVIDIA API 密钥"), &["nvapi-"], Base64Url, 60..=70),
    token(
        "linear-key",
        text("Linear key", "Linear 密钥"),
        &["lin_api_", "lin_oauth_"],
        Base62,
        40..=64,
    ),
    token("notion-token", text("Notion token", "Notion 令牌"), &["ntn_"], Base62, 40..=60),
    token("figma-token", text("Figma token", "Figma 令牌"), &["figd_"], Base64Url, 38..=60),
    token("airtable-token", text("Airtable token", "Airtable 令牌"), &["pat"], Dotted, 79..=79)
        .checked(is_airtable)
        .in_text(),
    token("typeform-token", text("Typeform token", "Typeform 令牌"), &["tfp_"], Dotted, 40..=70),
    token(
        "dropbox-token",
        text("Dropbox token", "Dropbox 令牌"),
        &["sl.B", "sl.u."],
        Base64Url,
        120..=1500,
    ),
    token(
        "facebook-token",
        text("Facebook access token", "Facebook 访问令牌"),
        &["EAACEdEose0cBA"],
        Base62,
        20..=300,
    ),
    token(
        "contentful-token",
        text("Contentful token", "Contentful 令牌"),
        &["CFPAT-"],
        Base64Url,
        43..=43,
    ),
    token("postman-key", text("Postman key", "Postman 密钥"), &["PMAK-"], Base64Url, 59..=59),
    token(
        "onepassword-token",
        text("1Password service account token", "1Password 服务账号令牌"),
        &["ops_eyJ"],
        Base64Url,
        200..=2000,
    ),
    token(
        "duffel-token",
        text("Duffel token", "Duffel 令牌"),
        &["duffel_live_", "duffel_test_"],
        Base64Url,
        43..=43,
    ),
    token(
        "mapbox-token",
        text("Mapbox secret token", "Mapbox 私密令牌"),
        &["sk.eyJ"],
        Dotted,
        60..=300,
    ),
    token("twilio-key", text("Twilio API key", "Twilio API 密钥"), &["SK"], Hex, 32..=32)
        .level(Level::Medium)
        .in_text(),
    custom(
        "jwt",
        text("JSON Web Token", "JSON Web Token"),
        &["eyJhbG", "eyJ0eX", "eyJraW", "eyJqa3", "eyJ4NX", "eyJlbm", "ewogICJhbG"],
        Everywhere,
        structured::jwt,
    )
    .at_runs()
    .level(Level::Medium),
];

/// Fourteen characters, a dot, 64 hexadecimal digits.
fn is_airtable(token: &[u8]) -> bool {
    token.get(17) == Some(&b'.') && token[18..].iter().all(u8::is_ascii_hexdigit)
}
