//! Passwords and keys.

pub(crate) mod default_password;
pub(crate) mod variable;
