//! What a FROM provides, from the image's name: distribution, package manager, libc, JDK.
//!
//! Sources: the official images' documentation on Docker Hub and their Dockerfiles, as of 2026.

use crate::image_name::ImageName;

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
        Self { name: ImageName::default(), system: System::Unknown, java: None }
    }

    pub(crate) fn scratch() -> Self {
        Self { system: System::Scratch, ..Self::unknown() }
    }

    /// What `name` says about its image.
    pub(crate) fn of(name: &ImageName) -> Self {
        Self { name: name.clone(), system: system_of(name), java: java_of(name) }
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.system == System::Windows
    }

    /// Package managers of the system; none when the system is not known.
    pub(crate) fn managers(&self) -> Option<&'static [&'static str]> {
        Some(match self.system {
            System::Debian => &["apt-get", "apt", "aptitude", "dpkg"],
            System::Alpine => &["apk"],
            System::RedHat => &["yum", "dnf", "microdnf", "tdnf", "rpm"],
            System::Suse => &["zypper", "rpm"],
            System::Arch => &["pacman"],
            System::Busybox | System::Distroless | System::Scratch => &[],
            System::Windows | System::Unknown => return None,
        })
    }

    /// Whether programs are linked against musl.
    pub(crate) fn is_musl(&self) -> bool {
        self.system == System::Alpine
    }

    /// Whether there is no shell.
    pub(crate) fn has_no_shell(&self) -> bool {
        let tag = self.name.tag.as_deref().unwrap_or_default();
        match self.system {
            System::Scratch => true,
            System::Distroless => !tag.contains("debug") && !tag.contains("dev"),
            _ => false,
        }
    }
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
    if RED_HAT_IMAGES.contains(&short) || short.starts_with("ubi") || path.contains("redhat.com/") {
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
        Base::of(&ImageName::parse(name))
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
