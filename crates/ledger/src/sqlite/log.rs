//! The rows of outlets' Merkle logs: checkpoints, the roots of tiles, and the words of witnesses.

use invoice::{InvoiceId, OutletId, TenantId};
use proof::{KeyName, Node, NoteSignature, Question, TileKind, TilePath};
use rusqlite::{Connection, Row, params};

use super::rows::{all, count, foreign, hash, integer, one, word};
use crate::anchor::Recovery;
use crate::batch::Logs;
use crate::error::LedgerError;
use crate::log::{LogCheckpoint, SealedEntry, WhichCheckpoint};

/// Writes what a batch made of the logs.
pub(super) fn write(connection: &Connection, logs: &Logs) -> Result<(), LedgerError> {
    for log in logs.grown() {
        let (checkpoint, tenant) = (log.checkpoint(), log.tenant.as_str());
        let outlet = checkpoint.outlet.as_str();
        connection.prepare_cached(INSERT_CHECKPOINT)?.execute(params![
            outlet,
            integer(checkpoint.size),
            tenant,
            checkpoint.root.0,
            checkpoint.key_id,
            checkpoint.signature,
        ])?;
        for root in log.tile_roots() {
            let row = (outlet, root.level, integer(root.ordinal), tenant, root.hash);
            connection.prepare_cached(INSERT_TILE)?.execute(row)?;
        }
    }
    Ok(())
}

/// A checkpoint of an outlet, with its cosignatures.
pub(crate) fn checkpoint(
    connection: &Connection,
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
    let found = one(connection, sql, (outlet.as_str(), size), read_checkpoint)?;
    let Some(mut found) = found else { return Ok(None) };
    let of = (outlet.as_str(), integer(found.size));
    found.cosignatures = all(connection, COSIGNATURES, of, read_cosignature)?;
    Ok(Some(found))
}

/// The nodes of a tile of hashes, as many as its path says; none where the log has fewer.
pub(crate) fn tile(
    connection: &Connection,
    outlet: &OutletId,
    path: TilePath,
) -> Result<Option<Vec<Node>>, LedgerError> {
    let Some((first, end)) = path.nodes_in(LEAVES_MAX) else { return Ok(None) };
    let read = |row: &Row<'_>| Ok(hash(row, 0)?.0);
    let nodes = match path.kind {
        TileKind::Entries => return Ok(None),
        TileKind::Hashes(0) => {
            all(connection, LEAVES, (outlet.as_str(), integer(first), integer(end)), read)?
        }
        TileKind::Hashes(level) => {
            let of = (outlet.as_str(), level, integer(first), integer(end));
            all(connection, TILE_ROOTS, of, read)?
        }
    };
    Ok((nodes.len() == usize::from(path.width)).then_some(nodes))
}

/// The statements of a bundle of a tenant's entries; none where the log has fewer.
pub(crate) fn statements(
    connection: &Connection,
    (tenant, outlet): (&TenantId, &OutletId),
    path: TilePath,
) -> Result<Option<Vec<Vec<u8>>>, LedgerError> {
    let Some((first, end)) = path.nodes_in(LEAVES_MAX) else { return Ok(None) };
    let of = (outlet.as_str(), integer(first), integer(end), tenant.as_str());
    let statements = all(connection, STATEMENTS, of, |row| row.get(0))?;
    Ok((statements.len() == usize::from(path.width)).then_some(statements))
}

/// What the tiles of an outlet's log answer; it has as many entries as the question takes.
pub(crate) fn answer(
    connection: &Connection,
    outlet: &OutletId,
    question: Question,
) -> Result<Vec<Node>, LedgerError> {
    question.answer(|path| {
        let missing = || LedgerError::Corrupt(format!("tile {path} of {outlet} is not whole"));
        tile(connection, outlet, path)?.ok_or_else(missing)
    })
}

/// The sequence of the entry that sealed an invoice, its statement and its signature.
pub(crate) fn seal_of(
    connection: &Connection,
    tenant: &TenantId,
    invoice: &InvoiceId,
) -> Result<Option<SealedEntry>, LedgerError> {
    let of = (invoice.outlet().as_str().to_owned(), invoice.as_str(), tenant.as_str());
    one(connection, SEAL, of, |row| {
        let signature: Vec<u8> = row.get(2)?;
        let signature = signature.try_into().map_err(|_| foreign(2, "not 64 bytes"))?;
        Ok(SealedEntry { sequence: count(row, 0)?, statement: row.get(1)?, signature })
    })
}

/// Keeps a witness's word on a checkpoint; false if it is there already.
pub(crate) fn cosign(
    connection: &Connection,
    (outlet, size): (&OutletId, u64),
    line: &NoteSignature,
) -> Result<bool, LedgerError> {
    let inserted = connection.prepare_cached(INSERT_COSIGNATURE)?.execute(params![
        outlet.as_str(),
        integer(size),
        line.name.as_str(),
        line.id,
        line.bytes,
    ])?;
    Ok(inserted == 1)
}

fn read_checkpoint(row: &Row<'_>) -> rusqlite::Result<LogCheckpoint> {
    let signature: Vec<u8> = row.get(4)?;
    Ok(LogCheckpoint {
        outlet: word(row, 0)?,
        generation: generation(row, 5)?,
        size: count(row, 1)?,
        root: hash(row, 2)?,
        key_id: row.get(3)?,
        signature: signature.try_into().map_err(|_| foreign(4, "not 64 bytes"))?,
        cosignatures: Vec::new(),
    })
}

/// What the last recovery before a checkpoint began.
fn generation(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let note: Option<Vec<u8>> = row.get(index)?;
    Recovery::generation_of(note.as_deref()).ok_or_else(|| foreign(index, "no recovery"))
}

fn read_cosignature(row: &Row<'_>) -> rusqlite::Result<NoteSignature> {
    let name: String = row.get(0)?;
    let id: Vec<u8> = row.get(1)?;
    Ok(NoteSignature {
        name: KeyName::parse(&name).ok_or_else(|| foreign(0, &name))?,
        id: id.try_into().map_err(|_| foreign(1, "not 4 bytes"))?,
        bytes: row.get(2)?,
    })
}

/// Sequences are signed in the database.
const LEAVES_MAX: u64 = i64::MAX.unsigned_abs();

const INSERT_CHECKPOINT: &str = "-- log: insert a checkpoint
    INSERT INTO checkpoints (outlet, size, tenant, root, key_id, signature)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const INSERT_TILE: &str = "-- log: insert a tile's root
    INSERT INTO log_tiles (outlet, level, ordinal, tenant, hash) VALUES (?1, ?2, ?3, ?4, ?5)";
const LAST_CHECKPOINT: &str = "-- log: last checkpoint
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c
    WHERE outlet = ?1 AND size >= ?2 ORDER BY size DESC LIMIT 1";
const CHECKPOINT: &str = "-- log: a checkpoint
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c WHERE outlet = ?1 AND size = ?2";
const FIRST_CHECKPOINT: &str = "-- log: first checkpoint with an entry
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c
    WHERE outlet = ?1 AND size >= ?2 ORDER BY size LIMIT 1";
/// Of the last words of witnesses, so that the search ends however long the log is.
const MOST_COSIGNED: &str = "-- log: the checkpoint with the most witnesses
    SELECT outlet, size, root, key_id, signature, (SELECT e.note FROM entries e
        WHERE e.outlet = c.outlet AND e.kind = 'recovered' AND e.sequence <= c.size
        ORDER BY e.sequence DESC LIMIT 1)
    FROM checkpoints c
    WHERE outlet = ?1 AND size = (
        SELECT size FROM (SELECT size FROM cosignatures WHERE outlet = ?1 AND size >= ?2
                          ORDER BY size DESC LIMIT 256) AS last
        GROUP BY size ORDER BY count(*) DESC, size DESC LIMIT 1)";
const COSIGNATURES: &str = "-- log: cosignatures
    SELECT witness, key_id, signature FROM cosignatures WHERE outlet = ?1 AND size = ?2
    ORDER BY witness";
const INSERT_COSIGNATURE: &str = "-- log: insert a cosignature
    INSERT INTO cosignatures (outlet, size, witness, tenant, key_id, signature)
    SELECT outlet, size, ?3, tenant, ?4, ?5 FROM checkpoints WHERE outlet = ?1 AND size = ?2
    ON CONFLICT DO NOTHING";
const LEAVES: &str = "-- log: leaves
    SELECT hash FROM entries WHERE outlet = ?1 AND sequence > ?2 AND sequence <= ?3
    ORDER BY sequence";
const TILE_ROOTS: &str = "-- log: roots of tiles
    SELECT hash FROM log_tiles WHERE outlet = ?1 AND level = ?2 AND ordinal >= ?3 AND ordinal < ?4
    ORDER BY ordinal";
const STATEMENTS: &str = "-- log: statements
    SELECT statement FROM entries WHERE outlet = ?1 AND sequence > ?2 AND sequence <= ?3
    AND tenant = ?4 ORDER BY sequence";
const SEAL: &str = "-- log: the entry that sealed
    SELECT e.sequence, e.statement, e.signature FROM invoices i
    JOIN entries e ON e.outlet = i.outlet AND e.opening = i.sequence AND e.kind = 'sealed'
    WHERE i.outlet = ?1 AND i.invoice = ?2 AND i.tenant = ?3";
