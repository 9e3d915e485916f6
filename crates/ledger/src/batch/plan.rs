//! Who gets which number, sequence and time, and who gets none.
//!
//! An order is checked whole before it changes anything, so that a rejected one consumes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use invoice::{EntryKind, InvoiceId, Json, OutletId, Quantity, RangeId, TenantId, Timestamp};
use jiff::civil::Date;

use super::{
    Claims, Facts, HeldFacts, InvoiceFacts, Order, OutletFacts, PaperKey, Planned, PlannedEntry,
    ReplacedFacts, ShareFacts, Slot, Subject,
};
use crate::anchor::{Generation, Rollback, recovery_note};
use crate::clock::{next_instant, next_instant_of_follow_up};
use crate::error::LedgerError;
use crate::order::{
    AppendOrder, Assigned, ClockOrder, CreditClaim, RecoverOrder, SealOrder, Series,
};
use crate::range::written;
use crate::record::Head;
use crate::series::SeriesKey;
use crate::stage::Stage;

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
            Order::Recover(order, _) => self.recover(order).map(Planned::Entry),
        }
    }

    fn seal(&mut self, order: &SealOrder) -> Result<Planned, LedgerError> {
        let outlet = order.invoice.outlet();
        let head = self.head(&order.tenant, &outlet)?;
        if let Some(invoice) = self.replayed(order)? {
            return Ok(Planned::Replayed(invoice));
        }
        let credited = self.credited_after(order)?;
        let claims = Claims {
            replacement_turn: self.replacement_turn(order)?,
            stand_in_turn: self.stand_in_turn(order)?,
        };
        let at = next_instant(head.at, order.now)?;
        let taking = self.number_for(&outlet, order)?;

        self.facts.credited.extend(credited);
        self.replace(order, claims.replacement_turn);
        self.stand_in(order, claims.stand_in_turn);
        if let Some(idempotency) = &order.idempotency {
            let key = (order.tenant.clone(), idempotency.key.clone());
            self.facts.keys.insert(key, (idempotency.body_hash, order.invoice.clone()));
        }
        let turn = taking.turn;
        self.take_number(&outlet, &taking, order.replaces.as_ref());
        let sequence = self.advance(&outlet, at);
        let assigned = assigned(taking, at, sequence);
        let subject = Subject::Opening { assigned, turn, claims };
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

        // It may have come back in what was lost, and be on somebody's receipt since.
        let is_older = facts.sequence < self.facts.outlets[&outlet].generation.since;
        let frees_number = kind == EntryKind::Refused && order.frees_number && !is_older;
        if frees_number {
            self.free_number(order, &facts, stage);
        }
        if kind == EntryKind::Refused {
            self.release_credits(&facts);
            self.release_replaced(&facts);
            self.release_stood_for(&facts);
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

    /// Once for each loss: the numbers that were taken in what is lost are never given again.
    fn recover(&mut self, order: &RecoverOrder) -> Result<PlannedEntry, LedgerError> {
        let outlet = &order.outlet;
        let facts = self.outlet(&order.tenant, outlet)?;
        let nothing = || LedgerError::NotRolledBack(outlet.clone());
        let rollback = facts.rollback.clone().ok_or_else(nothing)?;
        let (taxpayer, note) = (facts.taxpayer.clone(), recovery_note(order, &rollback));
        let at = next_instant_of_follow_up(facts.head.at, order.now);
        self.write_off(outlet, &rollback);
        let sequence = self.advance(outlet, at);
        let subject = Subject::Recovery { taxpayer, note, rollback };
        Ok(PlannedEntry { outlet: outlet.clone(), sequence, at, subject })
    }

    fn write_off(&mut self, outlet: &OutletId, rollback: &Arc<Rollback>) {
        for run in &rollback.lost {
            let key = (outlet.clone(), run.series.clone());
            let series = self.facts.series.entry(key).or_default();
            series.last = run.last.max(series.last);
        }
        for ((of, _), series) in &mut self.facts.series {
            if of == outlet {
                series.free.clear();
            }
        }
        self.facts.held.retain(|_, held| held.outlet != *outlet);
        let facts = self.facts.outlets.get_mut(outlet).expect("it was read");
        let since = facts.head.sequence + 1;
        facts.generation = Generation { number: rollback.generation, since };
        facts.rollback = None;
    }

    /// The head of an outlet that has lost nothing.
    fn head(&self, tenant: &TenantId, outlet: &OutletId) -> Result<Head, LedgerError> {
        let facts = self.outlet(tenant, outlet)?;
        match &facts.rollback {
            None => Ok(facts.head),
            Some(rollback) => Err(LedgerError::RolledBack {
                outlet: outlet.clone(),
                anchored: rollback.anchored,
                found: rollback.found,
            }),
        }
    }

    fn outlet(&self, tenant: &TenantId, outlet: &OutletId) -> Result<&OutletFacts, LedgerError> {
        match self.facts.outlets.get(outlet) {
            Some(facts) if facts.tenant == *tenant => Ok(facts),
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

    /// The turn of the claim to stand for a receipt on paper, if the order makes one and nobody does.
    fn stand_in_turn(&self, order: &SealOrder) -> Result<Option<u64>, LedgerError> {
        let Some(key) = self.paper_key(order) else { return Ok(None) };
        match self.facts.stood_for.get(&key) {
            None => Ok(Some(1)),
            Some(ReplacedFacts { by: None, turn }) => Ok(Some(turn + 1)),
            Some(ReplacedFacts { by: Some(by), .. }) => {
                Err(LedgerError::AlreadyStoodFor { by: by.clone() })
            }
        }
    }

    fn stand_in(&mut self, order: &SealOrder, turn: Option<u64>) {
        if let (Some(key), Some(turn)) = (self.paper_key(order), turn) {
            let by = Some(order.invoice.clone());
            self.facts.stood_for.insert(key, ReplacedFacts { turn, by });
        }
    }

    fn paper_key(&self, order: &SealOrder) -> Option<PaperKey> {
        let number = order.stands_for.clone()?;
        let outlet = self.facts.outlets.get(&order.invoice.outlet())?;
        Some((order.tenant.clone(), order.taxpayer.clone(), outlet.environment, number))
    }

    fn release_stood_for(&mut self, facts: &InvoiceFacts) {
        let Some(key) = &facts.stands_for else { return };
        self.facts.stood_for.get_mut(key).expect("it was read with its claim").by = None;
    }

    /// The correction of a refused document takes the number that its customer knows, where the
    /// authority left it unused; everything else the next one.
    fn number_for(&self, outlet: &OutletId, order: &SealOrder) -> Result<Taking, LedgerError> {
        let held = order.replaces.as_ref().and_then(|replaced| self.facts.held.get(replaced));
        let held = held.filter(|held| held.outlet == *outlet);
        match held.and_then(|held| self.held_number(held, &order.series)) {
            Some(taking) => Ok(taking),
            None => self.next_number(outlet, &order.series),
        }
    }

    /// None where the correction is of another kind or year, or the number has expired.
    fn held_number(&self, held: &HeldFacts, series: &Series) -> Option<Taking> {
        match series {
            Series::Yearly { fiscal_year, template, outlet_code } => {
                let key = SeriesKey::Year(*fiscal_year);
                let number = template.render(outlet_code, *fiscal_year, held.ordinal);
                let HeldFacts { ordinal, turn, .. } = *held;
                (held.series == key).then_some(Taking {
                    key,
                    ordinal,
                    turn,
                    number,
                    range: None,
                    expires: None,
                })
            }
            Series::Authorised { kind, on } => {
                let shares = self.facts.shares.get(&(held.outlet.clone(), kind.clone()))?;
                let share = shares.iter().find(|share| share.key == held.series)?;
                share.may_be_used(*on).then(|| of_share(share, held.ordinal, held.turn))
            }
        }
    }

    fn next_number(&self, outlet: &OutletId, series: &Series) -> Result<Taking, LedgerError> {
        match series {
            Series::Yearly { fiscal_year, template, outlet_code } => {
                let key = SeriesKey::Year(*fiscal_year);
                let series = self.facts.series.get(&(outlet.clone(), key.clone()));
                let (ordinal, turn) = series.map_or((1, 1), |series| {
                    series.smallest_free().unwrap_or((series.last + 1, 1))
                });
                let number = template.render(outlet_code, *fiscal_year, ordinal);
                Ok(Taking { key, ordinal, turn, number, range: None, expires: None })
            }
            Series::Authorised { kind, on } => {
                let no_numbers = || LedgerError::NoNumbers { kind: kind.clone() };
                self.next_of_shares(outlet, kind, *on).ok_or_else(no_numbers)
            }
        }
    }

    /// A number that came back goes first, lest it be left over when its range expires; else the
    /// next of the share that expires first.
    fn next_of_shares(&self, outlet: &OutletId, kind: &str, on: Date) -> Option<Taking> {
        let shares = self.facts.shares.get(&(outlet.clone(), kind.to_owned()))?;
        let series =
            |share: &ShareFacts| self.facts.series.get(&(outlet.clone(), share.key.clone()));
        let usable = || shares.iter().filter(|share| share.may_be_used(on));
        let freed = usable().find_map(|share| Some((share, series(share)?.smallest_free()?)));
        let next = || {
            usable().find_map(|share| {
                let last = series(share).map_or(0, |series| series.last);
                Some((share, (share.next(last)?, 1)))
            })
        };
        let (share, (ordinal, turn)) = freed.or_else(next)?;
        Some(of_share(share, ordinal, turn))
    }

    fn take_number(&mut self, outlet: &OutletId, taking: &Taking, replaced: Option<&InvoiceId>) {
        let is_held =
            |held: &HeldFacts| held.series == taking.key && held.ordinal == taking.ordinal;
        if let Some(replaced) = replaced
            && self.facts.held.get(replaced).is_some_and(is_held)
        {
            self.facts.held.remove(replaced);
            return;
        }
        let series = self.facts.series.entry((outlet.clone(), taking.key.clone())).or_default();
        if series.free.remove(&taking.ordinal).is_none() {
            series.last = taking.ordinal;
        }
    }

    fn free_number(&mut self, order: &AppendOrder, facts: &InvoiceFacts, stage: Stage) {
        let outlet = order.invoice.outlet();
        let (series, ordinal, turn) = (facts.series.clone(), facts.ordinal, facts.turn + 1);
        if stage.is_sealed() {
            let held = HeldFacts { outlet, series, ordinal, turn };
            self.facts.held.insert(order.invoice.clone(), held);
            return;
        }
        let series = self.facts.series.entry((outlet, series)).or_default();
        let before = series.free.insert(ordinal, turn);
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

/// A number that an order is about to take.
struct Taking {
    key: SeriesKey,
    ordinal: u64,
    turn: u64,
    number: String,
    range: Option<RangeId>,
    expires: Option<Date>,
}

fn of_share(share: &ShareFacts, ordinal: u64, turn: u64) -> Taking {
    Taking {
        key: share.key.clone(),
        ordinal,
        turn,
        number: written(&share.prefix, share.width, share.first + ordinal - 1),
        range: Some(share.range.clone()),
        expires: share.expires_on,
    }
}

fn assigned(taking: Taking, at: Timestamp, sequence: u64) -> Assigned {
    Assigned {
        number: taking.number,
        number_expires: taking.expires,
        series: taking.key,
        range: taking.range,
        sequence_in_series: taking.ordinal,
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
