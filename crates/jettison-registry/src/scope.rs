//! Rights on repositories, as token servers name them: `repository:library/nginx:pull`.

use std::{collections::BTreeMap, fmt};

/// What one wants to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Action {
    /// Read.
    Pull,
    /// Write.
    Push,
    /// Remove manifests.
    Delete,
}

impl Action {
    const fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }
}

/// Rights on any number of repositories: resource (`repository:a/b`) → actions, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Scopes(BTreeMap<String, Vec<String>>);

impl Scopes {
    /// Rights on one repository.
    pub(crate) fn repository(path: &str, actions: &[Action]) -> Self {
        let mut scopes = Self::default();
        scopes.add(path, actions);
        scopes
    }

    /// Adds rights on a repository.
    pub(crate) fn add(&mut self, path: &str, actions: &[Action]) {
        for action in actions {
            self.insert(&format!("repository:{path}"), action.name());
        }
    }

    /// Adds what a challenge asks for.
    pub(crate) fn add_text(&mut self, text: &str) {
        for scope in text.split_ascii_whitespace() {
            // A repository's name may hold a port: the actions follow the last colon.
            if let Some((resource, actions)) = scope.rsplit_once(':') {
                actions.split(',').for_each(|action| self.insert(resource, action));
            }
        }
    }

    /// Whether everything in `other` is in here too.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|(resource, wanted)| {
            self.0.get(resource).is_some_and(|had| wanted.iter().all(|action| had.contains(action)))
        })
    }

    /// Each scope as its own text, sorted.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(resource, actions)| format!("{resource}:{}", actions.join(",")))
    }

    fn insert(&mut self, resource: &str, action: &str) {
        let actions = self.0.entry(resource.to_owned()).or_default();
        if !action.is_empty()
            && let Err(place) = actions.binary_search_by(|known| known.as_str().cmp(action))
        {
            actions.insert(place, action.to_owned());
        }
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_repositories_are_several_scopes() {
        let mut scopes = Scopes::repository("b/c", &[Action::Push, Action::Pull]);
        scopes.add("a", &[Action::Pull]);
        scopes.add_text("repository:b/c:pull registry:catalog:*");
        assert_eq!(
            scopes.to_string(),
            "registry:catalog:* repository:a:pull repository:b/c:pull,push"
        );
    }

    #[test]
    fn more_rights_cover_fewer() {
        let push = Scopes::repository("a", &[Action::Pull, Action::Push]);
        let pull = Scopes::repository("a", &[Action::Pull]);
        assert!(push.covers(&pull) && push.covers(&push) && push.covers(&Scopes::default()));
        assert!(!pull.covers(&push) && !push.covers(&Scopes::repository("b", &[Action::Pull])));
    }
}
