//! Sort packages that stand one per line.

use crate::packages::{APK, APT_GET, DNF, Manager, YUM, ZYPPER, install, words_span};
use crate::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "JT-sorted-packages",
    aliases: &[],
    level: Level::Style,
    page: Page {
        title: Text {
            en: "Sort packages that stand one per line",
            zh: "每行一个的软件包按字母排序",
        },
        why: Text {
            en: "Sorted lists show at a glance what is there, do not hold anything twice, and make changes easy to review.",
            zh: "排好序的列表一目了然，不易重复，修改也便于审查。",
        },
        bad: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends \
    wget=1.* \
    curl=7.* \
    git=1:2.* \
 && rm -rf /var/lib/apt/lists/*",
        good: r"FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends \
    curl=7.* \
    git=1:2.* \
    wget=1.* \
 && rm -rf /var/lib/apt/lists/*",
        files: &[],
    },
    check,
};

fn check(subject: &Subject<'_>, out: &mut Report) {
    let managers: [&'static Manager; 5] = [&APT_GET, &APK, &YUM, &DNF, &ZYPPER];
    for (run, command) in subject.commands() {
        let Some(found) = managers.iter().find_map(|manager| install(run, command, manager)) else {
            continue;
        };
        let words = found.packages;
        let lines: Vec<usize> = words
            .iter()
            .map(|word| subject.file.lines().line_of(run.word_span(word).start))
            .collect();
        let one_per_line = lines.windows(2).all(|pair| pair[0] < pair[1]);
        let mut sorted: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        sorted.sort_by_key(|name| name.to_ascii_lowercase());
        let is_sorted = words.iter().zip(&sorted).all(|(word, name)| word.text == *name);
        if words.len() < 3 || !one_per_line || is_sorted || words.iter().any(|word| word.is_dynamic)
        {
            continue;
        }
        let Some(span) = words_span(run, &words) else { continue };
        // Comments among them make groups.
        if subject.file.comments.iter().any(|one| span.contains(&one.span.start)) {
            continue;
        }
        let raw = |word: &Word| subject.source(&run.word_span(word)).to_owned();
        let mut by_name: Vec<&&Word> = words.iter().collect();
        by_name.sort_by_key(|word| word.text.to_ascii_lowercase());
        let edits = words
            .iter()
            .zip(by_name)
            .filter(|(word, new)| word.text != new.text)
            .map(|(word, new)| Edit::replace(run.word_span(word), raw(new)))
            .collect();
        out.push(span, message!("these packages are not sorted", "这些软件包没有排序"))
            .fix(message!("Sort them", "排序"), edits);
    }
}
