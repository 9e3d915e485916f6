//! Authorise a range: record the numbers that an authority gave out to a taxpayer, and lend the
//! first share of them to the outlet at which they are recorded.

use authorities::{RangeKind, Refusal};
use invoice::{Fault, RangeId, Rule};
use jiff::civil::Date;
use ledger::{LedgerError, Range, RangeStanding, Share};

use crate::desk::Desk;

/// Numbers as the authority's portal shows them, both ends in them.
#[derive(Clone, Debug)]
pub struct NewRange {
    /// The authority's own code of the kind of document.
    pub kind: String,
    /// As printed.
    pub first: String,
    pub last: String,
    /// The last day on which they may be used, where they have one.
    pub expires_on: Option<Date>,
    /// The authority's own, of its authorisation.
    pub reference: Option<String>,
    /// The last number that the outlet gets; all where it is not said.
    pub lend_to: Option<String>,
}

/// A run of a range's numbers as printed, both ends in it.
#[derive(Clone, Debug)]
pub struct NumbersOfRange {
    pub range: RangeId,
    pub first: String,
    pub last: String,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum RangeError {
    #[error("the range has {} faults, the first: {}", .0.len(), .0[0])]
    Faults(Vec<Fault>),
    /// What was asked for is nothing that the authority takes, in its channel's words.
    #[error("the authority takes no such thing: {}", .0.words)]
    NotTaken(Refusal),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Records the range for the outlet's taxpayer and environment, with the outlet's share.
///
/// False where the same request recorded it before; nothing is written then.
pub async fn authorise_range(desk: &Desk, new: NewRange) -> Result<(RangeId, bool), RangeError> {
    let kind = kind_of(desk, &new.kind).map_err(of_one)?;
    let range = range(desk, kind, &new).map_err(RangeError::Faults)?;
    let last = match &new.lend_to {
        None => range.last,
        Some(number) => number_at(kind, number, "/lend_to").map_err(of_one)?,
    };
    let share = Share {
        tenant: range.tenant.clone(),
        range: range.id.clone(),
        outlet: desk.outlet.id.clone(),
        first: range.first,
        last,
        created_at: range.created_at,
    };
    if let Some(earlier) = earlier(desk, &range, &share).await? {
        return Ok((earlier, false));
    }
    let id = range.id.clone();
    desk.ledger.authorise_range(range, vec![share]).await.map_err(numbers_at("/first"))?;
    Ok((id, true))
}

async fn earlier(desk: &Desk, new: &Range, share: &Share) -> Result<Option<RangeId>, LedgerError> {
    let is_it = |known: &RangeStanding| {
        let range = Range { id: new.id.clone(), created_at: new.created_at, ..known.range.clone() };
        let first = known.shares.iter().find(|known| known.share.first == share.first);
        let is_lent = first.is_some_and(|known| {
            (&known.share.outlet, known.share.last) == (&share.outlet, share.last)
        });
        range == *new && is_lent
    };
    let ranges = desk.ledger.ranges(&new.tenant).await?;
    Ok(ranges.into_iter().find(is_it).map(|known| known.range.id))
}

fn range(desk: &Desk, kind: &RangeKind, new: &NewRange) -> Result<Range, Vec<Fault>> {
    let mut faults = Vec::new();
    let (first, last) = run(kind, (&new.first, &new.last)).unwrap_or_else(|found| {
        faults.extend(found);
        (0, 0)
    });
    let now = desk.clock.now();
    faults.extend(check_expiry(kind, new.expires_on, desk.zone.date(now)));
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Range {
        tenant: desk.outlet.tenant.clone(),
        taxpayer: desk.outlet.taxpayer.clone(),
        id: RangeId::from_random(desk.chance.bytes()),
        environment: desk.outlet.environment,
        kind: kind.code.to_owned(),
        prefix: kind.prefix.to_owned(),
        width: kind.width,
        first,
        last,
        expires_on: new.expires_on,
        reference: new.reference.clone(),
        created_at: now,
    })
}

pub(crate) fn kind_of(desk: &Desk, code: &str) -> Result<&'static RangeKind, Fault> {
    let kinds = desk.authority.range_kinds();
    kinds.iter().find(|kind| kind.code == code).ok_or_else(|| {
        let known: Vec<&str> = kinds.iter().map(|kind| kind.code).collect();
        if known.is_empty() {
            return Fault::new(NO_RANGES, "/kind");
        }
        Fault::new(RANGE_KIND_UNKNOWN, "/kind").with("known", known.join(", "))
    })
}

/// A run of numbers as printed, at `/first` and `/last`.
pub(crate) fn run(kind: &RangeKind, (first, last): (&str, &str)) -> Result<(u64, u64), Vec<Fault>> {
    match (number_at(kind, first, "/first"), number_at(kind, last, "/last")) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        (Ok(_), Ok(_)) => Err(vec![Fault::new(RANGE_EMPTY, "/last")]),
        (first, last) => Err([first.err(), last.err()].into_iter().flatten().collect()),
    }
}

pub(crate) fn number_at(kind: &RangeKind, text: &str, pointer: &'static str) -> Result<u64, Fault> {
    read_number(kind, text).ok_or_else(|| {
        let example = format!("{}{:0width$}", kind.prefix, 1, width = usize::from(kind.width));
        let other = Fault::new(NUMBER_OF_ANOTHER_KIND, pointer);
        other.with("prefix", kind.prefix).with("length", example.len()).with("example", example)
    })
}

pub(crate) fn of_one(fault: Fault) -> RangeError {
    RangeError::Faults(vec![fault])
}

/// The number behind the prefix, as the authority writes it.
fn read_number(kind: &RangeKind, text: &str) -> Option<u64> {
    let digits = text.strip_prefix(kind.prefix)?;
    let is_number =
        digits.len() == usize::from(kind.width) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| digits.parse().ok()).flatten();
    number.filter(|number| *number > 0)
}

fn check_expiry(kind: &RangeKind, expires_on: Option<Date>, today: Date) -> Option<Fault> {
    match expires_on {
        None if kind.expires => Some(Fault::new(RANGE_EXPIRY_MISSING, "/expires_on")),
        Some(_) if !kind.expires => Some(Fault::new(RANGE_EXPIRY_UNKNOWN, "/expires_on")),
        Some(last_day) if last_day < today => {
            Some(Fault::new(RANGE_EXPIRED, "/expires_on").with("last_day", last_day))
        }
        None | Some(_) => None,
    }
}

impl NumbersOfRange {
    /// The range, and the numbers behind what is printed.
    pub(crate) async fn read(
        &self,
        desk: &Desk,
    ) -> Result<(RangeStanding, (u64, u64)), RangeError> {
        let standing = desk.ledger.range(&desk.outlet.tenant, &self.range).await?;
        let standing = standing.ok_or(LedgerError::Unknown("range"))?;
        let kind = kind_of(desk, &standing.range.kind).map_err(of_one)?;
        let numbers = run(kind, (&self.first, &self.last)).map_err(RangeError::Faults)?;
        Ok((standing, numbers))
    }
}

/// What the ledger says of numbers, as the caller's fault.
pub(crate) fn numbers_at(pointer: &'static str) -> impl Fn(LedgerError) -> RangeError {
    move |error| match error {
        LedgerError::NumbersHeld { how, first, last } => {
            let held = Fault::new(NUMBERS_HELD, pointer).with("how", how.as_str());
            RangeError::Faults(vec![held.with("first", first).with("last", last)])
        }
        LedgerError::OutsideRange { first, last } => {
            let outside =
                Fault::new(NUMBERS_OUTSIDE, pointer).with("first", first).with("last", last);
            RangeError::Faults(vec![outside])
        }
        error => RangeError::Ledger(error),
    }
}

pub(crate) const RANGE_KIND_UNKNOWN: &Rule = &Rule {
    code: "range_kind_unknown",
    fr: "L'autorité de ce point de vente n'attribue pas de numéros de ce type ; types : {known}.",
    es: "La autoridad de este punto de venta no autoriza números de este tipo; tipos: {known}.",
    en: "The authority of this outlet gives out no numbers of this kind; kinds: {known}.",
};
/// The same rule, where there is no kind to name.
const NO_RANGES: &Rule = &Rule {
    code: "range_kind_unknown",
    fr: "L'autorité de ce point de vente n'attribue pas de numéros : il les forme lui-même.",
    es: "La autoridad de este punto de venta no autoriza números: los forma el punto de venta mismo.",
    en: "The authority of this outlet gives out no numbers: the outlet makes its own.",
};
pub(crate) const RANGE_EMPTY: &Rule = &Rule {
    code: "range_empty",
    fr: "Le dernier numéro vient avant le premier.",
    es: "El último número es anterior al primero.",
    en: "The last number comes before the first.",
};
pub(crate) const RANGE_EXPIRED: &Rule = &Rule {
    code: "range_expired",
    fr: "Ces numéros ne valent plus depuis le {last_day}.",
    es: "Estos números vencieron el {last_day}.",
    en: "These numbers expired on {last_day}.",
};
pub(crate) const RANGE_EXPIRY_MISSING: &Rule = &Rule {
    code: "range_expiry_missing",
    fr: "Les numéros de ce type ont une date limite : indiquez celle de l'autorisation.",
    es: "Los números de este tipo vencen: indique la fecha de la autorización.",
    en: "Numbers of this kind expire: give the date that the authorisation shows.",
};
pub(crate) const RANGE_EXPIRY_UNKNOWN: &Rule = &Rule {
    code: "range_expiry_unknown",
    fr: "Les numéros de ce type n'ont pas de date limite : n'en indiquez pas.",
    es: "Los números de este tipo no vencen: no indique fecha.",
    en: "Numbers of this kind do not expire: leave the date out.",
};
pub(crate) const NUMBER_OF_ANOTHER_KIND: &Rule = &Rule {
    code: "number_of_another_kind",
    fr: "Un numéro de ce type commence par {prefix} et compte {length} caractères, comme {example}.",
    es: "Un número de este tipo empieza por {prefix} y tiene {length} caracteres, como {example}.",
    en: "A number of this kind begins with {prefix} and has {length} characters, as {example} does.",
};
pub(crate) const NUMBERS_HELD: &Rule = &Rule {
    code: "numbers_held",
    fr: "Certains de ces numéros sont déjà pris ({how}), parmi {first} à {last}.",
    es: "Algunos de estos números ya están tomados ({how}), entre {first} y {last}.",
    en: "Some of these numbers are {how} already, among {first} to {last}.",
};
pub(crate) const NUMBERS_OUTSIDE: &Rule = &Rule {
    code: "numbers_outside",
    fr: "Seuls les numéros {first} à {last} sont possibles ici.",
    es: "Aquí solo son posibles los números {first} a {last}.",
    en: "Only the numbers {first} to {last} can stand here.",
};

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: RangeKind =
        RangeKind { code: "31", label: "Any", prefix: "E31", width: 10, expires: true };

    #[test]
    fn a_number_is_read_as_it_is_printed_and_not_otherwise() {
        assert_eq!(read_number(&KIND, "E310000000107"), Some(107));
        for text in [
            "",
            "E31",
            "E310000000000",
            "E320000000001",
            "E31000000001",
            "E3100000000011",
            "E31+000000001",
            "e310000000001",
            "E31٠٠٠٠٠",
        ] {
            assert_eq!(read_number(&KIND, text), None, "{text}");
        }
    }

    #[test]
    fn a_range_is_good_on_its_last_day_and_not_after() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let today = day("2026-12-31");
        let rule = |kind: &RangeKind, expires_on: Option<&str>| {
            check_expiry(kind, expires_on.map(day), today).map(|fault| fault.code())
        };
        assert_eq!(rule(&KIND, Some("2026-12-31")), None);
        assert_eq!(rule(&KIND, Some("2026-12-30")), Some("range_expired"));
        assert_eq!(rule(&KIND, None), Some("range_expiry_missing"));
        let lasting = RangeKind { expires: false, ..KIND };
        assert_eq!(rule(&lasting, None), None);
        assert_eq!(rule(&lasting, Some("2026-12-31")), Some("range_expiry_unknown"));
    }

    #[test]
    fn a_run_ends_after_it_begins_and_every_fault_of_it_is_told() {
        let faults = |first, last| -> Vec<_> {
            let faults = run(&KIND, (first, last)).unwrap_err();
            faults.iter().map(|fault| (fault.code(), fault.pointer().to_owned())).collect()
        };
        assert_eq!(run(&KIND, ("E310000000001", "E310000000001")), Ok((1, 1)));
        let before = faults("E310000000002", "E310000000001");
        assert_eq!(before, [("range_empty", "/last".to_owned())]);
        assert_eq!(faults("", "E320000000001").len(), 2);
    }
}
