//! The tags of a repository, page by page.

use serde::Deserialize;
use ureq::http::{Method, StatusCode};
use url::Url;

use crate::{
    RegistryError, Repository,
    session::{Ask, Target, status_error},
};

#[derive(Deserialize)]
struct TagPage {
    /// Go writes an empty list as null.
    tags: Option<Vec<String>>,
}

/// Tags asked for at once. Registries may give fewer.
const PAGE: usize = 1000;

/// A page of tags of the greatest length is 130 KiB; registries that ignore the page's size give all at once.
const MAX_PAGE: usize = 16 << 20;

/// A repository with more tags than this is not listed to its end.
const MAX_TAGS: usize = 1 << 20;

impl Repository {
    /// All tags, sorted: not every registry sorts them.
    pub fn tags(&self) -> Result<Vec<String>, RegistryError> {
        let mut tags = self.list_tags(MAX_TAGS)?;
        tags.sort();
        Ok(tags)
    }

    /// The first page of tags: enough to help somebody.
    pub(crate) fn first_tags(&self) -> Result<Vec<String>, RegistryError> {
        self.list_tags(1)
    }

    /// Pages, until there are `enough` tags.
    fn list_tags(&self, enough: usize) -> Result<Vec<String>, RegistryError> {
        let endpoint = self.upstream();
        let first = format!("{}/tags/list?n={PAGE}", endpoint.path);
        let mut next: Option<Url> = None;
        let mut tags = Vec::new();
        loop {
            let target = next.as_ref().map_or(Target::Path(&first), Target::Url);
            let ask = Ask::new(Method::GET, target, endpoint.pull());
            let reply = endpoint.session.send(&ask)?;
            match reply.status() {
                StatusCode::OK => {}
                StatusCode::NOT_FOUND => {
                    let repository = self.name().to_owned();
                    return Err(RegistryError::UnknownRepository { repository });
                }
                _ => return Err(status_error(reply, &ask, None)),
            }
            let following = next_page(reply.header("link"), &reply.url);
            let host = reply.host.clone();
            let bytes = reply.into_bytes("a list of tags", MAX_PAGE)?;
            let page: TagPage = serde_json::from_slice(&bytes).map_err(|error| {
                let problem = format!("its list of tags is malformed: {error}");
                RegistryError::Protocol { host, problem }
            })?;
            let page = page.tags.unwrap_or_default();
            let is_empty = page.is_empty();
            tags.extend(page);
            match following {
                // A page without tags leads nowhere, whatever follows it.
                Some(url) if tags.len() < enough && !is_empty => next = Some(url),
                _ => return Ok(tags),
            }
        }
    }
}

/// The address of the following page: `Link: </v2/a/tags/list?last=x>; rel="next"` (RFC 8288). Only the same host is
/// followed.
pub(crate) fn next_page(link: Option<&str>, url: &Url) -> Option<Url> {
    let (target, parameters) = link?.trim_start().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split(';').any(|parameter| {
        let parameter = parameter.trim().to_ascii_lowercase();
        parameter == "rel=next" || parameter == "rel=\"next\""
    });
    let next = url.join(target).ok().filter(|_| is_next)?;
    // Behind a TLS proxy, registries give http:// addresses of themselves.
    let mut same = url.clone();
    same.set_path(next.path());
    same.set_query(next.query());
    (next.host_str() == url.host_str()).then_some(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_on_the_same_host() {
        let url: Url = "https://r.example/v2/a/tags/list?n=2".parse().expect("valid");
        for (link, expected) in [
            (
                "</v2/a/tags/list?last=b&n=2>; rel=\"next\"",
                Some("https://r.example/v2/a/tags/list?last=b&n=2"),
            ),
            ("<http://r.example/v2/x?n=1>; rel=next", Some("https://r.example/v2/x?n=1")),
            ("<list?last=b>; rel=\"next\"", Some("https://r.example/v2/a/tags/list?last=b")),
            ("<https://evil.example/v2/x>; rel=\"next\"", None),
            ("</v2/x>; rel=\"prev\"", None),
            ("nonsense", None),
        ] {
            let next = next_page(Some(link), &url);
            assert_eq!(next.as_ref().map(Url::as_str), expected, "{link}");
        }
        assert_eq!(next_page(None, &url), None);
    }
}
