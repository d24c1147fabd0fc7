//! Chat, mail and messages.

use crate::secrets::{
    rule::{
        Alphabet::{Base64Url, Hex},
        Scope::Text,
        SecretRule, custom, text, token,
    },
    structured,
};

pub(in crate::secrets) static RULES: &[SecretRule] = &[
    token(
        "slack-token",
        text("Slack token", "Slack 令牌"),
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.xoxp-", "xoxe.xoxb-"],
        Base64Url,
        24..=300,
    ),
    token(
        "slack-app-token",
        text("Slack app token", "Slack 应用令牌"),
        &["xapp-"],
        Base64Url,
        50..=200,
    ),
    custom(
        "slack-webhook",
        text("Slack webhook", "Slack Webhook"),
        &["hooks.slack.com/services/"],
        Text,
        structured::slack_hook,
    ),
    custom(
        "discord-webhook",
        text("Discord webhook", "Discord Webhook"),
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        Text,
        structured::discord_hook,
    ),
    custom(
        "teams-webhook",
        text("Microsoft Teams webhook", "Microsoft Teams Webhook"),
        &["webhook.office.com/webhookb2/"],
        Text,
        structured::long_hook,
    ),
    custom(
        "dingtalk-webhook",
        text("DingTalk robot", "钉钉机器人"),
        &["oapi.dingtalk.com/robot/send?access_token="],
        Text,
        structured::long_hook,
    ),
    custom(
        "feishu-webhook",
        text("Feishu or Lark robot", "飞书机器人"),
        &["open.feishu.cn/open-apis/bot/v2/hook/", "open.larksuite.com/open-apis/bot/v2/hook/"],
        Text,
        structured::long_hook,
    ),
    custom(
        "wecom-webhook",
        text("WeCom robot", "企业微信机器人"),
        &["qyapi.weixin.qq.com/cgi-bin/webhook/send?key="],
        Text,
        structured::long_hook,
    ),
    custom(
        "telegram-token",
        text("Telegram bot token", "Telegram 机器人令牌"),
        &["AA"],
        Text,
        structured::telegram,
    )
    .at_runs(),
    custom(
        "sendgrid-key",
        text("SendGrid key", "SendGrid 密钥"),
        &["SG."],
        Text,
        structured::sendgrid,
    )
    .at_runs(),
    token("mailgun-key", text("Mailgun key", "Mailgun 密钥"), &["key-"], Hex, 32..=32).in_text(),
    token(
        "brevo-key",
        text("Brevo (Sendinblue) key", "Brevo 密钥"),
        &["xkeysib-", "xsmtpsib-"],
        Base64Url,
        70..=90,
    ),
];
