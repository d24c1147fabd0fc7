//! Instructions of which only the last counts.

use jettison_dockerfile::Keyword;

use crate::{finding::message, report::Report, subject::Subject};

/// Reports each `keyword` in a stage that a later one overrides.
pub(crate) fn report(subject: &Subject<'_>, out: &mut Report, keyword: Keyword) {
    for stage in &subject.stages {
        let all: Vec<_> = subject
            .in_stage(stage.index)
            .filter(|item| item.instruction.keyword == keyword && !item.is_deferred)
            .collect();
        let Some((_, overridden)) = all.split_last() else { continue };
        for item in overridden {
            let name = keyword.name();
            out.push(
                item.instruction.span.clone(),
                message!("a later {name} overrides this one", "后面的 {name} 会覆盖这一条"),
            );
        }
    }
}
