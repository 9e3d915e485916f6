//! What the database says of outlets whose anchors their heads alone do not explain.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deadpool_postgres::Transaction;
use invoice::{Hash, OutletId};
use tokio_postgres::{GenericClient, Row};

use super::facts::Ready;
use super::rows::{Params, count, get, hash, word};
use crate::anchor::{Evidence, Keeper, Look, Recovery, Rollback};
use crate::batch::Facts;
use crate::error::LedgerError;
use crate::record::Head;
use crate::series::SeriesKey;
use crate::word::integer;

/// What was asked of outlets: the hashes of their entries at the sizes of anchors, and their series.
#[derive(Default)]
pub(super) struct Found {
    hashes: HashMap<OutletId, HashMap<u64, Hash>>,
    series: HashMap<OutletId, Vec<(SeriesKey, u64)>>,
    /// Those that were asked about, whatever was found.
    asked: HashSet<OutletId>,
}

/// Outlets and sequences, as the two columns that entries are asked by; and the outlets once each.
#[derive(Default)]
pub(super) struct Sizes {
    pub(super) outlets: Vec<String>,
    pub(super) sequences: Vec<i64>,
    pub(super) all: Vec<String>,
}

impl Sizes {
    /// Of all that is known of these outlets, where it is worth asking before it is needed.
    pub(super) fn beforehand<'a>(
        keeper: Option<&Keeper>,
        outlets: impl Iterator<Item = &'a OutletId> + Clone,
    ) -> Self {
        let mut sizes = Self::default();
        if let Some(keeper) = keeper.filter(|keeper| keeper.is_shared()) {
            sizes.all.extend(outlets.clone().map(ToString::to_string));
            for (outlet, size) in keeper.sizes(outlets) {
                sizes.outlets.push(outlet.to_string());
                sizes.sequences.push(integer(size));
            }
        }
        sizes
    }

    fn add(&mut self, outlet: &OutletId, sizes: &[u64]) {
        self.all.push(outlet.to_string());
        self.outlets.extend(sizes.iter().map(|_| outlet.to_string()));
        self.sequences.extend(sizes.iter().map(|size| integer(*size)));
    }
}

impl Found {
    /// What [`ANCHORED`] and [`SERIES`] answer of these outlets.
    pub(super) fn read(
        &mut self,
        sizes: &Sizes,
        (entries, series): (&[Row], &[Row]),
    ) -> Result<(), LedgerError> {
        for row in entries {
            let hashes = self.hashes.entry(word(row, 0)?).or_default();
            hashes.insert(count(row, 1)?, hash(row, 2)?);
        }
        for row in series {
            let last = (word(row, 1)?, count(row, 2)?);
            self.series.entry(word(row, 0)?).or_default().push(last);
        }
        self.asked.extend(sizes.all.iter().filter_map(|outlet| OutletId::parse(outlet).ok()));
        Ok(())
    }
}

/// Says of each outlet what it has lost, with its head locked. Asks for nothing where this process has
/// written the heads itself.
pub(super) async fn judge(
    ready: Ready<'_>,
    keeper: &Keeper,
    facts: &mut Facts,
    mut found: Found,
) -> Result<(), LedgerError> {
    let mut missing = Sizes::default();
    let mut open = Vec::new();
    for (outlet, facts) in &facts.outlets {
        let sizes = match keeper.look(outlet, &facts.head) {
            Look::Own => continue,
            Look::New => Vec::new(),
            Look::Others(sizes) => sizes,
        };
        open.push((outlet.clone(), !sizes.is_empty()));
        if !found.asked.contains(outlet) {
            missing.add(outlet, &sizes);
        }
    }
    if !missing.all.is_empty() {
        let is = ready.statements;
        let columns: Params = &[&missing.outlets, &missing.sequences];
        let all: Params = &[&missing.all];
        let (entries, series) = tokio::join!(biased;
            ready.client.query(&is.anchored, columns),
            ready.client.query(&is.anchored_series, all),
        );
        found.read(&missing, (&entries?, &series?))?;
    }
    for (outlet, is_known) in open {
        let hashes = found.hashes.remove(&outlet).unwrap_or_default();
        let series = found.series.remove(&outlet).unwrap_or_default();
        if keeper.is_continued(&outlet, &hashes) {
            keeper.saw(&outlet, series.into_iter());
            if is_known {
                keeper.others_seal();
            }
            continue;
        }
        let of = facts.outlets.get_mut(&outlet).expect("it is one of them");
        of.rollback = lost(ready.client, keeper, (&outlet, &of.head), (hashes, series)).await?;
    }
    Ok(())
}

/// Judges every outlet that there is an anchor of, before anybody seals.
pub(crate) async fn judge_all(
    client: &Transaction<'_>,
    keeper: &Keeper,
) -> Result<(), LedgerError> {
    let client: &tokio_postgres::Transaction<'_> = client;
    for outlet in keeper.outlets() {
        let head = client.query_opt(HEAD, &[&outlet.as_str()]).await?;
        let read = |row: &Row| -> Result<Head, LedgerError> {
            Ok(Head { sequence: count(row, 0)?, hash: hash(row, 1)?, at: None })
        };
        keeper.is_missing(&outlet, head.is_none());
        let Some(head) = head.as_ref().map(read).transpose()? else { continue };
        let Look::Others(known) = keeper.look(&outlet, &head) else { continue };
        let (mut sizes, mut found) = (Sizes::default(), Found::default());
        sizes.add(&outlet, &known);
        let columns: Params = &[&sizes.outlets, &sizes.sequences];
        let entries = client.query(ANCHORED, columns).await?;
        let series = client.query(SERIES, &[&sizes.all]).await?;
        found.read(&sizes, (&entries, &series))?;
        let hashes = found.hashes.remove(&outlet).unwrap_or_default();
        let series = found.series.remove(&outlet).unwrap_or_default();
        if !keeper.is_continued(&outlet, &hashes) {
            lost(client, keeper, (&outlet, &head), (hashes, series)).await?;
        }
    }
    Ok(())
}

async fn lost(
    client: &impl GenericClient,
    keeper: &Keeper,
    (outlet, head): (&OutletId, &Head),
    (hashes, series): (HashMap<u64, Hash>, Vec<(SeriesKey, u64)>),
) -> Result<Option<Arc<Rollback>>, LedgerError> {
    let of: Params = &[&outlet.as_str()];
    let mut recoveries = Vec::new();
    for row in client.query(RECOVERIES, of).await? {
        let sequence = count(&row, 0)?;
        let recovery = Recovery::parse(sequence, get(&row, 1)?);
        let unread =
            || LedgerError::Corrupt(format!("entry {sequence} of {outlet} is no recovery"));
        recoveries.push(recovery.ok_or_else(unread)?);
    }
    let number = |row: &Row| Ok((word(row, 0)?, count(row, 1)?));
    let free = client.query(FREE, of).await?;
    let free: Result<Vec<_>, LedgerError> = free.iter().map(number).collect();
    let series = series.into_iter().collect();
    let evidence = Evidence { hashes, recoveries, series, free: free? };
    Ok(keeper.judge(outlet, head, &evidence))
}

/// A lane has it compiled.
pub(super) const ANCHORED: &str = "SELECT e.outlet, e.sequence, e.hash
    FROM unnest($1::text[], $2::bigint[]) AS a (outlet, sequence)
    JOIN entries e ON e.outlet = a.outlet AND e.sequence = a.sequence";
const HEAD: &str = "-- anchors: head
    SELECT sequence, hash FROM heads WHERE outlet = $1";
const RECOVERIES: &str = "-- anchors: recoveries
    SELECT sequence, note FROM entries WHERE outlet = $1 AND kind = 'recovered' ORDER BY sequence";
/// A lane has it compiled.
pub(super) const SERIES: &str = "SELECT s.outlet, s.series, s.last FROM series s
    WHERE s.outlet = ANY ($1::text[])";
const FREE: &str = "-- anchors: free numbers
    SELECT series, ordinal FROM free_numbers WHERE outlet = $1 ORDER BY series, ordinal";
