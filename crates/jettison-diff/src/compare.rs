//! The comparison as a whole.

use std::{collections::BTreeSet, fmt};

use jettison_packages::{Landmarks, Packages};
use jettison_rootfs::{DiffError, Field, InodeId, SameContent, Tree};

use crate::{
    Difference, ImageFacts, SCHEMA, Side, Tally, config, directories,
    files::{self, Owned},
    layers, packages,
};

/// How two images are compared.
pub struct Options<'a> {
    /// Differences of names that both have which are not to count.
    pub ignored: BTreeSet<Field>,
    /// Tells whether files are equal.
    pub is_same: SameContent<'a>,
    /// What may be shown of a value of the configuration, given its field (`ENV TOKEN`) and the value.
    pub mask: &'a dyn Fn(&str, &str) -> String,
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("ignored", &self.ignored).finish_non_exhaustive()
    }
}

/// Everything that `old` and `new` differ in.
pub fn compare(
    old: &Side<'_>,
    new: &Side<'_>,
    options: &Options<'_>,
) -> Result<Difference, DiffError> {
    let packages = |tree: &Tree| Packages::of(tree, &Landmarks::of(tree));
    let (before, after) = (packages(old.tree), packages(new.tree));
    let files = files::changes(
        Owned { tree: old.tree, packages: &before },
        Owned { tree: new.tree, packages: &after },
        options.is_same,
        &options.ignored,
    )?;
    let mut total = Tally::default();
    for file in &files {
        total.count_file(file);
    }
    let (packages, unowned) = packages::changes((old, &before), (new, &after), &files);
    Ok(Difference {
        schema: SCHEMA,
        jettison: env!("CARGO_PKG_VERSION").to_owned(),
        old: facts(old),
        new: facts(new),
        total,
        config: config::changes(old.config, new.config, options.mask),
        packages,
        unowned,
        directories: directories::changes(&files),
        files,
        layers: layers::changes(old, new),
    })
}

fn facts(side: &Side<'_>) -> ImageFacts {
    let inodes =
        || (0..side.tree.inode_count()).map(|at| side.tree.inode_by_id(InodeId::from_index(at)));
    ImageFacts {
        name: side.name.clone(),
        image_id: side.image_id.clone(),
        bytes: inodes().filter(|inode| inode.is_file()).map(|inode| inode.size).sum(),
        stored_bytes: side.layers.iter().map(|layer| layer.stored_bytes).sum(),
        files: inodes().filter(|inode| !inode.is_directory()).count() as u64,
        layers: side.layers.len(),
    }
}
