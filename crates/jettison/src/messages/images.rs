//! Texts of the commands that list, move and name images.

use super::Words;

/// Texts about images. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageText {
    FromStore,
    FromDocker,
    FromRegistry,
    Opening,
    LayerMoved,
    LayerPresent,
    LayerLinked,
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
    NoSeries,
    TagNew,
    TagSame,
    TagMoves,
    TagOlder,
    TagTaken,
    TagBreaks,
    TagAdds,
    Breaks,
    Adds,
    Keeps,
    Pinned,
    PinVariable,
    PinForm,
    Loaded,
}

impl Words for ImageText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::FromStore => ("{} is taken from the local store", "{} 取自本地存储"),
            Self::FromDocker => ("{} is taken from Docker ({})", "{} 取自 Docker（{}）"),
            Self::FromRegistry => {
                ("{} is fetched from its registry ({})", "{} 从镜像仓库获取（{}）")
            }
            Self::Opening => ("opening {}", "打开 {}"),
            Self::LayerMoved => ("done", "完成"),
            Self::LayerPresent => ("already there", "已存在"),
            Self::LayerLinked => ("linked", "已链接"),
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
            Self::NoSeries => {
                ("{} is not out yet: it leads no series", "{} 尚未正式发布：不带动任何系列标签")
            }
            Self::TagNew => ("{}: new", "{}：新标签"),
            Self::TagSame => ("{}: this image already", "{}：已指向此镜像"),
            Self::TagMoves => ("{}: moves here", "{}：移至此镜像"),
            Self::TagOlder => ("{}: stays with {}, which is newer", "{}：保留给更新的 {}"),
            Self::TagTaken => ("{}: is another image already", "{}：已是另一个镜像"),
            Self::TagBreaks => (
                "{}: the image breaks what it promises; its version should be {}",
                "{}：该镜像破坏了此标签的约定；版本号应为 {}",
            ),
            Self::TagAdds => (
                "{} promises that nothing but mistakes change, and something was added; its version should be {}",
                "{} 只应包含修复，但此镜像新增了内容；版本号应为 {}",
            ),
            Self::Breaks => ("breaks", "破坏"),
            Self::Adds => ("adds  ", "新增"),
            Self::Keeps => ("keeps ", "兼容"),
            Self::Pinned => ("{}: {} -> {} (by {})", "{}：{} -> {}（来自 {}）"),
            Self::PinVariable => (
                "{}: {} has variables: which image it is depends on the build; it is not pinned",
                "{}：{} 含有变量，具体镜像取决于构建参数；未固定",
            ),
            Self::PinForm => (
                "{}: {} is quoted or split over lines; it is not pinned",
                "{}：{} 带引号或跨行书写；未固定",
            ),
            Self::Loaded => ("Loaded image: {}", "已加载镜像：{}"),
        }
    }
}
