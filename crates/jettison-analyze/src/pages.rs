//! Pages of causes (`JW-…`), secrets (`JS-…`) and risks (`JR-…`), for `explain` and SARIF.

use std::fmt::Write as _;

use crate::{
    language::{Language, Text},
    risks::{CHECKS, RiskCheck, risk_check, risk_checks},
    secrets::{RULES, SecretRule, secret_rule},
    waste::{CAUSES, Cause},
};

/// What an id stands for, in one line.
pub fn title(id: &str, language: Language) -> Option<&'static str> {
    let text = match find(id)? {
        Subject::Cause(cause) => cause.title(),
        Subject::Secret(rule) => rule.title,
        Subject::Risk(check) => check.title,
    };
    Some(text.in_language(language))
}

/// The page of an id or alias, in Markdown; of an alias that several checks have, the pages of all.
pub fn page(id: &str, language: Language) -> Option<String> {
    Some(match find(id)? {
        Subject::Cause(cause) => cause_page(cause, language),
        Subject::Secret(rule) => secret_page(rule, language),
        Subject::Risk(_) => {
            let pages: Vec<String> =
                risk_checks(id).map(|check| risk_page(check, language)).collect();
            pages.join("\n")
        }
    })
}

/// All of them, one line each: id, level, title.
pub fn list(language: Language) -> String {
    let mut text = String::new();
    let mut line = |id: &str, level: &str, title: Text| {
        writeln!(text, "{id:32}  {level:6}  {}", title.in_language(language))
            .expect("writing to a string succeeds");
    };
    for check in CHECKS {
        line(check.id, check.level.name(), check.title);
    }
    for cause in CAUSES {
        line(&format!("JW-{}", cause.id()), "waste", cause.title());
    }
    for rule in RULES.iter() {
        line(&format!("JS-{}", rule.id), rule.level.name(), rule.title);
    }
    text
}

enum Subject {
    Cause(Cause),
    Secret(&'static SecretRule),
    Risk(&'static RiskCheck),
}

fn find(id: &str) -> Option<Subject> {
    let bare =
        |start: &str| id.strip_prefix(start).or_else(|| id.strip_prefix(&start.to_lowercase()));
    let cause = Cause::find(bare("JW-").unwrap_or(id)).map(Subject::Cause);
    let secret = || secret_rule(bare("JS-").unwrap_or(id)).map(Subject::Secret);
    let risk = || risk_check(id).map(Subject::Risk);
    cause.or_else(secret).or_else(risk)
}

fn risk_page(check: &RiskCheck, language: Language) -> String {
    let (level, also, instead) = match language {
        Language::English => ("level", "also known as", "Instead"),
        Language::Chinese => ("级别", "其他名称", "应改为"),
    };
    let mut page = format!(
        "# {}: {}\n\n{level}: {}",
        check.id,
        check.title.in_language(language),
        check.level.name()
    );
    if !check.aliases.is_empty() {
        write!(page, " · {also}: {}", check.aliases.join(", "))
            .expect("writing to a string succeeds");
    }
    write!(
        page,
        "\n\n{}\n\n## {instead}\n\n{}\n",
        check.why.in_language(language),
        check.instead.in_language(language)
    )
    .expect("writing to a string succeeds");
    page
}

fn cause_page(cause: Cause, language: Language) -> String {
    format!(
        "# JW-{}: {}\n\n{}\n",
        cause.id(),
        cause.title().in_language(language),
        cause.explanation().in_language(language)
    )
}

fn secret_page(rule: &SecretRule, language: Language) -> String {
    let (level, what) = match language {
        Language::English => (
            "level",
            "Whoever can pull the image can read it, in every layer, also where a later layer removed it. Take it back where it was \
             issued and issue a new one: removing it from the image is not enough once it was pushed. While building, `RUN \
             --mount=type=secret,id=NAME` hands a secret to one instruction; while running, the orchestrator does.\n\nValues are shown \
             with nothing but what all of their kind begin with. Files that came unchanged with a package of the distribution, and \
             samples in the tests of packages, are not reported.",
        ),
        Language::Chinese => (
            "级别",
            "任何能拉取镜像的人都能从每一层中读到它，即使后面的层已将其删除。请在签发处吊销并重新签发：镜像一旦推送，仅从镜像中删除是不够的。\
             构建时用 `RUN --mount=type=secret,id=NAME` 只把机密交给一条指令；运行时由编排系统提供。\n\n显示的值只包含同类机密共有的开头。\
             随发行版软件包原样安装的文件，以及软件包测试中的样例，不会报告。",
        ),
    };
    format!(
        "# JS-{}: {}\n\n{level}: {}\n\n{what}\n",
        rule.id,
        rule.title.in_language(language),
        rule.level.name()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_has_a_page_in_both_languages() {
        let list = list(Language::English);
        assert!(list.lines().count() > 150);
        for line in list.lines() {
            let id = line.split_whitespace().next().expect("an id");
            for language in [Language::English, Language::Chinese] {
                let page = page(id, language).expect(id);
                assert!(page.starts_with(&format!("# {id}: ")), "{page}");
            }
        }
        assert!(
            page("CIS-DI-0001", Language::Chinese).expect("an alias").contains("以 root 身份运行")
        );
        for (alias, ids) in [
            ("CIS-DI-0008", ["JR-setuid-unknown", "JR-setuid"]),
            ("cis-di-0010", ["JR-env-secret", "JR-file-secret"]),
        ] {
            let page = page(alias, Language::English).expect(alias);
            for id in ids {
                assert!(page.contains(&format!("# {id}: ")), "{page}");
            }
        }
        assert_eq!(page("nothing", Language::English), None);
    }
}
