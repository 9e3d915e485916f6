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
    /// Keys that were used, where series stand, and the numbers that came back to them: most batches
    /// ask for all three, and each answer of its own would wake this program.
    known = "SELECT 'key' AS what, k.tenant, k.key, k.body_hash, k.invoice, NULL::bigint, NULL::bigint
        FROM unnest($1::text[], $2::text[]) AS a (tenant, key)
        JOIN idempotency k ON k.tenant = a.tenant AND k.key = a.key
        UNION ALL
        SELECT 'series', a.outlet, a.series, NULL, NULL, s.last, NULL
        FROM unnest($3::text[], $4::text[]) AS a (outlet, series)
        JOIN series s ON s.outlet = a.outlet AND s.series = a.series
        UNION ALL
        SELECT 'free', a.outlet, a.series, NULL, NULL, f.ordinal, f.turn
        FROM unnest($3::text[], $4::text[]) AS a (outlet, series)
        CROSS JOIN LATERAL (
            SELECT ordinal, turn FROM free_numbers n
            WHERE n.outlet = a.outlet AND n.series = a.series AND n.held_for IS NULL
            ORDER BY ordinal LIMIT $5) f";
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

    /// What most batches write, but for the entries. Keys in their order: two servers that write the
    /// same ones wait, and not in a circle. Finds the heads that the batch was planned upon, or fails.
    insert_openings = "WITH i AS (
            INSERT INTO invoices SELECT * FROM unnest($1::invoices[])
        ), k AS (
            INSERT INTO idempotency
            SELECT * FROM unnest($2::idempotency[]) a ORDER BY a.tenant, a.key
        ), s AS (
            INSERT INTO submissions SELECT * FROM unnest($3::submissions[])
        ), n AS (
            INSERT INTO series SELECT * FROM unnest($4::series[])
            ON CONFLICT (outlet, series) DO UPDATE SET last = greatest(series.last, EXCLUDED.last)
        ), moved AS (
            UPDATE heads h SET sequence = a.sequence, hash = a.hash, at = a.at,
                frontier = a.frontier, generation = a.generation, recovered_at = a.recovered_at
            FROM unnest($5::heads[], $6::bigint[]) AS a (outlet, tenant, sequence, hash, at,
                frontier, generation, recovered_at, before)
            WHERE h.outlet = a.outlet AND h.sequence = a.before
            RETURNING 1
        )
        SELECT as_planned(count(*), cardinality($6)) FROM moved";
    /// All of a batch that opens invoices and claims nothing else. The heads are moved first, in the
    /// order of their outlets; where one is not the one that the batch was planned upon, nothing else is
    /// run. The parts that nobody reads from run after that, the last of them first: invoices, keys, and
    /// at the end the entries and the counters of events, as whoever asks writes them too.
    insert_batch = "-- lane: a whole batch
        WITH moved AS (
            UPDATE heads h SET sequence = a.sequence, hash = a.hash, at = a.at,
                frontier = a.frontier, generation = a.generation, recovered_at = a.recovered_at
            FROM unnest($5::heads[], $6::bigint[], $7::bytea[]) AS a (outlet, tenant, sequence, hash,
                at, frontier, generation, recovered_at, before, upon)
            WHERE h.outlet = a.outlet AND h.sequence = a.before AND h.hash = a.upon
            RETURNING 1
        ), taken AS (
            INSERT INTO event_counters (tenant, last)
            SELECT * FROM unnest($11::text[], $12::bigint[]) AS a (tenant, count) ORDER BY a.tenant
            ON CONFLICT (tenant) DO UPDATE SET last = event_counters.last + EXCLUDED.last
            RETURNING tenant, last
        ), e AS (
            INSERT INTO events (tenant, id, outlet, sequence)
            SELECT a.tenant, t.last - a.id, a.outlet, a.sequence
            FROM unnest($13::events[]) a JOIN taken t ON t.tenant = a.tenant
        ), l AS (
            INSERT INTO entries SELECT * FROM unnest($8::entries[])
        ), t AS (
            INSERT INTO log_tiles SELECT * FROM unnest($10::log_tiles[])
        ), c AS (
            INSERT INTO checkpoints SELECT * FROM unnest($9::checkpoints[])
        ), n AS (
            INSERT INTO series SELECT * FROM unnest($4::series[])
            ON CONFLICT (outlet, series) DO UPDATE SET last = greatest(series.last, EXCLUDED.last)
        ), s AS (
            INSERT INTO submissions SELECT * FROM unnest($3::submissions[])
        ), k AS (
            INSERT INTO idempotency
            SELECT * FROM unnest($2::idempotency[]) a ORDER BY a.tenant, a.key
        ), i AS (
            INSERT INTO invoices SELECT * FROM unnest($1::invoices[])
        )
        SELECT as_remembered(count(*), cardinality($6)) FROM moved";
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
    move_heads = "WITH moved AS (
            UPDATE heads h SET sequence = a.sequence, hash = a.hash, at = a.at,
                frontier = a.frontier, generation = a.generation, recovered_at = a.recovered_at
            FROM unnest($1::heads[], $2::bigint[]) AS a (outlet, tenant, sequence, hash, at,
                frontier, generation, recovered_at, before)
            WHERE h.outlet = a.outlet AND h.sequence = a.before
            RETURNING 1
        )
        SELECT as_planned(count(*), cardinality($2)) FROM moved";
    raise_series = "INSERT INTO series SELECT * FROM unnest($1::series[])
        ON CONFLICT (outlet, series) DO UPDATE SET last = greatest(series.last, EXCLUDED.last)";
    insert_entries = "INSERT INTO entries SELECT * FROM unnest($1::entries[])";
    /// The last of the entries, the logs that they grow, and their events. Ids count up to each
    /// tenant's new last one: an event's own number is here how many of its tenant's come after it. The
    /// parts of a statement that nobody reads from run last, and the counters with them: the servers
    /// of one tenant wait for one another as shortly as can be.
    insert_last_entries = "WITH c AS (
            INSERT INTO checkpoints SELECT * FROM unnest($2::checkpoints[])
        ), t AS (
            INSERT INTO log_tiles SELECT * FROM unnest($3::log_tiles[])
        ), taken AS (
            INSERT INTO event_counters (tenant, last)
            SELECT * FROM unnest($4::text[], $5::bigint[]) AS a (tenant, count) ORDER BY a.tenant
            ON CONFLICT (tenant) DO UPDATE SET last = event_counters.last + EXCLUDED.last
            RETURNING tenant, last
        ), e AS (
            INSERT INTO events (tenant, id, outlet, sequence)
            SELECT a.tenant, t.last - a.id, a.outlet, a.sequence
            FROM unnest($6::events[]) a JOIN taken t ON t.tenant = a.tenant
        )
        INSERT INTO entries SELECT * FROM unnest($1::entries[])";
    /// What of a batch is written.
    written = "SELECT count(*) FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::text[])
            AS a (outlet, sequence, hash, invoice)
        JOIN entries e ON e.outlet = a.outlet AND e.sequence = a.sequence AND e.hash = a.hash
            AND e.invoice IS NOT DISTINCT FROM a.invoice";
    fence = "SELECT 1 FROM heads WHERE outlet = ANY ($1) ORDER BY outlet FOR UPDATE";
    code_owner = "SELECT invoice FROM entries WHERE tenant = $1 AND authority_code = $2
        AND kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL";
    invoice_exists = "SELECT 1 FROM invoices WHERE outlet = $1 AND invoice = $2";
}
