//! Chains the statements of a batch, one after the other.

use std::collections::HashMap;

use invoice::{EntryKind, Hash, OutletId, Statement, entry_hash};

use super::{Order, Planned, PlannedEntry, Signed, Slot, Subject};
use crate::order::Prepared;
use crate::record::Head;

/// Writes each planned entry's statement upon the hash of the one before; moves the heads on.
pub(crate) fn chain(slots: &mut [Slot], heads: &mut HashMap<OutletId, Head>) {
    for slot in slots {
        let Planned::Entry(entry) = &slot.planned else { continue };
        let head = heads.get_mut(&entry.outlet).expect("a planned entry's head was read");
        assert_eq!(entry.sequence, head.sequence + 1, "a chain has no gap");
        let prepared = slot.prepared.as_ref().map(|(_, prepared)| prepared);
        let statement = statement(&slot.order, entry, prepared, head.hash).to_bytes();
        let hash = entry_hash(&statement);
        *head = Head { sequence: entry.sequence, hash, at: Some(entry.at) };
        if slot.signed.as_ref().is_none_or(|signed| signed.hash != hash) {
            slot.signed = Some(Signed { statement, hash, signature: None });
        }
    }
}

fn statement(
    order: &Order,
    entry: &PlannedEntry,
    prepared: Option<&Prepared>,
    previous: Hash,
) -> Statement {
    let blank = |key_id: &str| Statement {
        taxpayer: String::new(),
        outlet: entry.outlet.clone(),
        sequence: entry.sequence,
        kind: EntryKind::ClockAccepted,
        number: String::new(),
        total: None,
        currency: String::new(),
        sealed_at: entry.at,
        regime: String::new(),
        payload_hash: Hash::ZERO,
        previous,
        key_id: key_id.to_owned(),
        elements_hash: None,
    };
    let elements_hash = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(Hash::of_elements);
    match (order, &entry.subject) {
        (Order::Seal(order, _), Subject::Opening { assigned, .. }) => {
            let prepared = prepared.expect("what is chained was prepared");
            Statement {
                taxpayer: order.taxpayer.clone(),
                kind: prepared.opening.kind(),
                number: assigned.number.clone(),
                total: Some(order.total),
                currency: order.currency.clone(),
                regime: order.regime.clone(),
                payload_hash: order.payload.hash(),
                elements_hash: elements_hash(&prepared.elements),
                ..blank(&order.signer.key_id)
            }
        }
        (Order::Append(order, _), Subject::FollowUp { facts, .. }) => Statement {
            taxpayer: facts.taxpayer.clone(),
            kind: order.kind.kind(),
            number: facts.number.clone(),
            total: Some(facts.total),
            currency: facts.currency.clone(),
            regime: facts.regime.clone(),
            payload_hash: facts.payload_hash,
            elements_hash: elements_hash(&order.elements),
            ..blank(&order.signer.key_id)
        },
        (Order::Clock(order, _), Subject::Outlet { taxpayer, note }) => Statement {
            taxpayer: taxpayer.clone(),
            payload_hash: Hash::of_note(note),
            ..blank(&order.signer.key_id)
        },
        (Order::Recover(order, _), Subject::Recovery { taxpayer, note, .. }) => Statement {
            taxpayer: taxpayer.clone(),
            kind: EntryKind::Recovered,
            payload_hash: Hash::of_note(note),
            ..blank(&order.signer.key_id)
        },
        _ => unreachable!("an order's subject is of its own sort"),
    }
}
