//! The statement of a ledger entry: what an inspector needs, in a fixed order of bytes.
//!
//! `entry_hash = SHA-256(0x00 ‖ statement)` is at once the next entry's `previous`, the RFC 6962
//! leaf of the outlet's Merkle log, and the digest that the entry's signature signs. So
//! `openssl dgst -sha256 -verify` over `0x00 ‖ statement` needs nothing of ours.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::decimal::Amount;
use crate::ids::OutletId;
use crate::time::Timestamp;

/// What happened to an invoice, or to an outlet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EntryKind {
    /// A number was taken and the authority is being asked: nothing may be handed over yet.
    Requested,
    /// The invoice is sealed: the receipt may be handed over.
    Sealed,
    /// The authority refused: the number goes to the next invoice of the series.
    Refused,
    /// The authority may or may not have registered the invoice; somebody has to find out.
    Unanswered,
    /// The authority has acknowledged an invoice that we sealed first.
    Acknowledged,
    /// An operator accepted a clock that went back, and said why.
    ClockAccepted,
    /// An operator accepted that the store lost its last entries, and wrote their numbers off.
    Recovered,
}

impl EntryKind {
    pub const ALL: [Self; 7] = [
        Self::Requested,
        Self::Sealed,
        Self::Refused,
        Self::Unanswered,
        Self::Acknowledged,
        Self::ClockAccepted,
        Self::Recovered,
    ];

    /// The word that stands in statements, rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Sealed => "sealed",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::Acknowledged => "acknowledged",
            Self::ClockAccepted => "clock_accepted",
            Self::Recovered => "recovered",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A SHA-256 digest.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What stands as `previous` in an outlet's first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash of canonical invoice bytes: `SHA-256("stalela/invoice/1" ‖ 0x00 ‖ bytes)`.
    pub fn of_invoice(canonical: &[u8]) -> Self {
        Self::tagged("stalela/invoice/1", canonical)
    }

    /// The hash of what an authority gave or said, as it was.
    pub fn of_elements(bytes: &[u8]) -> Self {
        Self::tagged("stalela/elements/1", bytes)
    }

    /// The hash of an operator's note, for entries that have no invoice.
    pub fn of_note(bytes: &[u8]) -> Self {
        Self::tagged("stalela/note/1", bytes)
    }

    /// Whose entries a key signs: the hash of the taxpayer's own number and the outlet, each led by its
    /// length in two bytes as in a statement. It is published, and tells neither to who knows none of
    /// them: an outlet's id is drawn by chance.
    pub fn of_seller(tax_id: &str, outlet: &OutletId) -> Self {
        let mut bytes = Vec::with_capacity(64);
        field(&mut bytes, tax_id.as_bytes());
        field(&mut bytes, outlet.as_str().as_bytes());
        Self::tagged("stalela/seller/1", &bytes)
    }

    fn tagged(tag: &str, bytes: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(tag.as_bytes());
        hasher.update([0]);
        hasher.update(bytes);
        Self(hasher.finalize().into())
    }

    /// From a column of a row.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    pub fn to_hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    pub fn parse_hex(text: &str) -> Option<Self> {
        Self::from_slice(&data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_hex())
    }
}

/// What an entry states. Absent texts are empty; an absent hash is absent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// The taxpayer's own number: NIF, RNC.
    pub taxpayer: String,
    pub outlet: OutletId,
    /// 1 for an outlet's first entry, then one more each time.
    pub sequence: u64,
    pub kind: EntryKind,
    /// The invoice's number as printed.
    pub number: String,
    pub total: Option<Amount>,
    /// ISO 4217.
    pub currency: String,
    pub sealed_at: Timestamp,
    pub regime: String,
    pub payload_hash: Hash,
    pub previous: Hash,
    pub key_id: String,
    /// Of the authority's elements or words, where they came before the entry.
    pub elements_hash: Option<Hash>,
}

impl Statement {
    /// The tag, then every field, each led by its length in two bytes, big-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(320);
        field(&mut out, TAG.as_bytes());
        field(&mut out, self.taxpayer.as_bytes());
        field(&mut out, self.outlet.as_str().as_bytes());
        field(&mut out, &self.sequence.to_be_bytes());
        field(&mut out, self.kind.as_str().as_bytes());
        field(&mut out, self.number.as_bytes());
        field(&mut out, self.total.map(|total| total.to_string()).unwrap_or_default().as_bytes());
        field(&mut out, self.currency.as_bytes());
        field(&mut out, &self.sealed_at.micros().to_be_bytes());
        field(&mut out, self.regime.as_bytes());
        field(&mut out, &self.payload_hash.0);
        field(&mut out, &self.previous.0);
        field(&mut out, self.key_id.as_bytes());
        field(&mut out, self.elements_hash.as_ref().map_or(&[][..], |hash| &hash.0));
        out
    }

    /// Reads what [`Self::to_bytes`] wrote, and nothing else.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        let mut fields = Fields(bytes);
        if fields.text()? != TAG {
            return Err(StatementError("the tag is not stalela/entry/1"));
        }
        let statement = Self {
            taxpayer: fields.text()?.to_owned(),
            outlet: OutletId::parse(fields.text()?).map_err(|_| StatementError("outlet"))?,
            sequence: u64::from_be_bytes(fields.array()?),
            kind: EntryKind::parse(fields.text()?).ok_or(StatementError("kind"))?,
            number: fields.text()?.to_owned(),
            total: total(fields.text()?)?,
            currency: fields.text()?.to_owned(),
            sealed_at: instant(i64::from_be_bytes(fields.array()?))?,
            regime: fields.text()?.to_owned(),
            payload_hash: Hash(fields.array()?),
            previous: Hash(fields.array()?),
            key_id: fields.text()?.to_owned(),
            elements_hash: match fields.next()? {
                [] => None,
                bytes => Some(Hash::from_slice(bytes).ok_or(StatementError("elements hash"))?),
            },
        };
        match fields.0 {
            [] if statement.to_bytes() == bytes => Ok(statement),
            _ => Err(StatementError("bytes that a statement does not have")),
        }
    }

    pub fn entry_hash(&self) -> Hash {
        entry_hash(&self.to_bytes())
    }
}

/// `SHA-256(0x00 ‖ statement)`.
pub fn entry_hash(statement: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(statement).finalize().into())
}

/// What is given to the signer: `0x00 ‖ statement`, whose SHA-256 is the entry's hash.
pub fn signed_message(statement: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(statement.len() + 1);
    message.push(0);
    message.extend_from_slice(statement);
    message
}

/// The first 15 bytes of `SHA-256("stalela/code/1" ‖ 0x00 ‖ signature)` in base32, printed six by
/// four: what a person can compare by eye.
pub fn authentication_code(signature: &[u8]) -> String {
    let digest = Hash::tagged("stalela/code/1", signature);
    let code = data_encoding::BASE32.encode(&digest.0[..15]);
    let groups: Vec<&str> = (0..6).map(|group| &code[group * 4..group * 4 + 4]).collect();
    groups.join("-")
}

/// Why bytes are not a statement: the part that is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a statement of a ledger entry: {0}")]
pub struct StatementError(&'static str);

const TAG: &str = "stalela/entry/1";

fn field(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len()).expect("no field of a statement has 64 KiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

fn total(text: &str) -> Result<Option<Amount>, StatementError> {
    match text {
        "" => Ok(None),
        _ => Amount::parse(text).map(Some).map_err(|_| StatementError("total")),
    }
}

fn instant(micros: i64) -> Result<Timestamp, StatementError> {
    jiff::Timestamp::from_microsecond(micros).map_err(|_| StatementError("time"))?;
    Ok(Timestamp::from_micros(micros))
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<&'a [u8], StatementError> {
        let (length, rest) = self.0.split_first_chunk().ok_or(StatementError("too short"))?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (bytes, rest) = rest.split_at_checked(length).ok_or(StatementError("too short"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str, StatementError> {
        std::str::from_utf8(self.next()?).map_err(|_| StatementError("not UTF-8"))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StatementError> {
        self.next()?.try_into().map_err(|_| StatementError("a field of another length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn statement() -> Statement {
        Statement {
            taxpayer: "A1234567B".to_owned(),
            outlet: OutletId::from_random([1; 10]),
            sequence: 7,
            kind: EntryKind::Sealed,
            number: "KIN01-2026-000007".to_owned(),
            total: Some(Amount::from_units(406_400)),
            currency: "CDF".to_owned(),
            sealed_at: Timestamp::from_micros(1_780_000_000_000_001),
            regime: "cd/2026-02".to_owned(),
            payload_hash: Hash::of_invoice(b"{}"),
            previous: Hash::ZERO,
            key_id: "0123456789abcdef".to_owned(),
            elements_hash: None,
        }
    }

    #[test]
    fn is_read_back() {
        let without = statement();
        let with = Statement { elements_hash: Some(Hash::of_elements(b"x")), ..statement() };
        for statement in [without, with] {
            assert_eq!(Statement::parse(&statement.to_bytes()), Ok(statement));
        }
    }

    #[test]
    fn no_two_statements_share_bytes_where_fields_meet() {
        let left = Statement { number: "AB".into(), currency: "C".into(), ..statement() };
        let right = Statement { number: "A".into(), currency: "BC".into(), ..statement() };
        assert_ne!(left.entry_hash(), right.entry_hash());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Statement::parse(&bytes).is_err());
        }

        #[test]
        fn a_flipped_byte_is_refused_or_changes_the_hash(at in 0_usize..200, bit in 0_u8..8) {
            let mut bytes = statement().to_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(other) = Statement::parse(&bytes) {
                prop_assert_ne!(other.entry_hash(), statement().entry_hash());
            }
        }
    }

    /// Computed with Python's hashlib.
    #[test]
    fn the_hash_of_a_seller_is_what_others_compute() {
        let outlet = OutletId::parse("ou_aeaqcaibaeaqcaib").unwrap();
        assert_eq!(outlet, OutletId::from_random([1; 10]));
        let hash = Hash::of_seller("A1234567B", &outlet);
        assert_eq!(
            hash.to_hex(),
            "a1992ac67e27244d0a06c8d3abfeefdf98e04fd8395fe956e709cbdfe5813193"
        );
        assert_ne!(Hash::of_seller("A1234567", &outlet), hash);
    }

    #[test]
    fn the_code_is_six_groups_of_four() {
        let code = authentication_code(&[0; 64]);
        assert_eq!(code.len(), 29);
        assert!(code.split('-').all(|group| group.len() == 4), "{code}");
    }
}
