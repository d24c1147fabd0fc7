//! Everything that is shown of an image.

use std::sync::Arc;

use jettison_analyze::{
    Analyzed, ImageIndex, Language, Owners, Waste,
    analysis::{Advice, LayerFacts, SizeFacts},
    format::{advice_sentence, bytes},
};
use jettison_packages::PackageId;
use jettison_rootfs::{EntryRef, LayerEntry, LayerSource};

use crate::{
    LayerTree,
    layer_tree::LayerTrees,
    waste::{Item, WasteTree},
    words::Word,
};

/// An image, ready to be looked at.
#[derive(Debug)]
pub struct Contents {
    /// What the image is called.
    pub name: String,
    /// How large it is.
    pub size: SizeFacts,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerFacts>,
    /// The language that is spoken.
    pub language: Language,
    pub(crate) waste_tree: WasteTree,
    trees: LayerTrees,
    sources: Vec<LayerSource>,
    waste: Waste,
    owners: Owners,
}

impl Contents {
    /// Makes an image that was analysed ready.
    pub fn new(index: ImageIndex, analyzed: Analyzed, language: Language) -> Self {
        let waste_tree = WasteTree::of(&index, &analyzed, language);
        let sources: Vec<LayerSource> = index.layers.iter().map(|layer| layer.source()).collect();
        let Analyzed { analysis, waste, owners } = analyzed;
        Self {
            name: analysis.image.name,
            size: analysis.size,
            layers: analysis.layers,
            language,
            waste_tree,
            trees: LayerTrees::new(sources.clone(), Arc::new(index.tree)),
            sources,
            waste,
            owners,
        }
    }

    /// The tree after a layer, made if it is not at hand. `None` for a layer that the image has not.
    pub(crate) fn after(&mut self, layer: usize) -> Option<Arc<LayerTree>> {
        (layer < self.layers.len()).then(|| self.trees.after(layer))
    }

    /// An entry of a layer.
    pub fn entry(&self, at: EntryRef) -> &LayerEntry {
        &self.sources[at.layer as usize].index.entries()[at.entry as usize]
    }

    /// What is known of a layer, in lines.
    pub(crate) fn layer_details(&self, layer: usize) -> Vec<String> {
        let language = self.language;
        let Some(facts) = self.layers.get(layer) else { return Vec::new() };
        let counts = [facts.added, facts.changed, facts.removed].map(|count| count.to_string());
        let mut lines = vec![
            Word::Layer.with(language, &[&(layer + 1).to_string()]),
            facts.step.as_ref().map_or_else(String::new, |step| step.text.clone()),
            match facts.stored {
                Some(stored) => Word::Stored.with(language, &[&bytes(facts.bytes), &bytes(stored)]),
                None => bytes(facts.bytes),
            },
            Word::TotalWaste.with(language, &[&bytes(facts.wasted)]),
            Word::Changes.with(language, &counts.each_ref().map(String::as_str)),
            facts.diff_id.clone(),
        ];
        if facts.is_base {
            lines.insert(2, Word::FromBase.say(language).to_owned());
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// What is known of a name in the tree after a layer, in lines.
    pub(crate) fn file_details(&self, tree: &LayerTree, at: u32) -> Vec<String> {
        let language = self.language;
        let path = tree.nodes.path(at);
        let (place, name) = tree.place(at);
        let inode = place.inode(name);
        let mut lines = vec![
            lossy(&path),
            format!(
                "{} {:04o} {}:{} {} B",
                inode.kind, inode.mode, inode.uid, inode.gid, inode.size
            ),
        ];
        lines.extend(inode.target.as_ref().map(|target| format!("-> {}", lossy(target))));
        let attributes = inode.xattrs.iter().map(|(name, _)| lossy(name));
        lines.extend(attributes.map(|name| Word::Attribute.with(language, &[&name])));
        if let Some((layer, entry)) = place.provider(name) {
            lines.push(Word::InLayer.with(language, &[&(layer + 1).to_string()]));
            lines.extend(self.wasted(EntryRef { layer: index(layer), entry: index(entry) }));
        }
        lines.extend(self.package(&path).map(|package| Word::Package.with(language, &[&package])));
        lines
    }

    /// Why an entry is waste, if it is.
    fn wasted(&self, at: EntryRef) -> Option<String> {
        let wasted = self.waste.of_entry(at)?;
        let title = wasted.cause.title().in_language(self.language);
        Some(Word::Wasted.with(self.language, &[title]))
    }

    /// The package that owns a path of the final tree.
    fn package(&self, path: &[u8]) -> Option<String> {
        let tree = self.trees.top();
        let found = tree.find(path)?;
        let packages = &self.owners.packages;
        let owner = |id: PackageId| {
            let package = packages.get(id);
            format!("{} {} {}", package.manager.purl_type(), package.name, package.version)
        };
        packages.owner(tree, found).map(owner)
    }

    /// What is known of a line of the waste, in lines.
    pub(crate) fn waste_details(&self, at: u32) -> Vec<String> {
        let language = self.language;
        let tree = &self.waste_tree;
        let node = &tree.nodes.list()[at as usize];
        let mut lines = match tree.item(at) {
            Item::All => Vec::new(),
            Item::Cause(_, count) | Item::Group(_, count) => vec![
                lossy(&node.name),
                Word::Entries.with(language, &[&bytes(node.bytes), &count.to_string()]),
            ],
            Item::Entry { group, at, same_as } => {
                let mut lines = vec![
                    lossy(&node.name),
                    format!(
                        "{}, {}",
                        bytes(node.bytes),
                        Word::InLayer.with(language, &[&(at.layer + 1).to_string()])
                    ),
                ];
                lines.extend(self.wasted(*at));
                let other = same_as.map(|same| format!("/{}", lossy(&self.entry(same).path)));
                lines.extend(other.map(|other| Word::SameAs.with(language, &[&other])));
                lines.extend(
                    group.package.as_ref().map(|name| Word::Package.with(language, &[name])),
                );
                lines
            }
        };
        lines.extend(edits(&tree.advice(at), language));
        lines
    }
}

/// The edits, each with what it saves and what to write.
fn edits(advice: &[&Advice], language: Language) -> Vec<String> {
    if advice.is_empty() {
        return vec![String::new(), Word::NoEdit.say(language).to_owned()];
    }
    let mut lines = vec![String::new(), Word::Edits.say(language).to_owned()];
    for one in advice {
        lines.push(format!("{:>8}  {}", bytes(one.bytes), advice_sentence(one, language)));
        lines.extend(one.code.iter().map(|code| format!("  {code}")));
    }
    lines
}

pub(crate) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("layers and their entries are bounded")
}
