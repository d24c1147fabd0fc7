//! Why bytes are waste.

use serde::{Deserialize, Serialize};

use crate::language::Text;

/// Why bytes of a layer are waste. Each entry has at most one cause: the first of this list that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A higher layer removed it; and the marker that says so.
    Deleted,
    /// A higher layer has the same bytes at the same path, with other metadata.
    CopiedUp,
    /// A higher layer, or a later entry of the same layer, has other bytes at the same path.
    Overwritten,
    /// A higher layer lists the directory again.
    ListedAgain,
    /// Version control.
    VersionControl,
    /// What package managers download and keep.
    PackageCache,
    /// Lists of packages that could be installed.
    PackageLists,
    /// Compiled forms that the program makes itself: `.pyc`.
    CompiledCache,
    /// Temporary files, logs, histories of shells, core dumps.
    Temporary,
    /// What a `.dockerignore` keeps out: editors' files, build recipes, reports of test runs.
    BuildContext,
    /// Debug information: files of it, and sections in programs.
    DebugSymbols,
    /// Compilers and what else only builds need.
    BuildTools,
    /// Headers and what tells compilers where they are.
    Headers,
    /// Libraries to link against at build time.
    StaticLibraries,
    /// Tests of packages.
    Tests,
    /// Manual pages.
    ManualPages,
    /// Documentation.
    Documentation,
    /// Translations and locales.
    Locales,
    /// The same bytes are in another file.
    Duplicate,
}

/// Every cause, in the order of precedence.
pub const CAUSES: &[Cause] = &[
    Cause::Deleted,
    Cause::CopiedUp,
    Cause::Overwritten,
    Cause::ListedAgain,
    Cause::VersionControl,
    Cause::PackageCache,
    Cause::PackageLists,
    Cause::CompiledCache,
    Cause::Temporary,
    Cause::BuildContext,
    Cause::DebugSymbols,
    Cause::BuildTools,
    Cause::Headers,
    Cause::StaticLibraries,
    Cause::Tests,
    Cause::ManualPages,
    Cause::Documentation,
    Cause::Locales,
    Cause::Duplicate,
];

/// Causes that belong together: few enough to have a colour each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// In a layer, and not in the final tree.
    Hidden,
    /// What can be fetched or made again.
    Caches,
    /// What is needed to build, not to run.
    Building,
    /// What people read.
    Reading,
    /// What is there twice.
    Twice,
}

/// Every family, in the order of their causes.
pub const FAMILIES: [Family; 5] =
    [Family::Hidden, Family::Caches, Family::Building, Family::Reading, Family::Twice];

impl Family {
    /// Its place in [`FAMILIES`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What it is, in few words.
    pub const fn title(self) -> Text {
        let (en, zh) = match self {
            Self::Hidden => ("in layers only", "仅存在于层中"),
            Self::Caches => ("caches and temporary files", "缓存与临时文件"),
            Self::Building => ("for building and debugging", "构建与调试所需"),
            Self::Reading => ("manuals, documentation, locales", "手册、文档与区域设置"),
            Self::Twice => ("the same content twice", "内容重复"),
        };
        Text { en, zh }
    }
}

impl Cause {
    /// Which others it belongs to.
    pub const fn family(self) -> Family {
        match self {
            Self::Deleted | Self::CopiedUp | Self::Overwritten | Self::ListedAgain => {
                Family::Hidden
            }
            Self::PackageCache | Self::PackageLists | Self::CompiledCache | Self::Temporary => {
                Family::Caches
            }
            Self::VersionControl
            | Self::BuildContext
            | Self::DebugSymbols
            | Self::BuildTools
            | Self::Headers
            | Self::StaticLibraries
            | Self::Tests => Family::Building,
            Self::ManualPages | Self::Documentation | Self::Locales => Family::Reading,
            Self::Duplicate => Family::Twice,
        }
    }

    /// Its name: `copied-up`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::CopiedUp => "copied-up",
            Self::Overwritten => "overwritten",
            Self::ListedAgain => "listed-again",
            Self::VersionControl => "version-control",
            Self::PackageCache => "package-cache",
            Self::PackageLists => "package-lists",
            Self::CompiledCache => "compiled-cache",
            Self::Temporary => "temporary",
            Self::BuildContext => "build-context",
            Self::DebugSymbols => "debug-symbols",
            Self::BuildTools => "build-tools",
            Self::Headers => "headers",
            Self::StaticLibraries => "static-libraries",
            Self::Tests => "tests",
            Self::ManualPages => "manual-pages",
            Self::Documentation => "documentation",
            Self::Locales => "locales",
            Self::Duplicate => "duplicate",
        }
    }

    /// The cause called `id`, with or without `JW-` in front.
    pub fn find(id: &str) -> Option<Self> {
        let id = id.strip_prefix("JW-").unwrap_or(id);
        CAUSES.iter().copied().find(|cause| cause.id().eq_ignore_ascii_case(id))
    }

    /// Whether no container sees the bytes.
    pub const fn is_hidden(self) -> bool {
        matches!(self.family(), Family::Hidden)
    }

    /// What it means, what counts and what to do.
    pub const fn explanation(self) -> Text {
        let (en, zh) = match self {
            Self::Deleted => (
                "A layer only adds: what a later layer removes stays in the one that brought it, and a marker is added that hides it. Everything that a marker hides counts, and the marker.\n\nRemove it in the RUN that makes it. What COPY brings for a moment, mount instead: `RUN --mount=type=bind`.",
                "层只能增加内容：后面的层删除的文件仍留在原来的层中，还会多一个隐藏标记。被标记隐藏的全部内容及标记本身都计入。\n\n请在生成它的 RUN 中删除；临时需要的文件用 `RUN --mount=type=bind` 挂载，而不是 COPY。",
            ),
            Self::CopiedUp => (
                "`chown`, `chmod` and `touch` write the whole file again into their layer. The copy below it, which nobody sees any more, counts; its bytes are the same.\n\n`COPY --chown=app:app --chmod=755`, or do it in the RUN that makes the files.",
                "`chown`、`chmod` 和 `touch` 会把整个文件再写入其所在的层。下面那份不再可见的副本计入浪费，其内容完全相同。\n\n使用 `COPY --chown=app:app --chmod=755`，或在生成文件的 RUN 中完成。",
            ),
            Self::Overwritten => (
                "A later layer, or a later entry of the same layer, has another file at the path, or something else in place of the directory. What is no longer seen counts.\n\nWrite it once: merge the instructions, or copy only what is not there yet.",
                "后面的层（或同一层中后面的条目）在该路径写入了其他文件，或以其他内容取代了目录。不再可见的部分计入。\n\n只写一次：合并指令，或只复制尚不存在的内容。",
            ),
            Self::ListedAgain => (
                "A layer lists the directories in which it changes something, 512 bytes each. Of several listings the last one counts for a container; the others are waste. `jettison squash` writes each once.",
                "层会列出其中有改动的目录，每个 512 字节。多次列出时只有最后一次有效，其余为浪费。`jettison squash` 使其只写一次。",
            ),
            Self::VersionControl => (
                "`.git` and its like hold every version of every file, and what was removed from the sources for good reason.\n\n`**/.git` in `.dockerignore`; `git clone --depth 1 … && rm -rf .git` in one RUN.",
                "`.git` 等目录保存每个文件的所有版本，包括有意从源码中删除的内容。\n\n在 `.dockerignore` 中写入 `**/.git`；或在一个 RUN 中 `git clone --depth 1 … && rm -rf .git`。",
            ),
            Self::PackageCache => (
                "What package managers downloaded and keep in case they need it again: archives of apt, apk, dnf, pip, npm, yarn, gem, Go, cargo, Maven, Gradle, NuGet and others, by their directories.\n\n`RUN --mount=type=cache,target=…` keeps it for the next build and out of the image.",
                "包管理器下载并保留的内容：apt、apk、dnf、pip、npm、yarn、gem、Go、cargo、Maven、Gradle、NuGet 等的缓存目录。\n\n`RUN --mount=type=cache,target=…` 使其保留到下次构建，而不进入镜像。",
            ),
            Self::PackageLists => (
                "Lists of everything that could be installed. They are old the next day, and fetched again by the next install.\n\n`rm -rf /var/lib/apt/lists/*` in the same RUN; `apk add --no-cache`; `dnf clean all`.",
                "所有可安装软件包的列表。第二天就已过期，下次安装时会重新获取。\n\n在同一个 RUN 中 `rm -rf /var/lib/apt/lists/*`；`apk add --no-cache`；`dnf clean all`。",
            ),
            Self::CompiledCache => (
                "`.pyc` files beside their sources: Python makes them where it may write. They make the first start faster; whoever wants that leaves them. Compiled files without a source do not count: they are the program.\n\n`ENV PYTHONDONTWRITEBYTECODE=1`, `pip install --no-compile`.",
                "与源文件并存的 `.pyc`：Python 在可写时会自行生成。它们能加快首次启动；若需要可保留。没有源文件的编译文件不计入：它们就是程序本身。\n\n`ENV PYTHONDONTWRITEBYTECODE=1`，`pip install --no-compile`。",
            ),
            Self::Temporary => (
                "Files below /tmp, /var/tmp, /var/log and /var/backups, histories of shells, backups of account files and of package databases. Directories stay, since programs expect them, and so do logs that are links to standard output.\n\nRemove them in the RUN that makes them.",
                "/tmp、/var/tmp、/var/log、/var/backups 下的文件，shell 历史，账户文件与软件包数据库的备份。目录会保留，因为程序需要；指向标准输出的日志链接也会保留。\n\n请在生成它们的 RUN 中删除。",
            ),
            Self::BuildContext => (
                "What a `.dockerignore` keeps out: settings of editors and CI, Dockerfiles and compose files, caches of test runners.\n\nThe lines to write are in the report.",
                "`.dockerignore` 应排除的内容：编辑器与 CI 配置、Dockerfile 与 compose 文件、测试缓存。\n\n报告中给出了应写入的行。",
            ),
            Self::DebugSymbols => (
                "Files of debug information (`/usr/lib/debug`, `.debug`, `.dwo`, `.pdb`), and within programs and libraries the sections that are not loaded. Of the latter only those sections count.\n\n`strip --strip-unneeded`, or `-ldflags '-s -w'` and `strip = true` for Go and Rust.",
                "调试信息文件（`/usr/lib/debug`、`.debug`、`.dwo`、`.pdb`），以及程序和库中不会被加载的节。后者只计入这些节。\n\n`strip --strip-unneeded`；Go 用 `-ldflags '-s -w'`，Rust 用 `strip = true`。",
            ),
            Self::BuildTools => (
                "Files of compilers and build systems, by the packages that own them, in an image that runs a program. Images that start a shell, an interpreter or a build tool are made to build with; there nothing of this counts.\n\nBuild in a stage of its own: `FROM … AS build`, `COPY --from=build`.",
                "在运行程序的镜像中，属于编译器和构建系统软件包的文件。启动 shell、解释器或构建工具的镜像本就用于构建，不计入。\n\n在单独的阶段中构建：`FROM … AS build`，`COPY --from=build`。",
            ),
            Self::Headers => (
                "`/usr/include`, pkg-config and CMake files, and everything of `-dev` and `-devel` packages, in an image that runs a program.\n\nBuild in a stage of its own.",
                "在运行程序的镜像中的 `/usr/include`、pkg-config 与 CMake 文件，以及 `-dev`、`-devel` 软件包的全部文件。\n\n请在单独的阶段中构建。",
            ),
            Self::StaticLibraries => (
                "`.a`, `.la` and `.o` files: only linkers read them.\n\nBuild in a stage of its own.",
                "`.a`、`.la` 和 `.o` 文件：只有链接器会读取。\n\n请在单独的阶段中构建。",
            ),
            Self::Tests => (
                "Directories of tests in installed packages of Python, Node.js and Ruby, by the customs of each.\n\n`jettison slim` leaves them out.",
                "已安装的 Python、Node.js 与 Ruby 软件包中的测试目录（按各语言的惯例）。\n\n`jettison slim` 会去掉它们。",
            ),
            Self::ManualPages => (
                "`share/man`. Nobody reads them in a container.\n\n`path-exclude=/usr/share/man/*` in dpkg's configuration, `--nodocs` for dnf; a slim base has none.",
                "`share/man`。容器中没有人阅读。\n\n在 dpkg 配置中写 `path-exclude=/usr/share/man/*`，dnf 用 `--nodocs`；slim 基础镜像不含这些内容。",
            ),
            Self::Documentation => (
                "`share/doc`, `share/info` and their like, and readmes and examples of language packages. Licences and copyright files do not count: they have to be passed on.\n\nAs for manual pages.",
                "`share/doc`、`share/info` 等，以及语言软件包的 README 和示例。许可证与版权文件不计入：它们必须随程序分发。\n\n处理方法同手册页。",
            ),
            Self::Locales => (
                "Translations and locales but those of the languages that the image's `LANG` and `LC_…` set.\n\n`path-exclude=/usr/share/locale/*`, `localedef` for the one that is needed.",
                "翻译与区域设置，镜像的 `LANG` 与 `LC_…` 所设语言除外。\n\n`path-exclude=/usr/share/locale/*`；需要的语言用 `localedef` 生成。",
            ),
            Self::Duplicate => (
                "Files of at least 4096 bytes whose content another file with the same permissions, owner and attributes has, too, and that no other cause claims. The first one stays; of the others the content counts, not the header, which a link needs as well.\n\n`ln`, or do not copy it twice.",
                "内容与另一文件相同（权限、所有者与属性也相同）、不少于 4096 字节且不属于其他原因的文件。第一个保留；其余只计入内容，不计入文件头，因为链接也需要文件头。\n\n使用 `ln`，或不要复制两次。",
            ),
        };
        Text { en, zh }
    }

    /// What it is, in few words.
    pub const fn title(self) -> Text {
        let (en, zh) = match self {
            Self::Deleted => ("removed by a later layer", "被后面的层删除"),
            Self::CopiedUp => {
                ("copied by chown, chmod or touch", "因 chown、chmod 或 touch 而被复制")
            }
            Self::Overwritten => ("overwritten by a later layer", "被后面的层覆盖"),
            Self::ListedAgain => ("directories listed again", "目录被重复记录"),
            Self::VersionControl => ("version control", "版本控制数据"),
            Self::PackageCache => ("caches of package managers", "包管理器缓存"),
            Self::PackageLists => ("lists of available packages", "可用软件包列表"),
            Self::CompiledCache => ("compiled caches", "编译缓存"),
            Self::Temporary => ("temporary files and logs", "临时文件与日志"),
            Self::BuildContext => ("files for developers", "开发者文件"),
            Self::DebugSymbols => ("debug information", "调试信息"),
            Self::BuildTools => ("build tools", "构建工具"),
            Self::Headers => ("headers", "头文件"),
            Self::StaticLibraries => ("static libraries", "静态库"),
            Self::Tests => ("tests of packages", "软件包自带的测试"),
            Self::ManualPages => ("manual pages", "手册页"),
            Self::Documentation => ("documentation", "文档"),
            Self::Locales => ("translations and locales", "翻译与区域设置"),
            Self::Duplicate => ("the same content twice", "内容重复"),
        };
        Text { en, zh }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_the_order_is_that_of_precedence() {
        for cause in CAUSES {
            assert_eq!(Cause::find(cause.id()), Some(*cause));
            let json = serde_json::to_string(cause).expect("a string");
            assert_eq!(json, format!("\"{}\"", cause.id()));
        }
        assert!(CAUSES.is_sorted());
        assert!(FAMILIES.iter().enumerate().all(|(place, family)| family.index() == place));
        assert_eq!(Cause::find("JW-tests"), Some(Cause::Tests));
        assert_eq!(Cause::find("nothing"), None);
    }
}
