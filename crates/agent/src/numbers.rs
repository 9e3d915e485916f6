//! Alerts: an outlet whose numbers of a kind run low, and numbers that are about to expire.

use std::collections::{BTreeMap, BTreeSet};

use fiscal::{AlertSettings, Desks};
use invoice::{Json, OutletId, TenantId, Timestamp, Zone};
use jiff::civil::Date;
use ledger::{Alert, LedgerError, Outlet, RangeStanding};

/// Where its settings say nothing: of what an outlet was lent of a kind and has not expired, a tenth left is little, and so is this
/// many: an authority takes days to give out more.
const LOW: u64 = 100;
/// Of few numbers, those are too many: half of them left is little then.
const LOW_PART_OF_FEW: u64 = 2;
const LOW_PART: u64 = 10;
/// Where its settings say nothing: numbers that are left this many days before their last day are told of.
const EXPIRES_WITHIN_DAYS: u64 = 30;

/// What the keys of these alerts begin with.
const PREFIX: &str = "numbers/";

/// What is left to an outlet of a kind.
#[derive(Default)]
struct Left {
    lent: u64,
    left: u64,
}

/// Raises an alert for each kind that runs low at an outlet and for each share that is about to
/// expire, once, and clears those that no longer hold, whoever raised them.
pub(crate) async fn sweep(desks: &Desks) -> Result<(), LedgerError> {
    let now = desks.clock().now();
    for tenant in desks.ledger().tenants().await? {
        let mut holding = BTreeSet::new();
        let ranges = desks.ledger().ranges(&tenant.id).await?;
        let outlets = match ranges.as_slice() {
            [] => Vec::new(),
            _ => desks.ledger().outlets(&tenant.id).await?,
        };
        for outlet in outlets {
            for alert in alerts(&outlet, &ranges, now) {
                holding.insert(alert.key.clone());
                if desks.ledger().raise_alert(alert.clone()).await? {
                    tracing::warn!(outlet.id = %outlet.id, "{}: {}", alert.kind, alert.body);
                }
            }
        }
        clear(desks, &tenant.id, &holding).await?;
    }
    Ok(())
}

/// The store says what was told: what ceased to hold while no agent ran is cleared too.
async fn clear(
    desks: &Desks,
    tenant: &TenantId,
    holding: &BTreeSet<String>,
) -> Result<(), LedgerError> {
    for key in desks.ledger().alert_keys(tenant, PREFIX).await? {
        if !holding.contains(&key) {
            desks.ledger().clear_alert(tenant, &key).await?;
        }
    }
    Ok(())
}

fn alerts(outlet: &Outlet, ranges: &[RangeStanding], now: Timestamp) -> Vec<Alert> {
    // An outlet whose zone cannot be read issues nothing either.
    let Some(zone) = Zone::parse(&outlet.zone) else { return Vec::new() };
    let today = zone.date(now);
    // Settings that are not right keep the outlet from opening, and are told of there.
    let settings = Json::parse(outlet.settings.as_bytes()).ok();
    let settings = settings.and_then(|settings| AlertSettings::read(&settings).ok());
    let settings = settings.unwrap_or_default();
    let days = settings.numbers_expire_days.unwrap_or(EXPIRES_WITHIN_DAYS);
    let mut kinds: BTreeMap<&str, Left> = BTreeMap::new();
    let mut alerts = Vec::new();
    for standing in ranges {
        let range = &standing.range;
        let of_outlet = standing.shares.iter().filter(|share| share.share.outlet == outlet.id);
        for share in of_outlet {
            let kind = kinds.entry(&range.kind).or_default();
            if range.expires_on.is_some_and(|last_day| last_day < today) {
                continue;
            }
            kind.lent += share.share.last - share.share.first + 1;
            kind.left += share.left;
            let soon = range
                .expires_on
                .filter(|last_day| share.left > 0 && is_soon(today, *last_day, days));
            if let Some(last_day) = soon {
                let key = format!("{PREFIX}{}/{}/{}", outlet.id, range.kind, share.share.first);
                let words = [
                    ("kind", range.kind.clone()),
                    ("left", share.left.to_string()),
                    ("expires_on", last_day.to_string()),
                ];
                alerts.push(alert(outlet, "numbers.expiring", (key, &words), now));
            }
        }
    }
    for (kind, left) in kinds.into_iter().filter(|(_, left)| left.is_low(settings.numbers_low)) {
        let key = format!("{PREFIX}{}/{kind}", outlet.id);
        let words = [("kind", kind.to_owned()), ("left", left.left.to_string())];
        alerts.push(alert(outlet, "numbers.low", (key, &words), now));
    }
    alerts
}

impl Left {
    /// Where everything has expired nothing was lent, and nothing is left.
    fn is_low(&self, wanted: Option<u64>) -> bool {
        let measure = || (self.lent / LOW_PART).max(LOW).min(self.lent / LOW_PART_OF_FEW);
        let low = wanted.unwrap_or_else(measure);
        self.left == 0 || self.left < low
    }
}

fn is_soon(today: Date, last_day: Date, days: u64) -> bool {
    today.until(last_day).is_ok_and(|span| i64::from(span.get_days()) <= days.cast_signed())
}

fn alert(
    outlet: &Outlet,
    kind: &str,
    (key, words): (String, &[(&str, String)]),
    at: Timestamp,
) -> Alert {
    let members = words.iter().map(|(key, value)| ((*key).to_owned(), Json::string(value.clone())));
    let body = Json::Object(members.collect());
    Alert {
        tenant: outlet.tenant.clone(),
        outlet: Some(OutletId::clone(&outlet.id)),
        kind: kind.to_owned(),
        key,
        body: String::from_utf8_lossy(&body.to_canonical_bytes()).into_owned(),
        at,
    }
}

#[cfg(test)]
mod tests {
    use invoice::RangeId;
    use ledger::{Range, Share};

    use super::*;
    use crate::testing::Store;

    #[test]
    fn what_is_little() {
        for (lent, left, is_low) in [
            (0, 0, true),
            (10, 5, false),
            (10, 4, true),
            (1_000, 100, false),
            (1_000, 99, true),
            (50_000, 5_000, false),
            (50_000, 4_999, true),
        ] {
            assert_eq!(Left { lent, left }.is_low(None), is_low, "{left} of {lent}");
        }
    }

    #[test]
    fn an_outlet_may_say_what_is_little_to_it() {
        for (left, low, is_low) in
            [(99, 0, false), (0, 0, true), (499, 500, true), (500, 500, false)]
        {
            assert_eq!(Left { lent: 50_000, left }.is_low(Some(low)), is_low, "{left} of {low}");
        }
    }

    /// Lends the outlet the numbers of a kind that expires at the end of 2027.
    async fn lend(store: &Store, outlet: &Outlet, id: u8, (first, last): (u64, u64)) {
        let now = store.clock.now();
        let range = Range {
            tenant: outlet.tenant.clone(),
            taxpayer: outlet.taxpayer.clone(),
            id: RangeId::from_random([id; 10]),
            environment: outlet.environment,
            kind: "31".to_owned(),
            prefix: "E31".to_owned(),
            width: 10,
            first,
            last,
            expires_on: Some("2027-12-31".parse().unwrap()),
            reference: None,
            created_at: now,
        };
        let share = Share {
            tenant: outlet.tenant.clone(),
            range: range.id.clone(),
            outlet: outlet.id.clone(),
            first,
            last,
            created_at: now,
        };
        store.desks.ledger().authorise_range(range, vec![share]).await.unwrap();
    }

    fn annulment_of(store: &Store, range: u8, (first, last): (u64, u64)) -> ledger::Annulment {
        ledger::Annulment {
            tenant: store.tenant.clone(),
            range: RangeId::from_random([range; 10]),
            first,
            last,
            at: store.clock.now(),
            state: ledger::AnnulmentState::Recorded,
            document: None,
        }
    }

    #[tokio::test]
    async fn low_and_expiring_numbers_are_told_once_and_cleared() {
        let store = Store::new().await;
        let id = store.outlet("KIN01", r#"{"authority": {"isf": "T"}, "wire": {}}"#).await;
        let outlet = store.desks.ledger().outlet(&store.tenant, &id).await.unwrap().unwrap();
        lend(&store, &outlet, 1, (1, 1_000)).await;
        let ledger = store.desks.ledger();
        ledger.annul(annulment_of(&store, 1, (1, 900))).await.unwrap();
        sweep(&store.desks).await.unwrap();
        assert_eq!(store.events("numbers.low").await.len(), 0);
        ledger.annul(annulment_of(&store, 1, (901, 901))).await.unwrap();
        for _ in 0..2 {
            sweep(&store.desks).await.unwrap();
        }
        let told = store.events("numbers.low").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].body.contains("\"99\""), "{}", told[0].body);
        lend(&store, &outlet, 2, (1_001, 2_000)).await;
        sweep(&store.desks).await.unwrap();
        let key = format!("numbers/{id}/31");
        assert!(!ledger.clear_alert(&store.tenant, &key).await.unwrap(), "it is cleared already");
        // Nothing but the store knows of the first time: a process that has just begun tells of the
        // second one all the same.
        ledger.annul(annulment_of(&store, 2, (1_001, 2_000))).await.unwrap();
        sweep(&store.desks).await.unwrap();
        assert_eq!(store.events("numbers.low").await.len(), 2);
    }

    /// A hundred of a hundred are many, and a year is long, unless the outlet says otherwise.
    #[tokio::test]
    async fn an_outlets_own_thresholds_count() {
        let store = Store::new().await;
        let plain = r#"{"authority": {"isf": "T"}, "wire": {}}"#;
        let own = r#"{"authority": {"isf": "T"}, "wire": {},
                      "alerts": {"numbers_low": 101, "numbers_expire_days": 410}}"#;
        for (code, settings, id, told) in [("KIN01", plain, 1, 0), ("KIN02", own, 2, 1)] {
            let outlet = store.outlet(code, settings).await;
            let outlet =
                store.desks.ledger().outlet(&store.tenant, &outlet).await.unwrap().unwrap();
            lend(&store, &outlet, id, (u64::from(id) * 1_000, u64::from(id) * 1_000 + 99)).await;
            sweep(&store.desks).await.unwrap();
            for kind in ["numbers.low", "numbers.expiring"] {
                assert_eq!(store.events(kind).await.len(), told, "{code}: {kind}");
            }
        }
    }

    #[test]
    fn thirty_days_before_the_last_one() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let last_day = day("2027-12-31");
        for (today, wanted) in [
            ("2027-11-30", false),
            ("2027-12-01", true),
            ("2027-12-31", true),
            ("2027-01-31", false),
        ] {
            assert_eq!(is_soon(day(today), last_day, 30), wanted, "{today}");
        }
    }
}
