//! Addresses in plain text and headers: robots.txt, `link`, `refresh`.

use super::{Base, Found, LinkKind};

/// robots.txt: sitemaps, and the paths that it talks about. It asks search engines to stay away,
/// not the owner of the container.
pub(super) fn extract_robots(base: &Base, text: &str, found: &mut Found) {
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        let is_path = value.starts_with('/') && !value.contains(['*', '$']);
        match key.trim().to_ascii_lowercase().as_str() {
            "sitemap" => found.add(base, value, LinkKind::Part),
            "allow" | "disallow" if is_path => found.add(base, value, LinkKind::Page),
            _ => {}
        }
    }
}

/// The address in the value of a `refresh` header or meta element: `5; url='/next'`.
pub(super) fn refresh_target(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once([';', ','])?;
    let rest = rest.trim_start();
    let target = match rest.get(..3) {
        Some(start) if start.eq_ignore_ascii_case("url") => {
            rest[3..].trim_start().strip_prefix('=')?
        }
        _ => rest,
    };
    let target = target.trim();
    Some(target.trim_matches(['"', '\'']))
}

/// A `link` header (RFC 8288): what is preloaded is part of the page.
pub(super) fn extract_link_header(base: &Base, value: &str, found: &mut Found) {
    for entry in value.split('<').skip(1) {
        let Some((target, parameters)) = entry.split_once('>') else { continue };
        let relation = parameters.to_ascii_lowercase();
        if relation.contains("preconnect") || relation.contains("dns-prefetch") {
            continue;
        }
        let is_part = ["preload", "stylesheet", "icon"].iter().any(|part| relation.contains(part));
        found.add(base, target, if is_part { LinkKind::Part } else { LinkKind::Page });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Scheme;

    #[test]
    fn robots() {
        let text = "User-agent: *\nDisallow: /admin/ # secret\nDisallow: /*.pdf$\nAllow: /pub\n\
                    Sitemap: http://localhost/sitemap.xml\nSitemap: http://x.example/s.xml\nDisallow:";
        let base = Base::new(Scheme::Http, 80, "/robots.txt", &[]).unwrap();
        let mut found = Found::default();
        extract_robots(&base, text, &mut found);
        let targets: Vec<&str> = found.links.iter().map(|link| &*link.target).collect();
        assert_eq!(targets, ["/admin/", "/pub", "/sitemap.xml"]);
    }

    #[test]
    fn refresh() {
        let table = [
            ("0;url=/a", Some("/a")),
            ("5; URL = '/b'", Some("/b")),
            ("5, \"c\"", Some("c")),
            ("5", None),
            ("5; url /d", None),
        ];
        for (value, expected) in table {
            assert_eq!(refresh_target(value), expected, "{value}");
        }
    }
}
