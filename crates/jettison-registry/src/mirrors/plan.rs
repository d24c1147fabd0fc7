//! The places where one repository may be read, in order.

use std::path::PathBuf;

use jettison_image::Reference;
use url::Url;

use super::{MirrorConfigError, Mirrors, hosts_toml::HostsToml};
use crate::{
    InsecureHosts,
    network::{HostSettings, authority},
};

/// A place, not spoken to yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whose credentials count there, and what messages call it.
    pub(crate) domain: String,
    /// Where its API may be, the best first.
    pub(crate) addresses: Vec<Url>,
    /// The repository's path there.
    pub(crate) path: String,
    pub(crate) settings: HostSettings,
    pub(crate) serves_tags: bool,
    pub(crate) serves_digests: bool,
    /// The registry it stands for, told to mirrors of several (containerd's `ns`).
    pub(crate) stands_for: Option<String>,
}

/// Where a repository is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Asked first, in order.
    pub(crate) mirrors: Vec<Place>,
    /// The last resort, and the only place that is written to.
    pub(crate) upstream: Place,
    /// The file that forbids all of it.
    pub(crate) blocked_by: Option<PathBuf>,
}

/// Docker Hub's name in references, and the host that serves it.
const HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

impl Mirrors {
    /// Where a repository is, and where else it may be read.
    pub(crate) fn plan(
        &self,
        reference: &Reference,
        insecure: &InsecureHosts,
    ) -> Result<Plan, MirrorConfigError> {
        let (domain, path) = (reference.domain(), reference.path());
        let repository = reference.repository();
        let planner = Planner { insecure };
        let mut mirrors = Vec::new();
        for mirror in self.arguments.iter().filter(|mirror| mirror.domain == domain) {
            mirrors.push(Planner::at_url(&mirror.address, path, Some(domain)));
        }
        let mut upstream = planner.at_location(&repository, HostSettings::default());
        let mut blocked_by = None;
        if let Some((entry, matched)) = self.registries.find(&repository) {
            blocked_by = entry.is_blocked.then(|| entry.file.clone());
            let rest = &repository[matched.len()..];
            for mirror in &entry.mirrors {
                let settings = insecure_settings(mirror.is_insecure);
                let place = planner.at_location(&format!("{}{rest}", mirror.location), settings);
                let (serves_tags, serves_digests) = (mirror.serves_tags, mirror.serves_digests);
                mirrors.push(Place { serves_tags, serves_digests, ..place });
            }
            let location = if entry.location.is_empty() { matched } else { &entry.location };
            let settings = insecure_settings(entry.is_insecure);
            upstream = planner.at_location(&format!("{location}{rest}"), settings);
        }
        if let Some(hosts) = HostsToml::find(&self.hosts_dirs, domain)? {
            for host in hosts.hosts.iter().filter(|host| host.pulls || host.resolves) {
                mirrors.push(Place {
                    domain: authority(&host.base),
                    addresses: vec![host.base.clone()],
                    path: path.to_owned(),
                    settings: host.settings.clone(),
                    serves_tags: host.resolves,
                    serves_digests: host.pulls,
                    stands_for: Some(domain.to_owned()),
                });
            }
            if let Some(server) = hosts.server {
                upstream.addresses = vec![server.base];
                upstream.settings = server.settings;
            }
        }
        if domain == HUB.0 {
            mirrors.extend(self.docker.mirrors.iter().map(|url| Planner::at_url(url, path, None)));
        }
        let mut seen = vec![(upstream.addresses.clone(), upstream.path.clone())];
        mirrors.retain(|mirror| {
            let key = (mirror.addresses.clone(), mirror.path.clone());
            let is_new = !seen.contains(&key);
            seen.push(key);
            is_new
        });
        Ok(Plan { mirrors, upstream, blocked_by })
    }
}

fn insecure_settings(is_insecure: bool) -> HostSettings {
    HostSettings { is_insecure, ..HostSettings::default() }
}

struct Planner<'a> {
    insecure: &'a InsecureHosts,
}

impl Planner<'_> {
    /// `host[:port]/path`, without a scheme.
    fn at_location(&self, location: &str, settings: HostSettings) -> Place {
        let (domain, path) = location.split_once('/').unwrap_or((location, ""));
        Place {
            domain: domain.to_owned(),
            addresses: addresses(domain, self.insecure, &settings),
            path: path.to_owned(),
            settings,
            serves_tags: true,
            serves_digests: true,
            stands_for: None,
        }
    }

    /// An address whose API is below `v2/`.
    fn at_url(url: &Url, path: &str, stands_for: Option<&str>) -> Place {
        let base = url.join("v2/").expect("a path can be put behind an address");
        Place {
            domain: authority(&base),
            addresses: vec![base],
            path: path.to_owned(),
            settings: HostSettings::default(),
            serves_tags: true,
            serves_digests: true,
            stands_for: stands_for.map(str::to_owned),
        }
    }
}

/// Where the API of a registry may be: HTTPS, and plain HTTP where that is allowed. Nothing where the name is no host's.
pub(crate) fn addresses(
    domain: &str,
    insecure: &InsecureHosts,
    settings: &HostSettings,
) -> Vec<Url> {
    let host = if domain == HUB.0 { HUB.1 } else { domain };
    let may_be_plain = settings.is_insecure || insecure.allows_http(domain);
    let schemes: &[&str] = if may_be_plain { &["https", "http"] } else { &["https"] };
    schemes.iter().filter_map(|scheme| Url::parse(&format!("{scheme}://{host}/v2/")).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{MirrorArgument, MirrorFiles};

    fn shown(place: &Place) -> String {
        let addresses: Vec<&str> = place.addresses.iter().map(Url::as_str).collect();
        let mut text = format!("{} {}", addresses.join(" "), place.path);
        for (is_so, word) in [
            (place.settings.is_insecure, " insecure"),
            (!place.serves_tags, " digests"),
            (!place.serves_digests, " tags"),
        ] {
            text.push_str(if is_so { word } else { "" });
        }
        if let Some(name) = &place.stands_for {
            text.push_str(" for ");
            text.push_str(name);
        }
        text
    }

    fn plan(dir: &Path, arguments: &[&str], name: &str) -> Plan {
        let files = MirrorFiles {
            registries_conf: vec![dir.join("registries.conf")],
            registries_conf_dirs: vec![dir.join("registries.conf.d")],
            daemon_json: vec![dir.join("daemon.json")],
            hosts_dirs: vec![dir.join("certs.d")],
        };
        let arguments = arguments.iter().map(|text| text.parse().expect("valid"));
        let arguments: Vec<MirrorArgument> = arguments.collect();
        let mirrors = Mirrors::load(&files, arguments).expect("valid");
        mirrors.plan(&name.parse().expect("valid"), &mirrors.insecure()).expect("valid")
    }

    fn places(dir: &Path, arguments: &[&str], name: &str) -> Vec<String> {
        let plan = plan(dir, arguments, name);
        plan.mirrors.iter().chain([&plan.upstream]).map(shown).collect()
    }

    #[test]
    fn without_configuration_there_is_the_registry_alone() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for (name, expected) in [
            ("nginx", "https://registry-1.docker.io/v2/ library/nginx"),
            ("ghcr.io/a/b", "https://ghcr.io/v2/ a/b"),
            ("localhost:5000/a", "https://localhost:5000/v2/ http://localhost:5000/v2/ a"),
            ("[::1]:5000/a", "https://[::1]:5000/v2/ http://[::1]:5000/v2/ a"),
        ] {
            assert_eq!(places(dir.path(), &[], name), [expected]);
        }
    }

    #[test]
    fn everything_in_order() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let put = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs_err::create_dir_all(path.parent().expect("below")).expect("writable");
            fs_err::write(path, text).expect("writable");
        };
        put(
            "registries.conf",
            "[[registry]]\nprefix = 'docker.io/library'\nlocation = 'hub.example/lib'\n\
             [[registry.mirror]]\nlocation = 'p.example/x'\ninsecure = true\n\
             [[registry.mirror]]\nlocation = 'q.example'\npull-from-mirror = 'digest-only'\n\
             [[registry]]\nlocation = 'bad.example'\nblocked = true",
        );
        put("daemon.json", r#"{"registry-mirrors":["https://d.example","http://c.example:5000"]}"#);
        put(
            "certs.d/docker.io/hosts.toml",
            "[host.'http://c.example:5000']\ncapabilities=['pull']",
        );
        let arguments = ["https://one.example", "ghcr.io=https://two.example"];
        assert_eq!(
            places(dir.path(), &arguments, "nginx"),
            [
                "https://one.example/v2/ library/nginx for docker.io",
                "https://p.example/v2/ http://p.example/v2/ x/nginx insecure",
                "https://q.example/v2/ nginx digests",
                "http://c.example:5000/v2/ library/nginx digests for docker.io",
                "https://d.example/v2/ library/nginx",
                "https://hub.example/v2/ lib/nginx",
            ]
        );
        assert_eq!(
            places(dir.path(), &arguments, "ghcr.io/a"),
            ["https://two.example/v2/ a for ghcr.io", "https://ghcr.io/v2/ a"]
        );
        let blocked = plan(dir.path(), &[], "bad.example/a").blocked_by.expect("blocked");
        assert!(blocked.ends_with("registries.conf"));
    }

    #[test]
    fn containerd_may_say_where_the_registry_itself_is() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let folder = dir.path().join("certs.d/registry.example");
        fs_err::create_dir_all(&folder).expect("writable");
        let text = "server = 'http://10.0.0.1:5000'\nskip_verify = true";
        fs_err::write(folder.join("hosts.toml"), text).expect("writable");
        let found = places(dir.path(), &[], "registry.example/a");
        assert_eq!(found, ["http://10.0.0.1:5000/v2/ a insecure"]);
    }
}
