//! Texts of `restore`.

use super::Words;

/// Texts of reports and progress. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestoreText {
    Opening,
    Joining,
    Writing,
    Saving,
    Whole,
    Some,
    Untried,
    Written,
}

impl Words for RestoreText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Opening => ("reading {}", "读取 {}"),
            Self::Joining => ("putting slim image and rest together", "拼合精简镜像与其余部分"),
            Self::Writing => ("writing layers", "写出各层"),
            Self::Saving => ("saving {}", "保存 {}"),
            Self::Whole => (
                "the fat image is back: {} paths, {}, image id {}",
                "原镜像已恢复：{} 个路径，{}，镜像 ID {}",
            ),
            Self::Some => ("given back: {} paths, {}", "已取回：{} 个路径，{}"),
            Self::Untried => (
                "the image was not run: what was given back is as it was, whether the program finds it is not tried",
                "该镜像未经运行：取回的内容与原来相同，但程序能否使用它们未经检验",
            ),
            Self::Written => ("written: {}", "已写出：{}"),
        }
    }
}
