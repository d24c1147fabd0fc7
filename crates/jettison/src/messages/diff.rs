//! Texts of `diff`.

use super::Words;

/// Texts of the comparison. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiffText {
    Reading,
    Old,
    New,
    Files,
    Layers,
    Equal,
    Pull,
    PullNothing,
    Configuration,
    Packages,
    NoPackage,
    FileCounts,
    AddedCount,
    RemovedCount,
    ChangedCount,
    Added,
    Removed,
    Changed,
    Upgraded,
    Downgraded,
    More,
    RestOf,
    Field,
    Before,
    After,
    Package,
    Path,
    Bytes,
    Image,
}

impl Words for DiffText {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Self::Reading => ("reading {}", "读取 {}"),
            Self::Old => ("old", "旧"),
            Self::New => ("new", "新"),
            Self::Files => ("files", "文件"),
            Self::Layers => ("layers", "层"),
            Self::Equal => ("files and configuration are the same", "文件和配置完全相同"),
            Self::Pull => (
                "whoever has the old image pulls {} in {} of {} layers",
                "已有旧镜像者只需拉取 {}（{} / {} 层）",
            ),
            Self::PullNothing => (
                "whoever has the old image has all layers of the new one",
                "已有旧镜像者已拥有新镜像的所有层",
            ),
            Self::Configuration => ("configuration", "配置"),
            Self::Packages => (
                "packages: {} added, {} removed, {} with another version, {} with other files",
                "软件包：新增 {}，移除 {}，版本变化 {}，仅文件变化 {}",
            ),
            Self::NoPackage => ("in no package", "不属于任何软件包"),
            Self::FileCounts => ("files: {}", "文件：{}"),
            Self::AddedCount => ("{} added", "新增 {}"),
            Self::RemovedCount => ("{} removed", "移除 {}"),
            Self::ChangedCount => ("{} changed", "更改 {}"),
            Self::Added => ("added", "新增"),
            Self::Removed => ("removed", "移除"),
            Self::Changed => ("changed", "更改"),
            Self::Upgraded => ("upgraded", "升级"),
            Self::Downgraded => ("downgraded", "降级"),
            Self::More => {
                ("... and {} more (--limit 0 shows all)", "……另有 {} 项（--limit 0 显示全部）")
            }
            Self::RestOf => ("{} (the rest of it)", "{}（其余部分）"),
            Self::Field => ("field", "字段"),
            Self::Before => ("before", "之前"),
            Self::After => ("after", "之后"),
            Self::Package => ("package", "软件包"),
            Self::Path => ("path", "路径"),
            Self::Bytes => ("bytes", "字节"),
            Self::Image => ("image", "镜像"),
        }
    }
}
