//! Holds an analysis against the bounds.

use super::{Amount, Bound, Budget};
use crate::{
    analysis::{Analysis, BudgetLine},
    format::{bytes, signed_bytes},
    language::Level,
};

impl Budget {
    /// One line for each bound that is set.
    ///
    /// A bound on growth needs [`Analysis::growth`]; without it, the line says that there is no baseline, and is broken: a
    /// bound that cannot fail is none.
    pub fn check(&self, analysis: &Analysis) -> Vec<BudgetLine> {
        let size = &analysis.size;
        let mut lines = Vec::new();
        if let Some(bound) = &self.max_size {
            lines.push(most("max-size", bound, size.now, bytes));
        }
        if let Some(bound) = &self.max_growth {
            lines.push(growth(bound, analysis));
        }
        if let Some(bound) = &self.max_wasted {
            lines.push(amount("max-wasted", bound, size.wasted, size.now));
        }
        if let Some(bound) = &self.max_layers {
            lines.push(most("max-layers", bound, analysis.layers.len() as u64, |count| {
                count.to_string()
            }));
        }
        if let Some(bound) = &self.max_secrets {
            let secrets = analysis.secrets.iter().filter(|secret| secret.level >= Level::Medium);
            lines.push(most("max-secrets", bound, secrets.count() as u64, |count| {
                count.to_string()
            }));
        }
        if let Some(bound) = &self.max_risks {
            lines.push(risks(bound, analysis));
        }
        self.check_as_dive(analysis, &mut lines);
        lines
    }

    fn check_as_dive(&self, analysis: &Analysis, lines: &mut Vec<BudgetLine>) {
        let size = &analysis.size;
        let share = |share: f64| format!("{share:.4}");
        if let Some(bound) = &self.lowest_efficiency {
            let actual = size.efficiency();
            lines.push(BudgetLine {
                name: "lowestEfficiency".to_owned(),
                limit: share(bound.limit),
                actual: share(actual),
                is_broken: actual < bound.limit,
                origin: bound.origin.clone(),
            });
        }
        if let Some(bound) = &self.highest_wasted_bytes {
            lines.push(most("highestWastedBytes", bound, size.hidden, bytes));
        }
        if let Some(bound) = &self.highest_user_wasted {
            let user: u64 = analysis
                .layers
                .iter()
                .filter(|layer| !layer.is_base)
                .map(|layer| layer.bytes)
                .sum();
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let actual = size.hidden as f64 / user.max(1) as f64;
            lines.push(BudgetLine {
                name: "highestUserWastedPercent".to_owned(),
                limit: share(bound.limit),
                actual: share(actual),
                is_broken: actual > bound.limit,
                origin: bound.origin.clone(),
            });
        }
    }
}

fn most(name: &str, bound: &Bound<u64>, actual: u64, shown: impl Fn(u64) -> String) -> BudgetLine {
    BudgetLine {
        name: name.to_owned(),
        limit: shown(bound.limit),
        actual: shown(actual),
        is_broken: actual > bound.limit,
        origin: bound.origin.clone(),
    }
}

fn amount(name: &str, bound: &Bound<Amount>, actual: u64, whole: u64) -> BudgetLine {
    let (shown, is_broken) = match bound.limit {
        Amount::Bytes(limit) => (bytes(actual), actual > limit),
        Amount::Percent(limit) => {
            let share = percent(actual, whole);
            (format!("{share:.1}%"), share > limit)
        }
    };
    BudgetLine {
        name: name.to_owned(),
        limit: bound.limit.to_string(),
        actual: shown,
        is_broken,
        origin: bound.origin.clone(),
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = part as f64 * 100.0 / whole.max(1) as f64;
    share
}

fn growth(bound: &Bound<Amount>, analysis: &Analysis) -> BudgetLine {
    let line = |actual: String, is_broken| BudgetLine {
        name: "max-growth".to_owned(),
        limit: bound.limit.to_string(),
        actual,
        is_broken,
        origin: bound.origin.clone(),
    };
    let Some(growth) = &analysis.growth else { return line("no baseline".to_owned(), true) };
    let grown = analysis.size.now.saturating_sub(growth.bytes);
    let shrunk = growth.bytes.saturating_sub(analysis.size.now);
    if shrunk > 0 {
        return line(signed_bytes(-i64::try_from(shrunk).unwrap_or(i64::MAX)), false);
    }
    match bound.limit {
        Amount::Bytes(limit) => {
            line(signed_bytes(i64::try_from(grown).unwrap_or(i64::MAX)), grown > limit)
        }
        Amount::Percent(limit) => {
            let share = percent(grown, growth.bytes);
            line(format!("+{share:.1}%"), share > limit)
        }
    }
}

fn risks(bound: &Bound<Level>, analysis: &Analysis) -> BudgetLine {
    let worst = analysis.risks.iter().map(|risk| risk.level).max();
    BudgetLine {
        name: "max-risks".to_owned(),
        limit: bound.limit.name().to_owned(),
        actual: worst.map_or("none", Level::name).to_owned(),
        is_broken: worst.is_some_and(|worst| worst > bound.limit),
        origin: bound.origin.clone(),
    }
}
