//! Lossless parser and byte-range edits for Dockerfiles. Pure.
//!
//! [`parse`] is total: any bytes yield a [`Dockerfile`], which holds every byte as a token, every
//! instruction with a typed view of its arguments, and the list of what is wrong. What BuildKit
//! accepts is read as BuildKit reads it: same instructions, line spans, JSON forms, flags and
//! here-documents (`benches/agreement.rs` measures this against its recorded answers).
//!
//! Positions are byte offsets into the source; [`LineIndex`] turns them into lines and columns.

#![forbid(unsafe_code)]

mod build;
mod dockerfile;
mod edit;
mod expand;
mod flags;
mod heredoc;
mod image_use;
mod instruction;
mod json;
mod keyword;
mod logical;
mod pattern;
mod problem;
mod reader;
mod scope;
mod source;
mod stage;
mod token;
mod validate;
mod view;
mod words;

pub use dockerfile::{Comment, Directive, Dockerfile, parse};
pub use edit::{Edit, EditError, apply};
pub use expand::{ExpandError, Expanded, Lexer};
pub use flags::Flag;
pub use heredoc::Heredoc;
pub use image_use::{ImageUse, Obstacle, image_uses};
pub use instruction::Instruction;
pub use json::{JsonOutcome, JsonString, parse_string_array};
pub use keyword::Keyword;
pub use logical::LogicalText;
pub use problem::{Problem, ProblemKind};
pub use scope::{Scope, Scopes, Variable, scopes};
pub use source::{Column, LineIndex, Position};
pub use stage::{Stage, StageBase, stages};
pub use token::{Token, TokenKind};
pub use view::{
    Arguments, Command, From, Healthcheck, Pair, Script, Separator, Transfer, TransferSource, Word,
};
