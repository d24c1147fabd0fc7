//! The tables of kinds, by who issues them.

pub(super) mod chat;
pub(super) mod cloud;
pub(super) mod forge;
pub(super) mod keys;
pub(super) mod observability;
pub(super) mod payment;
pub(super) mod registry;
pub(super) mod service;
pub(super) mod settings;
