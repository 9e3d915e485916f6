//! Chains the statements of a batch, one after the other, and signs them, all at once.

use std::collections::HashMap;

use invoice::{EntryKind, Hash, OutletId, Statement, entry_hash, signed_message};

use super::prepare::catch;
use super::{Order, Planned, PlannedEntry, Signed, Slot, Subject, parallel};
use crate::error::LedgerError;
use crate::order::{EntrySigner, Prepared};
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

/// Signs what is chained, while `meanwhile` runs here. A signer's failure drops its order alone.
pub(crate) fn sign<M>(
    slots: &mut [Slot],
    workers: usize,
    meanwhile: impl FnOnce(&[Slot]) -> M,
) -> M {
    let unsigned: Vec<(usize, &EntrySigner, &[u8])> =
        slots.iter().enumerate().filter_map(|(index, slot)| unsigned(index, slot)).collect();
    let work = |(index, signer, statement): &(usize, &EntrySigner, &[u8])| {
        (*index, catch(|| (signer.sign)(&signed_message(statement))))
    };
    let (results, meant) = parallel::map(workers, &unsigned, work, || meanwhile(slots));
    for (index, result) in results {
        match (result, &mut slots[index].signed) {
            (Ok(signature), Some(signed)) => signed.signature = Some(signature),
            (Ok(_), None) => unreachable!("a signature is of a statement"),
            (Err(source), _) => slots[index].failure = Some(LedgerError::Sign(source)),
        }
    }
    meant
}

fn unsigned(index: usize, slot: &Slot) -> Option<(usize, &EntrySigner, &[u8])> {
    slot.entry()?;
    let signed = slot.signed.as_ref()?;
    let signer = match &slot.order {
        Order::Seal(order, _) => &order.signer,
        Order::Append(order, _) => &order.signer,
        Order::Clock(order, _) => &order.signer,
    };
    signed.signature.is_none().then_some((index, signer, &*signed.statement))
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
        _ => unreachable!("an order's subject is of its own sort"),
    }
}
