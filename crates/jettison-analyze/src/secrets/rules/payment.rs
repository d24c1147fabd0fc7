//! Money.

use crate::{
    language::Level,
    secrets::rule::{
        Alphabet::{Base62, Base64Url, Hex},
        SecretRule, text, token,
    },
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token(
        "stripe-key",
        text("Stripe live key", "Stripe 生产密钥"),
        &["sk_live_", "rk_live_"],
        Base62,
        20..=247,
    ),
    token(
        "stripe-test-key",
        text("Stripe test key", "Stripe 测试密钥"),
        &["sk_test_", "rk_test_"],
        Base62,
        20..=247,
    )
    .level(Level::Low),
    token(
        "stripe-webhook-secret",
        text("Stripe webhook secret", "Stripe Webhook 密钥"),
        &["whsec_"],
        Base62,
        32..=64,
    ),
    token(
        "square-token",
        text("Square token", "Square 令牌"),
        &["sq0atp-", "sq0csp-"],
        Base64Url,
        22..=43,
    ),
    token(
        "shopify-token",
        text("Shopify token", "Shopify 令牌"),
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        Hex,
        32..=32,
    ),
    token(
        "paypal-token",
        text("PayPal or Braintree access token", "PayPal 或 Braintree 访问令牌"),
        &["access_token$production$", "access_token$sandbox$"],
        Base64Url,
        16..=16,
    )
    .literal()
    .in_text(),
    token(
        "razorpay-key",
        text("Razorpay live key id", "Razorpay 生产密钥 ID"),
        &["rzp_live_"],
        Base62,
        14..=20,
    )
    .level(Level::Medium),
    token(
        "flutterwave-key",
        text("Flutterwave secret key", "Flutterwave 密钥"),
        &["FLWSECK-", "FLWSECK_TEST-"],
        Base62,
        12..=40,
    ),
    token(
        "plaid-token",
        text("Plaid access token", "Plaid 访问令牌"),
        &["access-production-", "access-development-"],
        Base64Url,
        36..=36,
    ),
    token(
        "easypost-key",
        text("EasyPost key", "EasyPost 密钥"),
        &["EZAK", "EZTK"],
        Base62,
        54..=54,
    ),
    token(
        "shippo-token",
        text("Shippo token", "Shippo 令牌"),
        &["shippo_live_", "shippo_test_"],
        Hex,
        40..=40,
    ),
];
