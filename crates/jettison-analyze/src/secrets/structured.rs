//! Secrets with a structure of their own: web tokens, addresses with passwords, keys within documents.

use super::{
    plausible::{entropy, is_key, is_password, is_placeholder, is_random},
    rule::{Found, Place},
};

fn run(bytes: &[u8], has: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !has(byte)).unwrap_or(bytes.len())
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' || byte == b'='
}

/// The length of dot-separated parts of base64url, each with at least as many characters as `least` says.
fn dotted(bytes: &[u8], least: &[usize]) -> Option<usize> {
    let mut at = 0;
    for (index, least) in least.iter().enumerate() {
        if index > 0 {
            (bytes.get(at) == Some(&b'.')).then_some(())?;
            at += 1;
        }
        let len = run(&bytes[at..], is_base64url);
        (len >= *least).then_some(())?;
        at += len;
    }
    Some(at)
}

/// Parts of tokens that documentation shows.
const SAMPLES: &[&[u8]] =
    &[b"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", b"eyJzdWIiOiIxMjM0NTY3ODkwI"];

/// A signed JSON Web Token (RFC 7519): header, claims and signature. The token of jwt.io's front page does not count.
pub(super) fn jwt(place: &Place<'_>) -> Option<Found> {
    let token = &place.bytes[place.at.start..place.bytes.len().min(place.at.start + 8192)];
    let is_within = place.before().last().is_some_and(|&byte| is_base64url(byte) || byte == b'.');
    let len = dotted(token, &[17, 20, 22])?;
    let body = &token[..len];
    let is_sample = SAMPLES.iter().any(|sample| memchr::memmem::find(body, sample).is_some());
    let signature = body.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let is_signed = is_random(signature, 3.5);
    (!is_within && !is_sample && is_signed)
        .then(|| Found { range: place.at.start..place.at.start + len, public: 3 })
}

/// Hosts that are examples, or the machine itself.
const NO_HOSTS: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "example",
    "host",
    "hostname",
    "server",
    "domain",
    "foo",
    "bar",
    "my",
    "your",
    "proxy",
    "user",
    "[",
    "<",
    "$",
    "{",
    "%",
    "\\",
];

/// `scheme://user:password@host` (RFC 3986, 3.2.1). The anchor is `://`.
pub(super) fn url_password(place: &Place<'_>) -> Option<Found> {
    let before = place.before();
    let scheme = before
        .iter()
        .rev()
        .take(20)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
        .count();
    let rest = place.after();
    let end = rest.iter().take(300).position(|&byte| {
        byte <= b' ' || b"/\"'`<>()[]{}|\\,;#?".contains(&byte) || byte >= 0x7f
    })?;
    let authority = &rest[..end];
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    let (user, password) = (&authority[..colon], &authority[colon + 1..at]);
    let host = std::str::from_utf8(&authority[at + 1..]).ok()?.to_ascii_lowercase();
    let name = host.split([':', '.']).next().unwrap_or_default();
    let is_example = host.is_empty()
        || NO_HOSTS.contains(&name)
        || host.starts_with(['$', '%'])
        || host.contains("example");
    let is_same = user.eq_ignore_ascii_case(password) && is_common(user);
    let is_sound = scheme >= 2
        && !is_example
        && !is_same
        && is_password(password)
        && !is_placeholder(password)
        && !is_common(password);
    is_sound.then(|| Found::private(place.behind(colon + 1..at)))
}

/// Words of examples in documentation.
pub(super) fn is_common(word: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "user",
        "username",
        "foo",
        "bar",
        "baz",
        "me",
        "you",
        "name",
        "login",
        "passw0rd",
        "p4ssw0rd",
        "pa55w0rd",
        "password1",
        "abc",
        "test",
        "auth",
        "credential",
        "credentials",
        "s3cret",
        "hunter2",
    ];
    std::str::from_utf8(word).is_ok_and(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// What follows an address of a hook until the address ends; the last part is the secret.
fn hook(place: &Place<'_>, least: usize) -> Option<Found> {
    let rest = place.after();
    let len =
        run(&rest[..rest.len().min(400)], |byte| is_base64url(byte) || b"/.@=&?%".contains(&byte));
    // The address tells already what follows: 36 random hexadecimal digits have less than 3 bits each in one of 50,000.
    let is_sound = len >= least && entropy(&rest[..len]) > 2.5 && !is_placeholder(&rest[..len]);
    is_sound.then(|| Found {
        range: place.at.start..place.at.end + len,
        public: place.at.end - place.at.start,
    })
}

/// `hooks.slack.com/services/T…/B…/…`
pub(super) fn slack_hook(place: &Place<'_>) -> Option<Found> {
    let parts = place.after().split(|&byte| byte == b'/').take(3);
    let lens: Vec<usize> =
        parts.map(|part| run(part, |byte| byte.is_ascii_alphanumeric())).collect();
    matches!(lens[..], [team, bot, key] if team >= 8 && bot >= 8 && key >= 20)
        .then(|| hook(place, 40))
        .flatten()
}

/// A number, then the token.
pub(super) fn discord_hook(place: &Place<'_>) -> Option<Found> {
    let digits = run(place.after(), |byte| byte.is_ascii_digit());
    (digits >= 16).then(|| hook(place, 60)).flatten()
}

/// Hooks whose key is in their path or query.
pub(super) fn long_hook(place: &Place<'_>) -> Option<Found> {
    hook(place, 32)
}

/// `123456789:AA…`, 35 characters behind the colon. The anchor is `AA`.
pub(super) fn telegram(place: &Place<'_>) -> Option<Found> {
    let before = place.before().strip_suffix(b":")?;
    let digits = before.iter().rev().take(12).take_while(|byte| byte.is_ascii_digit()).count();
    let len = run(place.after(), is_base64url);
    let is_sound = (8..=10).contains(&digits) && len == 33 && is_random(&place.after()[..len], 3.5);
    let start = place.at.start - 1 - digits;
    is_sound.then(|| Found::private(start..place.at.end + len))
}

/// `SG.`, 22 characters, a dot, 43 characters.
pub(super) fn sendgrid(place: &Place<'_>) -> Option<Found> {
    let is_within = place.before().last().is_some_and(|&byte| is_base64url(byte));
    let len = dotted(place.after(), &[22, 43])?;
    (!is_within && len == 66 && is_random(&place.after()[..len], 3.5))
        .then(|| Found { range: place.at.start..place.at.end + len, public: 3 })
}

/// Fourteen characters before the anchor, sixty and more behind.
pub(super) fn terraform(place: &Place<'_>) -> Option<Found> {
    let before = place
        .before()
        .iter()
        .rev()
        .take(15)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let len = run(place.after(), is_base64url);
    (before == 14 && (60..=80).contains(&len))
        .then(|| Found::private(place.at.start - 14..place.at.end + len))
}

/// Azure's keys with a signature in their middle: `before` characters stand in front of it, `after` behind.
fn azure(
    place: &Place<'_>,
    before: usize,
    after: std::ops::RangeInclusive<usize>,
) -> Option<Found> {
    let found =
        place.before().iter().rev().take(before + 1).take_while(|&&byte| is_base64(byte)).count();
    let len = run(place.after(), is_base64);
    let range = place.at.start.checked_sub(before)?..place.at.end + len;
    let is_sound =
        found == before && after.contains(&len) && is_random(&place.bytes[range.clone()], 3.5);
    is_sound.then_some(Found { range, public: 0 })
}

/// Keys of 84 characters with `JQQJ99` at place 52.
pub(super) fn azure_common(place: &Place<'_>) -> Option<Found> {
    azure(place, 52, 26..=26)
}

/// Container registry, functions, search: 52 characters with the signature at place 42 (40 for functions and search).
pub(super) fn azure_service(place: &Place<'_>) -> Option<Found> {
    azure(place, 42, 6..=6)
        .or_else(|| azure(place, 40, 8..=10))
        .or_else(|| azure(place, 42, 8..=10))
}

/// `AccountKey=` or `SharedAccessKey=` of a connection string: 64 or 32 bytes in base64.
pub(super) fn azure_connection(place: &Place<'_>) -> Option<Found> {
    let len = run(place.after(), is_base64);
    let is_sound = matches!(len, 88 | 44) && entropy(&place.after()[..len]) > 4.0;
    // The emulator's key is the same for everybody, and documented.
    let is_emulator = place
        .after()
        .starts_with(b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq");
    (is_sound && !is_emulator).then(|| Found::private(place.behind(0..len)))
}

/// `sig=` of a shared access signature; the same line has `sv=` or `se=`.
pub(super) fn azure_sas(place: &Place<'_>) -> Option<Found> {
    let len = run(place.after(), |byte| byte.is_ascii_alphanumeric() || b"%+/=".contains(&byte));
    let near = [place.line_before(), place.rest_of_line()];
    let has = |mark: &[u8]| near.iter().any(|text| memchr::memmem::find(text, mark).is_some());
    let is_sound = (43..=60).contains(&len) && has(b"se=") && (has(b"sv=") || has(b"sr="));
    is_sound.then(|| Found::private(place.behind(0..len)))
}

/// `"private_key_id"` of a Google service account: the document holds the key, too, which is found with it.
pub(super) fn gcp_account(place: &Place<'_>) -> Option<Found> {
    let near = &place.after()[..place.after().len().min(4096)];
    let key = memchr::memmem::find(near, b"PRIVATE KEY-----")?;
    memchr::memmem::find(near, b"\"client_email\"")?;
    let end = memchr::memmem::find(&near[key..], b"-----END").unwrap_or(near.len() - key);
    Some(Found::private(place.behind(0..key + end)))
}

/// 40 characters behind a name that says what they are. The anchor ends that name.
pub(super) fn aws_secret(place: &Place<'_>) -> Option<Found> {
    let rest = place.after();
    let gap = run(&rest[..rest.len().min(12)], |byte| b" \t\"'=:>,".contains(&byte));
    let len = run(&rest[gap..], is_base64);
    let value = &rest[gap..gap + len];
    let is_sound = gap > 0 && len == 40 && entropy(value) > 4.0 && !is_placeholder(value);
    is_sound.then(|| Found::private(place.behind(gap..gap + len)))
}

/// A long value in base64 or hexadecimal digits behind a name, as [`aws_secret`] but of any length.
pub(super) fn named_key(place: &Place<'_>) -> Option<Found> {
    let rest = place.after();
    let gap = run(&rest[..rest.len().min(12)], |byte| b" \t\"'=:>,".contains(&byte));
    let len = run(&rest[gap..], |byte| {
        is_base64(byte) || byte == b'-' || byte == b'_' || byte == b'.' || byte == b'~'
    });
    (gap > 0 && is_key(&rest[gap..gap + len])).then(|| Found::private(place.behind(gap..gap + len)))
}

/// A token behind `Bearer` or `token` of an HTTP header that a script sends.
pub(super) fn bearer(place: &Place<'_>) -> Option<Found> {
    let rest = place.after();
    let len = run(rest, |byte| is_base64url(byte) || b".~+/=".contains(&byte));
    (len >= 20 && is_key(&rest[..len])).then(|| Found::private(place.behind(0..len)))
}

/// `basic` and base64 of `user:password`.
pub(super) fn basic(place: &Place<'_>) -> Option<Found> {
    let rest = place.after();
    let len = run(rest, is_base64);
    (len >= 12 && is_random(&rest[..len], 3.0)).then(|| Found::private(place.behind(0..len)))
}

/// The header of a file that Ansible encrypted; only the passphrase keeps it closed.
pub(super) fn ansible(place: &Place<'_>) -> Option<Found> {
    let is_start = place.before().last().is_none_or(|&byte| byte == b'\n' || byte == b' ');
    let rest = place.after();
    let is_sound = is_start
        && rest.first().is_some_and(u8::is_ascii_digit)
        && memchr::memmem::find(rest, b"AES256").is_some();
    is_sound.then(|| Found {
        range: place.at.start..place.at.end,
        public: place.at.end - place.at.start,
    })
}
