//! Who gets which number, sequence and time, and who gets none.
//!
//! An order is checked whole before it changes anything, so that a rejected one consumes nothing.

use std::collections::HashMap;

use invoice::{EntryKind, InvoiceId, Json, OutletId, Quantity, TenantId, Timestamp};

use super::{Facts, InvoiceFacts, Order, Planned, PlannedEntry, ReplacedFacts, Slot, Subject};
use crate::clock::{next_instant, next_instant_of_follow_up};
use crate::error::LedgerError;
use crate::order::{AppendOrder, Assigned, ClockOrder, CreditClaim, SealOrder};
use crate::record::Head;

/// Plans every order that was not dropped; returns the heads that the chains go on from.
pub(crate) fn plan(slots: &mut [Slot], facts: Facts) -> HashMap<OutletId, Head> {
    let heads = facts.outlets.iter().map(|(id, outlet)| (id.clone(), outlet.head)).collect();
    let mut planner = Planner { facts };
    for slot in slots {
        slot.planned = match slot.failure {
            Some(_) => Planned::Dropped,
            None => planner.order(&slot.order).unwrap_or_else(Planned::Rejected),
        };
    }
    heads
}

struct Planner {
    facts: Facts,
}

impl Planner {
    fn order(&mut self, order: &Order) -> Result<Planned, LedgerError> {
        match order {
            Order::Seal(order, _) => self.seal(order),
            Order::Append(order, _) => self.append(order).map(Planned::Entry),
            Order::Clock(order, _) => self.accept_clock(order).map(Planned::Entry),
        }
    }

    fn seal(&mut self, order: &SealOrder) -> Result<Planned, LedgerError> {
        let outlet = order.invoice.outlet();
        let head = self.head(&order.tenant, &outlet)?;
        if let Some(invoice) = self.replayed(order)? {
            return Ok(Planned::Replayed(invoice));
        }
        let credited = self.credited_after(order)?;
        let replacement_turn = self.replacement_turn(order)?;
        let at = next_instant(head.at, order.now)?;

        self.facts.credited.extend(credited);
        self.replace(order, replacement_turn);
        if let Some(idempotency) = &order.idempotency {
            let key = (order.tenant.clone(), idempotency.key.clone());
            self.facts.keys.insert(key, (idempotency.body_hash, order.invoice.clone()));
        }
        let (ordinal, turn) = self.take_number(&outlet, order.series.fiscal_year);
        let sequence = self.advance(&outlet, at);
        let assigned = assigned(order, ordinal, at, sequence);
        let subject = Subject::Opening { assigned, turn, replacement_turn };
        Ok(Planned::Entry(PlannedEntry { outlet, sequence, at, subject }))
    }

    fn append(&mut self, order: &AppendOrder) -> Result<PlannedEntry, LedgerError> {
        let outlet = order.invoice.outlet();
        let unknown = || LedgerError::UnknownInvoice(order.invoice.clone());
        let mut facts = self.facts.invoices.get(&order.invoice).cloned().ok_or_else(unknown)?;
        if facts.tenant != order.tenant {
            return Err(unknown());
        }
        let head = self.head(&order.tenant, &outlet)?;
        check_fence(order, &facts)?;
        let kind = order.kind.kind();
        let illegal = LedgerError::IllegalTransition { from: facts.stage, to: kind };
        let stage = facts.stage.after(kind).ok_or(illegal)?;
        let at = next_instant_of_follow_up(head.at, order.now);

        let frees_number = kind == EntryKind::Refused && !facts.stage.is_sealed();
        if frees_number {
            self.free_number(&outlet, &facts);
        }
        if kind == EntryKind::Refused {
            self.release_credits(&facts);
            self.release_replaced(&facts);
        }
        let code = order.authority_code.clone().filter(|code| facts.code.as_ref() != Some(code));
        if code.is_some() && matches!(kind, EntryKind::Sealed | EntryKind::Acknowledged) {
            facts.code.clone_from(&code);
        }
        facts.stage = stage;
        if let Some(fence) = &mut facts.fence {
            fence.is_leased = !order.change.release;
        }
        self.facts.invoices.insert(order.invoice.clone(), facts.clone());
        let sequence = self.advance(&outlet, at);
        let subject = Subject::FollowUp { facts: Box::new(facts), stage, frees_number, code };
        Ok(PlannedEntry { outlet, sequence, at, subject })
    }

    /// The entry's time may lie before the last one's: that is what the operator accepts.
    fn accept_clock(&mut self, order: &ClockOrder) -> Result<PlannedEntry, LedgerError> {
        let head = self.head(&order.tenant, &order.outlet)?;
        let taxpayer = self.facts.outlets[&order.outlet].taxpayer.clone();
        let sequence = self.advance(&order.outlet, order.now);
        let subject = Subject::Outlet { taxpayer, note: note(order, head.at) };
        Ok(PlannedEntry { outlet: order.outlet.clone(), sequence, at: order.now, subject })
    }

    fn head(&self, tenant: &TenantId, outlet: &OutletId) -> Result<Head, LedgerError> {
        match self.facts.outlets.get(outlet) {
            Some(facts) if facts.tenant == *tenant => Ok(facts.head),
            _ => Err(LedgerError::UnknownOutlet(outlet.clone())),
        }
    }

    fn replayed(&self, order: &SealOrder) -> Result<Option<InvoiceId>, LedgerError> {
        let Some(idempotency) = &order.idempotency else { return Ok(None) };
        match self.facts.keys.get(&(order.tenant.clone(), idempotency.key.clone())) {
            None => Ok(None),
            Some((body, invoice)) if *body == idempotency.body_hash => Ok(Some(invoice.clone())),
            Some((_, invoice)) => Err(LedgerError::KeyReused { invoice: invoice.clone() }),
        }
    }

    /// What is credited of each claimed line with this order's claims.
    fn credited_after(
        &self,
        order: &SealOrder,
    ) -> Result<HashMap<(TenantId, InvoiceId, u32), i128>, LedgerError> {
        let mut after = HashMap::new();
        for claim in &order.credits {
            let original = (order.tenant.clone(), claim.original.clone());
            if !self.facts.originals.contains(&original) {
                return Err(LedgerError::UnknownInvoice(claim.original.clone()));
            }
            let line = (original.0, original.1, claim.line);
            let stored = self.facts.credited.get(&line).copied().unwrap_or(0);
            let already = after.get(&line).copied().unwrap_or(stored);
            after.insert(line, credit(claim, already)?);
        }
        Ok(after)
    }

    /// The turn of the claim on a refused invoice's place, if the order makes one and it is free.
    fn replacement_turn(&self, order: &SealOrder) -> Result<Option<u64>, LedgerError> {
        let Some(replaced) = &order.replaces else { return Ok(None) };
        let replaced = (order.tenant.clone(), replaced.clone());
        if !self.facts.originals.contains(&replaced) {
            return Err(LedgerError::UnknownInvoice(replaced.1));
        }
        match self.facts.replaced.get(&replaced) {
            None => Ok(Some(1)),
            Some(ReplacedFacts { by: None, turn }) => Ok(Some(turn + 1)),
            Some(ReplacedFacts { by: Some(by), .. }) => {
                Err(LedgerError::AlreadyReplaced { by: by.clone() })
            }
        }
    }

    fn replace(&mut self, order: &SealOrder, turn: Option<u64>) {
        if let (Some(replaced), Some(turn)) = (&order.replaces, turn) {
            let by = Some(order.invoice.clone());
            let replaced = (order.tenant.clone(), replaced.clone());
            self.facts.replaced.insert(replaced, ReplacedFacts { turn, by });
        }
    }

    fn release_replaced(&mut self, facts: &InvoiceFacts) {
        let Some(replaced) = &facts.replaces else { return };
        let replaced = (facts.tenant.clone(), replaced.clone());
        self.facts.replaced.get_mut(&replaced).expect("it was read with its claim").by = None;
    }

    /// The smallest number that came back, else the next one.
    fn take_number(&mut self, outlet: &OutletId, fiscal_year: i16) -> (u64, u64) {
        let series = self.facts.series.entry((outlet.clone(), fiscal_year)).or_default();
        series.free.pop_first().unwrap_or_else(|| {
            series.last += 1;
            (series.last, 1)
        })
    }

    fn free_number(&mut self, outlet: &OutletId, facts: &InvoiceFacts) {
        let series = self.facts.series.entry((outlet.clone(), facts.fiscal_year)).or_default();
        let before = series.free.insert(facts.ordinal, facts.turn + 1);
        assert_eq!(before, None, "a number that an invoice holds is not free");
    }

    fn release_credits(&mut self, facts: &InvoiceFacts) {
        for (original, line, units) in &facts.claims {
            let line = (facts.tenant.clone(), original.clone(), *line);
            *self.facts.credited.entry(line).or_default() -= units;
        }
    }

    fn advance(&mut self, outlet: &OutletId, at: Timestamp) -> u64 {
        let head = &mut self.facts.outlets.get_mut(outlet).expect("its head was read").head;
        head.sequence += 1;
        head.at = Some(at);
        head.sequence
    }
}

fn assigned(order: &SealOrder, ordinal: u64, at: Timestamp, sequence: u64) -> Assigned {
    let series = &order.series;
    Assigned {
        number: series.template.render(&series.outlet_code, series.fiscal_year, ordinal),
        fiscal_year: series.fiscal_year,
        sequence_in_series: ordinal,
        sealed_at: at,
        sequence,
    }
}

fn check_fence(order: &AppendOrder, facts: &InvoiceFacts) -> Result<(), LedgerError> {
    match facts.fence {
        Some(fence) if fence.is_leased && fence.token == order.lease => Ok(()),
        _ => Err(LedgerError::LeaseLost(order.invoice.clone())),
    }
}

fn credit(claim: &CreditClaim, already: i128) -> Result<i128, LedgerError> {
    let after = already + claim.quantity.units();
    if claim.quantity.is_positive() && after <= claim.limit.units() {
        Ok(after)
    } else {
        Err(LedgerError::CreditExceeds {
            original: claim.original.clone(),
            line: claim.line,
            already: Quantity::from_units(already),
            claimed: claim.quantity,
            limit: claim.limit,
        })
    }
}

fn note(order: &ClockOrder, last: Option<Timestamp>) -> Vec<u8> {
    let mut members = vec![
        ("operator".to_owned(), Json::string(&order.operator)),
        ("reason".to_owned(), Json::string(&order.reason)),
    ];
    if let Some(last) = last {
        members.push(("last_entry_at".to_owned(), Json::string(last.to_string())));
    }
    Json::Object(members).to_canonical_bytes()
}
