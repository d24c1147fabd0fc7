//! Texts of `squash`.

use super::Words;

/// Texts of reports and progress. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SquashText {
    Opening,
    Indexing,
    Squashing,
    Comparing,
    Saving,
    BaseStays,
    KnownFromStore,
    KnownFromHistory,
    NoBase,
    Became,
    NothingLeft,
    NothingToDo,
    Before,
    After,
    Layers,
    Entries,
    Same,
    Written,
    NotWritten,
}

impl Words for SquashText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Opening => ("reading {}", "读取 {}"),
            Self::Indexing => ("indexing {} layers", "为 {} 个层建立索引"),
            Self::Squashing => ("putting layers {} to {} into one", "将第 {} 至 {} 层合并为一层"),
            Self::Comparing => ("comparing the file trees and hashing", "比较文件树并计算摘要"),
            Self::Saving => ("saving {}", "保存 {}"),
            Self::BaseStays => {
                ("base image: layers up to {} stay ({})", "基础镜像：第 {} 层及以下保持不变（{}）")
            }
            Self::KnownFromStore => ("{}, kept here", "{}，保存在本机"),
            Self::KnownFromHistory => ("the history has {} there", "历史记录中有 {}"),
            Self::NoBase => (
                "base image: none recognised; name it with --base to keep its layers",
                "基础镜像：未能识别；用 --base 指定以保留它的层",
            ),
            Self::Became => (
                "layers {} to {} became one: {} entries instead of {}, {} instead of {}",
                "第 {} 至 {} 层合并为一层：{} 个条目（原 {} 个），{}（原 {}）",
            ),
            Self::NothingLeft => (
                "layers {} to {} undid each other: nothing is left of them",
                "第 {} 至 {} 层互相抵消：没有留下任何内容",
            ),
            Self::NothingToDo => {
                ("nothing to squash: the layers stay as they are", "无需合并：各层保持不变")
            }
            Self::Before => ("before", "之前"),
            Self::After => ("after", "之后"),
            Self::Layers => ("layers", "层"),
            Self::Entries => ("entries", "条目"),
            Self::Same => {
                ("verified: the same file tree and configuration", "已验证：文件树和配置完全相同")
            }
            Self::Written => ("written: {}", "已写出：{}"),
            Self::NotWritten => ("nothing was written", "没有写出任何内容"),
        }
    }
}
