//! Invoices: issue, show, list, receipt, document, attempts, and a person's answer.

pub(crate) mod answer;
pub(crate) mod attempts;
pub(crate) mod document;
pub(crate) mod draft_schema;
pub(crate) mod issue;
pub(crate) mod list;
pub(crate) mod proof;
pub(crate) mod receipt;
pub(crate) mod show;
mod to_its_end;
pub(crate) mod view;
