//! Texts of the commands that list, move and name images.

use super::Words;

/// Texts about images. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageText {
    FromStore,
    FromDocker,
    FromRegistry,
    Copied,
    Damaged,
    Untagged,
    Deleted,
    Freed,
    FreedLater,
    WouldFree,
    GcWaits,
    Verifying,
    Verified,
    NeededBy,
    NobodyNeedsIt,
}

impl Words for ImageText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::FromStore => ("{} is taken from the local store", "{} 取自本地存储"),
            Self::FromDocker => ("{} is taken from Docker ({})", "{} 取自 Docker（{}）"),
            Self::FromRegistry => {
                ("{} is fetched from its registry ({})", "{} 从镜像仓库获取（{}）")
            }
            Self::Copied => (
                "copied {} to {} ({} moved, {} already there)",
                "已将 {} 复制到 {}（传输 {}，已存在 {}）",
            ),
            Self::Damaged => (
                "{}: parts of it are missing or damaged; `jettison store verify` tells which",
                "{}：部分内容缺失或损坏；`jettison store verify` 会列出",
            ),
            Self::Untagged => ("Untagged: {}", "已移除名称：{}"),
            Self::Deleted => ("Deleted: {}", "已删除：{}"),
            Self::Freed => ("{} freed", "释放了 {}"),
            Self::FreedLater => (
                "others use the store just now; `jettison gc` frees the space later",
                "存储正被其他命令使用；稍后用 `jettison gc` 释放空间",
            ),
            Self::WouldFree => ("{} would be freed", "将释放 {}"),
            Self::GcWaits => {
                ("waiting for other commands that use the store", "等待正在使用存储的其他命令")
            }
            Self::Verifying => ("reading {}", "读取 {}"),
            Self::Verified => {
                ("{} names, {} files, {}: {} problems", "{} 个名称，{} 个文件，{}：{} 个问题")
            }
            Self::NeededBy => ("needed by {}", "被 {} 使用"),
            Self::NobodyNeedsIt => ("no image needs it", "没有镜像使用它"),
        }
    }
}
