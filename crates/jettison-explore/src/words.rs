//! What the screen says, in each language.

use jettison_analyze::{Language, Text};

/// A word or sentence of the screen. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    TreeAfter,
    ChangesOf,
    Waste,
    Details,
    Help,
    Total,
    TotalWaste,
    Layer,
    InLayer,
    RemovedByLayer,
    WrittenAgainByLayer,
    Package,
    Attribute,
    SameAs,
    Wasted,
    Entries,
    Stored,
    Changes,
    FromBase,
    Edits,
    NoEdit,
    NoWaste,
    NothingChanged,
    NothingMatches,
    Keys,
    Filter,
    ChooseFile,
    Copying,
    Copied,
    SortedByName,
    SortedBySize,
    HelpText,
}

impl Word {
    const fn text(self) -> Text {
        let (en, zh) = match self {
            Self::TreeAfter => ("tree after layer {}", "第 {} 层之后的文件树"),
            Self::ChangesOf => ("changes of layer {}", "第 {} 层的改动"),
            Self::Waste => ("waste by cause", "按原因统计的浪费"),
            Self::Details => ("details", "详情"),
            Self::Help => ("help", "帮助"),
            Self::Total => ("{} in {} layers", "{}，共 {} 层"),
            Self::TotalWaste => ("{} wasted", "浪费 {}"),
            Self::Layer | Self::InLayer => ("layer {}", "第 {} 层"),
            Self::RemovedByLayer => ("removed by layer {}", "被第 {} 层删除"),
            Self::WrittenAgainByLayer => ("written again by layer {}", "被第 {} 层重写"),
            Self::Package => ("package {}", "软件包 {}"),
            Self::Attribute => ("attribute {}", "扩展属性 {}"),
            Self::SameAs => ("the same as {}", "与 {} 相同"),
            Self::Wasted => ("waste: {}", "浪费：{}"),
            Self::Entries => ("{} in {} entries", "{}，共 {} 个条目"),
            Self::Stored => ("{} uncompressed, {} stored", "未压缩 {}，存储 {}"),
            Self::Changes => ("{} added, {} changed, {} removed", "新增 {}，更改 {}，移除 {}"),
            Self::FromBase => ("part of the base image", "属于基础镜像"),
            Self::Edits => ("what to do:", "如何改进："),
            Self::NoEdit => ("too little for an edit of its own", "太少，不值得单独修改"),
            Self::NoWaste => ("nothing is wasted", "没有浪费"),
            Self::NothingChanged => ("the layer changes no file", "该层没有改动文件"),
            Self::NothingMatches => ("no name matches {}", "没有与 {} 匹配的名称"),
            Self::Keys => (
                "? help  Tab pane  a changes  w waste  s {}  / filter  e copy out  q quit",
                "? 帮助  Tab 切换窗格  a 改动  w 浪费  s {}  / 筛选  e 复制出来  q 退出",
            ),
            Self::Filter => ("/{}   {} lines; Esc: no filter", "/{}   {} 行；Esc 取消筛选"),
            Self::ChooseFile => ("choose a regular file first", "请先选择一个普通文件"),
            Self::Copying => ("copying {} ...", "正在复制 {} ……"),
            Self::Copied => ("{} is copied to {}", "{} 已复制到 {}"),
            Self::SortedByName => ("sort (name)", "排序（名称）"),
            Self::SortedBySize => ("sort (size)", "排序（大小）"),
            Self::HelpText => (HELP, HELP_ZH),
        };
        Text { en, zh }
    }

    pub(crate) const fn say(self, language: Language) -> &'static str {
        self.text().in_language(language)
    }

    /// The text with its values put in.
    pub(crate) fn with(self, language: Language, values: &[&str]) -> String {
        let mut parts = self.say(language).split("{}");
        let mut said = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values.iter().copied().chain(std::iter::repeat(""))) {
            said.push_str(value);
            said.push_str(part);
        }
        said
    }
}

const HELP: &str = "\
up/down, j/k, PgUp, PgDn, Home, End   move
Tab               layers <-> files
Enter, Space      open or close a directory
right, left       open; close, or go up
*                 open everything below
a                 whole tree <-> only what the layer changed
w                 what the image could do without, by cause,
                  with the edit that saves it
s                 sort by name <-> by size
/                 filter by text, or a pattern with * and ?;
                  with a slash in it, the whole path counts
Esc               no filter
e                 copy the file into the current directory
mouse             click chooses, a second click opens, the wheel moves
q, Ctrl-C         quit

+ added   ~ changed   - removed";

const HELP_ZH: &str = "\
上/下、j/k、PgUp、PgDn、Home、End   移动
Tab               层 <-> 文件
Enter、空格       打开或关闭目录
右、左            打开；关闭或返回上级
*                 展开其下全部内容
a                 整个文件树 <-> 仅该层的改动
w                 镜像可以去掉的内容，按原因列出，
                  并给出相应的修改
s                 按名称 <-> 按大小排序
/                 按文本或含 * 和 ? 的模式筛选；
                  含斜杠时匹配完整路径
Esc               取消筛选
e                 把文件复制到当前目录
鼠标              单击选择，再次单击打开，滚轮移动
q、Ctrl-C         退出

+ 新增   ~ 更改   - 移除";
