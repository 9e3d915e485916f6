//! What somebody may rewrite who has the store and its guards in his hands, and what verification
//! says of it.

use ledger::{Break, CreditClaim, FollowUp, Place};

use crate::ranges::TODAY;
use crate::world::{World, crediting};

/// Each line: the kind of place, the sequence where it is an entry, what verification says is
/// wrong, and the forgery. What stores write differently has a name with a colon.
pub(crate) const FORGERIES: &[(&str, u64, &str, &str)] = &[
    (
        "entry",
        2,
        "the hash of the invoice",
        "UPDATE entries SET payload = :braces WHERE sequence = 2",
    ),
    (
        "entry",
        2,
        "the entry's hash",
        "UPDATE entries SET statement = (SELECT statement FROM entries WHERE sequence = 3 AND outlet = :o) WHERE sequence = 2",
    ),
    ("entry", 2, "the entry's hash", "UPDATE entries SET hash = :zeros32 WHERE sequence = 2"),
    ("entry", 3, "the signature", "UPDATE entries SET signature = :zeros64 WHERE sequence = 3"),
    (
        "entry",
        3,
        "the signature",
        "UPDATE entries SET signature = (SELECT signature FROM entries WHERE sequence = 2 AND outlet = :o) WHERE sequence = 3",
    ),
    ("entry", 2, "the kind", "UPDATE entries SET kind = 'requested' WHERE sequence = 2"),
    ("entry", 2, "the time", "UPDATE entries SET at = at + 1 WHERE sequence = 2"),
    ("entry", 2, "the key", "UPDATE entries SET key_id = 'other' WHERE sequence = 2"),
    ("entry", 2, "the tenant", "UPDATE entries SET tenant = :stranger WHERE sequence = 2"),
    ("entry", 3, "the sequence", "DELETE FROM entries WHERE sequence = 2"),
    (
        "entry",
        4,
        "the hash of the authority's elements",
        "UPDATE entries SET elements = :braces WHERE sequence = 4",
    ),
    (
        "entry",
        4,
        "the hash of the authority's elements",
        "UPDATE entries SET elements = NULL WHERE sequence = 4",
    ),
    ("entry", 2, "the content", "UPDATE entries SET invoice = NULL WHERE sequence = 2"),
    (
        "entry",
        4,
        "the invoice",
        "UPDATE entries SET invoice = (SELECT invoice FROM entries WHERE sequence = 2 AND outlet = :o) WHERE sequence = 4",
    ),
    ("invoice", 0, "the stage", "UPDATE entries SET opening = 99 WHERE sequence = 4"),
    (
        "entry",
        4,
        "the invoice that it states",
        "UPDATE entries SET opening = 2, invoice = (SELECT invoice FROM entries WHERE sequence = 2 AND outlet = :o) WHERE sequence = 4",
    ),
    ("head", 0, "the head", "UPDATE heads SET sequence = sequence - 1 WHERE sequence > 0"),
    ("head", 0, "the head", "UPDATE heads SET hash = :zeros32"),
    ("head", 0, "the head", "DELETE FROM heads"),
    ("key", 0, "the outlet's key", "DELETE FROM outlet_keys"),
    ("key", 0, "the outlet's key", "DELETE FROM keys"),
    ("key", 0, "the outlet's key", "UPDATE outlet_keys SET key_id = 'another' WHERE outlet = :o"),
    (
        "key",
        0,
        "the outlet's key",
        "UPDATE outlet_keys SET tenant = 'tn_another' WHERE outlet = :o",
    ),
    (
        "head",
        0,
        "the head",
        "DELETE FROM entries WHERE sequence = (SELECT max(sequence) FROM entries WHERE outlet = :o)",
    ),
    (
        "checkpoint",
        3,
        "the root",
        "UPDATE checkpoints SET root = (SELECT root FROM checkpoints WHERE size = 2 AND outlet = :o) WHERE size = 3",
    ),
    (
        "checkpoint",
        3,
        "the signature",
        "UPDATE checkpoints SET signature = (SELECT signature FROM checkpoints WHERE size = 2 AND outlet = :o) WHERE size = 3",
    ),
    ("checkpoint", 3, "the key", "UPDATE checkpoints SET key_id = 'other' WHERE size = 3"),
    ("checkpoint", 2, "the tenant", "UPDATE checkpoints SET tenant = :stranger WHERE size = 2"),
    (
        "head",
        0,
        "the size of the last checkpoint",
        "DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints WHERE outlet = :o)",
    ),
    (
        "head",
        0,
        "the size of the last checkpoint",
        "INSERT INTO checkpoints SELECT outlet, size + 1000, tenant, root, key_id, signature FROM checkpoints WHERE size = 2",
    ),
    ("head", 0, "the right edge of the tree", "UPDATE heads SET frontier = :zeros32"),
    ("head", 0, "the count of tiles", "INSERT INTO log_tiles VALUES (:o, 1, 7, :tenant, :zeros32)"),
    ("head", 0, "the tenant", "UPDATE cosignatures SET tenant = :stranger"),
    ("invoice", 0, "the total", "UPDATE invoices SET total = '1.00' WHERE sequence = 2"),
    (
        "invoice",
        0,
        "the number",
        "UPDATE invoices SET number = 'KIN01-2026-000009' WHERE sequence = 2",
    ),
    ("invoice", 0, "the ordinal", "UPDATE invoices SET ordinal = 77 WHERE sequence = 2"),
    ("invoice", 0, "the stage", "UPDATE invoices SET stage = 'requested' WHERE sequence = 2"),
    ("invoice", 0, "the tenant", "UPDATE invoices SET tenant = :stranger WHERE sequence = 2"),
    ("entry", 2, "the invoice's row", "DELETE FROM invoices WHERE sequence = 2"),
    ("number", 0, "the turn it is free for", "DELETE FROM free_numbers"),
    ("number", 0, "whose correction takes it", "UPDATE free_numbers SET held_for = 'nobody'"),
    (
        "number",
        0,
        "the turn it is free for",
        "INSERT INTO free_numbers VALUES (:o, '2026', 2, :tenant, 2, NULL)",
    ),
    ("number", 0, "the turn", "UPDATE invoices SET turn = 2 WHERE sequence = 2"),
    (
        "head",
        0,
        "the count of free numbers",
        "INSERT INTO free_numbers VALUES (:o, '2026', 99, :tenant, 2, NULL)",
    ),
    ("number", 0, "the series' last number", "UPDATE series SET last = last + 1"),
    ("head", 0, "the count of series", "INSERT INTO series VALUES (:o, '2031', :tenant, 4)"),
    ("idempotency", 0, "the invoice", "UPDATE idempotency SET invoice = 'in_nowhere'"),
    (
        "idempotency",
        0,
        "the time",
        "UPDATE idempotency SET invoice = (SELECT invoice FROM invoices WHERE sequence = 3)",
    ),
    ("idempotency", 0, "the time", "UPDATE idempotency SET at = at + 1"),
    (
        "idempotency",
        0,
        "the count of its invoice's keys",
        "INSERT INTO idempotency SELECT tenant, 'another', body_hash, outlet, invoice, at FROM idempotency",
    ),
    (
        "submission",
        0,
        "the invoice",
        "UPDATE submissions SET invoice = 'in_nowhere' WHERE sequence = 3",
    ),
    ("submission", 0, "the submission", "DELETE FROM submissions WHERE sequence = 1"),
    (
        "submission",
        0,
        "the state",
        "UPDATE submissions SET state = 'acknowledged' WHERE sequence = 1",
    ),
    ("submission", 0, "the state", "UPDATE submissions SET state = 'refused' WHERE sequence = 3"),
    ("submission", 0, "the state", "UPDATE submissions SET state = 'queued' WHERE sequence = 5"),
    (
        "entry",
        4,
        "the authority's code",
        "UPDATE entries SET authority_code = 'DGI-2' WHERE sequence = 4",
    ),
    (
        "entry",
        4,
        "the authority's code",
        "UPDATE entries SET authority_code = NULL WHERE sequence = 4",
    ),
    (
        "entry",
        1,
        "the authority's code",
        "UPDATE entries SET authority_code = 'DGI-2' WHERE sequence = 1 AND outlet = :o",
    ),
    (
        "invoice",
        0,
        "the document kind",
        "UPDATE invoices SET document_kind = 'credit_note' WHERE sequence = 2",
    ),
    ("invoice", 0, "the date", "UPDATE invoices SET issued_on = '2026-06-02' WHERE sequence = 2"),
    (
        "invoice",
        0,
        "the customer's name",
        "UPDATE invoices SET customer_name = 'A friend' WHERE sequence = 2",
    ),
    (
        "invoice",
        0,
        "the customer's tax id",
        "UPDATE invoices SET customer_tax_id = 'A7654321Z' WHERE sequence = 2",
    ),
    ("invoice", 0, "the taxpayer", "UPDATE invoices SET taxpayer = 'X' WHERE sequence = 2"),
    ("head", 0, "the tenant", "UPDATE heads SET tenant = :stranger"),
    ("head", 0, "the tenant", "UPDATE series SET tenant = :stranger"),
    ("head", 0, "the tenant", "UPDATE free_numbers SET tenant = :stranger"),
    ("replacement", 0, "what is released", "DELETE FROM replacements WHERE released"),
    ("replacement", 0, "the turn", "UPDATE replacements SET turn = turn + 1"),
    ("replacement", 0, "the replaced invoice", "UPDATE replacements SET tenant = :stranger"),
    ("invoice", 0, "the invoice that it replaces", "DELETE FROM replacements WHERE NOT released"),
    (
        "invoice",
        0,
        "the invoice that it replaces",
        "INSERT INTO replacements VALUES (:tenant, 'in_any', 1, :false, (SELECT invoice FROM invoices WHERE sequence = 2))",
    ),
    ("stand_in", 0, "what is released", "DELETE FROM stand_ins WHERE released"),
    ("stand_in", 0, "what is released", "DELETE FROM stand_ins WHERE NOT released"),
    ("stand_in", 0, "the turn", "UPDATE stand_ins SET turn = turn + 10"),
    ("stand_in", 0, "the turn", "DELETE FROM stand_ins WHERE turn = 1"),
    ("stand_in", 0, "the invoice", "UPDATE stand_ins SET tenant = :stranger"),
    ("received", 0, "the hash of the document", "UPDATE inbox SET document = :braces"),
    ("received", 0, "the hash of the document", "UPDATE inbox SET document_hash = :zeros32"),
    ("received", 0, "the size of the document", "UPDATE inbox SET document_bytes = 1"),
    ("approval", 0, "the hash of the document", "UPDATE received_approvals SET document = :braces"),
    (
        "approval",
        0,
        "the hash of the document",
        "UPDATE received_approvals SET document_hash = :zeros32",
    ),
    ("approval", 0, "the size of the document", "UPDATE received_approvals SET document_bytes = 0"),
    ("credit", 0, "the credit note", "UPDATE credits SET tenant = :stranger"),
    ("credit", 0, "what is released", "DELETE FROM credits WHERE released"),
    (
        "credit",
        0,
        "the credit note",
        "INSERT INTO credits VALUES (:tenant, (SELECT invoice FROM invoices WHERE sequence = 2), 0, 'in_nowhere', :false, 1)",
    ),
    (
        "invoice",
        0,
        "the invoice that it credits",
        "UPDATE credits SET invoice = 'in_nowhere' WHERE invoice = (SELECT invoice FROM invoices WHERE outlet <> :o)",
    ),
    (
        "invoice",
        0,
        "the invoice that it credits",
        "DELETE FROM credits WHERE invoice = (SELECT invoice FROM invoices WHERE outlet <> :o)",
    ),
    (
        "invoice",
        0,
        "the invoice that it credits",
        "DELETE FROM credits WHERE invoice = (SELECT invoice FROM invoices WHERE sequence = 5)",
    ),
    (
        "invoice",
        0,
        "the invoice that it credits",
        "UPDATE credits SET original = (SELECT invoice FROM invoices WHERE sequence = 2)",
    ),
    (
        "invoice",
        0,
        "the invoice that it credits",
        "INSERT INTO credits SELECT tenant, original, line, (SELECT invoice FROM invoices WHERE sequence = 2), :false, 1 FROM credits WHERE released",
    ),
    (
        "invoice",
        0,
        "the invoice that it credits",
        "INSERT INTO credits SELECT tenant, invoice, line, (SELECT invoice FROM invoices WHERE outlet <> :o), :false, 1 FROM credits WHERE released",
    ),
    (
        "invoice",
        0,
        "what it credits",
        "INSERT INTO credits SELECT tenant, original, 1, (SELECT invoice FROM invoices WHERE outlet <> :o), :false, 1 FROM credits WHERE released",
    ),
    ("invoice", 0, "what it credits", "UPDATE credits SET quantity = 2 * quantity"),
    ("invoice", 0, "what it credits", "UPDATE credits SET line = 1"),
    ("invoice", 0, "what it credits", "UPDATE credits SET line = 4294967295"),
];

/// Each line: the kind of place, what verification says is wrong, and the forgery.
pub(crate) const OF_RANGES: &[(&str, &str, &str)] = &[
    (
        "invoice",
        "the number of its place in the share",
        "UPDATE invoices SET ordinal = 6 WHERE number = 'E310000000005'",
    ),
    ("invoice", "the number", "UPDATE invoices SET number = 'E310000000006' WHERE ordinal = 5"),
    (
        "invoice",
        "the number of its place in the share",
        "UPDATE ranges SET prefix = 'E32' WHERE first = 1",
    ),
    (
        "invoice",
        "the number of its place in the share",
        "UPDATE invoices SET series = '31/2' WHERE ordinal = 5",
    ),
    ("invoice", "the series", "UPDATE invoices SET series = '31/x' WHERE ordinal = 5"),
    ("invoice", "the kind of its range", "UPDATE ranges SET kind = '32' WHERE first = 1"),
    ("invoice", "the date", "UPDATE ranges SET expires_on = '2026-05-31' WHERE first = 1"),
    ("number", "the next number", "DELETE FROM annulments"),
    ("number", "the next number", "UPDATE annulments SET last = 3"),
    ("number", "the annulled number", "UPDATE annulments SET last = 5"),
    ("number", "the turn it is free for", "UPDATE annulments SET first = 2"),
    ("number", "the turn it is free for", "DELETE FROM free_numbers"),
    ("number", "the series' last number", "UPDATE series SET last = 9 WHERE outlet = :o"),
    ("share", "the last number", "UPDATE series SET last = 11 WHERE outlet = :o"),
    ("head", "the count of series", "INSERT INTO series VALUES (:o, '31/21', :tenant, 1)"),
    ("share", "the share", "UPDATE range_shares SET last = 11 WHERE first = 1"),
    ("share", "the share", "UPDATE range_shares SET last = 41 WHERE first = 11"),
    ("share", "the share", "UPDATE range_shares SET tenant = :stranger WHERE first = 11"),
    ("share", "the last number", "UPDATE range_shares SET last = 4 WHERE first = 1"),
    ("range", "the range before", "UPDATE ranges SET first = 40 WHERE first = 41"),
    ("range", "what is annulled", "UPDATE annulments SET tenant = :stranger"),
    (
        "invoice",
        "the share",
        "UPDATE invoices SET range = (SELECT id FROM ranges WHERE first = 41) WHERE ordinal = 5",
    ),
    ("invoice", "the share", "DELETE FROM range_shares WHERE first = 11"),
];

pub(crate) fn place(found: &Break) -> (&'static str, u64) {
    match &found.place {
        Place::Entry { sequence, .. } => ("entry", *sequence),
        Place::Head { .. } => ("head", 0),
        Place::Key { .. } => ("key", 0),
        Place::Invoice { .. } => ("invoice", 0),
        Place::Number { .. } => ("number", 0),
        Place::Idempotency { .. } => ("idempotency", 0),
        Place::Submission { .. } => ("submission", 0),
        Place::Credit { .. } => ("credit", 0),
        Place::Replacement { .. } => ("replacement", 0),
        Place::StandIn { .. } => ("stand_in", 0),
        Place::Received { .. } => ("received", 0),
        Place::Approval { .. } => ("approval", 0),
        Place::Range { .. } => ("range", 0),
        Place::Share { .. } => ("share", 0),
        Place::Schema { .. } => ("schema", 0),
        Place::Checkpoint { size, .. } => ("checkpoint", *size),
        Place::Tile { .. } => ("tile", 0),
    }
}

/// One outlet with a sealed original (1), a keyed invoice (2), a request (3) that is sealed (4), a
/// refused credit note (5, 6), and one (7) that takes its place and its number and is refused too
/// (8), with a row in every table; and of the second outlet a credit note that is sealed at once.
pub(crate) async fn rich_world() -> World {
    let world = World::new().await;
    let original = world.seal(world.order(&world.outlet)).await.unwrap().entry.invoice.unwrap();
    world.seal(world.keyed("key", b"body")).await.unwrap();
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    let mut order = world.coded(&requested, FollowUp::Sealed, "DGI-1");
    order.attempt = Some(ledger::Attempt {
        at: world.now(),
        asked: "POST /invoice".to_owned(),
        answer: "200".to_owned(),
        duration_micros: 1,
        outcome: "answered".to_owned(),
    });
    world.ledger().append(order).await.unwrap();
    let one = invoice::Quantity::parse("1").unwrap();
    let claim = || CreditClaim { original: original.clone(), line: 0, quantity: one, limit: one };
    let paper = world.paper("P1");
    world.ledger().record_paper(paper).await.unwrap();
    let stands_for = || Some("P1".to_owned());
    let credit = crediting(vec![claim()], world.request(&world.outlet));
    let credit = ledger::SealOrder { stands_for: stands_for(), ..credit };
    let credit = world.seal(credit).await.unwrap();
    world.append(&credit, FollowUp::Refused).await.unwrap();
    let replacing = world.replacing(credit.entry.invoice.as_ref().unwrap());
    let replacing = ledger::SealOrder { stands_for: stands_for(), ..replacing };
    let replacing = world.seal(replacing).await.unwrap();
    world.append(&replacing, FollowUp::Refused).await.unwrap();
    world.seal(crediting(vec![claim()], world.order(&world.second))).await.unwrap();
    crate::inbox::kept(&world, "E310000000001").await;
    let word = crate::inbox::word(&world, &original, "", "a word");
    world.ledger().keep_approval(word).await.unwrap();
    world.ledger().cosign(&world.outlet, 8, cosignature()).await.unwrap();
    world
}

/// A line as a witness writes it; whether it is true is for the caller of the ledger to say.
fn cosignature() -> proof::NoteSignature {
    let name = proof::KeyName::parse("witness.example").unwrap();
    proof::NoteSignature { name, id: [1, 2, 3, 4], bytes: vec![5; 72] }
}

/// Of a range of 1 to 40, 1 to 10 lent to the first outlet: 1 used, 2 came back, 3 and 4 annulled,
/// 5 used, the rest unused; and 11 to 20 lent to the second.
pub(crate) async fn world_with_ranges() -> World {
    let world = World::new().await;
    let shares = vec![world.share(1, &world.outlet, 1, 10), world.share(1, &world.second, 11, 20)];
    world.ledger().authorise_range(world.range(1, 1, 40), shares).await.unwrap();
    world.ledger().authorise_range(world.range(2, 41, 50), vec![]).await.unwrap();
    world.take(&world.outlet, TODAY).await.unwrap();
    let refused = world.seal(world.of_kind(&world.outlet, "31", TODAY)).await.unwrap();
    world.ledger().annul(world.annulment(1, 3, 4)).await.unwrap();
    world.take(&world.outlet, TODAY).await.unwrap();
    world.append(&refused, FollowUp::Refused).await.unwrap();
    world.take(&world.second, TODAY).await.unwrap();
    world
}
