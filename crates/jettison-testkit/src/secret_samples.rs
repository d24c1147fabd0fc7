//! Secrets of every kind that `analyze` knows, invented: each in the form that its issuer publishes, in a file where such
//! things are found. None opens anything.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Chance;

/// An invented secret.
#[derive(Clone, Debug)]
pub struct SecretSample {
    /// What kind it is, as `analyze` names it.
    pub kind: &'static str,
    /// A file that holds it, without a leading slash.
    pub path: String,
    /// The file.
    pub content: Vec<u8>,
    /// The part that no report may show.
    pub value: String,
}

const LOWER_HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// Tokens: kind, what all begin with, alphabet, characters behind.
const TOKENS: &[(&str, &str, &str, usize)] = &[
    ("aws-access-key", "AKIA", UPPER, 16),
    ("aws-bedrock-key", "ABSKQmVkcm9ja0FQSUtleS", BASE62, 110),
    ("google-api-key", "AIza", URL, 35),
    ("google-oauth-secret", "GOCSPX-", URL, 28),
    ("google-oauth-token", "ya29.", URL, 120),
    ("digitalocean-token", "dop_v1_", LOWER_HEX, 64),
    ("alibaba-access-key", "LTAI5t", BASE62, 18),
    ("tencent-secret-id", "AKID", BASE62, 32),
    ("heroku-key", "HRKU-", URL, 60),
    ("vault-token", "hvs.", URL, 90),
    ("pulumi-token", "pul-", LOWER_HEX, 40),
    ("doppler-token", "dp.pt.", BASE62, 43),
    ("supabase-token", "sbp_", LOWER_HEX, 40),
    ("databricks-token", "dapi", LOWER_HEX, 32),
    ("planetscale-secret", "pscale_pw_", URL, 43),
    ("aiven-password", "AVNS_", BASE62, 19),
    ("tailscale-key", "tskey-auth-", BASE62, 40),
    ("github-fine-grained-token", "github_pat_", BASE62, 82),
    ("gitlab-token", "glpat-", URL, 20),
    ("gitlab-deploy-token", "gldt-", URL, 20),
    ("gitlab-runner-token", "glrt-", URL, 20),
    ("gitlab-job-token", "glcbt-", URL, 26),
    ("gitlab-other-token", "glptt-", LOWER_HEX, 40),
    ("bitbucket-app-password", "ATBB", BASE62, 32),
    ("bitbucket-access-token", "ATCTT3xFfG", URL, 170),
    ("atlassian-token", "ATATT3xFfG", URL, 180),
    ("sourcegraph-token", "sgp_", LOWER_HEX, 40),
    ("circleci-token", "CCIPAT_", BASE62, 63),
    ("buildkite-token", "bkua_", LOWER_HEX, 40),
    ("sonar-token", "squ_", LOWER_HEX, 40),
    ("octopus-key", "API-", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 28),
    ("pypi-token", "pypi-AgEIcHlwaS5vcmc", URL, 150),
    ("rubygems-token", "rubygems_", LOWER_HEX, 48),
    ("crates-token", "cio", BASE62, 32),
    ("nuget-key", "oy2", "abcdefghijklmnopqrstuvwxyz0123456789", 43),
    ("docker-token", "dckr_pat_", URL, 27),
    ("artifactory-key", "AKCp", BASE62, 69),
    ("artifactory-token", "cmVmdGtu", BASE62, 56),
    ("clojars-token", "CLOJARS_", LOWER_HEX, 60),
    ("packagist-token", "packagist_ort_", LOWER_HEX, 68),
    ("slack-token", "xoxb-", URL, 50),
    ("slack-app-token", "xapp-", URL, 90),
    ("mailgun-key", "key-", LOWER_HEX, 32),
    ("stripe-key", "sk_live_", BASE62, 99),
    ("stripe-test-key", "sk_test_", BASE62, 24),
    ("stripe-webhook-secret", "whsec_", BASE62, 32),
    ("square-token", "sq0atp-", URL, 22),
    ("shopify-token", "shpat_", LOWER_HEX, 32),
    ("razorpay-key", "rzp_live_", BASE62, 14),
    ("flutterwave-key", "FLWSECK-", LOWER_HEX, 32),
    ("easypost-key", "EZAK", BASE62, 54),
    ("shippo-token", "shippo_live_", LOWER_HEX, 40),
    ("anthropic-key", "sk-ant-api03-", URL, 95),
    ("huggingface-token", "hf_", BASE62, 34),
    ("replicate-token", "r8_", BASE62, 37),
    ("groq-key", "gsk_", BASE62, 52),
    ("xai-key", "xai-", BASE62, 80),
    ("perplexity-key", "pplx-", BASE62, 48),
    ("langsmith-key", "lsv2_pt_", LOWER_HEX, 43),
    ("nvidia-key", "nvapi-", URL, 64),
    ("linear-key", "lin_api_", BASE62, 40),
    ("notion-token", "ntn_", BASE62, 46),
    ("figma-token", "figd_", URL, 40),
    ("typeform-token", "tfp_", BASE62, 59),
    ("contentful-token", "CFPAT-", URL, 43),
    ("onepassword-token", "ops_eyJ", BASE62, 300),
    ("duffel-token", "duffel_live_", URL, 43),
    ("twilio-key", "SK", LOWER_HEX, 32),
    ("newrelic-key", "NRAK-", UPPER, 27),
    ("honeycomb-key", "hcaik_", "abcdefghijklmnopqrstuvwxyz0123456789", 58),
    ("age-key", "AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
];

/// PEM blocks: kind, label, lines before the body.
const PEM: &[(&str, &str, &str)] = &[
    ("rsa-key", "RSA PRIVATE KEY", ""),
    (
        "rsa-key-encrypted",
        "RSA PRIVATE KEY",
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n",
    ),
    ("ec-key", "EC PRIVATE KEY", ""),
    ("dsa-key", "DSA PRIVATE KEY", ""),
    ("pkcs8-key", "PRIVATE KEY", ""),
    ("pkcs8-key-encrypted", "ENCRYPTED PRIVATE KEY", ""),
    ("other-pem-key", "ED25519 PRIVATE KEY", ""),
    ("pgp-key", "PGP PRIVATE KEY BLOCK", "Version: GnuPG v2\n\n"),
];

/// One of each kind. The same seed gives the same secrets.
pub fn secret_samples(seed: u64) -> Vec<SecretSample> {
    let mut maker = Maker { chance: Chance::new(seed), samples: Vec::new() };
    for (kind, prefix, alphabet, len) in TOKENS {
        let value = maker.chance.text(alphabet, *len);
        maker.source(kind, &format!("{prefix}{value}"), value);
    }
    for (kind, label, headers) in PEM {
        maker.pem(kind, label, headers);
    }
    maker.openssh();
    maker.other_keys();
    maker.checksummed();
    maker.clouds();
    maker.services();
    maker.hooks();
    maker.credential_files();
    maker.settings();
    maker.samples
}

struct Maker {
    chance: Chance,
    samples: Vec<SecretSample>,
}

impl Maker {
    fn add(
        &mut self,
        kind: &'static str,
        path: &str,
        content: impl Into<Vec<u8>>,
        value: impl Into<String>,
    ) {
        let (content, value) = (content.into(), value.into());
        self.samples.push(SecretSample { kind, path: path.to_owned(), content, value });
    }

    /// In a program's source, as people leave them there.
    fn source(&mut self, kind: &'static str, secret: &str, value: impl Into<String>) {
        let path = format!("app/src/{kind}.js");
        let text = format!("// client\nconst client = connect(\"{secret}\", {{ retries: 3 }});\n");
        self.add(kind, &path, text, value);
    }

    fn base64(&mut self, bytes: usize) -> String {
        STANDARD.encode(self.chance.bytes(bytes))
    }

    fn pem(&mut self, kind: &'static str, label: &str, headers: &str) {
        let body = format!("MII{}", self.base64(600));
        let text = pem_text(label, headers, &body);
        self.add(kind, &format!("etc/app/{kind}.pem"), text, &body[3..60]);
    }

    fn openssh(&mut self) {
        for (kind, cipher) in [("openssh-key", "none"), ("openssh-key-encrypted", "aes256-ctr")] {
            let mut bytes = b"openssh-key-v1\0".to_vec();
            let kdf = if cipher == "none" { "none" } else { "bcrypt" };
            for word in [cipher, kdf] {
                bytes.extend(u32::try_from(word.len()).expect("short").to_be_bytes());
                bytes.extend(word.as_bytes());
            }
            bytes.extend([0, 0, 0, 0, 0, 0, 0, 1]);
            bytes.extend(self.chance.bytes(300));
            let body = STANDARD.encode(bytes);
            let text = pem_text("OPENSSH PRIVATE KEY", "", &body);
            self.add(kind, &format!("root/.ssh/{kind}"), text, &body[80..140]);
        }
    }

    fn other_keys(&mut self) {
        let body = self.base64(300);
        let text = format!(
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{body}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n"
        );
        self.add("ssh2-key", "root/ssh2", text, &body[..60]);
        let body = self.base64(60);
        let text = format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\n{body}\nPrivate-MAC: 00\n"
        );
        self.add("putty-key", "root/key.ppk", text, body);
        let body = self.base64(32);
        self.add(
            "wireguard-key",
            "etc/wireguard/wg0.conf",
            format!("[Interface]\nPrivateKey = {body}\nListenPort = 51820\n"),
            &body[..40],
        );
        let body = self.base64(150);
        self.add(
            "minisign-key",
            "root/.minisign/minisign.key",
            format!("untrusted comment: minisign encrypted secret key\n{body}\n"),
            &body[..60],
        );
        let mut store = b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x01".to_vec();
        store.extend(self.chance.bytes(2000));
        self.add("key-store", "app/conf/server.jks", store, "");
    }

    /// Tokens with a checksum at their end: CRC-32 of the random part, six digits of base 62.
    fn checksummed(&mut self) {
        for (kind, prefix) in [
            ("github-token", "ghp_"),
            ("github-oauth-token", "gho_"),
            ("github-app-token", "ghs_"),
            ("github-refresh-token", "ghr_"),
            ("npm-token", "npm_"),
        ] {
            let random = self.chance.text(BASE62, 30);
            let value = format!("{random}{}", base62(crc32(random.as_bytes())));
            self.source(kind, &format!("{prefix}{value}"), value);
        }
    }

    fn clouds(&mut self) {
        let (secret, session) = (self.base64(30), self.chance.text(BASE62, 200));
        self.add(
            "aws-secret-key",
            "root/.aws/credentials",
            format!("[default]\naws_secret_access_key = {secret}\n"),
            secret,
        );
        self.add(
            "aws-session-token",
            "app/aws.sh",
            format!("export AWS_SESSION_TOKEN={session}\n"),
            session,
        );
        let body = self.base64(1200);
        let key = format!(
            "-----BEGIN PRIVATE KEY-----\\n{}\\n{}\\n-----END PRIVATE KEY-----\\n",
            &body[..64],
            &body[64..]
        );
        let text = format!(
            "{{\n \"type\": \"service_account\",\n \"private_key_id\": \"0123\",\n \"private_key\": \"{key}\",\n \"client_email\": \"a@b.iam.gserviceaccount.com\"\n}}\n"
        );
        self.add("gcp-service-account", "app/service-account.json", text, &body[100..200]);
        let key = self.base64(64);
        self.add("azure-connection-string", "app/azure.txt", format!("DefaultEndpointsProtocol=https;AccountName=x;AccountKey={key};EndpointSuffix=core.windows.net\n"), &key[..80]);
        let (before, after) = (self.chance.text(BASE62, 52), self.chance.text(BASE62, 26));
        self.add("azure-key", "app/azure-ai.txt", format!("key {before}JQQJ99{after}\n"), after);
        let (before, after) = (self.chance.text(BASE62, 42), self.chance.text(BASE62, 6));
        self.add("azure-service-key", "app/acr.txt", format!("key {before}+ACR{after}\n"), before);
        let signature = self.chance.text(BASE62, 43);
        self.add("azure-sas", "app/sas.txt", format!("https://x.blob.core.windows.net/c?sv=2022-11-02&sr=c&se=2030-01-01&sig={signature}%3D\n"), signature);
        let (first, second) = (self.chance.text(BASE62, 21), self.chance.text(LOWER_HEX, 40));
        self.source("baidu-access-key", &format!("bce-v3/ALTAK-{first}/{second}"), second);
        let (first, second) = (self.chance.text(LOWER_HEX, 24), self.chance.text(LOWER_HEX, 146));
        self.source("cloudflare-origin-key", &format!("v1.0-{first}-{second}"), second);
        let (first, second) = (self.chance.text(BASE62, 14), self.chance.text(URL, 67));
        self.source("terraform-token", &format!("{first}.atlasv1.{second}"), second);
        let token = self.chance.text(BASE62, 300);
        self.source("fly-token", &format!("FlyV1 fm2_{token}"), token);
        self.add(
            "ansible-vault",
            "app/secrets-vault.yml",
            "$ANSIBLE_VAULT;1.1;AES256\n3961336461\n",
            "",
        );
    }

    fn services(&mut self) {
        let (first, second) = (self.chance.text(BASE62, 74), self.chance.text(BASE62, 74));
        self.source("openai-key", &format!("sk-proj-{first}T3BlbkFJ{second}"), second);
        let (first, second) = (self.chance.text(BASE62, 20), self.chance.text(BASE62, 20));
        self.source("openai-legacy-key", &format!("sk-{first}T3BlbkFJ{second}"), second);
        let (first, second) = (self.chance.text(BASE62, 14), self.chance.text(LOWER_HEX, 64));
        self.source("airtable-token", &format!("pat{first}.{second}"), second);
        let (first, second) = (self.chance.text(LOWER_HEX, 24), self.chance.text(LOWER_HEX, 34));
        self.source("postman-key", &format!("PMAK-{first}-{second}"), second);
        let (first, second) = (self.chance.text(URL, 22), self.chance.text(URL, 43));
        self.source("sendgrid-key", &format!("SG.{first}.{second}"), second);
        let (first, second) = (self.chance.text(LOWER_HEX, 64), self.chance.text(BASE62, 16));
        self.source("brevo-key", &format!("xkeysib-{first}-{second}"), first);
        let (first, second) = (self.chance.text(BASE62, 32), self.chance.text(LOWER_HEX, 8));
        self.source("grafana-token", &format!("glsa_{first}_{second}"), first);
        let value = self.chance.text(BASE62, 120);
        self.source("grafana-cloud-token", &format!("glc_eyJ{value}"), value);
        let value = self.chance.text(BASE62, 120);
        self.source("sentry-token", &format!("sntrys_eyJ{value}"), value);
        let (first, second) = (self.chance.text(UPPER, 24), self.chance.text(UPPER, 64));
        self.source("dynatrace-token", &format!("dt0c01.{first}.{second}"), second);
        let value = self.chance.text(LOWER_HEX, 32);
        self.source(
            "launchdarkly-key",
            &format!(
                "sdk-{}-{}-{}-{}-{}",
                &value[..8],
                &value[8..12],
                &value[12..16],
                &value[16..20],
                &value[20..]
            ),
            &value[..8],
        );
        let value = self.chance.text(LOWER_HEX, 32);
        self.add(
            "datadog-key",
            "app/run-datadog.sh",
            format!("DD_API_KEY={value} ./agent\n"),
            value,
        );
        let value = self.chance.text(LOWER_HEX, 34);
        self.source("newrelic-license-key", &format!("eu01xx{value}"), value);
        let value = self.chance.text(BASE62, 60);
        self.add(
            "elastic-key",
            "app/run-elastic.sh",
            format!("ELASTIC_API_KEY={value} ./ship\n"),
            value,
        );
        let value = self.chance.text(BASE62, 60);
        self.source("snyk-token", &format!("snyk_uat.{value}"), value);
        let value = self.chance.text(URL, 16);
        self.source("paypal-token", &format!("access_token$production${value}"), value);
        let value = self.chance.text(LOWER_HEX, 32);
        self.source(
            "plaid-token",
            &format!(
                "access-production-{}-{}-{}-{}-{}",
                &value[..8],
                &value[8..12],
                &value[12..16],
                &value[16..20],
                &value[20..]
            ),
            &value[20..],
        );
        let value = self.chance.text(BASE62, 140);
        self.source("dropbox-token", &format!("sl.B{value}"), value);
        let value = self.chance.text(BASE62, 100);
        self.source("facebook-token", &format!("EAACEdEose0cBA{value}"), value);
        let value = self.chance.text(BASE62, 80);
        self.source("mapbox-token", &format!("sk.eyJ{value}"), value);
        let (claims, signature) = (self.chance.text(URL, 80), self.chance.text(URL, 43));
        self.source(
            "jwt",
            &format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{claims}.{signature}"),
            signature,
        );
        let value = self.chance.text(URL, 40);
        self.source("pagerduty-key", &format!("pdus+_0XBPWQ_{value}"), value);
    }

    fn hooks(&mut self) {
        let (team, bot) = (self.chance.text(UPPER, 10), self.chance.text(UPPER, 10));
        let number = self.chance.text("123456789", 18);
        let value = self.chance.text(BASE62, 24);
        self.source(
            "slack-webhook",
            &format!("https://hooks.slack.com/services/T{team}/B{bot}/{value}"),
            value,
        );
        let value = self.chance.text(URL, 68);
        self.source(
            "discord-webhook",
            &format!("https://discord.com/api/webhooks/{number}/{value}"),
            value,
        );
        let value = self.chance.text(LOWER_HEX, 32);
        self.source(
            "teams-webhook",
            &format!(
                "https://corp.webhook.office.com/webhookb2/{value}@{value}/IncomingWebhook/{value}"
            ),
            value,
        );
        let value = self.chance.text(LOWER_HEX, 64);
        self.source(
            "dingtalk-webhook",
            &format!("https://oapi.dingtalk.com/robot/send?access_token={value}"),
            value,
        );
        let value = self.chance.text(LOWER_HEX, 36);
        self.source(
            "feishu-webhook",
            &format!("https://open.feishu.cn/open-apis/bot/v2/hook/{value}"),
            value,
        );
        let value = self.chance.text(LOWER_HEX, 36);
        self.source(
            "wecom-webhook",
            &format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={value}"),
            value,
        );
        let value = self.chance.text(URL, 33);
        self.source("telegram-token", &format!("123456789:AA{value}"), value);
    }

    fn credential_files(&mut self) {
        let password = |maker: &mut Self| maker.chance.text(BASE62, 14);
        let value = password(self);
        self.add(
            "npmrc-credential",
            "root/.npmrc",
            format!("//registry.corp/:_authToken={value}\n"),
            value,
        );
        let value = STANDARD.encode(format!("joe:{}", password(self)));
        self.add(
            "docker-config-auth",
            "root/.docker/config.json",
            format!("{{\"auths\":{{\"r.corp\":{{\"auth\":\"{value}\"}}}}}}"),
            value,
        );
        let value = password(self);
        self.add(
            "git-credentials",
            "root/.git-credentials",
            format!("https://joe:{value}@git.corp\n"),
            value,
        );
        let value = password(self);
        self.add(
            "netrc-password",
            "root/.netrc",
            format!("machine git.corp login joe password {value}\n"),
            value,
        );
        let value = password(self);
        self.add("pgpass-password", "root/.pgpass", format!("db.corp:5432:*:joe:{value}\n"), value);
        let value = self.base64(900);
        self.add(
            "kubeconfig-credential",
            "root/.kube/config",
            format!("users:\n- name: a\n  user:\n    client-key-data: {value}\n"),
            &value[..100],
        );
        let value = self.chance.text(BASE62, 22);
        self.add(
            "htpasswd-hash",
            "etc/nginx/.htpasswd",
            format!("joe:$apr1$abcdefgh${value}\n"),
            value,
        );
        let value = self.chance.text(BASE62, 43);
        self.add(
            "shadow-hash",
            "etc/shadow",
            format!("root:$y$j9T$abcdefghijklmnop${value}:19000:0:99999:7:::\n"),
            value,
        );
    }

    fn settings(&mut self) {
        let value = self.chance.text(BASE62, 12);
        self.add(
            "url-password",
            "app/src/db.py",
            format!("engine = create_engine(\"postgresql://app:{value}@db.corp:5432/app\")\n"),
            value,
        );
        let value = self.chance.text(BASE62, 40);
        self.add(
            "authorization-header",
            "app/fetch.sh",
            format!("curl -H 'Authorization: Bearer {value}' https://api.corp/\n"),
            value,
        );
        let value = STANDARD.encode(format!("joe:{}", self.chance.text(BASE62, 20)));
        self.add(
            "basic-authorization",
            "app/basic.sh",
            format!("curl -H 'Authorization: Basic {value}' https://api.corp/\n"),
            value,
        );
        let value = self.chance.text(BASE62, 12);
        self.add(
            "password-setting",
            "app/.env",
            format!("DB_USER=app\nDB_PASSWORD={value}\n"),
            value,
        );
        let value = self.chance.text(BASE62, 40);
        self.add(
            "key-setting",
            "app/settings.yml",
            format!("service:\n  api_key: {value}\n"),
            value,
        );
    }
}

/// A block of RFC 7468.
fn pem_text(label: &str, headers: &str, body: &str) -> String {
    let lines: Vec<&str> =
        (0..body.len()).step_by(64).map(|at| &body[at..body.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----\n", lines.join("\n"))
}

/// CRC-32 as in zlib (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Six digits, the highest first.
fn base62(number: u32) -> String {
    let letters: Vec<char> = BASE62.chars().collect();
    let digit = |place: u32| letters[(number / 62_u32.pow(place) % 62) as usize];
    (0..6).rev().map(digit).collect()
}
