//! Why a JSON document of an image cannot be used.

/// A manifest, config or index that breaks its format or a bound.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// More bytes than any real document has.
    #[error("{document} has {size} bytes, more than the {limit} that jettison reads")]
    TooLarge {
        /// Which document: `image manifest`.
        document: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The bound it breaks, in bytes.
        limit: usize,
    },
    /// The text is not JSON; the source has line and column.
    #[error("{document} is not valid JSON: {source}")]
    Syntax {
        /// Which document.
        document: &'static str,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// A field is missing or of the wrong kind.
    #[error("{document}: {place}: {problem}")]
    Shape {
        /// Which document.
        document: &'static str,
        /// The field, as in `config.Env[3]`; `$` is the document itself.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
}
