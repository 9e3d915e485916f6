//! Outlets: list, create, show, and a clock that went back.

pub(crate) mod clock;
pub(crate) mod create;
mod issuer;
pub(crate) mod list;
pub(crate) mod new_outlets;
pub(crate) mod show;
mod unusable;
pub(crate) mod view;
