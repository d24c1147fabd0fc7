//! Shell text as the commands in it: enough to know what a RUN instruction does.
//!
//! Not a shell: nothing is expanded or executed, and text that no shell would accept still yields
//! the commands that can be told.

mod command;
mod plain;
mod scanner;
mod word_scanner;

pub(crate) use command::{Command, Separator, Word};
pub(crate) use plain::is_plain;
pub(crate) use scanner::{Script, scan};
