//! The rows of outlets' Merkle logs: checkpoints, the roots of tiles, and the words of witnesses.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use invoice::{InvoiceId, OutletId, TenantId};
use proof::{KeyName, Node, NoteSignature, Question, TileKind, TilePath};
use tokio_postgres::Row;

use super::records::Records;
use super::rows::{all, count, execute, foreign, get, hash, one, word};
use crate::anchor::Recovery;
use crate::batch::Logs;
use crate::error::LedgerError;
use crate::log::{LogCheckpoint, SealedEntry, WhichCheckpoint};
use crate::word::integer;

/// What a batch made of the logs: rows of `checkpoints`, and of `log_tiles`.
pub(super) fn records(logs: &Logs) -> (Records, Records) {
    let (mut checkpoints, mut tiles) = (Records::default(), Records::default());
    for log in logs.grown() {
        let (checkpoint, tenant) = (log.checkpoint(), log.tenant.as_str());
        let outlet = checkpoint.outlet.as_str();
        checkpoints.add(6, |row| {
            row.text(outlet).number(integer(checkpoint.size)).text(tenant);
            row.blob(&checkpoint.root.0).text(&checkpoint.key_id).blob(&checkpoint.signature);
        });
        for root in log.tile_roots() {
            tiles.add(5, |row| {
                row.text(outlet).number(root.level.into()).number(integer(root.ordinal));
                row.text(tenant).blob(&root.hash);
            });
        }
    }
    (checkpoints, tiles)
}

/// A checkpoint of an outlet, with its cosignatures.
pub(crate) async fn checkpoint(
    client: &impl GenericClient,
    outlet: &OutletId,
    which: WhichCheckpoint,
) -> Result<Option<LogCheckpoint>, LedgerError> {
    let (sql, size) = match which {
        WhichCheckpoint::Last => (LAST_CHECKPOINT, 0),
        WhichCheckpoint::Of(size) => (CHECKPOINT, size),
        WhichCheckpoint::FirstWith(size) => (FIRST_CHECKPOINT, size),
        WhichCheckpoint::MostCosignedWith(size) => (MOST_COSIGNED, size),
    };
    let Ok(size) = i64::try_from(size) else { return Ok(None) };
    let found = one(client, sql, &[&outlet.as_str(), &size], read_checkpoint).await?;
    let Some(mut found) = found else { return Ok(None) };
    let size = integer(found.size);
    let of: super::rows::Params = &[&outlet.as_str(), &size];
    found.cosignatures = all(client, COSIGNATURES, of, read_cosignature).await?;
    Ok(Some(found))
}

/// The nodes of a tile of hashes, as many as its path says; none where the log has fewer.
pub(crate) async fn tile(
    client: &impl GenericClient,
    outlet: &OutletId,
    path: TilePath,
) -> Result<Option<Vec<Node>>, LedgerError> {
    let Some((first, end)) = path.nodes_in(LEAVES_MAX) else { return Ok(None) };
    let (outlet, first, end) = (outlet.as_str(), integer(first), integer(end));
    let read = |row: &Row| Ok(hash(row, 0)?.0);
    let nodes = match path.kind {
        TileKind::Entries => return Ok(None),
        TileKind::Hashes(0) => all(client, LEAVES, &[&outlet, &first, &end], read).await?,
        TileKind::Hashes(level) => {
            let level = i64::from(level);
            all(client, TILE_ROOTS, &[&outlet, &level, &first, &end], read).await?
        }
    };
    Ok((nodes.len() == usize::from(path.width)).then_some(nodes))
}

/// The statements of a bundle of a tenant's entries; none where the log has fewer.
pub(crate) async fn statements(
    client: &impl GenericClient,
    (tenant, outlet): (&TenantId, &OutletId),
    path: TilePath,
) -> Result<Option<Vec<Vec<u8>>>, LedgerError> {
    let Some((first, end)) = path.nodes_in(LEAVES_MAX) else { return Ok(None) };
    let (outlet, first, end) = (outlet.as_str(), integer(first), integer(end));
    let of: super::rows::Params = &[&outlet, &first, &end, &tenant.as_str()];
    let statements = all(client, STATEMENTS, of, |row| get(row, 0)).await?;
    Ok((statements.len() == usize::from(path.width)).then_some(statements))
}

/// What the tiles of an outlet's log answer; it has as many entries as the question takes.
pub(crate) async fn answer(
    client: &impl GenericClient,
    outlet: &OutletId,
    question: Question,
) -> Result<Vec<Node>, LedgerError> {
    let missing =
        |path: TilePath| LedgerError::Corrupt(format!("tile {path} of {outlet} is not whole"));
    let mut tiles = HashMap::new();
    for path in question.tiles() {
        let nodes = tile(client, outlet, path).await?.ok_or_else(|| missing(path))?;
        tiles.insert(path, nodes);
    }
    question.answer(|path| tiles.remove(&path).ok_or_else(|| missing(path)))
}

/// The sequence of the entry that sealed an invoice, its statement and its signature.
pub(crate) async fn seal_of(
    client: &impl GenericClient,
    tenant: &TenantId,
    invoice: &InvoiceId,
) -> Result<Option<SealedEntry>, LedgerError> {
    let outlet = invoice.outlet();
    let of: super::rows::Params = &[&outlet.as_str(), &invoice.as_str(), &tenant.as_str()];
    one(client, SEAL, of, |row| {
        let signature = <[u8; 64]>::try_from(get::<&[u8]>(row, 2)?);
        let signature = signature.map_err(|_| foreign("not 64 bytes"))?;
        Ok(SealedEntry { sequence: count(row, 0)?, statement: get(row, 1)?, signature })
    })
    .await
}

/// Keeps a witness's word on a checkpoint; false if it is there already.
pub(crate) async fn cosign(
    client: &impl GenericClient,
    (outlet, size): (&OutletId, u64),
    line: &NoteSignature,
) -> Result<bool, LedgerError> {
    let row: super::rows::Params =
        &[&outlet.as_str(), &integer(size), &line.name.as_str(), &&line.id[..], &line.bytes];
    Ok(execute(client, INSERT_COSIGNATURE, row).await? == 1)
}

fn read_checkpoint(row: &Row) -> Result<LogCheckpoint, LedgerError> {
    let signature = <[u8; 64]>::try_from(get::<&[u8]>(row, 4)?);
    // What the last recovery before it began.
    let generation = Recovery::generation_of(get(row, 5)?);
    Ok(LogCheckpoint {
        outlet: word(row, 0)?,
        generation: generation.ok_or_else(|| foreign("no recovery"))?,
        size: count(row, 1)?,
        root: hash(row, 2)?,
        key_id: get(row, 3)?,
        signature: signature.map_err(|_| foreign("not 64 bytes"))?,
        cosignatures: Vec::new(),
    })
}

fn read_cosignature(row: &Row) -> Result<NoteSignature, LedgerError> {
    let (name, id): (&str, &[u8]) = (get(row, 0)?, get(row, 1)?);
    Ok(NoteSignature {
        name: KeyName::parse(name).ok_or_else(|| foreign(name))?,
        id: id.try_into().map_err(|_| foreign("not 4 bytes"))?,
        bytes: get(row, 2)?,
    })
}

/// Sequences are signed in the database.
const LEAVES_MAX: u64 = i64::MAX.unsigned_abs();

const LAST_CHECKPOINT: &str = "-- log: last checkpoint
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c
    WHERE outlet = $1 AND size >= $2 ORDER BY size DESC LIMIT 1";
const CHECKPOINT: &str = "-- log: a checkpoint
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c WHERE outlet = $1 AND size = $2";
const FIRST_CHECKPOINT: &str = "-- log: first checkpoint with an entry
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c
    WHERE outlet = $1 AND size >= $2 ORDER BY size LIMIT 1";
/// Of the last words of witnesses, so that the search ends however long the log is.
const MOST_COSIGNED: &str = "-- log: the checkpoint with the most witnesses
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c
    WHERE outlet = $1 AND size = (
        SELECT size FROM (SELECT size FROM cosignatures WHERE outlet = $1 AND size >= $2
                          ORDER BY size DESC LIMIT 256) AS last
        GROUP BY size ORDER BY count(*) DESC, size DESC LIMIT 1)";
const COSIGNATURES: &str = "-- log: cosignatures
    SELECT witness, key_id, signature FROM cosignatures WHERE outlet = $1 AND size = $2
    ORDER BY witness";
const INSERT_COSIGNATURE: &str = "-- log: insert a cosignature
    INSERT INTO cosignatures (outlet, size, witness, tenant, key_id, signature)
    SELECT outlet, size, $3, tenant, $4, $5 FROM checkpoints WHERE outlet = $1 AND size = $2
    ON CONFLICT DO NOTHING";
const LEAVES: &str = "-- log: leaves
    SELECT hash FROM entries WHERE outlet = $1 AND sequence > $2 AND sequence <= $3
    ORDER BY sequence";
const TILE_ROOTS: &str = "-- log: roots of tiles
    SELECT hash FROM log_tiles WHERE outlet = $1 AND level = $2 AND ordinal >= $3 AND ordinal < $4
    ORDER BY ordinal";
const STATEMENTS: &str = "-- log: statements
    SELECT statement FROM entries WHERE outlet = $1 AND sequence > $2 AND sequence <= $3
    AND tenant = $4 ORDER BY sequence";
const SEAL: &str = "-- log: the entry that sealed
    SELECT e.sequence, e.statement, e.signature FROM invoices i
    JOIN entries e ON e.outlet = i.outlet AND e.opening = i.sequence AND e.kind = 'sealed'
    WHERE i.outlet = $1 AND i.invoice = $2 AND i.tenant = $3";
