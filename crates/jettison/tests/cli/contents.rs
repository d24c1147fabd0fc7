//! Fat and slim images held against each other.

use std::collections::BTreeSet;

use jettison_testkit::Contents;

/// Fails unless every file of `slim` is what `fat` holds under that name: type, mode, owner, time, attributes, target,
/// bytes, and which names are one file.
#[track_caller]
pub(crate) fn assert_kept_as_they_were(fat: &Contents, slim: &Contents) {
    assert!(!slim.files.is_empty(), "the slim image holds something");
    for (path, is) in &slim.files {
        let was = fat.files.get(path).unwrap_or_else(|| panic!("{path} is new"));
        assert_eq!(was.kind, is.kind, "type of {path}");
        assert_eq!(was.mode, is.mode, "mode of {path}");
        assert_eq!(was.owner, is.owner, "owner of {path}");
        assert_eq!(was.mtime, is.mtime, "time of {path}");
        assert_eq!(was.xattrs, is.xattrs, "attributes of {path}");
        assert_eq!(was.target, is.target, "target of {path}");
        assert!(was.content == is.content, "bytes of {path}");
        let kept = |names: Vec<&str>| -> BTreeSet<String> {
            let kept = names.into_iter().filter(|name| slim.files.contains_key(*name));
            kept.map(str::to_owned).collect()
        };
        assert_eq!(kept(fat.other_names(path)), kept(slim.other_names(path)), "links of {path}");
    }
}
