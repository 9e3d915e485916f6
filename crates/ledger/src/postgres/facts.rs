//! Begins a batch's transaction, takes its fence, and reads what its orders touch. All of it is
//! sent at once and run in this order, so it takes one trip to the server, and a second one for
//! what hangs on the first.

use std::collections::{BTreeSet, HashMap, HashSet};

use invoice::{InvoiceId, OutletId, TenantId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use super::anchors::{self, Found, Sizes};
use super::asked::{Asked, AskedPaper};
use super::rows::{count, foreign, frontier, get, hash, optional_instant, optional_word, word};
use super::statements::Statements;
use crate::anchor::{Generation, Keeper};
use crate::batch::{
    Facts, HeldFacts, InvoiceFacts, OutletFacts, PaperKey, ReplacedFacts, ShareFacts, Slot,
    SubmissionFence,
};
use crate::error::LedgerError;
use crate::record::Head;
use crate::series::SeriesKey;
use crate::submission::LeaseToken;
use crate::word::integer;

/// A client whose statements are ready.
#[derive(Clone, Copy)]
pub(super) struct Ready<'a> {
    pub(super) client: &'a Client,
    pub(super) statements: &'a Statements,
}

impl Ready<'_> {
    /// The rows of a query about some keys, which is not asked where there are none.
    async fn rows<const N: usize>(
        self,
        statement: &Statement,
        keys: usize,
        params: [&(dyn ToSql + Sync); N],
    ) -> Result<Vec<Row>, Error> {
        if keys == 0 { Ok(Vec::new()) } else { self.client.query(statement, &params).await }
    }
}

/// Begins the transaction and loads what the orders touch, the heads locked.
pub(super) async fn begin(
    ready: Ready<'_>,
    slots: &[Slot],
    keeper: Option<&Keeper>,
) -> Result<Facts, LedgerError> {
    let asked = Asked::of(slots);
    let begun = async { ready.client.batch_execute("BEGIN").await };
    let facts = load(ready, &asked, keeper, Facts::default());
    let (begun, facts) = tokio::join!(biased; begun, Box::pin(facts));
    begun?;
    facts
}

/// Loads what those orders touch that joined, the others being the first `before`: their heads are
/// locked already.
pub(super) async fn joined(
    ready: Ready<'_>,
    slots: &[Slot],
    before: usize,
    mut facts: Facts,
) -> Result<Facts, LedgerError> {
    let asked =
        Asked { outlets: BTreeSet::new(), orders: slots.len(), ..Asked::of(&slots[before..]) };
    for share in &asked.shares {
        facts.shares.remove(share);
    }
    Box::pin(load(ready, &asked, None, facts)).await
}

/// Loads the facts again within the transaction that has begun.
pub(super) async fn again(
    ready: Ready<'_>,
    slots: &[Slot],
    keeper: Option<&Keeper>,
) -> Result<Facts, LedgerError> {
    let asked = Asked::of(slots);
    Box::pin(load(ready, &asked, keeper, Facts::default())).await
}

async fn load(
    ready: Ready<'_>,
    asked: &Asked,
    keeper: Option<&Keeper>,
    mut facts: Facts,
) -> Result<Facts, LedgerError> {
    let statements = ready.statements;
    let outlets: Vec<&str> = asked.outlets.iter().map(OutletId::as_str).collect();
    let (key_tenants, keys) = columns(&asked.keys, TenantId::as_str, String::as_str);
    let (series_outlets, series) = columns(&asked.series, OutletId::as_str, SeriesKey::to_string);
    let (share_outlets, kinds) = columns(&asked.shares, OutletId::as_str, String::as_str);
    let (original_tenants, originals) =
        columns(&asked.originals, TenantId::as_str, InvoiceId::as_str);
    let original_outlets: Vec<_> = outlets_of(asked.originals.iter().map(|(_, id)| id));
    let (replaced_tenants, replaced) =
        columns(&asked.replaced, TenantId::as_str, InvoiceId::as_str);
    let (held_outlets, held) = columns(&asked.held, OutletId::as_str, InvoiceId::as_str);
    let credited = Lines::of(&asked.credited);
    let invoices: Vec<_> = asked.invoices.iter().map(InvoiceId::as_str).collect();
    let invoice_outlets = outlets_of(&asked.invoices);
    let refused: Vec<_> = asked.refused.iter().map(InvoiceId::as_str).collect();
    let coded: Vec<_> = asked.coded.iter().map(InvoiceId::as_str).collect();
    let coded_outlets = outlets_of(&asked.coded);
    let anchored = Sizes::beforehand(keeper, asked.outlets.iter());
    let most = integer(asked.orders as u64);
    // The fence comes first: what is read after it is as the last writer left it.
    let answers = tokio::join!(biased;
        ready.rows(&statements.heads, outlets.len(), [&outlets]),
        ready.rows(&statements.invoices, invoices.len(), [&invoice_outlets, &invoices]),
        ready.rows(&statements.known, keys.len() + series.len(),
            [&key_tenants, &keys, &series_outlets, &series, &most]),
        ready.rows(&statements.originals, originals.len(),
            [&original_tenants, &original_outlets, &originals]),
        ready.rows(&statements.credited, credited.indexes.len(), credited.params()),
        ready.rows(&statements.replaced, replaced.len(), [&replaced_tenants, &replaced]),
        ready.rows(&statements.claims, refused.len(), [&refused]),
        ready.rows(&statements.replaces, refused.len(), [&refused]),
        ready.rows(&statements.codes, coded.len(), [&coded_outlets, &coded]),
        ready.rows(&statements.shares, kinds.len(), [&share_outlets, &kinds]),
        ready.rows(&statements.annulled, kinds.len(), [&share_outlets, &kinds]),
        ready.rows(&statements.free_of_shares, kinds.len(), [&share_outlets, &kinds, &most]),
        ready.rows(&statements.stands_for, refused.len(), [&refused]),
        ready.rows(&statements.held_numbers, held.len(), [&held_outlets, &held]),
        ready.rows(&statements.anchored, anchored.outlets.len(),
            [&anchored.outlets, &anchored.sequences]),
        ready.rows(&statements.anchored_series, anchored.all.len(), [&anchored.all]),
    );
    heads(&mut facts, &answers.0?)?;
    let invoices = answers.1?;
    known(&mut facts, &asked.series, &answers.2?)?;
    for row in answers.3? {
        facts.originals.insert((word(&row, 0)?, word(&row, 1)?));
    }
    credited_of(&mut facts, &answers.4?)?;
    replaced_of(&mut facts, &answers.5?)?;
    let claims = [answers.6?, answers.7?, answers.12?, answers.8?];
    follow_ups(&mut facts, &invoices, claims.each_ref().map(Vec::as_slice))?;
    shares(&mut facts, &answers.9?, &answers.10?)?;
    free_numbers(&mut facts, &answers.11?)?;
    held_numbers(&mut facts, &answers.13?)?;
    if let Some(keeper) = keeper {
        let mut found = Found::default();
        found.read(&anchored, (&answers.14?, &answers.15?))?;
        anchors::judge(ready, keeper, &mut facts, found).await?;
    }
    claimed(ready, asked, &mut facts).await?;
    Ok(facts)
}

/// What refused invoices claim is known only now, and of which environment a receipt is: the sums of
/// those lines, and who has those places.
async fn claimed(ready: Ready<'_>, asked: &Asked, facts: &mut Facts) -> Result<(), LedgerError> {
    let mut lines = BTreeSet::new();
    let mut places = BTreeSet::new();
    for invoice in facts.invoices.values() {
        for (original, line, _) in &invoice.claims {
            lines.insert((invoice.tenant.clone(), original.clone(), *line));
        }
        places.extend(invoice.replaces.iter().map(|id| (invoice.tenant.clone(), id.clone())));
    }
    let papers = Papers::of(asked, facts);
    if lines.is_empty() && places.is_empty() && papers.numbers.is_empty() {
        return Ok(());
    }
    let credited = Lines::of(&lines);
    let (tenants, replaced) = columns(&places, TenantId::as_str, InvoiceId::as_str);
    let statements = ready.statements;
    let (lines, places, papers) = tokio::join!(biased;
        ready.rows(&statements.credited, credited.indexes.len(), credited.params()),
        ready.rows(&statements.replaced, replaced.len(), [&tenants, &replaced]),
        ready.rows(&statements.stood_for, papers.numbers.len(), papers.params()),
    );
    credited_of(facts, &lines?)?;
    replaced_of(facts, &places?)?;
    stood_for(facts, &papers?)
}

fn heads(facts: &mut Facts, rows: &[Row]) -> Result<(), LedgerError> {
    for row in rows {
        let head = match count(row, 3)? {
            0 => Head::EMPTY,
            sequence => Head { sequence, hash: hash(row, 4)?, at: optional_instant(row, 5)? },
        };
        let frontier = frontier(row, 6, head.sequence)?;
        let (tenant, taxpayer, environment) = (word(row, 1)?, get(row, 2)?, word(row, 7)?);
        let generation = Generation { number: count(row, 8)?, since: count(row, 9)? };
        let rollback = None;
        let outlet =
            OutletFacts { tenant, taxpayer, environment, head, frontier, generation, rollback };
        facts.outlets.insert(word(row, 0)?, outlet);
    }
    Ok(())
}

/// Keys that were used, where series stand, and the numbers that came back to them.
fn known(
    facts: &mut Facts,
    asked: &BTreeSet<(OutletId, SeriesKey)>,
    rows: &[Row],
) -> Result<(), LedgerError> {
    for key in asked {
        facts.series.entry(key.clone()).or_default();
    }
    for row in rows {
        if get::<&str>(row, 0)? == "key" {
            facts.keys.insert((word(row, 1)?, get(row, 2)?), (hash(row, 3)?, word(row, 4)?));
            continue;
        }
        let series = facts.series.entry((word(row, 1)?, word(row, 2)?)).or_default();
        match get(row, 0)? {
            "series" => series.last = count(row, 5)?,
            "free" => _ = series.free.insert(count(row, 5)?, count(row, 6)?),
            what => return Err(foreign(what)),
        }
    }
    Ok(())
}

fn free_numbers(facts: &mut Facts, rows: &[Row]) -> Result<(), LedgerError> {
    for row in rows {
        let series = facts.series.entry((word(row, 0)?, word(row, 1)?)).or_default();
        series.free.insert(count(row, 2)?, count(row, 3)?);
    }
    Ok(())
}

fn held_numbers(facts: &mut Facts, rows: &[Row]) -> Result<(), LedgerError> {
    for row in rows {
        let (outlet, replaced) = (word(row, 0)?, word(row, 1)?);
        let (series, ordinal, turn) = (word(row, 2)?, count(row, 3)?, count(row, 4)?);
        facts.held.insert(replaced, HeldFacts { outlet, series, ordinal, turn });
    }
    Ok(())
}

fn credited_of(facts: &mut Facts, rows: &[Row]) -> Result<(), LedgerError> {
    for row in rows {
        let key = (word(row, 0)?, word(row, 1)?, line(row, 2)?);
        facts.credited.insert(key, i128::from(get::<i64>(row, 3)?));
    }
    Ok(())
}

fn replaced_of(facts: &mut Facts, rows: &[Row]) -> Result<(), LedgerError> {
    for row in rows {
        let by = if get(row, 3)? { None } else { Some(word(row, 4)?) };
        let last = ReplacedFacts { turn: count(row, 2)?, by };
        facts.replaced.insert((word(row, 0)?, word(row, 1)?), last);
    }
    Ok(())
}

fn stood_for(facts: &mut Facts, rows: &[Row]) -> Result<(), LedgerError> {
    for row in rows {
        let by = if get(row, 5)? { None } else { Some(word(row, 6)?) };
        let last = ReplacedFacts { turn: count(row, 4)?, by };
        facts.stood_for.insert(paper(row, 0)?, last);
    }
    Ok(())
}

/// A receipt's key, in four columns.
fn paper(row: &Row, first: usize) -> Result<PaperKey, LedgerError> {
    Ok((word(row, first)?, get(row, first + 1)?, word(row, first + 2)?, get(row, first + 3)?))
}

/// Invoices that orders add to, with their claims, the places they take, the receipts they stand for,
/// and their codes.
fn follow_ups(
    facts: &mut Facts,
    rows: &[Row],
    [claims, replaces, stands_for, codes]: [&[Row]; 4],
) -> Result<(), LedgerError> {
    for row in rows {
        facts.invoices.insert(word(row, 0)?, invoice(row)?);
    }
    let mut of = |row: &Row, add: &dyn Fn(&mut InvoiceFacts) -> Result<(), LedgerError>| {
        facts.invoices.get_mut(&word::<InvoiceId>(row, 0)?).map_or(Ok(()), add)
    };
    for row in claims {
        let claim = (word(row, 1)?, line(row, 2)?, i128::from(get::<i64>(row, 3)?));
        of(row, &|facts| {
            facts.claims.push(claim.clone());
            Ok(())
        })?;
    }
    for row in replaces {
        of(row, &|facts| {
            facts.replaces = Some(word(row, 1)?);
            Ok(())
        })?;
    }
    for row in stands_for {
        of(row, &|facts| {
            facts.stands_for = Some(paper(row, 1)?);
            Ok(())
        })?;
    }
    for row in codes {
        of(row, &|facts| {
            facts.code = Some(get(row, 1)?);
            Ok(())
        })?;
    }
    Ok(())
}

fn invoice(row: &Row) -> Result<InvoiceFacts, LedgerError> {
    let fence = SubmissionFence { token: LeaseToken(count(row, 13)?), is_leased: get(row, 14)? };
    Ok(InvoiceFacts {
        tenant: word(row, 1)?,
        sequence: count(row, 2)?,
        series: word(row, 3)?,
        ordinal: count(row, 4)?,
        turn: count(row, 5)?,
        number: get(row, 6)?,
        taxpayer: get(row, 7)?,
        total: word(row, 8)?,
        currency: get(row, 9)?,
        regime: get(row, 10)?,
        payload_hash: hash(row, 11)?,
        stage: word(row, 12)?,
        fence: Some(fence),
        claims: Vec::new(),
        replaces: None,
        stands_for: None,
        code: None,
    })
}

fn shares(facts: &mut Facts, rows: &[Row], annulled: &[Row]) -> Result<(), LedgerError> {
    let mut runs: HashMap<(OutletId, SeriesKey), Vec<(u64, u64)>> = HashMap::new();
    for row in annulled {
        let key = SeriesKey::Share { kind: get(row, 1)?, first: count(row, 2)? };
        runs.entry((word(row, 0)?, key)).or_default().push((count(row, 3)?, count(row, 4)?));
    }
    for row in rows {
        let (outlet, kind): (OutletId, String) = (word(row, 0)?, get(row, 1)?);
        let (first, last) = (count(row, 3)?, count(row, 4)?);
        let key = (outlet, SeriesKey::Share { kind: kind.clone(), first });
        let taken: Option<i64> = get(row, 8)?;
        facts.series.entry(key.clone()).or_default().last = taken.map_or(0, i64::unsigned_abs);
        let ordinals =
            |(from, to): (u64, u64)| (from.max(first) - first + 1, to.min(last) - first + 1);
        let annulled = runs.remove(&key).unwrap_or_default().into_iter().map(ordinals).collect();
        let share = ShareFacts {
            range: word(row, 2)?,
            key: key.1,
            prefix: get(row, 5)?,
            width: usize::try_from(count(row, 6)?).map_err(|_| foreign("a width"))?,
            first,
            length: last.checked_sub(first).ok_or_else(|| foreign("an empty share"))? + 1,
            expires_on: optional_word(row, 7)?,
            annulled,
        };
        facts.shares.entry((key.0, kind)).or_default().push(share);
    }
    Ok(())
}

fn line(row: &Row, index: usize) -> Result<u32, LedgerError> {
    u32::try_from(count(row, index)?).map_err(|_| foreign("a line beyond any invoice"))
}

/// Lines of originals as three columns.
struct Lines<'a> {
    tenants: Vec<&'a str>,
    originals: Vec<&'a str>,
    indexes: Vec<i64>,
}

impl<'a> Lines<'a> {
    fn of(lines: &'a BTreeSet<(TenantId, InvoiceId, u32)>) -> Self {
        Self {
            tenants: lines.iter().map(|(tenant, ..)| tenant.as_str()).collect(),
            originals: lines.iter().map(|(_, original, _)| original.as_str()).collect(),
            indexes: lines.iter().map(|(.., line)| i64::from(*line)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.tenants, &self.originals, &self.indexes]
    }
}

/// Receipts on paper as four columns.
#[derive(Default)]
struct Papers {
    tenants: Vec<String>,
    taxpayers: Vec<String>,
    environments: Vec<&'static str>,
    numbers: Vec<String>,
}

impl Papers {
    /// Those that orders stand for, and those that refused invoices stood for.
    fn of(asked: &Asked, facts: &Facts) -> Self {
        let key = |paper: &AskedPaper| {
            let environment = facts.outlets.get(&paper.outlet)?.environment;
            Some((paper.tenant.clone(), paper.taxpayer.clone(), environment, paper.number.clone()))
        };
        let of_orders = asked.papers.iter().filter_map(key);
        let of_refused = facts.invoices.values().filter_map(|invoice| invoice.stands_for.clone());
        let keys: HashSet<PaperKey> = of_orders.chain(of_refused).collect();
        let mut papers = Self::default();
        for (tenant, taxpayer, environment, number) in keys {
            papers.tenants.push(tenant.as_str().to_owned());
            papers.taxpayers.push(taxpayer);
            papers.environments.push(environment.as_str());
            papers.numbers.push(number);
        }
        papers
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.tenants, &self.taxpayers, &self.environments, &self.numbers]
    }
}

/// Pairs as two columns.
fn columns<'a, A, B, C>(
    pairs: &'a BTreeSet<(A, B)>,
    first: impl Fn(&'a A) -> &'a str,
    second: impl Fn(&'a B) -> C,
) -> (Vec<&'a str>, Vec<C>) {
    pairs.iter().map(|(a, b)| (first(a), second(b))).unzip()
}

fn outlets_of<'a>(invoices: impl IntoIterator<Item = &'a InvoiceId>) -> Vec<String> {
    invoices.into_iter().map(|id| id.outlet().as_str().to_owned()).collect()
}
