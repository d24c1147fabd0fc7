//! dive's `.dive-ci`: three rules in YAML.

use super::{Bound, Budget, parse_size};

/// Reads the file; an error says the line, from 1, and what is wrong with it.
pub(super) fn parse(text: &str, name: &str) -> Result<Budget, (usize, String)> {
    let mut budget = Budget::default();
    for (number, line) in (1..).zip(text.lines()) {
        let plain = line.split(" #").next().unwrap_or_default().trim();
        if plain.is_empty() || plain.starts_with('#') || plain.starts_with("---") {
            continue;
        }
        let Some((key, value)) = plain.split_once(':') else {
            return Err((number, format!("{plain:?} has no colon")));
        };
        let value = value.trim().trim_matches(['"', '\'']);
        let origin = || format!("{name}:{number}");
        let share = |value: &str| {
            let number = value.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
            number.ok_or_else(|| format!("{value:?} is no share from 0 to 1"))
        };
        let problem = |problem| (number, problem);
        match key.trim() {
            "rules" if value.is_empty() => {}
            _ if value.eq_ignore_ascii_case("disabled") => {}
            "lowestEfficiency" => {
                let limit = share(value).map_err(problem)?;
                budget.lowest_efficiency = Some(Bound { limit, origin: origin() });
            }
            "highestWastedBytes" => {
                let limit = parse_size(value).map_err(|error| (number, error.to_string()))?;
                budget.highest_wasted_bytes = Some(Bound { limit, origin: origin() });
            }
            "highestUserWastedPercent" => {
                let limit = share(value).map_err(problem)?;
                budget.highest_user_wasted = Some(Bound { limit, origin: origin() });
            }
            other => return Err((number, format!("{other:?} is no rule of dive's"))),
        }
    }
    Ok(budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let text = "rules:\n  # comment\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n  highestUserWastedPercent: disabled\n";
        let budget = parse(text, ".dive-ci").expect("valid");
        let efficiency = budget.lowest_efficiency.expect("set");
        assert_eq!(
            (efficiency.limit.to_string(), efficiency.origin.as_str()),
            ("0.95".to_owned(), ".dive-ci:3")
        );
        assert_eq!(budget.highest_wasted_bytes.expect("set").limit, 20_000_000);
        assert_eq!(budget.highest_user_wasted, None);
        for (text, line) in [("rules:\n  x: 1\n", 2), ("lowestEfficiency: 2\n", 1), ("rules\n", 1)]
        {
            assert_eq!(parse(text, "x").expect_err(text).0, line);
        }
    }
}
