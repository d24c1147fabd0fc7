//! What plants something in an image: where, with which contents.

use super::WastefulImage;
use crate::{Chance, Content, Entry};

/// What plants something.
pub(super) type Plant = fn(&mut Planter<'_>);

/// Plants one thing.
pub(super) struct Planter<'a> {
    pub(super) image: &'a mut WastefulImage,
    pub(super) chance: &'a mut Chance,
    /// Keeps the paths of what is planted apart.
    pub(super) id: usize,
    pub(super) layers: usize,
    pub(super) largest: usize,
}

impl Planter<'_> {
    /// Something to fill a file with; never empty, never twice the same.
    pub(super) fn content(&mut self) -> Content {
        let len = 1 + self.chance.below(self.largest);
        let seed = self.chance.number();
        if self.chance.below(2) == 0 {
            Content::random(seed, len)
        } else {
            Content::prose(seed, len)
        }
    }

    pub(super) fn random(&mut self, len: usize) -> Content {
        Content::random(self.chance.number(), len)
    }

    pub(super) fn layer(&mut self) -> usize {
        self.chance.below(self.layers)
    }

    /// A layer and a higher one.
    pub(super) fn two_layers(&mut self) -> (usize, usize) {
        let low = self.chance.below(self.layers - 1);
        (low, low + 1 + self.chance.below(self.layers - 1 - low))
    }

    /// A file of the final tree that is waste where it is; the layer it lies in.
    pub(super) fn placed(&mut self, path: &str, cause: &'static str) -> usize {
        let (layer, content) = (self.layer(), self.content());
        self.image.waste(layer, Entry::file(path, content), cause, None);
        layer
    }

    /// A file that is no waste.
    pub(super) fn kept(&mut self, path: &str) -> usize {
        let (layer, content) = (self.layer(), self.content());
        self.image.keep(layer, Entry::file(path, content));
        layer
    }
}
