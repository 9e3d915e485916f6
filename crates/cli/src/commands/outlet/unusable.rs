//! Why an outlet that somebody describes could not work, told by its code: it has no id yet that
//! anybody knows.

use fiscal::{DeskError, KeyTrouble};
use ledger::Outlet;
use signing::SigningError;

use crate::failure::Failure;

pub(super) fn unusable(outlet: &Outlet, error: &DeskError) -> Failure {
    let text = format!("outlet {}: {}. Nothing was written", outlet.code, why(error));
    if is_of_a_machine(error) { Failure::Unusable(text) } else { Failure::refused(text) }
}

fn why(error: &DeskError) -> String {
    match error {
        DeskError::Settings { reason, .. } | DeskError::Wire { reason, .. } => {
            format!("its settings are not right: {reason}")
        }
        DeskError::Zone { zone, .. } => {
            format!("there is no time zone {zone:?}: take an IANA name, as Africa/Lagos")
        }
        DeskError::ForeignZone { zone, known, .. } => {
            format!("its authority has no outlets in {zone}; take {}", known.join(" or "))
        }
        DeskError::Authority { source, .. } => source.to_string(),
        DeskError::Key { field, source, .. } => {
            format!("its key cannot be used ({field}): {}", Failure::from_error(source))
        }
        DeskError::UnknownOutlet(_) | DeskError::Ledger(_) => error.in_full(),
    }
}

/// What was described may be right, and a device or a store does not do its part.
fn is_of_a_machine(error: &DeskError) -> bool {
    match error {
        DeskError::Ledger(_) => true,
        DeskError::Key { source: KeyTrouble::Signing(trouble), .. } => matches!(
            **trouble,
            SigningError::Library { .. }
                | SigningError::ModuleUnusable { .. }
                | SigningError::PinLocked { .. }
                | SigningError::PinLastAttempt { .. }
                | SigningError::TokenBusy { .. }
                | SigningError::Token { .. }
        ),
        _ => false,
    }
}
