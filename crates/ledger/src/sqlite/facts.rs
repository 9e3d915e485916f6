//! Reads what the orders of a batch touch: a few rows an outlet, a few rows an order.

use invoice::{InvoiceId, OutletId, TenantId};
use rusqlite::Connection;

use super::rows::{
    all, count, frontier, hash, integer, one, optional_count, optional_instant, word,
};
use super::{anchors, ranges};
use crate::anchor::{Generation, Keeper};
use crate::batch::{
    Facts, HeldFacts, InvoiceFacts, Logs, Order, OutletFacts, PaperKey, ReplacedFacts, SeriesFacts,
    Slot, SubmissionFence,
};
use crate::error::LedgerError;
use crate::order::{AppendOrder, SealOrder, Series};
use crate::record::Head;
use crate::series::SeriesKey;
use crate::stage::FollowUp;
use crate::submission::LeaseToken;

/// `before` are the orders of the same transaction whose rows are written, but for their entries.
pub(super) fn load(
    connection: &Connection,
    (before, slots): (&[Slot], &[Slot]),
    (logs, keeper): (&Logs, Option<&Keeper>),
) -> Result<Facts, LedgerError> {
    let mut loading = Loading { connection, before, facts: Facts::default(), orders: slots.len() };
    for slot in slots.iter().filter(|slot| slot.failure.is_none()) {
        match &slot.order {
            Order::Seal(order, _) => loading.for_seal(order)?,
            Order::Append(order, _) => loading.for_append(order)?,
            Order::Clock(order, _) => loading.outlet(&order.outlet)?,
            Order::Recover(order, _) => loading.outlet(&order.outlet)?,
        }
    }
    if let Some(keeper) = keeper {
        for (outlet, facts) in &mut loading.facts.outlets {
            facts.rollback = if logs.has_met(outlet) {
                logs.rollback(outlet)
            } else {
                anchors::judge(connection, keeper, (outlet, &facts.head))?
            };
        }
    }
    Ok(loading.facts)
}

struct Loading<'a> {
    connection: &'a Connection,
    before: &'a [Slot],
    facts: Facts,
    orders: usize,
}

impl Loading<'_> {
    fn for_seal(&mut self, order: &SealOrder) -> Result<(), LedgerError> {
        let outlet = order.invoice.outlet();
        self.outlet(&outlet)?;
        self.key(order)?;
        for claim in &order.credits {
            self.credited(&order.tenant, &claim.original, claim.line)?;
        }
        if let Some(replaced) = &order.replaces {
            self.original(&order.tenant, replaced)?;
            self.replaced(&order.tenant, replaced)?;
            self.held(&outlet, replaced)?;
        }
        if let Some(number) = &order.stands_for
            && let Some(of) = self.facts.outlets.get(&outlet)
        {
            let key =
                (order.tenant.clone(), order.taxpayer.clone(), of.environment, number.clone());
            self.stood_for(key)?;
        }
        match &order.series {
            Series::Yearly { fiscal_year, .. } => {
                self.series(outlet, SeriesKey::Year(*fiscal_year))
            }
            Series::Authorised { kind, .. } => self.shares(outlet, kind),
        }
    }

    fn for_append(&mut self, order: &AppendOrder) -> Result<(), LedgerError> {
        let outlet = order.invoice.outlet();
        self.outlet(&outlet)?;
        self.invoice(&outlet, &order.invoice)?;
        let Some(facts) = self.facts.invoices.get(&order.invoice) else { return Ok(()) };
        let series = facts.series.clone();
        if order.kind == FollowUp::Refused {
            self.claims(&order.tenant, &order.invoice)?;
            self.replaces(&order.tenant, &order.invoice)?;
            self.stands_for(&order.invoice)?;
        }
        if order.authority_code.is_some() {
            self.code(&outlet, &order.invoice)?;
        }
        self.series(outlet, series)
    }

    fn outlet(&mut self, outlet: &OutletId) -> Result<(), LedgerError> {
        if self.facts.outlets.contains_key(outlet) {
            return Ok(());
        }
        let found = one(self.connection, OUTLET, [outlet.as_str()], |row| {
            let head = match row.get::<_, Option<i64>>(2)? {
                None => Head::EMPTY,
                Some(_) => Head {
                    sequence: count(row, 2)?,
                    hash: hash(row, 3)?,
                    at: optional_instant(row, 4)?,
                },
            };
            let frontier = frontier(row, 6, head.sequence)?;
            let environment = word(row, 5)?;
            let (tenant, taxpayer) = (word(row, 0)?, row.get(1)?);
            let number = optional_count(row, 7)?.unwrap_or(Generation::FIRST.number);
            let since = optional_count(row, 8)?.unwrap_or(Generation::FIRST.since);
            let generation = Generation { number, since };
            let rollback = None;
            Ok(OutletFacts { tenant, taxpayer, environment, head, frontier, generation, rollback })
        })?;
        self.facts.outlets.extend(found.map(|found| (outlet.clone(), found)));
        Ok(())
    }

    /// The outlet's shares of the ranges of a kind with their series. An outlet comes to have a few
    /// dozen of them in ten years, and they are read once a batch.
    fn shares(&mut self, outlet: OutletId, kind: &str) -> Result<(), LedgerError> {
        let key = (outlet, kind.to_owned());
        if self.facts.shares.contains_key(&key) {
            return Ok(());
        }
        let shares = ranges::shares_to_draw_from(self.connection, &key.0, kind)?;
        for share in &shares {
            self.series(key.0.clone(), share.key.clone())?;
        }
        self.facts.shares.insert(key, shares);
        Ok(())
    }

    fn series(&mut self, outlet: OutletId, series: SeriesKey) -> Result<(), LedgerError> {
        let key = (outlet, series);
        if self.facts.series.contains_key(&key) {
            return Ok(());
        }
        let series = key.1.to_string();
        let last = one(self.connection, SERIES, (key.0.as_str(), &series), |row| count(row, 0))?;
        let most = integer(self.orders as u64);
        let params = (key.0.as_str(), &series, most);
        let free =
            all(self.connection, FREE_NUMBERS, params, |row| Ok((count(row, 0)?, count(row, 1)?)))?;
        let free = free.into_iter().collect();
        self.facts.series.insert(key, SeriesFacts { last: last.unwrap_or(0), free });
        Ok(())
    }

    /// The number that waits for the correction of a refused invoice, if one does.
    fn held(&mut self, outlet: &OutletId, replaced: &InvoiceId) -> Result<(), LedgerError> {
        let params = (outlet.as_str(), replaced.as_str());
        let held = one(self.connection, HELD_NUMBER, params, |row| {
            let (series, ordinal, turn) = (word(row, 0)?, count(row, 1)?, count(row, 2)?);
            Ok(HeldFacts { outlet: outlet.clone(), series, ordinal, turn })
        })?;
        self.facts.held.extend(held.map(|held| (replaced.clone(), held)));
        Ok(())
    }

    fn key(&mut self, order: &SealOrder) -> Result<(), LedgerError> {
        let Some(idempotency) = &order.idempotency else { return Ok(()) };
        let params = (order.tenant.as_str(), &idempotency.key);
        let found = one(self.connection, KEY, params, |row| Ok((hash(row, 0)?, word(row, 1)?)))?;
        let key = || (order.tenant.clone(), idempotency.key.clone());
        self.facts.keys.extend(found.map(|found| (key(), found)));
        Ok(())
    }

    fn credited(
        &mut self,
        tenant: &TenantId,
        original: &InvoiceId,
        line: u32,
    ) -> Result<(), LedgerError> {
        let key = (tenant.clone(), original.clone(), line);
        if self.facts.credited.contains_key(&key) {
            return Ok(());
        }
        self.original(tenant, original)?;
        let params = (tenant.as_str(), original.as_str(), line);
        let units = one(self.connection, CREDITED, params, |row| row.get::<_, i64>(0))?;
        self.facts.credited.insert(key, i128::from(units.unwrap_or(0)));
        Ok(())
    }

    fn original(&mut self, tenant: &TenantId, original: &InvoiceId) -> Result<(), LedgerError> {
        let outlet = original.outlet();
        let params = (outlet.as_str(), original.as_str(), tenant.as_str());
        if one(self.connection, ORIGINAL, params, |_| Ok(()))?.is_some() {
            self.facts.originals.insert((tenant.clone(), original.clone()));
        }
        Ok(())
    }

    fn replaced(&mut self, tenant: &TenantId, replaced: &InvoiceId) -> Result<(), LedgerError> {
        let params = (tenant.as_str(), replaced.as_str());
        let last = one(self.connection, REPLACED, params, |row| {
            let by = if row.get(1)? { None } else { Some(word(row, 2)?) };
            Ok(ReplacedFacts { turn: count(row, 0)?, by })
        })?;
        let key = (tenant.clone(), replaced.clone());
        self.facts.replaced.extend(last.map(|last| (key, last)));
        Ok(())
    }

    fn stood_for(&mut self, key: PaperKey) -> Result<(), LedgerError> {
        let params = (key.0.as_str(), &key.1, key.2.as_str(), &key.3);
        let last = one(self.connection, STOOD_FOR, params, |row| {
            let by = if row.get(1)? { None } else { Some(word(row, 2)?) };
            Ok(ReplacedFacts { turn: count(row, 0)?, by })
        })?;
        self.facts.stood_for.extend(last.map(|last| (key, last)));
        Ok(())
    }

    fn invoice(&mut self, outlet: &OutletId, invoice: &InvoiceId) -> Result<(), LedgerError> {
        if self.facts.invoices.contains_key(invoice) {
            return Ok(());
        }
        let params = (outlet.as_str(), invoice.as_str());
        let found = one(self.connection, INVOICE, params, |row| {
            let token: Option<i64> = row.get(12)?;
            let is_leased: bool = row.get(13)?;
            let fence =
                |token: i64| SubmissionFence { token: LeaseToken(token.unsigned_abs()), is_leased };
            Ok(InvoiceFacts {
                tenant: word(row, 0)?,
                sequence: count(row, 1)?,
                series: word(row, 2)?,
                ordinal: count(row, 3)?,
                turn: count(row, 4)?,
                number: row.get(5)?,
                taxpayer: row.get(6)?,
                total: word(row, 7)?,
                currency: row.get(8)?,
                regime: row.get(9)?,
                payload_hash: hash(row, 10)?,
                stage: word(row, 11)?,
                fence: token.map(fence),
                claims: Vec::new(),
                replaces: None,
                stands_for: None,
                code: None,
            })
        })?;
        self.facts.invoices.extend(found.map(|found| (invoice.clone(), found)));
        Ok(())
    }

    /// What the invoice claims, and the sums of the lines that it claims of.
    fn claims(&mut self, tenant: &TenantId, invoice: &InvoiceId) -> Result<(), LedgerError> {
        let claims = all(self.connection, CLAIMS, [invoice.as_str()], |row| {
            Ok((
                word::<InvoiceId>(row, 0)?,
                row.get::<_, u32>(1)?,
                i128::from(row.get::<_, i64>(2)?),
            ))
        })?;
        for (original, line, _) in &claims {
            self.credited(tenant, original, *line)?;
        }
        if let Some(facts) = self.facts.invoices.get_mut(invoice) {
            facts.claims = claims;
        }
        Ok(())
    }

    /// The refused invoice whose place the invoice takes.
    fn replaces(&mut self, tenant: &TenantId, invoice: &InvoiceId) -> Result<(), LedgerError> {
        let replaces: Option<InvoiceId> =
            one(self.connection, REPLACES, [invoice.as_str()], |row| word(row, 0))?;
        let Some(replaced) = replaces else { return Ok(()) };
        self.replaced(tenant, &replaced)?;
        if let Some(facts) = self.facts.invoices.get_mut(invoice) {
            facts.replaces = Some(replaced);
        }
        Ok(())
    }

    /// The receipt on paper that the invoice stands for.
    fn stands_for(&mut self, invoice: &InvoiceId) -> Result<(), LedgerError> {
        let key: Option<PaperKey> = one(self.connection, STANDS_FOR, [invoice.as_str()], |row| {
            Ok((word(row, 0)?, row.get(1)?, word(row, 2)?, row.get(3)?))
        })?;
        let Some(key) = key else { return Ok(()) };
        self.stood_for(key.clone())?;
        if let Some(facts) = self.facts.invoices.get_mut(invoice) {
            facts.stands_for = Some(key);
        }
        Ok(())
    }

    /// The authority's code that the invoice bears already.
    fn code(&mut self, outlet: &OutletId, invoice: &InvoiceId) -> Result<(), LedgerError> {
        let Some(facts) = self.facts.invoices.get_mut(invoice) else { return Ok(()) };
        let mut before = self.before.iter().rev();
        if let Some(code) = before.find_map(|slot| slot.code_of(invoice)) {
            facts.code = Some(code.to_owned());
            return Ok(());
        }
        let params = (outlet.as_str(), integer(facts.sequence));
        facts.code = one(self.connection, CODE, params, |row| row.get(0))?;
        Ok(())
    }
}

const OUTLET: &str = "-- facts: outlet
    SELECT o.tenant, t.tax_id, h.sequence, h.hash, h.at, o.environment, h.frontier,
        h.generation, h.recovered_at
    FROM outlets o JOIN taxpayers t ON t.tenant = o.tenant AND t.id = o.taxpayer
    LEFT JOIN heads h ON h.outlet = o.id WHERE o.id = ?1";
const SERIES: &str = "-- facts: series
    SELECT last FROM series WHERE outlet = ?1 AND series = ?2";
const FREE_NUMBERS: &str = "-- facts: free numbers
    SELECT ordinal, turn FROM free_numbers
    WHERE outlet = ?1 AND series = ?2 AND held_for IS NULL ORDER BY ordinal LIMIT ?3";
const HELD_NUMBER: &str = "-- facts: held number
    SELECT series, ordinal, turn FROM free_numbers WHERE outlet = ?1 AND held_for = ?2";
const KEY: &str = "-- facts: key
    SELECT body_hash, invoice FROM idempotency WHERE tenant = ?1 AND key = ?2";
const ORIGINAL: &str = "-- facts: original
    SELECT 1 FROM invoices WHERE outlet = ?1 AND invoice = ?2 AND tenant = ?3";
const CREDITED: &str = "-- facts: credited
    SELECT coalesce(sum(quantity), 0) FROM credits
    WHERE tenant = ?1 AND original = ?2 AND line = ?3";
const CLAIMS: &str = "-- facts: claims
    SELECT original, line, quantity FROM credits WHERE invoice = ?1 AND released = 0";
const REPLACED: &str = "-- facts: replaced
    SELECT turn, released, invoice FROM replacements WHERE tenant = ?1 AND replaced = ?2
    ORDER BY turn DESC, released DESC LIMIT 1";
const REPLACES: &str = "-- facts: replaces
    SELECT replaced FROM replacements WHERE invoice = ?1 AND released = 0";
const STOOD_FOR: &str = "-- facts: stood for
    SELECT turn, released, invoice FROM stand_ins
    WHERE tenant = ?1 AND taxpayer = ?2 AND environment = ?3 AND number = ?4
    ORDER BY turn DESC, released DESC LIMIT 1";
const STANDS_FOR: &str = "-- facts: stands for
    SELECT tenant, taxpayer, environment, number FROM stand_ins
    WHERE invoice = ?1 AND released = 0";
const CODE: &str = "-- facts: code
    SELECT authority_code FROM (
        SELECT sequence, authority_code, kind FROM entries WHERE outlet = ?1 AND sequence = ?2
        UNION ALL
        SELECT sequence, authority_code, kind FROM entries
        WHERE outlet = ?1 AND opening = ?2 AND opening < sequence)
    WHERE kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL
    ORDER BY sequence DESC LIMIT 1";
const INVOICE: &str = "-- facts: invoice
    SELECT i.tenant, i.sequence, i.series, i.ordinal, i.turn, i.number, i.taxpayer, i.total,
           i.currency, i.regime, i.payload_hash, i.stage, s.lease_token, s.lease_until IS NOT NULL
    FROM invoices i LEFT JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
    WHERE i.outlet = ?1 AND i.invoice = ?2";
