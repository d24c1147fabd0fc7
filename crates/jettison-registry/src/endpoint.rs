//! A repository at one place: the registry of its name, or a mirror.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    authenticator::Need,
    scope::{Action, Scopes},
    session::Session,
};

/// What a place is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What a tag stands for.
    Tag,
    /// Content by its digest.
    Digest,
}

/// A repository at one place.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) session: Arc<Session>,
    /// Its path there: mirrors may keep it under another one.
    pub(crate) path: String,
    pull: Scopes,
    push: Scopes,
    delete: Scopes,
    /// For a mirror: its address, and what it serves.
    mirror: Option<MirrorPlace>,
    /// Nobody is there: not asked again.
    is_gone: AtomicBool,
}

/// What is known of a mirror.
#[derive(Debug, Clone)]
pub(crate) struct MirrorPlace {
    /// Its address, for messages.
    pub(crate) name: String,
    /// Whether it may say what a tag stands for.
    pub(crate) serves_tags: bool,
    /// Whether it may serve content by digest.
    pub(crate) serves_digests: bool,
    /// The registry it stands for, if it is told.
    pub(crate) stands_for: Option<String>,
}

impl Endpoint {
    /// The registry that the name says.
    pub(crate) fn upstream(session: Arc<Session>, path: &str) -> Self {
        Self::new(session, path, None)
    }

    pub(crate) fn new(session: Arc<Session>, path: &str, mirror: Option<MirrorPlace>) -> Self {
        Self {
            session,
            path: path.to_owned(),
            pull: Scopes::repository(path, &[Action::Pull]),
            push: Scopes::repository(path, &[Action::Pull, Action::Push]),
            delete: Scopes::repository(path, &[Action::Delete, Action::Pull]),
            mirror,
            is_gone: AtomicBool::new(false),
        }
    }

    /// The right to read.
    pub(crate) fn pull(&self) -> Need<'_> {
        Need { repository: &self.path, scopes: &self.pull }
    }

    /// The right to write.
    pub(crate) fn push(&self) -> Need<'_> {
        Need { repository: &self.path, scopes: &self.push }
    }

    /// The right to remove manifests.
    pub(crate) fn delete(&self) -> Need<'_> {
        Need { repository: &self.path, scopes: &self.delete }
    }

    /// The address of something in the repository, below the base of the API: `manifests/latest`.
    pub(crate) fn at(&self, rest: &str) -> String {
        let ns = self.mirror.as_ref().and_then(|mirror| mirror.stands_for.as_ref());
        let ns = ns.map_or_else(String::new, |registry| format!("?ns={registry}"));
        format!("{}/{rest}{ns}", self.path)
    }

    /// The mirror's address, if it is one.
    pub(crate) fn mirror(&self) -> Option<&str> {
        self.mirror.as_ref().map(|mirror| mirror.name.as_str())
    }

    pub(crate) fn serves(&self, purpose: Purpose) -> bool {
        let allowed = self.mirror.as_ref().is_none_or(|mirror| match purpose {
            Purpose::Tag => mirror.serves_tags,
            Purpose::Digest => mirror.serves_digests,
        });
        allowed && !self.is_gone.load(Ordering::Relaxed)
    }

    /// Nobody answers there.
    pub(crate) fn set_gone(&self) {
        self.is_gone.store(true, Ordering::Relaxed);
    }

    /// The repository as it is named in messages.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.session.domain(), self.path)
    }
}
