//! Write a version once.

use std::{collections::BTreeMap, ops::Range};

use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-repeated-version",
    aliases: &[],
    level: Level::Style,
    page: Page {
        title: Text { en: "Write a version once", zh: "版本号只写一次" },
        why: Text {
            en: "A version that stands in three places is raised in two of them. An ARG holds it in one place and can be set from outside; an ENV shows it to `docker inspect` and to programs besides.",
            zh: "写在三处的版本号升级时总会漏掉一处。ARG 把它放在一处并可从外部设置；ENV 还能让 `docker inspect` 和其他程序看到它。",
        },
        bad: r"FROM debian:12
RUN curl -fsSLO https://example.org/tool/1.40.2/tool-1.40.2.tar.gz && tar -xzf tool-1.40.2.tar.gz",
        good: r"FROM debian:12
ARG TOOL_VERSION=1.40.2
RUN curl -fsSLO https://example.org/tool/$TOOL_VERSION/tool-$TOOL_VERSION.tar.gz && tar -xzf tool-$TOOL_VERSION.tar.gz",
        files: &[],
    },
    check,
};

/// How often a version may be written out: twice is a name and its archive.
const MAX_TIMES: usize = 2;

/// What a version belongs to: its stage, the package that is pinned to it, and itself.
type Place<'a> = (Option<usize>, &'a str, &'a str);

fn check(subject: &Subject<'_>, out: &mut Report) {
    let mut places: BTreeMap<Place<'_>, Vec<Range<usize>>> = BTreeMap::new();
    for item in &subject.items {
        let is_where_versions_are_used = matches!(
            item.instruction.keyword,
            Keyword::Run | Keyword::Add | Keyword::Copy | Keyword::Workdir | Keyword::Env
        );
        if !is_where_versions_are_used {
            continue;
        }
        let text = &item.instruction.text;
        for range in versions(text.as_str()) {
            let version = &text.as_str()[range.clone()];
            let package = match item.instruction.keyword {
                Keyword::Run => pinned(&text.as_str()[..range.start]),
                _ => "",
            };
            let key = (item.stage, package, version);
            places.entry(key).or_default().push(text.source_range(range));
        }
    }
    for ((_, _, version), places) in places {
        if places.len() <= MAX_TIMES {
            continue;
        }
        let times = places.len();
        out.push(
            places[MAX_TIMES].clone(),
            message!(
                "{version} is written {times} times; an ARG or ENV holds it once",
                "{version} 写了 {times} 次；用 ARG 或 ENV 只写一次"
            ),
        );
    }
}

/// The package whose version comes next, when it is pinned: `recv` before the version of `recv==0.1.1`. Packages may
/// have the same version by chance.
fn pinned(before: &str) -> &str {
    let bare = before.trim_end_matches([' ', '=', '~', '@', '^', '>', '<', '"', '\'']);
    let signs = &before[bare.len()..];
    if !signs.contains(['=', '~', '@', '^', '>', '<']) {
        return "";
    }
    let start = bare.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '/'));
    &bare[start.map_or(0, |at| at + 1)..]
}

/// Places of versions with three numbers: `1.40.2`. Addresses have four.
fn versions(text: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = text[at..].find(|c: char| c.is_ascii_digit()).map(|begin| at + begin) {
        let length = text[begin..].find(|c| !is_part(c)).unwrap_or(text.len() - begin);
        let word = text[begin..begin + length].trim_end_matches('.');
        let numbers: Vec<&str> = word.split('.').collect();
        let is_version = numbers.len() == 3
            && numbers.iter().all(|number| !number.is_empty() && number.len() <= 5)
            && numbers.iter().any(|number| number.len() > 1 || *number != "0");
        if is_version {
            found.push(begin..begin + word.len());
        }
        at = begin + length;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_are_pinned() {
        for (before, package) in [
            ("pip install a==1.0.0 b==", "b"),
            ("--constraint='any.recv ==", "any.recv"),
            ("npm i -g @vue/cli@", "cli"),
            ("curl https://x/v", ""),
        ] {
            assert_eq!(pinned(before), package, "{before}");
        }
    }

    #[test]
    fn versions_have_three_numbers() {
        let text = "a-1.2.3.tgz v10.20.30/ 127.0.0.1 3.12 0.0.0 x1.2.3.";
        let found: Vec<&str> = versions(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["1.2.3", "10.20.30", "1.2.3"]);
    }
}
