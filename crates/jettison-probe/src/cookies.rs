//! Cookies of one server, as a browser would keep them for the length of a visit (RFC 6265,
//! reduced to what one host needs: name, value, path, deletion).

/// The cookies of one port.
#[derive(Debug, Default)]
pub(crate) struct CookieJar {
    cookies: Vec<Cookie>,
}

struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl std::fmt::Debug for Cookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// Browsers keep at least 50 for a host (RFC 6265 section 6.1).
const MAX_COOKIES: usize = 50;

/// The size that browsers must support (RFC 6265 section 6.1).
const MAX_COOKIE_BYTES: usize = 4096;

impl CookieJar {
    /// Takes in a `set-cookie` header of the answer for `target`.
    pub(crate) fn store(&mut self, header: &str, target: &str) {
        if header.len() > MAX_COOKIE_BYTES {
            return;
        }
        let mut parts = header.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        let mut path = default_path(target).to_owned();
        let mut is_deleted = false;
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut path),
                "max-age" => is_deleted |= value.parse::<i64>().is_ok_and(|age| age <= 0),
                // How servers delete a cookie: any day of 1970. Others are in the future.
                "expires" => is_deleted |= value.contains("1970"),
                _ => {}
            }
        }
        self.cookies.retain(|cookie| cookie.name != name || cookie.path != path);
        let is_sendable = !name.is_empty() && !name.contains(char::is_control);
        if !is_deleted && is_sendable && self.cookies.len() < MAX_COOKIES {
            self.cookies.push(Cookie { name: name.to_owned(), value: value.to_owned(), path });
        }
    }

    /// The `cookie` header for a request of `target`.
    pub(crate) fn header(&self, target: &str) -> Option<String> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| covers(&cookie.path, path))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// RFC 6265 section 5.1.4.
fn default_path(target: &str) -> &str {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

fn covers(cookie_path: &str, path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_sent_where_their_path_says() {
        let mut jar = CookieJar::default();
        jar.store("a=1; Path=/; HttpOnly", "/x/y");
        jar.store("b=2", "/x/y?q");
        jar.store("c=3; path=/admin/", "/");
        let table = [
            ("/", Some("a=1")),
            ("/x", Some("a=1; b=2")),
            ("/x/z?a", Some("a=1; b=2")),
            ("/xy", Some("a=1")),
            ("/admin/", Some("a=1; c=3")),
        ];
        for (target, expected) in table {
            assert_eq!(jar.header(target).as_deref(), expected, "{target}");
        }
    }

    #[test]
    fn cookies_are_replaced_and_deleted() {
        let mut jar = CookieJar::default();
        jar.store("a=1; Path=/", "/");
        jar.store("a=2; Path=/", "/");
        assert_eq!(jar.header("/").as_deref(), Some("a=2"));
        jar.store("a=; Path=/; Max-Age=0", "/");
        assert_eq!(jar.header("/"), None);
        jar.store("b=1", "/");
        jar.store("b=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "/");
        assert_eq!(jar.header("/"), None);
    }

    #[test]
    fn a_jar_has_bounds() {
        let mut jar = CookieJar::default();
        for index in 0..1000 {
            jar.store(&format!("c{index}=1"), "/");
        }
        jar.store(&format!("big={}", "x".repeat(5000)), "/");
        jar.store("no-pair", "/");
        assert_eq!(jar.header("/").unwrap().split("; ").count(), MAX_COOKIES);
    }
}
