//! Findings that are left out by name.

use std::collections::BTreeMap;

use crate::{analysis::Analysis, pages, risks::risk_check, secrets::secret_rule, waste::Cause};

/// A name that no finding has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is called {name:?}; `jettison explain --analyze` lists the names")]
pub struct UnknownName {
    /// The name.
    pub name: String,
}

impl Analysis {
    /// Leaves out findings called `names`: risks by id or alias, secrets by kind, causes of waste. Bytes of causes stay in
    /// the sums; only advice about them goes. How many went is noted.
    pub fn ignore(&mut self, names: &[String]) -> Result<(), UnknownName> {
        let mut ignored: BTreeMap<String, usize> = std::mem::take(&mut self.ignored);
        for name in names {
            if pages::title(name, crate::Language::English).is_none() {
                return Err(UnknownName { name: name.clone() });
            }
            let before = self.risks.len() + self.secrets.len() + self.advice.len();
            let risk = risk_check(name).map(|check| check.id);
            self.risks.retain(|finding| {
                Some(finding.id.as_str()) != risk
                    && !finding.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
            });
            let bare = |start: &str| name.strip_prefix(start).unwrap_or(name).to_owned();
            let secret = secret_rule(&bare("JS-")).map(|rule| rule.id);
            self.secrets.retain(|finding| Some(finding.rule.as_str()) != secret);
            let cause = Cause::find(&bare("JW-"));
            self.advice.retain(|advice| Some(advice.cause) != cause);
            let after = self.risks.len() + self.secrets.len() + self.advice.len();
            *ignored.entry(name.clone()).or_default() += before - after;
        }
        self.ignored = ignored;
        Ok(())
    }
}
