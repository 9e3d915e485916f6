//! The Democratic Republic of the Congo: the Direction générale des impôts (DGI).
//!
//! A taxpayer's invoicing system (SFE) gets the security elements of each invoice from a control
//! module: the e-MCF over HTTP, or a device on a serial line. VAT is 16 %, with reduced rates of
//! 5 % and 1 % since the finance law of 2026; sixteen groups, A to P, tell what a line owes.
//! Sources and open questions: `docs/authorities/drc.md`.

mod checks;
mod cloud;
mod emcf;
mod regime;
mod settings;

use crate::contract::{CodeForm, Forms};

pub use checks::RULES;
pub use cloud::Cloud;
pub use emcf::Emcf;
pub use regime::regime;
pub use settings::Settings;

/// The DGI gives its code in groups of four, and has nothing signed for it.
pub(crate) const FORMS: Forms = Forms { code: CodeForm::GroupsOfFour, document: None };
