//! Values of a configuration without the secrets among them.

use jettison_analyze::secrets::SecretScanner;

/// Parts of names whose values are never shown, whatever they look like.
const SECRET_NAMES: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
];

/// Masks what looks like a secret, and what is named like one.
#[derive(Debug, Default)]
pub(crate) struct Masking {
    scanner: SecretScanner,
}

impl Masking {
    /// What may be shown of the value of a field (`ENV TOKEN`).
    pub(crate) fn value(&self, field: &str, value: &str) -> String {
        let name = field.rsplit(' ').next().unwrap_or(field);
        let upper = name.to_ascii_uppercase();
        if !value.is_empty() && SECRET_NAMES.iter().any(|part| upper.contains(part)) {
            return format!("**** ({})", value.len());
        }
        let hits = self.scanner.scan_setting(&format!("{name}={value}"));
        hits.first().map_or_else(|| value.to_owned(), |hit| hit.masked.clone())
    }

    /// What may be shown of an instruction.
    pub(crate) fn instruction(&self, text: &str) -> String {
        match self.scanner.scan_setting(text).first() {
            None => text.to_owned(),
            Some(hit) => {
                let start = usize::try_from(hit.offset).unwrap_or_default();
                format!("{}{}", text.get(..start).unwrap_or_default(), hit.masked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_shown() {
        let masking = Masking::default();
        for (field, value, shown) in [
            ("ENV PATH", "/usr/bin:/bin", "/usr/bin:/bin"),
            ("ENV DB_PASSWORD", "letmein", "**** (7)"),
            ("ENV GITHUB_TOKEN", "", ""),
            ("LABEL api_key", "abc", "**** (3)"),
            ("USER", "www", "www"),
        ] {
            assert_eq!(masking.value(field, value), shown, "{field}");
        }
        let url = masking.value("ENV DATABASE_URL", "postgres://app:Sup3rS3cr3tPassw0rd@db/app");
        assert!(!url.contains("Sup3r"), "{url}");
        let run = masking.instruction("RUN curl https://bob:Xk29dLq81mZp@files.acme.io/x");
        assert!(run.starts_with("RUN curl") && !run.contains("Xk29"), "{run}");
    }
}
