//! Alerts: receipts on paper for which an invoice is to stand, and paper that may not be used for
//! much longer.

use std::collections::{BTreeMap, BTreeSet};

use fiscal::Desks;
use invoice::{Json, OutletId, TenantId, Timestamp, Zone};
use jiff::civil::Date;
use ledger::{Alert, LedgerError, PAGE_MAX, PaperFilter, PaperSummary};

/// Days before the last one on which an invoice may stand for a receipt.
const STAND_WITHIN_DAYS: i32 = 7;
/// Days before the last one on which receipts may be on paper: whoever cannot issue anything else by
/// then has to stop selling.
const PAPER_WITHIN_DAYS: i32 = 3;

/// What the keys of these alerts begin with.
const DUE: &str = "paper_due/";
const OVERDUE: &str = "paper_overdue/";
const ENDING: &str = "paper_ending/";

/// Raises them, once each, and clears those that no longer hold.
pub(crate) async fn sweep(desks: &Desks) -> Result<(), LedgerError> {
    let now = desks.clock().now();
    for tenant in desks.ledger().tenants().await? {
        let outlets = desks.ledger().outlets(&tenant.id).await?.into_iter();
        let today =
            outlets.filter_map(|outlet| Some((outlet.id, Zone::parse(&outlet.zone)?.date(now))));
        let today: BTreeMap<OutletId, Date> = today.collect();
        let mut holding = BTreeSet::new();
        for paper in unsettled(desks, &tenant.id, &today).await? {
            let Some(today) = today.get(&paper.id.outlet) else { continue };
            for alert in alerts(&tenant.id, &paper, *today, now) {
                holding.insert(alert.key.clone());
                let words = format!("{}: {}", alert.kind, alert.body);
                if desks.ledger().raise_alert(alert).await? {
                    tracing::warn!(outlet.id = %paper.id.outlet, "{words}");
                }
            }
        }
        clear(desks, &tenant.id, &holding).await?;
    }
    Ok(())
}

async fn clear(
    desks: &Desks,
    tenant: &TenantId,
    holding: &BTreeSet<String>,
) -> Result<(), LedgerError> {
    for prefix in [DUE, OVERDUE, ENDING] {
        for key in desks.ledger().alert_keys(tenant, prefix).await? {
            if !holding.contains(&key) {
                desks.ledger().clear_alert(tenant, &key).await?;
            }
        }
    }
    Ok(())
}

/// All receipts that the authority has no invoice for.
async fn unsettled(
    desks: &Desks,
    tenant: &TenantId,
    outlets: &BTreeMap<OutletId, Date>,
) -> Result<Vec<PaperSummary>, LedgerError> {
    let outlets: Vec<OutletId> = outlets.keys().cloned().collect();
    let mut filter = PaperFilter { outlets, unsettled: true, before: None };
    let mut all = Vec::new();
    loop {
        let page = desks.ledger().papers(tenant, filter.clone(), PAGE_MAX).await?;
        let is_last = page.len() < PAGE_MAX as usize;
        filter.before = page.last().map(|last| (last.at, last.id.clone()));
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

fn alerts(tenant: &TenantId, paper: &PaperSummary, today: Date, now: Timestamp) -> Vec<Alert> {
    let alert = |kind: &str, key: String, words: &[(&str, String)]| {
        let member = |(name, value): &(&str, String)| ((*name).to_owned(), Json::string(value));
        Alert {
            tenant: tenant.clone(),
            outlet: Some(paper.id.outlet.clone()),
            kind: kind.to_owned(),
            key,
            body: Json::Object(words.iter().map(member).collect()).to_text(),
            at: now,
        }
    };
    let words = [
        ("paper", paper.id.to_string()),
        ("number", paper.id.number.clone()),
        ("stand_by", paper.stand_by.to_string()),
    ];
    let standing = match days_left(today, paper.stand_by) {
        ..0 => Some(alert("paper.overdue", format!("{OVERDUE}{}", paper.id), &words)),
        0..=STAND_WITHIN_DAYS => Some(alert("paper.due", format!("{DUE}{}", paper.id), &words)),
        _ => None,
    };
    let ending =
        (0..=PAPER_WITHIN_DAYS).contains(&days_left(today, paper.paper_until)).then(|| {
            let key = format!("{ENDING}{}/{}", paper.id.outlet, paper.since);
            let words = [
                ("since", paper.since.to_string()),
                ("paper_until", paper.paper_until.to_string()),
            ];
            alert("paper.ending", key, &words)
        });
    standing.into_iter().chain(ending).collect()
}

/// Negative once the day is over.
fn days_left(today: Date, last_day: Date) -> i32 {
    today.until(last_day).map_or(i32::MAX, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use invoice::Amount;
    use jiff::civil::date;
    use ledger::{PaperId, PaperState};

    use super::*;

    #[test]
    fn a_week_before_the_last_day_and_after_it() {
        let outlet = OutletId::from_random([1; 10]);
        let paper = PaperSummary {
            id: PaperId { outlet, number: "B0100000001".to_owned() },
            kind: "tax_credit_invoice".to_owned(),
            issued_on: date(2026, 11, 20),
            since: date(2026, 11, 20),
            paper_until: date(2026, 12, 4),
            stand_by: date(2026, 12, 20),
            total: Amount::from_units(118_000),
            currency: "DOP".to_owned(),
            customer_name: None,
            customer_tax_id: None,
            at: Timestamp::from_micros(0),
            state: PaperState::Recorded,
        };
        let tenant = TenantId::from_random([2; 10]);
        for (day, wanted) in [
            (date(2026, 11, 30), &[][..]),
            (date(2026, 12, 1), &["paper.ending"]),
            (date(2026, 12, 4), &["paper.ending"]),
            (date(2026, 12, 5), &[]),
            (date(2026, 12, 12), &[]),
            (date(2026, 12, 13), &["paper.due"]),
            (date(2026, 12, 20), &["paper.due"]),
            (date(2026, 12, 21), &["paper.overdue"]),
            (date(2027, 6, 1), &["paper.overdue"]),
        ] {
            let alerts = alerts(&tenant, &paper, day, Timestamp::from_micros(0));
            let kinds: Vec<&str> = alerts.iter().map(|alert| alert.kind.as_str()).collect();
            assert_eq!(kinds, wanted, "{day}");
        }
    }
}
