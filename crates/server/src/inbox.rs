//! The inbox: documents of other taxpayers, and their buyer's word on them.

pub(crate) mod approve;
mod given;
pub(crate) mod list;
pub(crate) mod reject;
pub(crate) mod show;
pub(crate) mod view;
