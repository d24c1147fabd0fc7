//! Texts of `why`.

use super::Words;

/// Texts of answers. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhyText {
    Kept,
    KeptFor,
    Dropped,
    DroppedWith,
    RiskOf,
    Unknown,
    HowBack,
    HowBackRest,
    RestHint,
}

impl Words for WhyText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Kept => ("{} stays: {} (rule {})", "{} 保留：{}（规则 {}）"),
            Self::KeptFor => {
                ("first touched in the {} phase after {} ms", "在 {} 阶段 {} 毫秒后首次使用")
            }
            Self::Dropped => (
                "{} was dropped: nothing used it and no rule needs it",
                "{} 已去掉：没有任何使用，也没有规则需要它",
            ),
            Self::DroppedWith => (
                "{} was dropped with {}: nothing used it and no rule needs it",
                "{} 已随 {} 一起去掉：没有任何使用，也没有规则需要它",
            ),
            Self::RiskOf => {
                ("{} was dropped although it is {} (rule {})", "{} 已去掉，尽管它是 {}（规则 {}）")
            }
            Self::Unknown => ("the fat image does not hold {}", "原镜像中没有 {}"),
            Self::HowBack => ("to keep it: --include-path {}", "若要保留：--include-path {}"),
            Self::HowBackRest => (
                "to have it back without slimming again: jettison restore {} --rest {} {}",
                "无需重新精简即可取回：jettison restore {} --rest {} {}",
            ),
            Self::RestHint => (
                "slim with --rest FILE to be able to have files back: jettison restore",
                "精简时加 --rest FILE，之后即可取回文件：jettison restore",
            ),
        }
    }
}
