//! What the page says, in both languages.

use std::collections::BTreeMap;

use crate::language::{Language, Text};

/// The texts of the page's scripts, by the names that those call them by.
const WORDS: &[(&str, &str, &str)] = &[
    ("report", "Image report", "镜像报告"),
    ("search", "Search files, layers, packages, findings", "搜索文件、层、软件包与发现"),
    ("searchHint", "Press / to search", "按 / 搜索"),
    ("found", "found", "个匹配"),
    ("nothing", "Nothing matches.", "没有匹配项。"),
    ("size", "Size", "大小"),
    ("waste", "Waste", "浪费"),
    ("after", "Would do", "足够"),
    ("layers", "Layers", "层"),
    ("layer", "Layer", "层"),
    ("packages", "Packages", "软件包"),
    ("secrets", "Secrets", "机密"),
    ("risks", "Risks", "风险"),
    ("budget", "Budget", "预算"),
    ("growth", "Growth", "增长"),
    ("against", "against", "对比"),
    ("files", "Files", "文件"),
    ("fileCount", "files", "个文件"),
    ("image", "Image", "镜像"),
    ("kept", "kept", "保留"),
    ("wasted", "wasted", "浪费"),
    ("whatToDo", "Waste and what to do", "浪费与改进方法"),
    ("where", "Where it is", "所在位置"),
    ("none", "None found.", "未发现。"),
    ("noWaste", "No waste was found.", "没有发现浪费。"),
    ("noPackages", "No package manager knows any.", "没有包管理器登记的软件包。"),
    ("up", "Up", "上一级"),
    (
        "treemap",
        "Files by size. Arrow keys choose, Enter opens, Backspace goes up.",
        "按大小显示文件。方向键选择，回车打开，退格返回。",
    ),
    ("path", "Where the picture is", "当前位置"),
    ("inside", "In this directory", "此目录中"),
    ("matches", "Files that match", "匹配的文件"),
    ("rest", "smaller ones", "个较小的"),
    ("more", "more", "项未列出"),
    (
        "gathered",
        "The picture names the largest files and directories; so many smaller ones are shown together, each with its directory:",
        "图中只列出最大的文件与目录；其余较小的合并显示在所属目录中，数量：",
    ),
    ("largest", "Only the largest are listed; left out:", "只列出最大的；未列出："),
    ("base", "base", "基础"),
    ("added", "paths added", "新增路径"),
    ("changed", "changed", "更改"),
    ("removed", "removed", "删除"),
    ("stored", "Stored", "存储大小"),
    ("digest", "Digest", "摘要"),
    ("created", "Created", "创建时间"),
    ("place", "Place", "位置"),
    ("name", "Name", "名称"),
    ("version", "Version", "版本"),
    ("allowed", "Allowed", "允许"),
    ("actual", "Actual", "实际"),
    ("within", "within", "符合"),
    ("over", "over", "超出"),
    ("from", "Set by", "设定于"),
    ("change", "Change", "变化"),
    ("before", "Before", "之前"),
    ("now", "Now", "现在"),
    ("new", "new", "新增"),
    ("why", "Why", "原因"),
    ("instead", "Instead", "改为"),
    ("tags", "Names", "名称"),
    ("platform", "Platform", "平台"),
    ("distribution", "Distribution", "发行版"),
    ("builtOn", "Built on", "基于"),
    ("user", "User", "用户"),
    ("command", "Command", "命令"),
    ("workingDir", "Directory", "工作目录"),
    ("env", "Environment", "环境变量"),
    ("labels", "Labels", "标签"),
    ("ports", "Ports", "端口"),
    ("volumes", "Volumes", "卷"),
    ("ignored", "Left out by name", "按名称忽略"),
    ("warnings", "To know", "须知"),
    (
        "units",
        "Bytes of layer tars, headers and padding with them, before compression.",
        "层 tar 的字节数，包含文件头与填充，未压缩。",
    ),
    ("copy", "Copy", "复制"),
    ("copied", "Copied", "已复制"),
    ("made", "Written by", "生成工具"),
];

/// All of them in one language.
pub(super) fn words(language: Language) -> BTreeMap<&'static str, &'static str> {
    let word = |&(name, en, zh): &(&'static str, &'static str, &'static str)| {
        (name, Text { en, zh }.in_language(language))
    };
    WORDS.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names that the scripts ask for: `say('name')`.
    fn asked() -> BTreeSet<&'static str> {
        let pieces = super::super::SCRIPTS.iter().flat_map(|script| script.split("say('").skip(1));
        pieces.filter_map(|piece| piece.split('\'').next()).collect()
    }

    #[test]
    fn scripts_ask_for_these_words_and_no_others() {
        let known: BTreeSet<&str> = WORDS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(known.len(), WORDS.len(), "one is there twice");
        assert_eq!(known, asked());
    }
}
