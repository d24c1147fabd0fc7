//! The linter as a language server (Language Server Protocol 3.17).
//!
//! [`serve`] speaks over the connection it is handed: diagnostics while typing, quick fixes,
//! fix-all, hover. What is linted is the editor's text; what stands beside it is read from disk,
//! unless the editor holds that, too. Formatting is not offered: style is the author's.

#![forbid(unsafe_code)]

mod actions;
mod document;
mod hover;
mod instructions;
mod present;
mod protocol;
mod server;

pub use lsp_server::Connection;
pub use server::{Ended, Options, ServeError, serve};
