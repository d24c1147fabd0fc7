//! Values of a configuration without the secrets among them.

use jettison_analyze::secrets::SecretScanner;

/// Masks what looks like a secret, and what is named like one.
#[derive(Debug, Default)]
pub(crate) struct Masking {
    scanner: SecretScanner,
}

impl Masking {
    /// What may be shown of the value of a field (`ENV TOKEN`, `CMD`).
    pub(crate) fn value(&self, field: &str, value: &str) -> String {
        match field.split_once(' ') {
            Some(("ENV" | "LABEL", name)) => self.scanner.masked_value(name, value),
            _ => self.scanner.masked(value),
        }
    }

    /// What may be shown of an instruction.
    pub(crate) fn instruction(&self, text: &str) -> String {
        self.scanner.masked(text)
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
            ("ENV DB_PASSWORD", "let me in", "**** (9)"),
            ("ENV DB_PASSWORD_FILE", "/run/secrets/db", "/run/secrets/db"),
            ("ENV ALLOW_EMPTY_PASSWORD", "yes", "yes"),
            ("ENV GITHUB_TOKEN", "", ""),
            ("LABEL api_key", "abc", "**** (3)"),
            ("USER", "www", "www"),
            ("CMD", "[\"redis-cli\", \"-a\", \"word\"]", "[\"redis-cli\", \"-a\", \"**** (4)\"]"),
            (
                "HEALTHCHECK",
                "--interval=5s CMD-SHELL curl -u joe:word x",
                "--interval=5s CMD-SHELL curl -u joe:**** (4) x",
            ),
            (
                "ENV DATABASE_URL",
                "postgres://app:Sup3rS3cr3t@db/app",
                "postgres://app:**** (11)@db/app",
            ),
        ] {
            assert_eq!(masking.value(field, value), shown, "{field}");
        }
        let run = "RUN curl https://bob:Xk29dLq81mZp@files.acme.io/x && make";
        let shown = "RUN curl https://bob:**** (12)@files.acme.io/x && make";
        assert_eq!(masking.instruction(run), shown);
    }
}
