//! A layer is read once; what was found is kept by its diff-id.

mod cache;
mod codec;
mod content_id;
mod debug_sections;
mod documents;
mod image;
mod layer_pass;
mod record;
mod window;

pub use cache::{CacheError, IndexCache};
pub use content_id::ContentId;
pub use image::{ImageIndex, ImageIndexError, IndexOptions, IndexProgress, IndexProgressFn};
pub use layer_pass::{LayerInput, PassError};
pub use record::{DebugBytes, LayerRecord, Packed};
