//! Package URLs.
//!
//! Source: the purl specification and its definitions of types (package-url.org, ECMA-427): namespace, name and version are
//! percent-encoded but for letters, digits, `.-_~` and the colon; qualifiers are sorted; some types fold case.

use std::fmt::Write;

use crate::{Manager, Package, Release};

/// The package URL of a package on a distribution.
///
/// `None` for an artefact of Maven's whose group nobody wrote down: without it, the URL would name another one.
pub(super) fn of(package: &Package, release: &Release) -> Option<String> {
    let mut parts = Parts { name: package.name.clone(), ..Parts::default() };
    parts.version.clone_from(&package.version);
    match package.manager {
        Manager::Dpkg | Manager::Apk | Manager::Rpm => parts.of_system(package, release),
        Manager::Npm => {
            if let Some((scope, name)) = package.name.split_once('/') {
                parts.namespace = vec![scope.to_owned()];
                name.clone_into(&mut parts.name);
            }
        }
        Manager::Wheel => parts.name = package.name.to_lowercase().replace('_', "-"),
        Manager::Composer => {
            let name = package.name.to_lowercase();
            let (vendor, name) = name.split_once('/').unwrap_or(("", &name));
            parts.namespace =
                [vendor].iter().filter(|it| !it.is_empty()).map(ToString::to_string).collect();
            name.clone_into(&mut parts.name);
        }
        Manager::Gem => {
            if let Some((version, platform)) = package.version.split_once('-') {
                version.clone_into(&mut parts.version);
                parts.qualify("platform", platform);
            }
        }
        Manager::Maven => {
            let (group, artefact) = package.name.split_once(':')?;
            parts.namespace = vec![group.to_owned()];
            artefact.clone_into(&mut parts.name);
        }
        Manager::Go => {
            let mut path: Vec<String> =
                package.name.to_lowercase().split('/').map(str::to_owned).collect();
            parts.name = path.pop().unwrap_or_default();
            parts.namespace = path;
        }
        Manager::Cargo | Manager::NuGet | Manager::Runtime => {}
    }
    Some(parts.joined(package.manager.purl_type()))
}

#[derive(Default)]
struct Parts {
    namespace: Vec<String>,
    name: String,
    version: String,
    qualifiers: Vec<(&'static str, String)>,
}

impl Parts {
    fn of_system(&mut self, package: &Package, release: &Release) {
        let is_rpm = package.manager == Manager::Rpm;
        if !is_rpm {
            self.name = self.name.to_lowercase();
        }
        let by_manager = match package.manager {
            Manager::Dpkg => "debian",
            Manager::Apk => "alpine",
            _ => "",
        };
        let vendor = if release.id.is_empty() { by_manager } else { &release.id };
        self.namespace.extend((!vendor.is_empty()).then(|| vendor.to_lowercase()));
        self.qualify("arch", package.architecture.as_deref().unwrap_or_default());
        if !release.id.is_empty() {
            let version = if release.version.is_empty() { "" } else { "-" };
            self.qualify("distro", &format!("{}{version}{}", release.id, release.version));
        }
        if let Some((epoch, version)) = package.version.split_once(':').filter(|_| is_rpm) {
            self.qualify("epoch", epoch);
            version.clone_into(&mut self.version);
        }
        // Holes are published for source packages: scanners look for this.
        if let Some(source) = &package.about.source
            && (&source.name, &source.version) != (&package.name, &package.version)
        {
            let version = if source.version == package.version {
                String::new()
            } else {
                format!("@{}", source.version)
            };
            self.qualify("upstream", &format!("{}{version}", source.name));
        }
    }

    fn qualify(&mut self, key: &'static str, value: &str) {
        if !value.is_empty() {
            self.qualifiers.push((key, value.to_owned()));
        }
    }

    fn joined(mut self, kind: &str) -> String {
        let mut url = format!("pkg:{kind}");
        for part in self.namespace.iter().chain([&self.name]) {
            url.push('/');
            url.push_str(&encoded(part));
        }
        if !self.version.is_empty() {
            url.push('@');
            url.push_str(&encoded(&self.version));
        }
        self.qualifiers.sort();
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            url.push(if at == 0 { '?' } else { '&' });
            url.push_str(key);
            url.push('=');
            url.push_str(&encoded(value));
        }
        url
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes all");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use jettison_rootfs::PathId;

    use super::*;
    use crate::Source;

    #[test]
    fn each_type_has_its_own_form() {
        let debian = Release { id: "debian".into(), version: "12".into(), name: String::new() };
        for (manager, name, version, expected) in [
            (
                Manager::Dpkg,
                "libstdc++6",
                "1:12.2.0-14+b1",
                "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bb1?distro=debian-12",
            ),
            (Manager::Apk, "musl", "1.2.5-r0", "pkg:apk/debian/musl@1.2.5-r0?distro=debian-12"),
            (
                Manager::Rpm,
                "openssl-libs",
                "1:3.0.7-5.el9",
                "pkg:rpm/debian/openssl-libs@3.0.7-5.el9?distro=debian-12&epoch=1",
            ),
            (Manager::Wheel, "Typing_Extensions", "4.1", "pkg:pypi/typing-extensions@4.1"),
            (Manager::Npm, "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
            (Manager::Npm, "express", "4.18.2", "pkg:npm/express@4.18.2"),
            (
                Manager::Gem,
                "nokogiri",
                "1.16.2-x86_64-linux",
                "pkg:gem/nokogiri@1.16.2?platform=x86_64-linux",
            ),
            (Manager::Composer, "Monolog/Monolog", "2.9.1", "pkg:composer/monolog/monolog@2.9.1"),
            (Manager::Maven, "org.slf4j:slf4j-api", "2.0", "pkg:maven/org.slf4j/slf4j-api@2.0"),
            (
                Manager::Go,
                "github.com/BurntSushi/toml",
                "v1.3.2",
                "pkg:golang/github.com/burntsushi/toml@v1.3.2",
            ),
            (Manager::Go, "stdlib", "1.21.3", "pkg:golang/stdlib@1.21.3"),
            (Manager::Cargo, "serde", "1.0.200", "pkg:cargo/serde@1.0.200"),
            (Manager::NuGet, "Newtonsoft.Json", "13.0.3", "pkg:nuget/Newtonsoft.Json@13.0.3"),
            (Manager::Runtime, "node", "20.11.1", "pkg:generic/node@20.11.1"),
            (Manager::Runtime, "rust", "", "pkg:generic/rust"),
        ] {
            let mut package = Package::new(manager, name.to_owned(), PathId::from_index(0));
            package.version = version.to_owned();
            assert_eq!(of(&package, &debian).as_deref(), Some(expected));
        }
    }

    #[test]
    fn qualifiers_are_sorted_and_left_out_where_nothing_is_known() {
        let mut package = Package::new(Manager::Dpkg, "libc6".into(), PathId::from_index(0));
        package.version = "2.36-9".into();
        package.architecture = Some("amd64".into());
        package.about.source = Some(Source { name: "glibc".into(), version: "2.36-9".into() });
        let none = Release::default();
        let expected = "pkg:deb/debian/libc6@2.36-9?arch=amd64&upstream=glibc";
        assert_eq!(of(&package, &none).as_deref(), Some(expected));
        let artefact = Package::new(Manager::Maven, "tool".into(), PathId::from_index(0));
        assert_eq!(of(&artefact, &none), None);
    }
}
