//! Texts of `slim` and `doctor`.

use super::Words;

/// Texts of reports and progress. Braces stand for values, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    Opening,
    Indexing,
    RunningFat,
    RunningAgain,
    Probing,
    Deciding,
    RunningGhosts,
    StartingNeighbour,
    RunningOther,
    RunningOutside,
    BrowseTo,
    Writing,
    WritingRest,
    RunningStrict,
    Saving,
    PressEnter,
    WaitingForSignal,
    Before,
    After,
    Smaller,
    Files,
    Layers,
    Equal,
    NotEqual,
    Requests(usize),
    Commands(usize),
    HealthChecks(usize),
    Sockets(usize),
    Nothing,
    ListComma,
    AllEqual,
    Differences(usize),
    Written,
    NotWritten,
    BiggestDropped,
    Cost,
    Time,
    Warnings,
    /// What rules wanted that were switched off.
    Risks,
    /// One such rule: its name, how many paths, the first, why.
    Risk,
    RestWritten,
    Tier,
    NoTier,
    Missing,
    Works,
    WorksOnDisk,
}

impl Words for Text {
    fn both(self) -> (&'static str, &'static str) {
        match self {
            Text::Opening => ("reading {}", "读取 {}"),
            Text::Indexing => ("indexing {} layers", "为 {} 个层建立索引"),
            Text::RunningFat => ("running the fat image", "运行原镜像"),
            Text::RunningAgain => (
                "running the fat image again to learn what varies",
                "再次运行原镜像，以了解哪些内容会变化",
            ),
            Text::Probing => ("probing port {}", "探测端口 {}"),
            Text::Deciding => ("deciding what stays", "决定保留哪些文件"),
            Text::RunningGhosts => {
                ("running what stays, watching for what is missed", "运行保留的部分，观察缺少什么")
            }
            Text::StartingNeighbour => ("starting {} beside it", "在旁边启动 {}"),
            Text::RunningOther => ("also running {}", "另外运行 {}"),
            Text::RunningOutside => ("running {} against it", "对其运行 {}"),
            Text::BrowseTo => ("the image is at {}", "镜像位于 {}"),
            Text::Writing => ("writing layers", "写出各层"),
            Text::WritingRest => ("putting what is dropped into an image", "将去掉的内容写成镜像"),
            Text::RunningStrict => ("running the slim image and comparing", "运行精简镜像并比较"),
            Text::Saving => ("saving {}", "保存 {}"),
            Text::PressEnter => {
                ("the image is running; press Enter to go on", "镜像正在运行；按回车键继续")
            }
            Text::WaitingForSignal => (
                "the image is running; send SIGUSR1 to process {} to go on",
                "镜像正在运行；向进程 {} 发送 SIGUSR1 以继续",
            ),
            Text::Before => ("before", "之前"),
            Text::After => ("after", "之后"),
            Text::Smaller => ("{} times smaller", "缩小到 1/{}"),
            Text::Files => ("files", "文件"),
            Text::Layers => ("layers", "层"),
            Text::Equal => ("verified: {}", "已验证：{}"),
            Text::NotEqual => ("not proven: {}", "未能证明：{}"),
            Text::Requests(1) => ("{} request", "{} 个请求"),
            Text::Requests(_) => ("{} requests", "{} 个请求"),
            Text::Commands(1) => ("{} command", "{} 条命令"),
            Text::Commands(_) => ("{} commands", "{} 条命令"),
            Text::HealthChecks(1) => ("{} health check", "{} 次健康检查"),
            Text::HealthChecks(_) => ("{} health checks", "{} 次健康检查"),
            Text::Sockets(1) => ("{} socket", "{} 个套接字"),
            Text::Sockets(_) => ("{} sockets", "{} 个套接字"),
            Text::Nothing => ("nothing", "没有可比较的内容"),
            Text::ListComma => (", ", "、"),
            Text::AllEqual => ("{}: equal", "{}：全部相同"),
            Text::Differences(1) => ("{}: {} difference", "{}：{} 处不同"),
            Text::Differences(_) => ("{}: {} differences", "{}：{} 处不同"),
            Text::Written => ("written: {}", "已写出：{}"),
            Text::NotWritten => ("nothing was written", "没有写出任何内容"),
            Text::BiggestDropped => ("biggest things dropped", "去掉的最大部分"),
            Text::Cost => ("kept by rule", "各规则保留的内容"),
            Text::Time => ("time", "用时"),
            Text::Warnings => ("to look at", "请注意"),
            Text::Risks => ("dropped, would be needed for", "已去掉，但可能需要"),
            Text::Risk => ("{}: {} paths, {} first ({})", "{}：{} 个路径，首个为 {}（{}）"),
            Text::RestWritten => {
                ("what was dropped: {} (jettison restore)", "去掉的内容：{}（jettison restore）")
            }
            Text::Tier => ("images run here in tier {}: {}", "此机器以第 {} 级运行镜像：{}"),
            Text::NoTier => ("images cannot be run here", "此机器无法运行镜像"),
            Text::Missing => ("missing", "缺少"),
            Text::Works => ("works", "可用"),
            Text::WorksOnDisk => (
                "works; what an image writes goes to disk: before Linux 6.6 memory (tmpfs) has no user extended attributes",
                "可用；镜像写入的内容放到磁盘上：Linux 6.6 之前，内存（tmpfs）没有用户扩展属性",
            ),
        }
    }
}
