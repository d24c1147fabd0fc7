//! Everything that is shown of an image, made ready once so that keys are answered at once.

use jettison_analyze::ImageIndex;
use jettison_packages::{Landmarks, PackageId, Packages};
use jettison_rootfs::{Fate, LayerSource, MergeError, Tree};

use crate::{Nodes, nodes::Status};

/// A layer in a line.
#[derive(Clone, Debug)]
pub struct LayerLine {
    /// Bytes, uncompressed.
    pub bytes: u64,
    /// What made it.
    pub instruction: String,
}

/// Bytes that a layer carries and a higher one hides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The absolute path.
    pub path: String,
    /// Bytes of the layer's tar.
    pub bytes: u64,
    /// The layer that carries them, from 0.
    pub layer: usize,
    /// Whether the path is still there, with other bytes or metadata.
    pub is_replaced: bool,
}

/// An image, ready to be looked at.
#[derive(Debug)]
pub struct Contents {
    /// What the image is called.
    pub name: String,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerLine>,
    /// The tree after each.
    pub after: Vec<Nodes>,
    /// The trees themselves, for details.
    trees: Vec<Tree>,
    /// What higher layers hide, the largest first.
    pub hidden: Vec<Hidden>,
    packages: Packages,
}

impl Contents {
    /// Makes an indexed image ready. `instructions` are those that made the layers, as many as known.
    pub fn new(
        name: &str,
        index: &ImageIndex,
        instructions: &[String],
    ) -> Result<Self, MergeError> {
        let sources: Vec<LayerSource> = index.layers.iter().map(|layer| layer.source()).collect();
        let mut before = Tree::merge(Vec::new())?;
        let (mut trees, mut after) = (Vec::new(), Vec::new());
        for layer in 0..sources.len() {
            let tree = Tree::merge(sources[..=layer].to_vec())?;
            after.push(Nodes::of(&before, &tree, layer));
            trees.push(std::mem::replace(&mut before, tree));
        }
        trees.push(before);
        // The empty tree below the lowest layer is of no use any more.
        drop(trees.remove(0));
        let layers = index.layers.iter().enumerate().map(|(at, layer)| LayerLine {
            bytes: layer.tar_bytes,
            instruction: instructions.get(at).cloned().unwrap_or_default(),
        });
        Ok(Self {
            name: name.to_owned(),
            layers: layers.collect(),
            after,
            trees,
            hidden: hidden(&index.tree),
            packages: Packages::of(&index.tree, &Landmarks::of(&index.tree)),
        })
    }

    /// What is known of a name after a layer, in lines.
    pub fn details(&self, layer: usize, at: u32) -> Vec<String> {
        let nodes = &self.after[layer];
        let node = &nodes.list()[at as usize];
        let path = nodes.path(at);
        // What a layer removed is found in the tree below it.
        let gone = node.status == Status::Removed;
        let tree = match (gone, layer.checked_sub(1)) {
            (true, Some(below)) => &self.trees[below],
            _ => &self.trees[layer],
        };
        let Some(found) = tree.find(path.as_bytes()) else { return vec![path] };
        let inode = tree.inode(found);
        let mut lines = vec![
            path,
            format!(
                "{} {:04o} {}:{} {} B",
                inode.kind, inode.mode, inode.uid, inode.gid, inode.size
            ),
        ];
        lines.extend(
            inode.target.as_ref().map(|target| format!("-> {}", String::from_utf8_lossy(target))),
        );
        let attributes = inode.xattrs.iter().map(|(name, _)| String::from_utf8_lossy(name));
        lines.extend(attributes.map(|name| format!("xattr {name}")));
        lines.extend(tree.provider(found).map(|(from, _)| format!("layer {}", from + 1)));
        lines.extend(self.package(&lines[0]).map(|package| format!("package {package}")));
        lines
    }

    /// The package that owns a path of the final tree.
    fn package(&self, path: &str) -> Option<String> {
        let found = self.trees.last()?.find(path.as_bytes())?;
        let owner = |id: PackageId| {
            let package = self.packages.get(id);
            format!("{} {} {}", package.manager.purl_type(), package.name, package.version)
        };
        let system = self.packages.system_owner(found);
        system.or_else(|| self.packages.language_owner(found)).map(owner)
    }

    /// The layer (from 0) that holds what is shown at a path after a layer, and whether it is a regular file there.
    pub fn holder(&self, layer: usize, path: &str) -> Option<usize> {
        let tree = self.trees.get(layer)?;
        let inode = tree.inode(tree.find(path.as_bytes())?);
        inode.origin.filter(|_| inode.is_file()).map(|at| at.layer as usize)
    }
}

fn hidden(tree: &Tree) -> Vec<Hidden> {
    let mut found = Vec::new();
    for (layer, source) in tree.layers().iter().enumerate() {
        let entries = source.index.entries().iter().zip(tree.fates(layer));
        for (entry, _) in entries.filter(|(_, fate)| **fate == Fate::Hidden) {
            found.push(Hidden {
                path: format!("/{}", String::from_utf8_lossy(&entry.path)),
                bytes: entry.raw.end - entry.raw.start,
                layer,
                is_replaced: tree.find(&entry.path).is_some(),
            });
        }
    }
    found.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
    found
}
