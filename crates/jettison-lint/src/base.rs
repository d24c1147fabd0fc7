//! What a FROM provides: distribution, package manager, shell, libc, JDK. The image itself says so when somebody could
//! look into it; else its name does, by the tables here.
//!
//! Sources: the official images' documentation on Docker Hub and their Dockerfiles, as of 2026.

use std::sync::Arc;

use crate::{
    finding::Message,
    image_facts::{ImageFacts, Libc, Origin},
    image_name::ImageName,
};

/// A family of distributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum System {
    Debian,
    Alpine,
    RedHat,
    Suse,
    Arch,
    Busybox,
    Distroless,
    Scratch,
    Windows,
    Unknown,
}

/// What is known of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) name: ImageName,
    pub(crate) system: System,
    /// Major version of the Java platform in it.
    pub(crate) java: Option<u32>,
    /// What was found in the image itself.
    pub(crate) facts: Option<Arc<ImageFacts>>,
}

/// Tags of Debian's and Ubuntu's releases, and of their small variants.
const DEBIAN_TAGS: &[&str] = &[
    "trixie", "bookworm", "bullseye", "buster", "stretch", "jessie", "wheezy", "slim", "noble",
    "jammy", "focal", "bionic", "xenial", "trusty", "debian", "ubuntu",
];

/// Images built on Debian or Ubuntu unless their tag says otherwise.
const DEBIAN_IMAGES: &[&str] = &[
    "debian",
    "ubuntu",
    "node",
    "python",
    "golang",
    "ruby",
    "php",
    "rust",
    "perl",
    "maven",
    "gradle",
    "postgres",
    "redis",
    "nginx",
    "httpd",
    "mongo",
    "tomcat",
    "eclipse-temurin",
    "buildpack-deps",
    "rabbitmq",
    "wordpress",
    "drupal",
    "mariadb",
    "haproxy",
    "memcached",
    "elixir",
    "erlang",
    "haskell",
    "gcc",
    "julia",
    "r-base",
    "jetty",
    "pypy",
    "swift",
    "dart",
    "neo4j",
    "solr",
    "cassandra",
    "logstash",
    "kibana",
    "elasticsearch",
    "odoo",
    "ghost",
];

const RED_HAT_IMAGES: &[&str] = &[
    "centos",
    "rockylinux",
    "almalinux",
    "fedora",
    "oraclelinux",
    "amazonlinux",
    "photon",
    "amazoncorretto",
    "rhel",
    "rhel7",
    "sl",
];

impl Base {
    pub(crate) fn unknown() -> Self {
        Self { name: ImageName::default(), system: System::Unknown, java: None, facts: None }
    }

    pub(crate) fn scratch() -> Self {
        Self { system: System::Scratch, ..Self::unknown() }
    }

    /// What is known of the image called `name`: `facts`, when it was looked into, before what the name says.
    pub(crate) fn of(name: &ImageName, facts: Option<Arc<ImageFacts>>) -> Self {
        let system = facts.as_deref().and_then(system_in).unwrap_or_else(|| system_of(name));
        let java = facts.as_deref().and_then(ImageFacts::java).or_else(|| java_of(name));
        Self { name: name.clone(), system, java, facts }
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.system == System::Windows
    }

    /// Package managers in it; none when that is not known.
    pub(crate) fn managers(&self) -> Option<Vec<&'static str>> {
        if let Some(facts) = self.facts.as_deref().filter(|facts| facts.has_all_programs) {
            let known = MANAGERS.iter().copied();
            return Some(known.filter(|name| facts.programs.contains(*name)).collect());
        }
        Some(match self.system {
            System::Debian => vec!["apt-get", "apt", "aptitude", "dpkg"],
            System::Alpine => vec!["apk"],
            System::RedHat => vec!["yum", "dnf", "microdnf", "tdnf", "rpm"],
            System::Suse => vec!["zypper", "rpm"],
            System::Arch => vec!["pacman"],
            System::Busybox | System::Distroless | System::Scratch => Vec::new(),
            System::Windows | System::Unknown => return None,
        })
    }

    /// Whether programs are linked against musl.
    pub(crate) fn is_musl(&self) -> bool {
        self.libc() == Some(Libc::Musl)
    }

    /// Whether programs are linked against glibc.
    pub(crate) fn is_glibc(&self) -> bool {
        self.libc() == Some(Libc::Glibc)
    }

    fn libc(&self) -> Option<Libc> {
        let found = self.facts.as_deref().and_then(|facts| facts.libc);
        found.or(match self.system {
            System::Alpine => Some(Libc::Musl),
            System::Debian | System::RedHat => Some(Libc::Glibc),
            _ => None,
        })
    }

    /// Whether there is no shell.
    pub(crate) fn has_no_shell(&self) -> bool {
        if let Some(facts) = self.facts.as_deref().filter(|facts| facts.has_all_programs) {
            return facts.shell.is_none() && self.system != System::Windows;
        }
        let tag = self.name.tag.as_deref().unwrap_or_default();
        match self.system {
            System::Scratch => true,
            System::Distroless => !tag.contains("debug") && !tag.contains("dev"),
            _ => false,
        }
    }

    /// Whether the image certainly does not hold `program`.
    pub(crate) fn lacks(&self, program: &str) -> bool {
        match self.facts.as_deref().filter(|facts| facts.has_all_programs) {
            Some(facts) => facts.lacks(program),
            None => match self.system {
                System::Scratch => true,
                System::Distroless => self.has_no_shell() && SHELL_TOOLS.contains(&program),
                _ => absent_by_name(&self.name).contains(&program),
            },
        }
    }

    /// Where it was looked up, to stand behind a message; empty when the name alone told it.
    pub(crate) fn looked_up(&self) -> Message {
        let (en, zh) = match self.facts.as_deref().map(|facts| facts.origin) {
            None => ("", ""),
            Some(Origin::Store) => {
                (" (looked up in the image in the local store)", "（查自本地镜像库中的镜像）")
            }
            Some(Origin::Registry) => {
                (" (looked up in the image in its registry)", "（查自仓库中的镜像）")
            }
        };
        Message { en: en.to_owned(), zh: zh.to_owned() }
    }
}

/// Package managers that a RUN may call.
pub(crate) const MANAGERS: &[&str] =
    &["apt-get", "apt", "aptitude", "apk", "yum", "dnf", "microdnf", "tdnf", "zypper", "pacman"];

/// Programs of which images without a shell have none.
const SHELL_TOOLS: &[&str] =
    &["curl", "wget", "sh", "bash", "ash", "nc", "cat", "test", "ls", "grep"];

/// Programs that images are often believed to hold: beginnings of the name, which tags, what is not there. The
/// Dockerfiles of these images remove what they fetched the language with.
fn absent_by_name(name: &ImageName) -> &'static [&'static str] {
    let tag = name.tag.as_deref().unwrap_or_default();
    if !name.is_official() {
        return &[];
    }
    let repository = name.repository.as_str();
    let is_slim = tag.contains("slim");
    match repository {
        "debian" | "ubuntu" => &["curl", "wget"],
        "python" | "node" | "ruby" | "rust" | "perl" | "openjdk" if is_slim => &["curl", "wget"],
        "alpine" => &["curl", "bash"],
        "python" | "node" | "golang" | "rust" | "ruby" if tag.contains("alpine") => &["curl"],
        "busybox" => &["curl", "bash"],
        _ => &[],
    }
}

/// The family that os-release names.
fn system_in(facts: &ImageFacts) -> Option<System> {
    if facts.os == "windows" {
        return Some(System::Windows);
    }
    Some(match facts.system.as_str() {
        "debian" | "ubuntu" | "raspbian" | "kali" | "devuan" | "linuxmint" | "pop"
            if facts.has_all_programs && facts.shell.is_none() =>
        {
            System::Distroless
        }
        "debian" | "ubuntu" | "raspbian" | "kali" | "devuan" | "linuxmint" | "pop" => {
            System::Debian
        }
        "alpine" | "postmarketos" => System::Alpine,
        "fedora" | "rhel" | "centos" | "rocky" | "almalinux" | "ol" | "amzn" | "photon"
        | "mariner" | "azurelinux" | "cloudlinux" | "scientific" => System::RedHat,
        "sles" | "sled" | "sle_hpc" | "sl-micro" => System::Suse,
        "arch" | "archarm" | "manjaro" | "artix" => System::Arch,
        id if id.starts_with("opensuse") => System::Suse,
        "" if facts.shell.as_deref() == Some("busybox") => System::Busybox,
        _ => return None,
    })
}

fn system_of(name: &ImageName) -> System {
    let tag = name.tag.as_deref().unwrap_or_default();
    let short = name.short();
    let path = format!("{}/{}", name.registry, name.repository);
    let windows = ["windowsservercore", "nanoserver", "ltsc20", "windows"];
    if path.contains("mcr.microsoft.com/windows")
        || windows.iter().any(|word| tag.contains(word))
        || windows[..2].iter().any(|word| short.contains(word))
    {
        return System::Windows;
    }
    if name.repository.starts_with("distroless/") || path.contains("cgr.dev/chainguard/") {
        return System::Distroless;
    }
    if short == "alpine" || short.starts_with("alpine-") || tag.contains("alpine") {
        return System::Alpine;
    }
    if short == "busybox" {
        return System::Busybox;
    }
    if RED_HAT_IMAGES.contains(&short) || is_universal_base(short) || path.contains("redhat.com/") {
        return System::RedHat;
    }
    if path.contains("opensuse") || path.contains("registry.suse.com") {
        return System::Suse;
    }
    if short.starts_with("archlinux") {
        return System::Arch;
    }
    let is_debian = name.is_official() && DEBIAN_IMAGES.contains(&short);
    if is_debian || DEBIAN_TAGS.iter().any(|word| tag.contains(word)) {
        return System::Debian;
    }
    System::Unknown
}

/// Whether `short` is one of Red Hat's universal base images: `ubi9`, `ubi8-minimal`. Others borrow the name.
fn is_universal_base(short: &str) -> bool {
    let version = short.strip_prefix("ubi").map(|rest| rest.split('-').next().unwrap_or(rest));
    matches!(version, Some("7" | "8" | "9" | "10"))
}

/// Images whose tag begins with the version of Java.
const JAVA_IMAGES: &[&str] = &[
    "openjdk",
    "eclipse-temurin",
    "amazoncorretto",
    "ibm-semeru-runtimes",
    "sapmachine",
    "java",
    "ibmjava",
    "zulu-openjdk",
    "zulu-openjdk-alpine",
    "zulu-openjdk-debian",
    "liberica-openjdk",
];

fn java_of(name: &ImageName) -> Option<u32> {
    let tag = name.tag.as_deref().unwrap_or_default();
    let short = name.short();
    if JAVA_IMAGES.contains(&short) {
        let tag = tag.strip_prefix("open-").unwrap_or(tag);
        return leading_number(tag.strip_prefix("1.").unwrap_or(tag));
    }
    for marker in ["openjdk", "temurin-", "corretto-", "jdk-", "jre-", "jdk", "jre", "java"] {
        for text in [tag, short] {
            let after = text.split(marker).nth(1).unwrap_or_default();
            if let Some(version) = leading_number(after.trim_start_matches('-')) {
                return Some(version);
            }
        }
    }
    None
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..digits].parse().ok().filter(|version| (6..100).contains(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(name: &str) -> Base {
        Base::of(&ImageName::parse(name), None)
    }

    #[test]
    fn systems() {
        let cases = [
            ("node:20-alpine", System::Alpine),
            ("python", System::Debian),
            ("bitnami/python", System::Unknown),
            ("mcr.microsoft.com/dotnet/sdk:8.0-jammy", System::Debian),
            ("mcr.microsoft.com/windows/servercore:ltsc2022", System::Windows),
            ("gcr.io/distroless/static-debian12", System::Distroless),
            ("registry.access.redhat.com/ubi9/ubi-minimal", System::RedHat),
            ("redhat/ubi9-minimal", System::RedHat),
            ("registry.example.org/library/ubi17", System::Unknown),
            ("opensuse/leap:15", System::Suse),
            ("busybox", System::Busybox),
        ];
        for (name, system) in cases {
            assert_eq!(base(name).system, system, "{name}");
        }
    }

    #[test]
    fn java_versions() {
        let cases = [
            ("openjdk:11-jre-slim-buster", Some(11)),
            ("openjdk:8u212-jdk", Some(8)),
            ("maven:3.8-jdk-11-slim", Some(11)),
            ("maven:3.9-eclipse-temurin-17", Some(17)),
            ("adoptopenjdk/openjdk11:alpine", Some(11)),
            ("java:8", Some(8)),
            ("debian:12", None),
            ("node:20", None),
        ];
        for (name, java) in cases {
            assert_eq!(base(name).java, java, "{name}");
        }
    }
}
