//! Where an invoice stands, and which entries may follow.

use invoice::EntryKind;

use crate::submission::SubmissionState;

/// The first entry of an invoice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Opening {
    /// The authority is asked first: nothing may be handed over yet.
    Requested,
    /// Sealed at once; the authority learns of it later.
    Sealed,
}

/// A later entry of an invoice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FollowUp {
    Sealed,
    Refused,
    Unanswered,
    Acknowledged,
}

/// What the entries of one invoice amount to. Stored beside the invoice as a word, and recomputed
/// by verification.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Stage {
    Requested,
    /// Not sealed: the authority may or may not have registered it.
    Unanswered,
    /// Never sealed; its number went back to the series.
    Refused,
    Sealed,
    /// Sealed and handed over; whether the authority has it is not known.
    SealedUnanswered,
    /// Sealed and handed over, and then refused: a person must act. Its number is used, unless the
    /// authority said that it is not.
    SealedRefused,
    Acknowledged,
}

impl Opening {
    pub const fn kind(self) -> EntryKind {
        match self {
            Self::Requested => EntryKind::Requested,
            Self::Sealed => EntryKind::Sealed,
        }
    }

    pub const fn stage(self) -> Stage {
        match self {
            Self::Requested => Stage::Requested,
            Self::Sealed => Stage::Sealed,
        }
    }
}

impl FollowUp {
    pub const fn kind(self) -> EntryKind {
        match self {
            Self::Sealed => EntryKind::Sealed,
            Self::Refused => EntryKind::Refused,
            Self::Unanswered => EntryKind::Unanswered,
            Self::Acknowledged => EntryKind::Acknowledged,
        }
    }
}

impl Stage {
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Unanswered,
        Self::Refused,
        Self::Sealed,
        Self::SealedUnanswered,
        Self::SealedRefused,
        Self::Acknowledged,
    ];

    /// The stage of an invoice whose first entry is of this kind, if it may be the first.
    pub const fn opened_by(kind: EntryKind) -> Option<Self> {
        match kind {
            EntryKind::Requested => Some(Self::Requested),
            EntryKind::Sealed => Some(Self::Sealed),
            EntryKind::Refused
            | EntryKind::Unanswered
            | EntryKind::Acknowledged
            | EntryKind::ClockAccepted
            | EntryKind::Recovered => None,
        }
    }

    /// The stage that an entry of this kind leads to, if it may follow. Invariant 5: an invoice is
    /// sealed once, and never after it was refused.
    pub const fn after(self, kind: EntryKind) -> Option<Self> {
        let is_asked = matches!(self, Self::Requested | Self::Unanswered);
        let is_told = matches!(self, Self::Sealed | Self::SealedUnanswered);
        match kind {
            EntryKind::Sealed if is_asked => Some(Self::Sealed),
            EntryKind::Refused if is_asked => Some(Self::Refused),
            EntryKind::Refused if is_told => Some(Self::SealedRefused),
            // A second one is the receiver's: the authority has it, and so has the customer.
            EntryKind::Acknowledged if is_told || matches!(self, Self::Acknowledged) => {
                Some(Self::Acknowledged)
            }
            EntryKind::Unanswered if matches!(self, Self::Requested) => Some(Self::Unanswered),
            EntryKind::Unanswered if matches!(self, Self::Sealed) => Some(Self::SealedUnanswered),
            EntryKind::Requested
            | EntryKind::Sealed
            | EntryKind::Refused
            | EntryKind::Unanswered
            | EntryKind::Acknowledged
            | EntryKind::ClockAccepted
            | EntryKind::Recovered => None,
        }
    }

    /// Whether the submission of an invoice in this stage, whose first entry was of this kind, may
    /// be in that state: done if and only if the authority has answered.
    pub(crate) const fn goes_with(self, opened: EntryKind, state: SubmissionState) -> bool {
        let is_underway = matches!(
            state,
            SubmissionState::Queued | SubmissionState::Submitted | SubmissionState::SetAside
        );
        match self {
            // Where the authority was asked first, its answer sealed the invoice.
            Self::Sealed if matches!(opened, EntryKind::Requested) => {
                is_underway || matches!(state, SubmissionState::Acknowledged)
            }
            Self::Requested | Self::Sealed => is_underway,
            Self::Unanswered | Self::SealedUnanswered => {
                is_underway || matches!(state, SubmissionState::Unanswered)
            }
            Self::Refused | Self::SealedRefused => matches!(state, SubmissionState::Refused),
            // The authority has it, and something may still be done besides.
            Self::Acknowledged => is_underway || matches!(state, SubmissionState::Acknowledged),
        }
    }

    /// Whether the receipt may be, or has been, handed over.
    pub const fn is_sealed(self) -> bool {
        match self {
            Self::Sealed | Self::SealedUnanswered | Self::SealedRefused | Self::Acknowledged => {
                true
            }
            Self::Requested | Self::Unanswered | Self::Refused => false,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Unanswered => "unanswered",
            Self::Refused => "refused",
            Self::Sealed => "sealed",
            Self::SealedUnanswered => "sealed_unanswered",
            Self::SealedRefused => "sealed_refused",
            Self::Acknowledged => "acknowledged",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row a stage: what each kind leads to, `-` where it may not follow.
    const TABLE: &str = "
        stage              sealed  refused         unanswered         acknowledged
        requested          sealed  refused         unanswered         -
        unanswered         sealed  refused         -                  -
        refused            -       -               -                  -
        sealed             -       sealed_refused  sealed_unanswered  acknowledged
        sealed_unanswered  -       sealed_refused  -                  acknowledged
        sealed_refused     -       -               -                  -
        acknowledged       -       -               -                  acknowledged
    ";

    #[test]
    fn the_table_of_transitions() {
        let mut rows =
            TABLE.lines().map(str::split_whitespace).filter(|row| row.clone().count() > 0);
        let kinds: Vec<EntryKind> =
            rows.next().unwrap().skip(1).map(|word| EntryKind::parse(word).unwrap()).collect();
        let never = EntryKind::ALL.into_iter().filter(|kind| !kinds.contains(kind));
        for (kind, stage) in never.flat_map(|kind| Stage::ALL.map(|stage| (kind, stage))) {
            assert_eq!(stage.after(kind), None, "{stage:?} {kind:?}");
        }
        let mut seen = 0;
        for mut row in rows {
            let stage = Stage::parse(row.next().unwrap()).unwrap();
            for (kind, wanted) in kinds.iter().zip(row) {
                assert_eq!(stage.after(*kind), Stage::parse(wanted), "{stage:?} {kind:?}");
            }
            seen += 1;
        }
        assert_eq!(seen, Stage::ALL.len());
    }

    #[test]
    fn no_way_leads_to_a_second_seal() {
        for stage in Stage::ALL.into_iter().filter(|stage| stage.is_sealed()) {
            assert_eq!(stage.after(EntryKind::Sealed), None);
        }
    }
}
