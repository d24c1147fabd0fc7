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

impl Cause {
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
        matches!(self, Self::Deleted | Self::CopiedUp | Self::Overwritten | Self::ListedAgain)
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
        assert_eq!(Cause::find("JW-tests"), Some(Cause::Tests));
        assert_eq!(Cause::find("nothing"), None);
    }
}
