//! JVM options in a Dockerfile: on command lines and in the variables that JVMs read.
//!
//! Sources: JDK release notes ("Removed Features and Options"), `java -XX:+PrintFlagsFinal` of 8, 11, 17 and 21, and
//! HotSpot's own tables of each version: `special_jvm_flags` of `arguments.cpp` (deprecated, obsolete and expired in),
//! `globals.hpp` and the collectors' `*_globals.hpp` (experimental or not). Names and versions are facts; no text is
//! taken over. JEP 333, 377 and 379 (ZGC and Shenandoah become products in 15), 374 (biased locking), 439, 474 and 490
//! (ZGC's generations), 450 and 519 (compact headers), 350 and JDK-8261455 (archives of classes).

use std::ops::Range;

use jettison_dockerfile::{Arguments, Command as Form, Keyword, Word};

use crate::{
    shell::scan,
    subject::{Item, Subject},
};

/// Options that are gone: name, the first version without it, what to use instead. All these
/// keep the JVM from starting.
pub(crate) const REMOVED: &[(&str, u32, &str)] = &[
    ("PrintGCDateStamps", 9, "-Xlog:gc*::time"),
    ("PrintGCTimeStamps", 9, "-Xlog:gc*::uptime"),
    ("PrintHeapAtGC", 9, "-Xlog:gc+heap=trace"),
    ("PrintTenuringDistribution", 9, "-Xlog:gc+age=trace"),
    ("PrintGCApplicationStoppedTime", 9, "-Xlog:safepoint"),
    ("PrintGCApplicationConcurrentTime", 9, "-Xlog:safepoint"),
    ("PrintAdaptiveSizePolicy", 9, "-Xlog:gc+ergo*=trace"),
    ("PrintGCCause", 9, "-Xlog:gc"),
    ("PrintReferenceGC", 9, "-Xlog:gc+ref*=debug"),
    ("PrintPromotionFailure", 9, "-Xlog:promotion"),
    ("UseGCLogFileRotation", 9, "-Xlog:gc:file:time:filecount=5,filesize=10m"),
    ("NumberOfGCLogFiles", 9, "-Xlog:gc:file:time:filecount=5"),
    ("GCLogFileSize", 9, "-Xlog:gc:file:time:filesize=10m"),
    ("UseParNewGC", 11, ""),
    ("UseCGroupMemoryLimitForHeap", 11, "-XX:MaxRAMPercentage"),
    ("UseConcMarkSweepGC", 15, "-XX:+UseG1GC"),
    ("CMSInitiatingOccupancyFraction", 15, ""),
    ("UseCMSInitiatingOccupancyOnly", 15, ""),
    ("CMSParallelRemarkEnabled", 15, ""),
    ("CMSClassUnloadingEnabled", 15, ""),
    ("CMSConcurrentMTEnabled", 15, ""),
    ("CMSScavengeBeforeRemark", 15, ""),
    ("UseParallelOldGC", 16, "-XX:+UseParallelGC"),
    ("UseBiasedLocking", 19, ""),
    ("BiasedLockingStartupDelay", 19, ""),
    ("UseFastAccessorMethods", 10, ""),
    ("UseFastEmptyMethods", 10, ""),
    ("AggressiveOpts", 13, ""),
    ("MaxPermSize", 17, "-XX:MaxMetaspaceSize"),
    ("PermSize", 17, "-XX:MetaspaceSize"),
];

/// Options that still work, with a warning: name, since when, what to use instead.
pub(crate) const DEPRECATED: &[(&str, u32, &str)] = &[
    ("PrintGCDetails", 9, "-Xlog:gc*"),
    ("PrintGC", 9, "-Xlog:gc"),
    ("MaxRAMFraction", 10, "-XX:MaxRAMPercentage"),
    ("MinRAMFraction", 10, "-XX:MinRAMPercentage"),
    ("InitialRAMFraction", 10, "-XX:InitialRAMPercentage"),
    ("ZGenerational", 23, "-XX:+UseZGC alone"),
];

/// Options that older JVMs do not know, so that they do not start: name, the first version with it. Nothing is said of
/// what updates of 8 brought, since tags often do not tell the update.
pub(crate) const INTRODUCED: &[(&str, u32)] = &[
    ("MetaspaceSize", 8),
    ("MaxMetaspaceSize", 8),
    ("UseStringDeduplication", 8),
    ("ExitOnOutOfMemoryError", 8),
    ("UseZGC", 11),
    ("UseEpsilonGC", 11),
    ("ArchiveClassesAtExit", 13),
    ("AutoCreateSharedArchive", 19),
    ("ZGenerational", 21),
    ("UseCompactObjectHeaders", 24),
];

/// Options that need `-XX:+UnlockExperimentalVMOptions`: name, and the versions in which they do.
pub(crate) const EXPERIMENTAL: &[(&str, Range<u32>)] = &[
    ("G1NewSizePercent", 8..NEVER),
    ("G1MaxNewSizePercent", 8..NEVER),
    ("G1MixedGCLiveThresholdPercent", 8..NEVER),
    ("G1OldCSetRegionThresholdPercent", 8..NEVER),
    ("UseCGroupMemoryLimitForHeap", 8..11),
    ("UseEpsilonGC", 11..NEVER),
    ("UseZGC", 11..15),
    ("UseShenandoahGC", 12..15),
    ("UseCompactObjectHeaders", 24..25),
];

/// Not in any version so far.
const NEVER: u32 = u32::MAX;

/// Whether an option of this name has to be unlocked in `java`; in an unknown version, whether it has to in all.
pub(crate) fn is_experimental(name: &str, java: Option<u32>) -> bool {
    let versions =
        EXPERIMENTAL.iter().find(|(known, _)| *known == name).map(|(_, versions)| versions);
    versions.is_some_and(|versions| match java {
        Some(version) => versions.contains(&version),
        None => versions.end == NEVER,
    })
}

/// Options whose letter case is often got wrong.
pub(crate) const KNOWN: &[&str] = &[
    "MaxRAM",
    "MaxRAMPercentage",
    "MinRAMPercentage",
    "InitialRAMPercentage",
    "MaxMetaspaceSize",
    "MetaspaceSize",
    "UseG1GC",
    "UseSerialGC",
    "UseParallelGC",
    "UseZGC",
    "UseContainerSupport",
    "ParallelGCThreads",
    "ConcGCThreads",
    "HeapDumpOnOutOfMemoryError",
    "HeapDumpPath",
    "ExitOnOutOfMemoryError",
    "MaxGCPauseMillis",
    "MinHeapFreeRatio",
    "MaxHeapFreeRatio",
    "GCTimeRatio",
    "AdaptiveSizePolicyWeight",
    "UseStringDeduplication",
    "ActiveProcessorCount",
    "UnlockExperimentalVMOptions",
    "G1NewSizePercent",
    "G1HeapRegionSize",
    "G1ReservePercent",
];

/// Variables from which a JVM, or a common start script, takes options.
const VARIABLES: &[&str] = &[
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CATALINA_OPTS",
    "JVM_OPTS",
    "JAVA_OPTIONS",
    "JAVA_ARGS",
    "MAVEN_OPTS",
    "GRADLE_OPTS",
];

/// Those of them that build tools read.
const OF_BUILD_TOOLS: &[&str] = &["MAVEN_OPTS", "GRADLE_OPTS"];

/// An option with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JavaOption {
    /// The option as written.
    pub(crate) text: String,
    /// Its place in the file; with the quotes of a JSON string.
    pub(crate) span: Range<usize>,
    /// The instruction's position.
    pub(crate) position: usize,
    /// Java's version there, when known.
    pub(crate) java: Option<u32>,
    /// Whether it is a JSON string.
    pub(crate) is_quoted: bool,
    /// Whether a build tool's JVM takes it, not the one that runs in the container.
    pub(crate) is_for_builds: bool,
}

impl JavaOption {
    /// The name of a `-XX` option.
    pub(crate) fn name(&self) -> Option<&str> {
        let rest = self.text.strip_prefix("-XX:").or_else(|| self.text.strip_prefix("XX:"))?;
        let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        Some(rest.split(['=', ':']).next().unwrap_or(rest))
    }
}

/// All JVM options of the file.
pub(crate) fn options(subject: &Subject<'_>) -> Vec<JavaOption> {
    let mut found: Vec<JavaOption> = Vec::new();
    let mut of_build_tools: Vec<Range<usize>> = Vec::new();
    for item in &subject.items {
        let java = item.stage.and_then(|stage| subject.bases.get(stage)).and_then(|base| base.java);
        let mut push = |text: &str, span: Range<usize>, is_quoted: bool| {
            if text.starts_with("-X") || text.starts_with("XX:") {
                let (text, position) = (text.to_owned(), item.position);
                let is_for_builds = false;
                found.push(JavaOption { text, span, position, java, is_quoted, is_for_builds });
            }
        };
        match &item.instruction.arguments {
            Arguments::Command(Form::Exec(words)) if is_java_command(item, words) => {
                for word in words {
                    push(&word.text, word.span.clone(), true);
                }
            }
            Arguments::Command(Form::Shell(text)) if item.instruction.keyword != Keyword::Run => {
                if let Some((array, start)) = loose_array(subject, item) {
                    for (word, range) in array {
                        push(&word, start + range.start..start + range.end, true);
                    }
                    continue;
                }
                for command in
                    scan(text.as_str()).commands.iter().filter(|one| one.name() == "java")
                {
                    for word in command.arguments() {
                        push(&word.text, text.source_range(word.range.clone()), false);
                    }
                }
            }
            Arguments::Pairs(pairs) if item.instruction.keyword == Keyword::Env => {
                for pair in pairs.iter().filter(|pair| VARIABLES.contains(&pair.key.text.as_str()))
                {
                    let Some(value) = &pair.value else { continue };
                    for (word, span) in split_value(subject, value) {
                        push(&word, span, false);
                    }
                    if OF_BUILD_TOOLS.contains(&pair.key.text.as_str()) {
                        of_build_tools.push(value.span.clone());
                    }
                }
            }
            _ => {}
        }
    }
    for option in &mut found {
        option.is_for_builds =
            of_build_tools.iter().any(|value| value.contains(&option.span.start));
    }
    found
}

fn is_java_command(item: &Item<'_>, words: &[Word]) -> bool {
    item.instruction.keyword != Keyword::Run
        && words.first().is_some_and(|word| word.text.rsplit('/').next() == Some("java"))
}

/// Strings with their ranges.
type Strings = Vec<(String, Range<usize>)>;

/// The strings of what was meant to be an array for `java` over several lines, and where the
/// text that their ranges count in begins.
fn loose_array(subject: &Subject<'_>, item: &Item<'_>) -> Option<(Strings, usize)> {
    let start = item.instruction.text.source_offset(0);
    let source = subject.file.text().get(start..)?;
    if !source.starts_with("[\"java\"") {
        return None;
    }
    let (_, length) = crate::broken_array::without_comments(source)?;
    let mut strings = Strings::new();
    let mut offset = 0;
    for line in source[..length].split_inclusive('\n') {
        // A comment begins outside of strings: in front of an even number of quotes.
        let is_comment = |at: &usize| line[..*at].matches('"').count() % 2 == 0;
        let end = line.match_indices('#').map(|(at, _)| at).find(is_comment).unwrap_or(line.len());
        let mut quotes = line[..end].match_indices('"').map(|(at, _)| at);
        while let (Some(open), Some(close)) = (quotes.next(), quotes.next()) {
            strings.push((line[open + 1..close].to_owned(), offset + open..offset + close + 1));
        }
        offset += line.len();
    }
    Some((strings, start))
}

/// The words of an ENV value with their places.
fn split_value(subject: &Subject<'_>, value: &Word) -> Strings {
    let source = subject.source(&value.span);
    let mut words = Strings::new();
    let mut offset = 0;
    for piece in source.split_inclusive([' ', '\t', '\n', '"', '\'', '\\']) {
        let bare = piece.trim_end_matches([' ', '\t', '\n', '\r', '"', '\'', '\\']);
        if !bare.is_empty() {
            let start = value.span.start + offset;
            words.push((bare.to_owned(), start..start + bare.len()));
        }
        offset += piece.len();
    }
    words
}
