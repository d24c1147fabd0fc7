//! Texts of `analyze`. The report's own words stand in the library.

use super::Words;

/// Texts of progress and of what is said beside the report. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnalyzeText {
    Opening,
    Indexing,
    Analyzing,
    OverBudget,
}

impl Words for AnalyzeText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Opening => ("reading {}", "读取 {}"),
            Self::Indexing => ("indexing {} layers", "为 {} 个层建立索引"),
            Self::Analyzing => ("analysing", "分析中"),
            Self::OverBudget => {
                ("over budget: {} is {}, allowed {} ({})", "超出预算：{} 为 {}，允许 {}（{}）")
            }
        }
    }
}
