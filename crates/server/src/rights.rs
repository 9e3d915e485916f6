//! What an API key may do, and where.

use invoice::{Json, OutletId};

/// An operation that a key may be allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// Issue invoices and credit notes.
    InvoicesWrite,
    InvoicesRead,
    OutletsRead,
    /// Create outlets, and accept a clock that went back.
    OutletsWrite,
    SubmissionsRead,
    /// Tell what an authority holds, set submissions aside and take them up again.
    SubmissionsWrite,
    EventsRead,
    /// Read documents of other taxpayers.
    InboxRead,
    /// Approve and reject them.
    InboxWrite,
    /// Make, list and revoke keys that may do no more than the one that makes them.
    KeysWrite,
}

impl Operation {
    pub const ALL: [Self; 10] = [
        Self::InvoicesWrite,
        Self::InvoicesRead,
        Self::OutletsRead,
        Self::OutletsWrite,
        Self::SubmissionsRead,
        Self::SubmissionsWrite,
        Self::EventsRead,
        Self::InboxRead,
        Self::InboxWrite,
        Self::KeysWrite,
    ];

    /// What a key may do where nobody says: everything but make other keys.
    pub const ORDINARY: [Self; 9] = [
        Self::InvoicesWrite,
        Self::InvoicesRead,
        Self::OutletsRead,
        Self::OutletsWrite,
        Self::SubmissionsRead,
        Self::SubmissionsWrite,
        Self::EventsRead,
        Self::InboxRead,
        Self::InboxWrite,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvoicesWrite => "invoices:write",
            Self::InvoicesRead => "invoices:read",
            Self::OutletsRead => "outlets:read",
            Self::OutletsWrite => "outlets:write",
            Self::SubmissionsRead => "submissions:read",
            Self::SubmissionsWrite => "submissions:write",
            Self::EventsRead => "events:read",
            Self::InboxRead => "inbox:read",
            Self::InboxWrite => "inbox:write",
            Self::KeysWrite => "keys:write",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == word)
    }
}

/// The outlets that a key reaches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reach {
    /// Every outlet of the tenant, also those to come.
    All,
    Only(Vec<OutletId>),
}

impl Reach {
    pub fn contains(&self, outlet: &OutletId) -> bool {
        match self {
            Self::All => true,
            Self::Only(outlets) => outlets.contains(outlet),
        }
    }

    /// Whether this reaches whatever the other reaches, now and later.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, Self::All | Self::Only(_)) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(ours), Self::Only(theirs)) => theirs.iter().all(|one| ours.contains(one)),
        }
    }

    /// The outlet that needs no naming.
    pub(crate) fn sole(&self) -> Option<&OutletId> {
        match self {
            Self::Only(outlets) if outlets.len() == 1 => outlets.first(),
            Self::All | Self::Only(_) => None,
        }
    }
}

/// `["invoices:read", …]`, as a key's row holds it. A word of a later version gives no right.
pub(crate) fn read_operations(text: &str) -> Vec<Operation> {
    words(text).iter().filter_map(|word| Operation::parse(word)).collect()
}

pub(crate) fn write_operations(operations: &[Operation]) -> String {
    write_words(operations.iter().map(|operation| operation.as_str()))
}

/// `["ou_…", …]`, or `["*"]` for all. What cannot be read reaches nothing.
pub(crate) fn read_reach(text: &str) -> Reach {
    let words = words(text);
    match words.as_slice() {
        [all] if all == ALL_OUTLETS => Reach::All,
        words => Reach::Only(words.iter().filter_map(|id| OutletId::parse(id).ok()).collect()),
    }
}

pub(crate) fn write_reach(reach: &Reach) -> String {
    match reach {
        Reach::All => write_words([ALL_OUTLETS].into_iter()),
        Reach::Only(outlets) => write_words(outlets.iter().map(OutletId::as_str)),
    }
}

const ALL_OUTLETS: &str = "*";

fn words(text: &str) -> Vec<String> {
    match Json::parse(text.as_bytes()) {
        Ok(Json::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn write_words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let bytes = Json::Array(words.map(Json::string).collect()).to_canonical_bytes();
    String::from_utf8(bytes).expect("canonical bytes are UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_as_they_are_written() {
        let operations = Operation::ALL.to_vec();
        assert_eq!(read_operations(&write_operations(&operations)), operations);
        let outlet = OutletId::from_random([3; 10]);
        for reach in [Reach::All, Reach::Only(vec![]), Reach::Only(vec![outlet])] {
            assert_eq!(read_reach(&write_reach(&reach)), reach);
        }
    }

    #[test]
    fn what_cannot_be_read_gives_no_right() {
        for text in ["", "{}", "null", "\"*\"", "[1]", "[\"**\"]"] {
            assert_eq!(read_operations(text), []);
            assert_eq!(read_reach(text), Reach::Only(vec![]), "{text}");
        }
    }
}
