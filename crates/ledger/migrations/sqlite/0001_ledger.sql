-- Tenant, taxpayer, outlet, terminal stand from the first migration on, and every row that belongs
-- to a tenant bears its tenant. Times are microseconds since the Unix epoch, UTC. Ids are texts
-- with a prefix. Migrations are added, never edited.

-- ============================================================================ who there is
-- Settings, not fiscal records: these rows may be updated.

CREATE TABLE tenants (
    id         TEXT NOT NULL PRIMARY KEY,  -- tn_…
    name       TEXT NOT NULL,              -- as its people call it
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE taxpayers (
    tenant       TEXT NOT NULL REFERENCES tenants (id),
    id           TEXT NOT NULL,            -- tp_…
    tax_id       TEXT NOT NULL,            -- the legal person's own number: NIF, RNC
    name         TEXT NOT NULL,            -- as registered
    register     TEXT,                     -- number in the register of commerce
    regime_label TEXT,                     -- the tax regime, as receipts print it
    address      TEXT,
    phone        TEXT,
    email        TEXT,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outlets (
    id              TEXT NOT NULL PRIMARY KEY,  -- ou_…
    tenant          TEXT NOT NULL,
    taxpayer        TEXT NOT NULL,              -- whose tax number its statements bear
    code            TEXT NOT NULL,              -- as numbers bear it
    name            TEXT NOT NULL,
    address         TEXT,
    city            TEXT,
    phone           TEXT,
    email           TEXT,
    zone            TEXT NOT NULL,              -- IANA name of its time zone
    number_template TEXT NOT NULL,              -- {outlet}-{year}-{seq:6}
    authority       TEXT NOT NULL,              -- the authority and its channel
    environment     TEXT NOT NULL CHECK (environment IN ('test', 'live')),
    key_uri         TEXT NOT NULL,              -- names the key that signs its entries
    settings        TEXT NOT NULL,              -- JSON
    created_at      INTEGER NOT NULL,
    UNIQUE (tenant, id),
    FOREIGN KEY (tenant, taxpayer) REFERENCES taxpayers (tenant, id)
) STRICT, WITHOUT ROWID;

-- Two outlets of one taxpayer with one code would print the same numbers.
CREATE UNIQUE INDEX outlets_by_code ON outlets (tenant, taxpayer, environment, code);

CREATE TABLE terminals (
    outlet     TEXT NOT NULL,
    id         TEXT NOT NULL,              -- te_…
    tenant     TEXT NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (outlet, id),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    tenant      TEXT NOT NULL REFERENCES tenants (id),
    id          TEXT NOT NULL,
    hash        BLOB NOT NULL UNIQUE,      -- SHA-256 of the key, which is kept nowhere
    environment TEXT NOT NULL CHECK (environment IN ('test', 'live')),
    operations  TEXT NOT NULL,             -- JSON: what it may do
    outlets     TEXT NOT NULL,             -- JSON: where it may do it
    label       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER,                   -- set once; a revoked key stays on record
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- ============================================================================ what happened
-- Append-only: triggers refuse UPDATE and DELETE.
--
-- What a seal writes compares its words one by one: for IN with more than two of them SQLite makes a
-- table in memory, anew for each row.

-- The chain. What a statement says stands in its bytes only; the columns beside it are those that
-- are searched by, and verification holds them against the bytes.
CREATE TABLE entries (
    outlet         TEXT NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence >= 1), -- 1..n, one chain an outlet
    tenant         TEXT NOT NULL,
    invoice        TEXT,                   -- none: the entry concerns the outlet alone
    opening        INTEGER,                -- sequence of the invoice's first entry
    kind           TEXT NOT NULL CHECK (kind = 'requested' OR kind = 'sealed' OR kind = 'refused'
                                        OR kind = 'unanswered' OR kind = 'acknowledged'
                                        OR kind = 'clock_accepted'),
    at             INTEGER NOT NULL,       -- strictly increasing but at clock_accepted
    statement      BLOB NOT NULL,          -- stalela/entry/1
    hash           BLOB NOT NULL CHECK (length(hash) = 32),      -- SHA-256(0x00 ‖ statement)
    key_id         TEXT NOT NULL,          -- whose signature it is
    signature      BLOB NOT NULL CHECK (length(signature) = 64), -- ECDSA P-256, r ‖ s
    elements       BLOB,                   -- what the authority gave or said, as it was
    authority_code TEXT,                   -- its code among the elements, in the first entry of the
                                           -- invoice that has it: to search by
    note           BLOB,                   -- an operator's words, where there is no invoice
    payload        BLOB,                   -- canonical invoice bytes, in an invoice's first entry
    PRIMARY KEY (outlet, sequence),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT;

-- Invariant 5: an invoice is sealed once, by its first entry or by one that follows. By the sequence
-- and not by the random id, so that these indexes grow at their end and a commit writes few of their
-- pages; and without the first entries, of which the primary key allows only one.
CREATE UNIQUE INDEX entries_sealed_once ON entries (outlet, opening)
    WHERE kind = 'sealed' AND opening < sequence;
CREATE TRIGGER entries_sealed_at_first BEFORE INSERT ON entries
WHEN NEW.kind = 'sealed' AND NEW.opening < NEW.sequence
BEGIN
    SELECT RAISE(ABORT, 'an invoice is sealed once') FROM entries
    WHERE outlet = NEW.outlet AND sequence = NEW.opening AND kind = 'sealed';
END;
CREATE INDEX entries_follow_ups ON entries (outlet, opening, sequence) WHERE opening < sequence;
-- Invariant 5 again: what an authority accepted is one invoice and no other.
CREATE UNIQUE INDEX entries_by_authority_code ON entries (tenant, authority_code)
    WHERE kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL;

-- An invoice's number and what lists show of it. Only `stage` may be updated: it says in a word
-- what the entries amount to.
CREATE TABLE invoices (
    outlet          TEXT NOT NULL,
    sequence        INTEGER NOT NULL,      -- of its first entry
    invoice         TEXT NOT NULL,         -- in_…
    tenant          TEXT NOT NULL,
    series          TEXT NOT NULL,         -- a year, 2026, or a share, kind/first: 31/1001
    range           TEXT,                  -- of a share: whose part it is
    ordinal         INTEGER NOT NULL CHECK (ordinal >= 1), -- the number's place in the series
    turn            INTEGER NOT NULL CHECK (turn >= 1),    -- 2 when the number came back once
    number          TEXT NOT NULL,         -- as printed
    at              INTEGER NOT NULL,      -- of its first entry
    taxpayer        TEXT NOT NULL,         -- tax number, as stated
    total           TEXT NOT NULL,         -- two decimals
    currency        TEXT NOT NULL,
    regime          TEXT NOT NULL,
    payload_hash    BLOB NOT NULL CHECK (length(payload_hash) = 32),
    document_kind   TEXT NOT NULL,
    issued_on       TEXT NOT NULL,         -- local date
    customer_name   TEXT,
    customer_tax_id TEXT,
    stage           TEXT NOT NULL CHECK (stage = 'requested' OR stage = 'unanswered'
                                         OR stage = 'refused' OR stage = 'sealed'
                                         OR stage = 'sealed_unanswered' OR stage = 'sealed_refused'
                                         OR stage = 'acknowledged'),
    PRIMARY KEY (outlet, sequence),
    UNIQUE (outlet, invoice),
    -- Invariant 1: a number is taken once, and again only after it came back.
    UNIQUE (outlet, series, ordinal, turn),
    CHECK ((range IS NULL) = (instr(series, '/') = 0)),
    FOREIGN KEY (outlet, sequence) REFERENCES entries (outlet, sequence)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX invoices_by_time ON invoices (tenant, at, outlet, sequence);
CREATE INDEX invoices_by_number ON invoices (tenant, number);
-- Invariant 1 over all outlets that draw from one range. A yearly number touches nothing of it.
CREATE UNIQUE INDEX invoices_by_range ON invoices (range, number, turn) WHERE range IS NOT NULL;
CREATE INDEX invoices_by_customer ON invoices (tenant, customer_tax_id, at, outlet, sequence)
    WHERE customer_tax_id IS NOT NULL;

-- Invariant 4: a key and a body make one invoice, for ever.
CREATE TABLE idempotency (
    tenant    TEXT NOT NULL,
    key       TEXT NOT NULL,
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    outlet    TEXT NOT NULL,
    invoice   TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

-- Numbers of one kind of document that an authority gave out to a taxpayer: first to last, both in
-- it, each written as its prefix and its digits.
CREATE TABLE ranges (
    tenant      TEXT NOT NULL,
    taxpayer    TEXT NOT NULL,
    environment TEXT NOT NULL CHECK (environment IN ('test', 'live')),
    kind        TEXT NOT NULL CHECK (kind <> '' AND instr(kind, '/') = 0), -- the authority's code
    first       INTEGER NOT NULL CHECK (first >= 1),
    last        INTEGER NOT NULL CHECK (last >= first),
    id          TEXT NOT NULL UNIQUE,      -- ra_…
    prefix      TEXT NOT NULL,             -- E31
    width       INTEGER NOT NULL CHECK (width BETWEEN 1 AND 18), -- digits after it
    expires_on  TEXT,                      -- the last day, 2027-12-31; none: they do not expire
    reference   TEXT,                      -- the authority's own, of its authorisation
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, taxpayer, environment, kind, first),
    CHECK (length(last) <= width),
    FOREIGN KEY (tenant, taxpayer) REFERENCES taxpayers (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ranges_apart BEFORE INSERT ON ranges
WHEN EXISTS (SELECT 1 FROM ranges
             WHERE tenant = NEW.tenant AND taxpayer = NEW.taxpayer
               AND environment = NEW.environment AND kind = NEW.kind
               AND first <= NEW.last AND last >= NEW.first)
BEGIN SELECT RAISE(ABORT, 'ranges of one kind never overlap'); END;

-- A contiguous part of a range, lent to an outlet. Its numbers are a series of the outlet's.
CREATE TABLE range_shares (
    outlet     TEXT NOT NULL,
    range      TEXT NOT NULL REFERENCES ranges (id),
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL CHECK (last >= first),
    tenant     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (outlet, range, first),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX range_shares_by_range ON range_shares (range, first);

CREATE TRIGGER range_shares_apart BEFORE INSERT ON range_shares
WHEN EXISTS (SELECT 1 FROM range_shares
             WHERE range = NEW.range AND first <= NEW.last AND last >= NEW.first)
BEGIN SELECT RAISE(ABORT, 'shares of a range never overlap'); END;
CREATE TRIGGER range_shares_within BEFORE INSERT ON range_shares
WHEN NOT EXISTS (SELECT 1 FROM ranges r JOIN outlets o
                     ON o.tenant = r.tenant AND o.taxpayer = r.taxpayer
                    AND o.environment = r.environment
                 WHERE r.id = NEW.range AND o.id = NEW.outlet AND o.tenant = NEW.tenant
                   AND r.first <= NEW.first AND r.last >= NEW.last)
BEGIN SELECT RAISE(ABORT, 'a share lies within a range of its outlet''s taxpayer'); END;

-- Numbers that were never used and never will be. `state` and `document` may be updated: they say
-- what became of telling the authority.
CREATE TABLE annulments (
    tenant   TEXT NOT NULL,
    range    TEXT NOT NULL REFERENCES ranges (id),
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL CHECK (last >= first),
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('recorded', 'taken', 'refused')),
    document BLOB,                         -- what was sent, as signed
    PRIMARY KEY (tenant, range, first)
) STRICT, WITHOUT ROWID;

CREATE INDEX annulments_by_range ON annulments (range, first);

CREATE TRIGGER annulments_apart BEFORE INSERT ON annulments
WHEN EXISTS (SELECT 1 FROM annulments
             WHERE range = NEW.range AND first <= NEW.last AND last >= NEW.first)
BEGIN SELECT RAISE(ABORT, 'a number is annulled once'); END;
CREATE TRIGGER annulments_within BEFORE INSERT ON annulments
WHEN NOT EXISTS (SELECT 1 FROM ranges WHERE id = NEW.range AND tenant = NEW.tenant
                 AND first <= NEW.first AND last >= NEW.last)
BEGIN SELECT RAISE(ABORT, 'what is annulled lies within a range'); END;

-- What credit notes claim of an original's lines, in thousandths. A release is a row of its own.
CREATE TABLE credits (
    tenant   TEXT NOT NULL,
    original TEXT NOT NULL,                -- the invoice that is credited
    line     INTEGER NOT NULL,             -- index of its line, from 0
    invoice  TEXT NOT NULL,                -- the credit note
    released INTEGER NOT NULL CHECK (released IN (0, 1)),
    quantity INTEGER NOT NULL CHECK ((released = 0) = (quantity > 0)), -- negative in a release
    PRIMARY KEY (tenant, original, line, invoice, released)
) STRICT, WITHOUT ROWID;

CREATE INDEX credits_by_claimant ON credits (invoice);

-- Which invoice takes the place of a refused one. A release is a row of its own, and only after it
-- comes another turn.
CREATE TABLE replacements (
    tenant   TEXT NOT NULL,
    replaced TEXT NOT NULL,                -- the refused invoice
    turn     INTEGER NOT NULL CHECK (turn >= 1), -- 2 when the first to replace it was refused too
    released INTEGER NOT NULL CHECK (released IN (0, 1)),
    invoice  TEXT NOT NULL,                -- the one that replaces it
    PRIMARY KEY (tenant, replaced, turn, released)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX replacements_by_claimant ON replacements (invoice, released);

-- Receipts that were issued on paper while nothing else could be.
CREATE TABLE papers (
    tenant          TEXT NOT NULL,
    taxpayer        TEXT NOT NULL,         -- the legal person's own number
    environment     TEXT NOT NULL CHECK (environment IN ('test', 'live')),
    number          TEXT NOT NULL,         -- as printed
    outlet          TEXT NOT NULL,         -- where it was issued
    document_kind   TEXT NOT NULL,
    issued_on       TEXT NOT NULL,         -- local date
    since           TEXT NOT NULL,         -- the day from which the outlet could issue nothing else
    paper_until     TEXT NOT NULL,         -- the last day on which paper may be issued since then
    stand_by        TEXT NOT NULL,         -- the last day for the invoice that stands for it
    total           TEXT NOT NULL,         -- two decimals
    currency        TEXT NOT NULL,
    customer_name   TEXT,
    customer_tax_id TEXT,
    draft           BLOB NOT NULL,         -- what was sold, as JSON
    recorded_by     TEXT NOT NULL,         -- the API key, or who was at the machine
    at              INTEGER NOT NULL,
    PRIMARY KEY (tenant, taxpayer, environment, number),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT;

CREATE INDEX papers_by_time ON papers (tenant, at, outlet, number);

-- Which invoice stands for a receipt on paper, recorded here or not. A release is a row of its own,
-- and only after it comes another turn.
CREATE TABLE stand_ins (
    tenant      TEXT NOT NULL,
    taxpayer    TEXT NOT NULL,             -- the legal person's own number
    environment TEXT NOT NULL CHECK (environment IN ('test', 'live')),
    number      TEXT NOT NULL,             -- of the receipt on paper
    turn        INTEGER NOT NULL CHECK (turn >= 1), -- 2 when the first to stand for it was refused
    released    INTEGER NOT NULL CHECK (released IN (0, 1)),
    outlet      TEXT NOT NULL,             -- the invoice's
    invoice     TEXT NOT NULL,
    PRIMARY KEY (tenant, taxpayer, environment, number, turn, released)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX stand_ins_by_claimant ON stand_ins (invoice, released);

-- One exchange with the authority.
CREATE TABLE attempts (
    outlet          TEXT NOT NULL,
    invoice         TEXT NOT NULL,
    ordinal         INTEGER NOT NULL,      -- 1..n
    tenant          TEXT NOT NULL,
    at              INTEGER NOT NULL,
    asked           TEXT NOT NULL,
    answer          TEXT NOT NULL,         -- a status or its first words, never a body
    duration_micros INTEGER NOT NULL,
    outcome         TEXT NOT NULL,
    PRIMARY KEY (outlet, invoice, ordinal)
) STRICT, WITHOUT ROWID;

-- For webhooks and the dashboard. Ids increase over the whole store, in the order of commits. The
-- event of an entry names it and says no more: what it tells stands there.
CREATE TABLE events (
    tenant   TEXT NOT NULL,
    id       INTEGER NOT NULL,
    outlet   TEXT,
    sequence INTEGER,                      -- of the entry that it tells of
    kind     TEXT,                         -- these three where there is no entry
    at       INTEGER,
    body     TEXT,                         -- JSON
    PRIMARY KEY (tenant, id),
    CHECK ((sequence IS NULL) = (kind IS NOT NULL AND at IS NOT NULL AND body IS NOT NULL)),
    CHECK (sequence IS NULL OR outlet IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- The outlet's Merkle log (RFC 6962), whose leaves are the entries' hashes: a checkpoint for each
-- commit that made it grow, as it was published.
CREATE TABLE checkpoints (
    outlet    TEXT NOT NULL,
    size      INTEGER NOT NULL CHECK (size >= 1), -- how many entries
    tenant    TEXT NOT NULL,
    root      BLOB NOT NULL CHECK (length(root) = 32),
    key_id    TEXT NOT NULL,               -- whose signature it is
    signature BLOB NOT NULL CHECK (length(signature) = 64), -- ECDSA P-256 over its text, r ‖ s
    PRIMARY KEY (outlet, size)
) STRICT, WITHOUT ROWID;

-- The words of witnesses on a checkpoint.
CREATE TABLE cosignatures (
    outlet    TEXT NOT NULL,
    size      INTEGER NOT NULL,
    witness   TEXT NOT NULL,               -- its name
    tenant    TEXT NOT NULL,
    key_id    BLOB NOT NULL CHECK (length(key_id) = 4), -- of its key, as notes name it
    signature BLOB NOT NULL CHECK (length(signature) = 72), -- the time, and Ed25519
    PRIMARY KEY (outlet, size, witness),
    FOREIGN KEY (outlet, size) REFERENCES checkpoints (outlet, size)
) STRICT, WITHOUT ROWID;

-- The roots of full tiles: those of 256 entries are the hashes of level 1, those of 256 of them the
-- hashes of level 2, and so on. Level 0 is the entries' own hashes.
CREATE TABLE log_tiles (
    outlet  TEXT NOT NULL,
    level   INTEGER NOT NULL CHECK (level BETWEEN 1 AND 7),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0), -- its place in its level, from 0
    tenant  TEXT NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (outlet, level, ordinal)
) STRICT, WITHOUT ROWID;

-- The public halves of the keys that signed entries.
CREATE TABLE keys (
    key_id     TEXT NOT NULL PRIMARY KEY,
    algorithm  TEXT NOT NULL,
    spki       BLOB NOT NULL,              -- SubjectPublicKeyInfo, DER
    first_seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- ============================================================================ how things stand
-- Kept up to date inside the transaction of the entry; verification recomputes them.

-- The end of each chain. Its row is the fence between two writers.
CREATE TABLE heads (
    outlet   TEXT NOT NULL PRIMARY KEY,
    tenant   TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    at       INTEGER NOT NULL,
    frontier BLOB NOT NULL,                -- the right edge of its Merkle tree: a hash for each bit of
                                           -- the sequence that is set, the widest subtree first
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    outlet TEXT NOT NULL,
    series TEXT NOT NULL,                  -- as invoices have it
    tenant TEXT NOT NULL,
    last   INTEGER NOT NULL,               -- the highest ordinal that was ever taken
    PRIMARY KEY (outlet, series)
) STRICT, WITHOUT ROWID;

-- Numbers that an authority never registered. The next invoices take them; one that a customer holds on a
-- sealed document that was refused goes to its correction alone.
CREATE TABLE free_numbers (
    outlet  TEXT NOT NULL,
    series  TEXT NOT NULL,                 -- as invoices have it
    ordinal INTEGER NOT NULL,
    tenant  TEXT NOT NULL,
    turn    INTEGER NOT NULL,              -- of the invoice that will take it
    held_for TEXT,                         -- the refused invoice whose correction takes it
    PRIMARY KEY (outlet, series, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE submissions (
    outlet       TEXT NOT NULL,
    sequence     INTEGER NOT NULL,         -- of the invoice's first entry: the order of driving
    invoice      TEXT NOT NULL,
    tenant       TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state = 'queued' OR state = 'submitted'
                                      OR state = 'acknowledged' OR state = 'refused'
                                      OR state = 'unanswered' OR state = 'set_aside'),
    progress     BLOB NOT NULL,            -- of the authority's step machine
    due_at       INTEGER NOT NULL,
    ordered      INTEGER NOT NULL CHECK (ordered IN (0, 1)), -- 1: later ones wait for it
    lease_token  INTEGER NOT NULL,         -- the fence: increases with each lease
    lease_owner  TEXT,
    lease_until  INTEGER,                  -- none: nobody drives it
    attempts     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    state_since  INTEGER NOT NULL,
    last_answer  TEXT,
    send_by      INTEGER,                  -- the authority must have it by then; none: no law says so
    PRIMARY KEY (outlet, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX submissions_live ON submissions (outlet, sequence)
    WHERE state IN ('queued', 'submitted');
CREATE INDEX submissions_by_state ON submissions (tenant, state, due_at);

-- What people have been told of and have not yet cleared.
CREATE TABLE alerts (
    tenant TEXT NOT NULL,
    key    TEXT NOT NULL,
    kind   TEXT NOT NULL,
    outlet TEXT,
    at     INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

-- What was last seen of an outlet's authority.
CREATE TABLE authority_facts (
    outlet TEXT NOT NULL,
    key    TEXT NOT NULL,
    tenant TEXT NOT NULL,
    value  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (outlet, key),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT, WITHOUT ROWID;

-- One row: the last event's id.
CREATE TABLE event_counter (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO event_counter (only, last) VALUES (1, 0);

-- ============================================================================ nothing is rewritten

CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;

CREATE TRIGGER invoices_no_update BEFORE UPDATE OF
    outlet, sequence, invoice, tenant, series, range, ordinal, turn, number, at, taxpayer, total,
    currency, regime, payload_hash, document_kind, issued_on, customer_name, customer_tax_id
ON invoices
BEGIN SELECT RAISE(ABORT, 'invoices are append-only'); END;
CREATE TRIGGER invoices_no_delete BEFORE DELETE ON invoices
BEGIN SELECT RAISE(ABORT, 'invoices are append-only'); END;

CREATE TRIGGER idempotency_no_update BEFORE UPDATE ON idempotency
BEGIN SELECT RAISE(ABORT, 'idempotency is append-only'); END;
CREATE TRIGGER idempotency_no_delete BEFORE DELETE ON idempotency
BEGIN SELECT RAISE(ABORT, 'idempotency is append-only'); END;

CREATE TRIGGER credits_no_update BEFORE UPDATE ON credits
BEGIN SELECT RAISE(ABORT, 'credits are append-only'); END;
CREATE TRIGGER credits_no_delete BEFORE DELETE ON credits
BEGIN SELECT RAISE(ABORT, 'credits are append-only'); END;

CREATE TRIGGER ranges_no_update BEFORE UPDATE ON ranges
BEGIN SELECT RAISE(ABORT, 'ranges are append-only'); END;
CREATE TRIGGER ranges_no_delete BEFORE DELETE ON ranges
BEGIN SELECT RAISE(ABORT, 'ranges are append-only'); END;

CREATE TRIGGER range_shares_no_update BEFORE UPDATE ON range_shares
BEGIN SELECT RAISE(ABORT, 'range shares are append-only'); END;
CREATE TRIGGER range_shares_no_delete BEFORE DELETE ON range_shares
BEGIN SELECT RAISE(ABORT, 'range shares are append-only'); END;

CREATE TRIGGER annulments_no_update BEFORE UPDATE OF tenant, range, first, last, at ON annulments
BEGIN SELECT RAISE(ABORT, 'annulments are append-only'); END;
CREATE TRIGGER annulments_no_delete BEFORE DELETE ON annulments
BEGIN SELECT RAISE(ABORT, 'annulments are append-only'); END;

CREATE TRIGGER replacements_no_update BEFORE UPDATE ON replacements
BEGIN SELECT RAISE(ABORT, 'replacements are append-only'); END;
CREATE TRIGGER replacements_no_delete BEFORE DELETE ON replacements
BEGIN SELECT RAISE(ABORT, 'replacements are append-only'); END;

CREATE TRIGGER papers_no_update BEFORE UPDATE ON papers
BEGIN SELECT RAISE(ABORT, 'papers is append-only'); END;
CREATE TRIGGER papers_no_delete BEFORE DELETE ON papers
BEGIN SELECT RAISE(ABORT, 'papers is append-only'); END;

CREATE TRIGGER stand_ins_no_update BEFORE UPDATE ON stand_ins
BEGIN SELECT RAISE(ABORT, 'stand_ins is append-only'); END;
CREATE TRIGGER stand_ins_no_delete BEFORE DELETE ON stand_ins
BEGIN SELECT RAISE(ABORT, 'stand_ins is append-only'); END;

CREATE TRIGGER attempts_no_update BEFORE UPDATE ON attempts
BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts
BEGIN SELECT RAISE(ABORT, 'attempts are append-only'); END;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;

CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'cosignatures are append-only'); END;
CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'cosignatures are append-only'); END;

CREATE TRIGGER log_tiles_no_update BEFORE UPDATE ON log_tiles
BEGIN SELECT RAISE(ABORT, 'log tiles are append-only'); END;
CREATE TRIGGER log_tiles_no_delete BEFORE DELETE ON log_tiles
BEGIN SELECT RAISE(ABORT, 'log tiles are append-only'); END;

CREATE TRIGGER keys_no_update BEFORE UPDATE ON keys
BEGIN SELECT RAISE(ABORT, 'keys are append-only'); END;
CREATE TRIGGER keys_no_delete BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'keys are append-only'); END;

-- ============================================================================ what came in
-- Documents of other taxpayers, and their word on ours. Append-only: each step is a row.

-- Whoever knocks names a tax number only.
CREATE INDEX taxpayers_by_tax_id ON taxpayers (tax_id);

CREATE TABLE inbox (
    tenant         TEXT NOT NULL,
    outlet         TEXT NOT NULL,          -- the one that receives for its taxpayer
    sequence       INTEGER NOT NULL CHECK (sequence >= 1), -- 1..n of the outlet, as they came
    issuer         TEXT NOT NULL,          -- its tax number
    issuer_name    TEXT NOT NULL,          -- as the document has it
    number         TEXT NOT NULL,          -- as printed
    document_kind  TEXT NOT NULL,          -- the authority's own code
    issued_on      TEXT NOT NULL,          -- local date
    total          TEXT NOT NULL,          -- two decimals
    takes_approval INTEGER NOT NULL CHECK (takes_approval IN (0, 1)),
    inquiry_code   TEXT NOT NULL,          -- what the authority wants beside the number, to tell of it
    signer         TEXT NOT NULL,          -- whose certificate signed it
    certificate    BLOB NOT NULL CHECK (length(certificate) = 32), -- its SHA-256
    signer_is_party INTEGER NOT NULL CHECK (signer_is_party IN (0, 1)), -- it bears the issuer's number
    chain_checked  INTEGER NOT NULL CHECK (chain_checked IN (0, 1)), -- against trusted roots
    sender         TEXT,                   -- who delivered it, where a token said so
    document       BLOB NOT NULL,          -- as it came, byte for byte
    document_bytes INTEGER NOT NULL,       -- how many
    document_hash  BLOB NOT NULL CHECK (length(document_hash) = 32), -- SHA-256(stalela/note/1 ‖ document)
    receipt        BLOB NOT NULL,          -- our acknowledgement, as signed
    at             INTEGER NOT NULL,
    PRIMARY KEY (outlet, sequence),
    -- Another document of this number is a duplicate, unless the first may be forged: then both are
    -- here, and the authority says which is which.
    UNIQUE (outlet, issuer, number, document_hash),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT;

CREATE INDEX inbox_by_time ON inbox (tenant, at, outlet, sequence);
CREATE INDEX inbox_by_outlet ON inbox (outlet, at, chain_checked, document_bytes);
CREATE INDEX inbox_by_certificate ON inbox (outlet, issuer, certificate, sequence);

-- What is still to be done about a document, and what the authority says of it: rows are updated.
CREATE TABLE inbox_work (
    tenant   TEXT NOT NULL,
    outlet   TEXT NOT NULL,
    sequence INTEGER NOT NULL,             -- of the document
    state    TEXT NOT NULL CHECK (state IN ('unasked', 'not_found', 'in_process', 'accepted',
        'accepted_conditionally', 'rejected', 'differs', 'untold')),
    words    TEXT NOT NULL,                -- the authority's, or the line's
    asked    INTEGER NOT NULL,             -- how often
    asked_at INTEGER NOT NULL,             -- when last; when it came, before that
    ask_at   INTEGER,                      -- when it is asked about next; none where no more
    told_at  INTEGER,                      -- when its decision was tried last; none where nobody waits
    PRIMARY KEY (outlet, sequence),
    FOREIGN KEY (outlet, sequence) REFERENCES inbox (outlet, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_work_to_ask ON inbox_work (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX inbox_work_to_tell ON inbox_work (told_at) WHERE told_at IS NOT NULL;

CREATE TRIGGER inbox_work_no_delete BEFORE DELETE ON inbox_work
BEGIN SELECT RAISE(ABORT, 'inbox_work keeps its rows'); END;

-- The buyer's word on a document is given once.
CREATE TABLE inbox_decisions (
    tenant   TEXT NOT NULL,
    outlet   TEXT NOT NULL,
    sequence INTEGER NOT NULL,             -- of the document
    decision TEXT NOT NULL CHECK (decision IN ('approved', 'rejected')),
    reason   TEXT CHECK ((decision = 'rejected') = (reason IS NOT NULL)),
    document BLOB NOT NULL,                -- as signed: these bytes are sent, and no others
    decided_by TEXT NOT NULL,              -- the API key
    at       INTEGER NOT NULL,
    PRIMARY KEY (outlet, sequence),
    FOREIGN KEY (outlet, sequence) REFERENCES inbox (outlet, sequence)
) STRICT;

-- The duty to send a decision to those who are to know it. The last row of each is where it stands.
CREATE TABLE inbox_deliveries (
    tenant   TEXT NOT NULL,
    outlet   TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    receiver TEXT NOT NULL CHECK (receiver IN ('issuer', 'authority')),
    ordinal  INTEGER NOT NULL CHECK (ordinal >= 1), -- 1..n
    state    TEXT NOT NULL CHECK (state IN ('to_send', 'sent', 'refused')),
    words    TEXT NOT NULL,                -- what the receiver or the line said
    at       INTEGER NOT NULL,
    PRIMARY KEY (outlet, sequence, receiver, ordinal),
    FOREIGN KEY (outlet, sequence) REFERENCES inbox_decisions (outlet, sequence)
) STRICT, WITHOUT ROWID;

-- Buyers' words on our documents.
CREATE TABLE received_approvals (
    tenant        TEXT NOT NULL,
    outlet        TEXT NOT NULL,           -- whose document it is
    invoice       TEXT NOT NULL,
    ordinal       INTEGER NOT NULL CHECK (ordinal >= 1), -- 1..n of the invoice, as they came
    buyer         TEXT NOT NULL,           -- its tax number
    decision      TEXT NOT NULL CHECK (decision IN ('approved', 'rejected')),
    reason        TEXT NOT NULL,           -- empty where none was given
    signer        TEXT NOT NULL,
    certificate   BLOB NOT NULL CHECK (length(certificate) = 32), -- the signer's: its SHA-256
    signer_is_party INTEGER NOT NULL CHECK (signer_is_party IN (0, 1)), -- it bears the buyer's number
    chain_checked INTEGER NOT NULL CHECK (chain_checked IN (0, 1)), -- against trusted roots
    document      BLOB NOT NULL,           -- as it came, byte for byte
    document_bytes INTEGER NOT NULL,       -- how many
    document_hash BLOB NOT NULL CHECK (length(document_hash) = 32), -- SHA-256(stalela/note/1 ‖ document)
    at            INTEGER NOT NULL,
    PRIMARY KEY (outlet, invoice, document_hash),
    UNIQUE (outlet, invoice, ordinal),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT;

CREATE INDEX received_approvals_by_outlet
    ON received_approvals (outlet, at, chain_checked, document_bytes);

CREATE TRIGGER inbox_no_update BEFORE UPDATE ON inbox
BEGIN SELECT RAISE(ABORT, 'inbox is append-only'); END;
CREATE TRIGGER inbox_no_delete BEFORE DELETE ON inbox
BEGIN SELECT RAISE(ABORT, 'inbox is append-only'); END;

CREATE TRIGGER inbox_decisions_no_update BEFORE UPDATE ON inbox_decisions
BEGIN SELECT RAISE(ABORT, 'inbox_decisions is append-only'); END;
CREATE TRIGGER inbox_decisions_no_delete BEFORE DELETE ON inbox_decisions
BEGIN SELECT RAISE(ABORT, 'inbox_decisions is append-only'); END;

CREATE TRIGGER inbox_deliveries_no_update BEFORE UPDATE ON inbox_deliveries
BEGIN SELECT RAISE(ABORT, 'inbox_deliveries is append-only'); END;
CREATE TRIGGER inbox_deliveries_no_delete BEFORE DELETE ON inbox_deliveries
BEGIN SELECT RAISE(ABORT, 'inbox_deliveries is append-only'); END;

CREATE TRIGGER received_approvals_no_update BEFORE UPDATE ON received_approvals
BEGIN SELECT RAISE(ABORT, 'received_approvals is append-only'); END;
CREATE TRIGGER received_approvals_no_delete BEFORE DELETE ON received_approvals
BEGIN SELECT RAISE(ABORT, 'received_approvals is append-only'); END;
