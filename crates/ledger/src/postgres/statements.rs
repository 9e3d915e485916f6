//! What a lane asks and writes, compiled once a connection: statements that are ready can be sent
//! one after the other without waiting, and are run in that order.

use tokio_postgres::{Client, Error, Statement};

use super::anchors::{ANCHORED, SERIES};

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        pub(super) struct Statements {
            $($(#[$doc])* pub(super) $name: Statement,)+
        }

        impl Statements {
            pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
                Ok(Self { $($name: client.prepare($sql).await?,)+ })
            }
        }
    };
}

statements! {
    /// The fence: whoever has these rows is the only one who adds to the chains.
    heads = "SELECT o.id, o.tenant, t.tax_id, h.sequence, h.hash, h.at, h.frontier, o.environment,
            h.generation, h.recovered_at
        FROM heads h JOIN outlets o ON o.id = h.outlet
        JOIN taxpayers t ON t.tenant = o.tenant AND t.id = o.taxpayer
        WHERE h.outlet = ANY ($1) ORDER BY h.outlet FOR UPDATE OF h";
    /// The entries that anchors speak of.
    anchored = ANCHORED;
    /// What has been taken of all series of outlets whose heads others have written.
    anchored_series = SERIES;
    keys = "SELECT k.tenant, k.key, k.body_hash, k.invoice
        FROM unnest($1::text[], $2::text[]) AS a (tenant, key)
        JOIN idempotency k ON k.tenant = a.tenant AND k.key = a.key";
    series = "SELECT a.outlet, a.series, s.last
        FROM unnest($1::text[], $2::text[]) AS a (outlet, series)
        JOIN series s ON s.outlet = a.outlet AND s.series = a.series";
    free_numbers = "SELECT a.outlet, a.series, f.ordinal, f.turn
        FROM unnest($1::text[], $2::text[]) AS a (outlet, series)
        CROSS JOIN LATERAL (
            SELECT ordinal, turn FROM free_numbers n
            WHERE n.outlet = a.outlet AND n.series = a.series AND n.held_for IS NULL
            ORDER BY ordinal LIMIT $3) f";
    /// The numbers that wait for the corrections of refused invoices.
    held_numbers = "SELECT a.outlet, a.replaced, f.series, f.ordinal, f.turn
        FROM unnest($1::text[], $2::text[]) AS a (outlet, replaced)
        JOIN free_numbers f ON f.outlet = a.outlet AND f.held_for = a.replaced";
    originals = "SELECT a.tenant, a.invoice
        FROM unnest($1::text[], $2::text[], $3::text[]) AS a (tenant, outlet, invoice)
        JOIN invoices i ON i.outlet = a.outlet AND i.invoice = a.invoice AND i.tenant = a.tenant";
    credited = "SELECT a.tenant, a.original, a.line, sum(c.quantity)::bigint
        FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a (tenant, original, line)
        JOIN credits c ON c.tenant = a.tenant AND c.original = a.original AND c.line = a.line
        GROUP BY a.tenant, a.original, a.line";
    replaced = "SELECT a.tenant, a.replaced, r.turn, r.released, r.invoice
        FROM unnest($1::text[], $2::text[]) AS a (tenant, replaced)
        CROSS JOIN LATERAL (
            SELECT turn, released, invoice FROM replacements p
            WHERE p.tenant = a.tenant AND p.replaced = a.replaced
            ORDER BY turn DESC, released DESC LIMIT 1) r";
    stood_for = "SELECT a.tenant, a.taxpayer, a.environment, a.number, s.turn, s.released, s.invoice
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
            AS a (tenant, taxpayer, environment, number)
        CROSS JOIN LATERAL (
            SELECT turn, released, invoice FROM stand_ins p
            WHERE p.tenant = a.tenant AND p.taxpayer = a.taxpayer
                AND p.environment = a.environment AND p.number = a.number
            ORDER BY turn DESC, released DESC LIMIT 1) s";
    /// The submission is locked: a lease that runs out now goes to nobody else before the commit.
    invoices = "SELECT i.invoice, i.tenant, i.sequence, i.series, i.ordinal, i.turn, i.number,
            i.taxpayer, i.total, i.currency, i.regime, i.payload_hash, i.stage, s.lease_token,
            s.lease_until IS NOT NULL
        FROM unnest($1::text[], $2::text[]) AS a (outlet, invoice)
        JOIN invoices i ON i.outlet = a.outlet AND i.invoice = a.invoice
        JOIN submissions s ON s.outlet = i.outlet AND s.sequence = i.sequence
        ORDER BY s.outlet, s.sequence FOR UPDATE OF s";
    claims = "SELECT c.invoice, c.original, c.line, c.quantity
        FROM unnest($1::text[]) AS a (invoice) JOIN credits c ON c.invoice = a.invoice
        WHERE NOT c.released";
    replaces = "SELECT r.invoice, r.replaced
        FROM unnest($1::text[]) AS a (invoice) JOIN replacements r ON r.invoice = a.invoice
        WHERE NOT r.released";
    stands_for = "SELECT s.invoice, s.tenant, s.taxpayer, s.environment, s.number
        FROM unnest($1::text[]) AS a (invoice) JOIN stand_ins s ON s.invoice = a.invoice
        WHERE NOT s.released";
    codes = "SELECT a.invoice, c.authority_code
        FROM unnest($1::text[], $2::text[]) AS a (outlet, invoice)
        JOIN invoices i ON i.outlet = a.outlet AND i.invoice = a.invoice
        CROSS JOIN LATERAL (
            SELECT authority_code FROM (
                SELECT sequence, authority_code, kind FROM entries e
                WHERE e.outlet = i.outlet AND e.sequence = i.sequence
                UNION ALL
                SELECT sequence, authority_code, kind FROM entries f
                WHERE f.outlet = i.outlet AND f.opening = i.sequence AND f.opening < f.sequence) e
            WHERE kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL
            ORDER BY sequence DESC LIMIT 1) c";
    /// In the order in which an outlet draws from them.
    shares = "SELECT a.outlet, a.kind, s.range, s.first, s.last, r.prefix, r.width, r.expires_on,
            q.last
        FROM unnest($1::text[], $2::text[]) AS a (outlet, kind)
        JOIN range_shares s ON s.outlet = a.outlet
        JOIN ranges r ON r.id = s.range AND r.kind = a.kind
        LEFT JOIN series q ON q.outlet = s.outlet AND q.series = a.kind || '/' || s.first
        ORDER BY a.outlet, a.kind, r.expires_on IS NULL, r.expires_on, s.first";
    annulled = "SELECT a.outlet, a.kind, s.first, n.first, n.last
        FROM unnest($1::text[], $2::text[]) AS a (outlet, kind)
        JOIN range_shares s ON s.outlet = a.outlet
        JOIN ranges r ON r.id = s.range AND r.kind = a.kind
        JOIN annulments n ON n.range = s.range AND n.first <= s.last AND n.last >= s.first
        ORDER BY a.outlet, a.kind, s.first, n.first";
    free_of_shares = "SELECT a.outlet, f.series, f.ordinal, f.turn
        FROM unnest($1::text[], $2::text[]) AS a (outlet, kind)
        JOIN range_shares s ON s.outlet = a.outlet
        JOIN ranges r ON r.id = s.range AND r.kind = a.kind
        CROSS JOIN LATERAL (
            SELECT series, ordinal, turn FROM free_numbers n
            WHERE n.outlet = s.outlet AND n.series = a.kind || '/' || s.first
                AND n.held_for IS NULL
            ORDER BY ordinal LIMIT $3) f";

    insert_invoices = "INSERT INTO invoices (outlet, sequence, invoice, tenant, series, range, ordinal,
            turn, number, at, taxpayer, total, currency, regime, payload_hash, document_kind,
            issued_on, customer_name, customer_tax_id, stage)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::text[], $12::text[],
            $13::text[], $14::text[], $15::bytea[], $16::text[], $17::text[], $18::text[],
            $19::text[], $20::text[])";
    /// In the order of the keys: two servers that write the same ones wait, and not in a circle.
    insert_keys = "INSERT INTO idempotency (tenant, key, body_hash, outlet, invoice, at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[],
            $6::bigint[]) AS a (tenant, key) ORDER BY a.tenant, a.key";
    insert_credits = "INSERT INTO credits (tenant, original, line, invoice, released, quantity)
        SELECT tenant, original, line, invoice, false, quantity
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
            AS a (tenant, original, line, invoice, quantity)";
    release_credits = "INSERT INTO credits (tenant, original, line, invoice, released, quantity)
        SELECT c.tenant, c.original, c.line, c.invoice, true, -c.quantity
        FROM unnest($1::text[]) AS a (invoice) JOIN credits c ON c.invoice = a.invoice
        WHERE NOT c.released";
    insert_replacements = "INSERT INTO replacements (tenant, replaced, turn, released, invoice)
        SELECT tenant, replaced, turn, false, invoice
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
            AS a (tenant, replaced, turn, invoice)";
    release_replacements = "INSERT INTO replacements (tenant, replaced, turn, released, invoice)
        SELECT r.tenant, r.replaced, r.turn, true, r.invoice
        FROM unnest($1::text[]) AS a (invoice) JOIN replacements r ON r.invoice = a.invoice
        WHERE NOT r.released";
    /// In the order of the keys: of two servers that claim one receipt the second waits, and finds
    /// then that it comes too late.
    insert_stand_ins = "INSERT INTO stand_ins (tenant, taxpayer, environment, number, turn, released,
            outlet, invoice)
        SELECT a.tenant, a.taxpayer, o.environment, a.number, a.turn, false, a.outlet, a.invoice
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
            AS a (tenant, taxpayer, outlet, number, turn, invoice)
        JOIN outlets o ON o.id = a.outlet
        ORDER BY a.tenant, a.taxpayer, o.environment, a.number, a.turn";
    release_stand_ins = "INSERT INTO stand_ins (tenant, taxpayer, environment, number, turn, released,
            outlet, invoice)
        SELECT s.tenant, s.taxpayer, s.environment, s.number, s.turn, true, s.outlet, s.invoice
        FROM unnest($1::text[]) AS a (invoice) JOIN stand_ins s ON s.invoice = a.invoice
        WHERE NOT s.released";
    insert_submissions = "INSERT INTO submissions (outlet, sequence, invoice, tenant, state, progress,
            due_at, ordered, lease_token, lease_owner, lease_until, attempts, created_at, state_since,
            send_by)
        SELECT outlet, sequence, invoice, tenant, state, progress, due_at, ordered, lease_token,
            lease_owner, lease_until, 0, at, at, send_by
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[],
            $7::bigint[], $8::boolean[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[],
            $13::bigint[])
            AS a (outlet, sequence, invoice, tenant, state, progress, due_at, ordered, lease_token,
                lease_owner, lease_until, at, send_by)";
    set_stages = "UPDATE invoices i SET stage = a.stage
        FROM unnest($1::text[], $2::bigint[], $3::text[]) AS a (outlet, sequence, stage)
        WHERE i.outlet = a.outlet AND i.sequence = a.sequence";
    change_submissions = "UPDATE submissions s SET
            state_since = CASE WHEN s.state = a.state THEN s.state_since ELSE a.now END,
            state = a.state, progress = a.progress, due_at = a.due_at,
            last_answer = CASE
                WHEN a.state = 'acknowledged' OR a.last_answer = '' THEN nullif(a.last_answer, '')
                ELSE coalesce(a.last_answer, s.last_answer) END,
            lease_owner = CASE WHEN a.release THEN NULL ELSE s.lease_owner END,
            lease_until = CASE WHEN a.release THEN NULL ELSE s.lease_until END,
            attempts = s.attempts + CASE WHEN a.tried THEN 1 ELSE 0 END
        FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bigint[], $6::text[],
            $7::boolean[], $8::bigint[], $9::boolean[])
            AS a (outlet, sequence, state, progress, due_at, last_answer, release, now, tried)
        WHERE s.outlet = a.outlet AND s.sequence = a.sequence";
    /// After the change that counted them.
    insert_attempts = "INSERT INTO attempts (outlet, invoice, ordinal, tenant, at, asked, answer,
            duration_micros, outcome)
        SELECT s.outlet, s.invoice, s.attempts, s.tenant, a.at, a.asked, a.answer,
            a.duration_micros, a.outcome
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
            $7::text[]) AS a (outlet, sequence, at, asked, answer, duration_micros, outcome)
        JOIN submissions s ON s.outlet = a.outlet AND s.sequence = a.sequence";
    free_some_numbers = "INSERT INTO free_numbers (outlet, series, ordinal, tenant, turn,
            held_for)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[],
            $6::text[])";
    take_free_numbers = "DELETE FROM free_numbers f
        USING unnest($1::text[], $2::text[], $3::bigint[]) AS a (outlet, series, ordinal)
        WHERE f.outlet = a.outlet AND f.series = a.series AND f.ordinal = a.ordinal";
    /// Finds the heads that the batch was planned upon, or the batch fails.
    move_heads = "UPDATE heads h SET sequence = a.sequence, hash = a.hash, at = a.at,
            frontier = a.frontier, generation = a.generation, recovered_at = a.recovered_at
        FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bytea[],
            $7::bigint[], $8::bigint[])
            AS a (outlet, sequence, hash, at, before, frontier, generation, recovered_at)
        WHERE h.outlet = a.outlet AND h.sequence = a.before";
    raise_series = "INSERT INTO series (outlet, series, last, tenant)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
        ON CONFLICT (outlet, series) DO UPDATE SET last = greatest(series.last, EXCLUDED.last)";
    insert_entries = "INSERT INTO entries (outlet, sequence, tenant, invoice, opening, kind, at,
            statement, hash, key_id, signature, elements, authority_code, note, payload)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],
            $6::text[], $7::bigint[], $8::bytea[], $9::bytea[], $10::text[], $11::bytea[],
            $12::bytea[], $13::text[], $14::bytea[], $15::bytea[])";
    insert_checkpoints = "INSERT INTO checkpoints (outlet, size, tenant, root, key_id, signature)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::text[],
            $6::bytea[])";
    insert_tiles = "INSERT INTO log_tiles (outlet, level, ordinal, tenant, hash)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[])";
    /// Ids count up to each tenant's new last one: `place` is how many of its events come after.
    insert_events = "WITH taken AS (
            INSERT INTO event_counters (tenant, last)
            SELECT * FROM unnest($1::text[], $2::bigint[]) AS a (tenant, count) ORDER BY a.tenant
            ON CONFLICT (tenant) DO UPDATE SET last = event_counters.last + EXCLUDED.last
            RETURNING tenant, last)
        INSERT INTO events (tenant, id, outlet, sequence)
        SELECT a.tenant, t.last - a.place, a.outlet, a.sequence
        FROM unnest($3::text[], $4::bigint[], $5::text[], $6::bigint[])
            AS a (tenant, place, outlet, sequence)
        JOIN taken t ON t.tenant = a.tenant";
    /// What of a batch is written.
    written = "SELECT count(*) FROM unnest($1::text[], $2::bigint[], $3::bytea[])
            AS a (outlet, sequence, hash)
        JOIN entries e ON e.outlet = a.outlet AND e.sequence = a.sequence AND e.hash = a.hash";
    fence = "SELECT 1 FROM heads WHERE outlet = ANY ($1) ORDER BY outlet FOR UPDATE";
    code_owner = "SELECT invoice FROM entries WHERE tenant = $1 AND authority_code = $2
        AND kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL";
    invoice_exists = "SELECT 1 FROM invoices WHERE outlet = $1 AND invoice = $2";
}
