//! Submissions: the duty to tell the authority, where it stands, and a person's hand in it.

mod hand;
pub(crate) mod list;
pub(crate) mod retry;
pub(crate) mod set_aside;
pub(crate) mod view;
