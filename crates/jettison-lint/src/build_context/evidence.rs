//! What a Dockerfile copies, as a sign of where it is built.

use std::path::Path;

use jettison_dockerfile::{Arguments, Dockerfile, Keyword, Transfer};

/// Files and directories of the build context that have to be there.
pub(super) struct Evidence(Vec<String>);

impl Evidence {
    /// The sources of COPY and ADD that are written out, without those that are everywhere.
    pub(super) fn of(file: &Dockerfile) -> Self {
        let copies = file.instructions.iter().filter(|one| {
            matches!(one.keyword, Keyword::Copy | Keyword::Add) && one.flag("from").is_none()
        });
        let transfers = copies.filter_map(|one| match &one.arguments {
            Arguments::Transfer(transfer) => Some(transfer),
            _ => None,
        });
        let sources = transfers.flat_map(Transfer::paths).map(|word| word.text.as_str());
        let is_plain =
            |text: &&str| !super::is_address(text) && !text.contains(['$', '*', '?', '[', '\\']);
        let paths = sources.filter(is_plain).map(|text| super::plain(Path::new(text)));
        // What leads out of the context begins at its root all the same.
        let paths = paths.map(|path| {
            let inside =
                path.components().filter(|part| matches!(part, std::path::Component::Normal(_)));
            inside.collect::<std::path::PathBuf>().to_string_lossy().into_owned()
        });
        Self(paths.filter(|path| !path.is_empty()).collect())
    }

    /// Whether `directory` may well be the context: nothing has to be there, or something is, or a `.dockerignore`.
    pub(super) fn speaks_for(&self, directory: &Path) -> bool {
        let is_there = |path: &String| directory.join(path).exists();
        self.0.is_empty() || self.0.iter().any(is_there) || directory.join(".dockerignore").exists()
    }

    /// Whether everything is in `directory`.
    pub(super) fn is_complete_in(&self, directory: &Path) -> bool {
        self.0.iter().all(|path| directory.join(path).exists())
    }
}
