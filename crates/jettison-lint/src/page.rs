//! A rule's page as text, for `explain` and for editors.

use std::fmt::Write as _;

use crate::{
    registry::rules,
    rule::{Language, Rule},
};

/// The page of `rule` in Markdown.
pub fn page(rule: &Rule, language: Language) -> String {
    let text = |text: crate::rule::Text| text.in_language(language);
    let (title, why) = (text(rule.page.title), text(rule.page.why));
    let (level, also, example, instead) = match language {
        Language::English => ("level", "also known as", "Example", "Instead"),
        Language::Chinese => ("级别", "其他名称", "示例", "应改为"),
    };
    let mut page = format!("# {}: {title}\n\n", rule.id);
    write!(page, "{level}: {}", rule.level.name()).expect("writing to a string succeeds");
    if !rule.aliases.is_empty() {
        write!(page, " · {also}: {}", rule.aliases.join(", "))
            .expect("writing to a string succeeds");
    }
    write!(page, "\n\n{why}\n").expect("writing to a string succeeds");
    for (heading, source) in [(example, rule.page.bad), (instead, rule.page.good)] {
        if !source.is_empty() {
            let kind = if rule.id.starts_with("JT-k8s") { "yaml" } else { "dockerfile" };
            write!(page, "\n## {heading}\n\n```{kind}\n{source}\n```\n")
                .expect("writing to a string succeeds");
        }
    }
    for (path, source) in rule.page.files {
        write!(page, "\n`{path}`:\n\n```\n{}\n```\n", source.trim_end())
            .expect("writing to a string succeeds");
    }
    page
}

/// All rules, one line each: id, level, other names, title.
pub fn list(language: Language) -> String {
    let mut text = String::new();
    let width = rules().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in rules() {
        let (id, level) = (rule.id, rule.level.name());
        let title = rule.page.title.in_language(language);
        let names = if rule.aliases.is_empty() {
            String::new()
        } else {
            format!(" ({})", rule.aliases.join(", "))
        };
        writeln!(text, "{id:width$}  {level:7}  {title}{names}")
            .expect("writing to a string succeeds");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::rule;

    #[test]
    fn pages_hold_everything() {
        let rule = rule("DL3003").expect("a rule");
        let english = page(rule, Language::English);
        for part in ["# JT-cd: ", "also known as: DL3003", "RUN cd /src && make", "WORKDIR /src"] {
            assert!(english.contains(part), "{part} in {english}");
        }
        assert!(page(rule, Language::Chinese).contains("应改为"));
        assert_eq!(list(Language::English).lines().count(), rules().count());
    }
}
