-- The same tables and columns as in SQLite, in the schema `stalela`. Tenant, taxpayer, outlet,
-- terminal stand from the first migration on, and every row that belongs to a tenant bears its
-- tenant. The primary key of every table begins with the outlet or the tenant, so that a distributed
-- PostgreSQL can place its rows by it. Times are microseconds since the Unix epoch, UTC. Ids are
-- texts with a prefix; COLLATE "C" orders them by their bytes, as the program does. No extension.
-- Migrations are added, never edited.

-- ============================================================================ who there is
-- Settings, not fiscal records: these rows may be updated.

CREATE TABLE tenants (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,  -- tn_…
    name       TEXT NOT NULL,                          -- as its people call it
    created_at BIGINT NOT NULL
);

CREATE TABLE taxpayers (
    tenant       TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id           TEXT COLLATE "C" NOT NULL, -- tp_…
    tax_id       TEXT COLLATE "C" NOT NULL, -- the legal person's own number: NIF, RNC
    name         TEXT NOT NULL,             -- as registered
    register     TEXT,                      -- number in the register of commerce
    regime_label TEXT,                      -- the tax regime, as receipts print it
    address      TEXT,
    phone        TEXT,
    email        TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Whoever knocks names a tax number only.
CREATE INDEX taxpayers_by_tax_id ON taxpayers (tax_id);

CREATE TABLE outlets (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- ou_…
    tenant          TEXT COLLATE "C" NOT NULL,
    taxpayer        TEXT COLLATE "C" NOT NULL,  -- whose tax number its statements bear
    code            TEXT COLLATE "C" NOT NULL,  -- as numbers bear it
    name            TEXT NOT NULL,
    address         TEXT,
    city            TEXT,
    phone           TEXT,
    email           TEXT,
    zone            TEXT NOT NULL,              -- IANA name of its time zone
    number_template TEXT NOT NULL,              -- {outlet}-{year}-{seq:6}
    authority       TEXT NOT NULL,              -- the authority and its channel
    environment     TEXT COLLATE "C" NOT NULL CHECK (environment IN ('test', 'live')),
    key_uri         TEXT NOT NULL,              -- names the key that signs its entries
    settings        TEXT NOT NULL,              -- JSON, byte for byte
    created_at      BIGINT NOT NULL,
    UNIQUE (tenant, id),
    FOREIGN KEY (tenant, taxpayer) REFERENCES taxpayers (tenant, id)
);

-- Two outlets of one taxpayer with one code would print the same numbers.
CREATE UNIQUE INDEX outlets_by_code ON outlets (tenant, taxpayer, environment, code);

CREATE TABLE terminals (
    outlet     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,      -- te_…
    tenant     TEXT COLLATE "C" NOT NULL,
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (outlet, id),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

CREATE TABLE api_keys (
    tenant      TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
    id          TEXT COLLATE "C" NOT NULL,
    hash        BYTEA NOT NULL UNIQUE,     -- SHA-256 of the key, which is kept nowhere
    environment TEXT COLLATE "C" NOT NULL CHECK (environment IN ('test', 'live')),
    operations  TEXT NOT NULL,             -- JSON: what it may do
    outlets     TEXT NOT NULL,             -- JSON: where it may do it
    label       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    revoked_at  BIGINT,                    -- set once; a revoked key stays on record
    PRIMARY KEY (tenant, id)
);

-- ============================================================================ what happened
-- Append-only: triggers refuse UPDATE, DELETE and TRUNCATE, and the application role may do none.

-- The chain. What a statement says stands in its bytes only; the columns beside it are those that
-- are searched by, and verification holds them against the bytes. That its outlet exists is certain
-- without a foreign key, which would cost as much as the row: no entry is written without its head.
CREATE TABLE entries (
    outlet         TEXT COLLATE "C" NOT NULL,
    sequence       BIGINT NOT NULL CHECK (sequence >= 1), -- 1..n, one chain an outlet
    tenant         TEXT COLLATE "C" NOT NULL,
    invoice        TEXT COLLATE "C",       -- none: the entry concerns the outlet alone
    opening        BIGINT,                 -- sequence of the invoice's first entry
    kind           TEXT COLLATE "C" NOT NULL CHECK (kind IN ('requested', 'sealed', 'refused',
                                            'unanswered', 'acknowledged', 'clock_accepted')),
    at             BIGINT NOT NULL,        -- strictly increasing but at clock_accepted
    statement      BYTEA NOT NULL,         -- stalela/entry/1
    hash           BYTEA NOT NULL CHECK (length(hash) = 32),      -- SHA-256(0x00 ‖ statement)
    key_id         TEXT COLLATE "C" NOT NULL, -- whose signature it is
    signature      BYTEA NOT NULL CHECK (length(signature) = 64), -- ECDSA P-256, r ‖ s
    elements       BYTEA,                  -- what the authority gave or said, as it was
    authority_code TEXT COLLATE "C",       -- its code among the elements, in the first entry of the
                                           -- invoice that has it: to search by
    note           BYTEA,                  -- an operator's words, where there is no invoice
    payload        BYTEA,                  -- canonical invoice bytes, in an invoice's first entry
    PRIMARY KEY (outlet, sequence)
);

-- Invariant 5: an invoice is sealed once, by its first entry or by one that follows. By the sequence
-- and not by the random id, so that these indexes grow at their end; and without the first entries,
-- of which the primary key allows only one.
CREATE UNIQUE INDEX entries_sealed_once ON entries (outlet, opening)
    WHERE kind = 'sealed' AND opening < sequence;
CREATE INDEX entries_follow_ups ON entries (outlet, opening, sequence) WHERE opening < sequence;
-- Invariant 5 again: what an authority accepted is one invoice and no other.
CREATE UNIQUE INDEX entries_by_authority_code ON entries (tenant, authority_code)
    WHERE kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL;

-- An invoice's number and what lists show of it. Only `stage` may be updated: it says in a word
-- what the entries amount to.
CREATE TABLE invoices (
    outlet          TEXT COLLATE "C" NOT NULL,
    sequence        BIGINT NOT NULL,           -- of its first entry
    invoice         TEXT COLLATE "C" NOT NULL, -- in_…
    tenant          TEXT COLLATE "C" NOT NULL,
    series          TEXT COLLATE "C" NOT NULL, -- a year, 2026, or a share, kind/first: 31/1001
    range           TEXT COLLATE "C",          -- of a share: whose part it is
    ordinal         BIGINT NOT NULL CHECK (ordinal >= 1), -- the number's place in the series
    turn            BIGINT NOT NULL CHECK (turn >= 1),    -- 2 when the number came back once
    number          TEXT COLLATE "C" NOT NULL, -- as printed
    at              BIGINT NOT NULL,           -- of its first entry
    taxpayer        TEXT COLLATE "C" NOT NULL, -- tax number, as stated
    total           TEXT COLLATE "C" NOT NULL, -- two decimals
    currency        TEXT COLLATE "C" NOT NULL,
    regime          TEXT COLLATE "C" NOT NULL,
    payload_hash    BYTEA NOT NULL CHECK (length(payload_hash) = 32),
    document_kind   TEXT COLLATE "C" NOT NULL,
    issued_on       TEXT COLLATE "C" NOT NULL, -- local date
    customer_name   TEXT,
    customer_tax_id TEXT COLLATE "C",
    stage           TEXT COLLATE "C" NOT NULL CHECK (stage IN ('requested', 'unanswered', 'refused',
                            'sealed', 'sealed_unanswered', 'sealed_refused', 'acknowledged')),
    PRIMARY KEY (outlet, sequence),
    UNIQUE (outlet, invoice),
    -- Invariant 1: a number is taken once, and again only after it came back.
    UNIQUE (outlet, series, ordinal, turn),
    CHECK ((range IS NULL) = (strpos(series, '/') = 0))
) WITH (fillfactor = 90);

CREATE INDEX invoices_by_time ON invoices (tenant, at, outlet, sequence);
CREATE INDEX invoices_by_number ON invoices (tenant, number);
-- Invariant 1 over all outlets that draw from one range. A yearly number touches nothing of it.
CREATE UNIQUE INDEX invoices_by_range ON invoices (range, number, turn) WHERE range IS NOT NULL;
CREATE INDEX invoices_by_customer ON invoices (tenant, customer_tax_id, at, outlet, sequence)
    WHERE customer_tax_id IS NOT NULL;

-- Invariant 4: a key and a body make one invoice, for ever.
CREATE TABLE idempotency (
    tenant    TEXT COLLATE "C" NOT NULL,
    key       TEXT COLLATE "C" NOT NULL,
    body_hash BYTEA NOT NULL CHECK (length(body_hash) = 32),
    outlet    TEXT COLLATE "C" NOT NULL,
    invoice   TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);

-- Numbers of one kind of document that an authority gave out to a taxpayer: first to last, both in
-- it, each written as its prefix and its digits.
CREATE TABLE ranges (
    tenant      TEXT COLLATE "C" NOT NULL,
    taxpayer    TEXT COLLATE "C" NOT NULL,
    environment TEXT COLLATE "C" NOT NULL CHECK (environment IN ('test', 'live')),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind <> '' AND strpos(kind, '/') = 0), -- the authority's code
    first       BIGINT NOT NULL CHECK (first >= 1),
    last        BIGINT NOT NULL CHECK (last >= first),
    id          TEXT COLLATE "C" NOT NULL UNIQUE, -- ra_…
    prefix      TEXT COLLATE "C" NOT NULL, -- E31
    width       BIGINT NOT NULL CHECK (width BETWEEN 1 AND 18), -- digits after it
    expires_on  TEXT COLLATE "C",          -- the last day, 2027-12-31; none: they do not expire
    reference   TEXT,                      -- the authority's own, of its authorisation
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant, taxpayer, environment, kind, first),
    CHECK (length(last::text) <= width),
    FOREIGN KEY (tenant, taxpayer) REFERENCES taxpayers (tenant, id)
);

-- A contiguous part of a range, lent to an outlet. Its numbers are a series of the outlet's.
CREATE TABLE range_shares (
    outlet     TEXT COLLATE "C" NOT NULL,
    range      TEXT COLLATE "C" NOT NULL REFERENCES ranges (id),
    first      BIGINT NOT NULL,
    last       BIGINT NOT NULL CHECK (last >= first),
    tenant     TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (outlet, range, first),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

CREATE INDEX range_shares_by_range ON range_shares (range, first);

-- Numbers that were never used and never will be. `state` and `document` may be updated: they say
-- what became of telling the authority.
CREATE TABLE annulments (
    tenant   TEXT COLLATE "C" NOT NULL,
    range    TEXT COLLATE "C" NOT NULL REFERENCES ranges (id),
    first    BIGINT NOT NULL,
    last     BIGINT NOT NULL CHECK (last >= first),
    at       BIGINT NOT NULL,
    state    TEXT COLLATE "C" NOT NULL CHECK (state IN ('recorded', 'taken', 'refused')),
    document BYTEA,                        -- what was sent, as signed
    PRIMARY KEY (tenant, range, first)
);

CREATE INDEX annulments_by_range ON annulments (range, first);

-- What credit notes claim of an original's lines, in thousandths. A release is a row of its own.
CREATE TABLE credits (
    tenant   TEXT COLLATE "C" NOT NULL,
    original TEXT COLLATE "C" NOT NULL,    -- the invoice that is credited
    line     BIGINT NOT NULL,              -- index of its line, from 0
    invoice  TEXT COLLATE "C" NOT NULL,    -- the credit note
    released BOOLEAN NOT NULL,
    quantity BIGINT NOT NULL CHECK ((NOT released) = (quantity > 0)), -- negative in a release
    PRIMARY KEY (tenant, original, line, invoice, released)
);

CREATE INDEX credits_by_claimant ON credits (invoice);

-- Which invoice takes the place of a refused one. A release is a row of its own, and only after it
-- comes another turn.
CREATE TABLE replacements (
    tenant   TEXT COLLATE "C" NOT NULL,
    replaced TEXT COLLATE "C" NOT NULL,    -- the refused invoice
    turn     BIGINT NOT NULL CHECK (turn >= 1), -- 2 when the first to replace it was refused too
    released BOOLEAN NOT NULL,
    invoice  TEXT COLLATE "C" NOT NULL,    -- the one that replaces it
    PRIMARY KEY (tenant, replaced, turn, released)
);

CREATE UNIQUE INDEX replacements_by_claimant ON replacements (invoice, released);

-- Receipts that were issued on paper while nothing else could be.
CREATE TABLE papers (
    tenant          TEXT COLLATE "C" NOT NULL,
    taxpayer        TEXT COLLATE "C" NOT NULL, -- the legal person's own number
    environment     TEXT COLLATE "C" NOT NULL CHECK (environment IN ('test', 'live')),
    number          TEXT COLLATE "C" NOT NULL, -- as printed
    outlet          TEXT COLLATE "C" NOT NULL, -- where it was issued
    document_kind   TEXT COLLATE "C" NOT NULL,
    issued_on       TEXT COLLATE "C" NOT NULL, -- local date
    since           TEXT COLLATE "C" NOT NULL, -- the day from which the outlet could issue nothing else
    paper_until     TEXT COLLATE "C" NOT NULL, -- the last day on which paper may be issued since then
    stand_by        TEXT COLLATE "C" NOT NULL, -- the last day for the invoice that stands for it
    total           TEXT COLLATE "C" NOT NULL, -- two decimals
    currency        TEXT COLLATE "C" NOT NULL,
    customer_name   TEXT,
    customer_tax_id TEXT COLLATE "C",
    draft           BYTEA NOT NULL,            -- what was sold, as JSON
    recorded_by     TEXT COLLATE "C" NOT NULL, -- the API key, or who was at the machine
    at              BIGINT NOT NULL,
    PRIMARY KEY (tenant, taxpayer, environment, number),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

CREATE INDEX papers_by_time ON papers (tenant, at, outlet, number);

-- Which invoice stands for a receipt on paper, recorded here or not. A release is a row of its own,
-- and only after it comes another turn.
CREATE TABLE stand_ins (
    tenant      TEXT COLLATE "C" NOT NULL,
    taxpayer    TEXT COLLATE "C" NOT NULL, -- the legal person's own number
    environment TEXT COLLATE "C" NOT NULL CHECK (environment IN ('test', 'live')),
    number      TEXT COLLATE "C" NOT NULL, -- of the receipt on paper
    turn        BIGINT NOT NULL CHECK (turn >= 1), -- 2 when the first to stand for it was refused
    released    BOOLEAN NOT NULL,
    outlet      TEXT COLLATE "C" NOT NULL, -- the invoice's
    invoice     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, taxpayer, environment, number, turn, released)
);

CREATE UNIQUE INDEX stand_ins_by_claimant ON stand_ins (invoice, released);

-- One exchange with the authority.
CREATE TABLE attempts (
    outlet          TEXT COLLATE "C" NOT NULL,
    invoice         TEXT COLLATE "C" NOT NULL,
    ordinal         BIGINT NOT NULL,       -- 1..n
    tenant          TEXT COLLATE "C" NOT NULL,
    at              BIGINT NOT NULL,
    asked           TEXT NOT NULL,
    answer          TEXT NOT NULL,         -- a status or its first words, never a body
    duration_micros BIGINT NOT NULL,
    outcome         TEXT NOT NULL,
    PRIMARY KEY (outlet, invoice, ordinal)
);

-- For webhooks and the dashboard. A tenant's ids increase in the order of its commits. The event of
-- an entry names it and says no more: what it tells stands there.
CREATE TABLE events (
    tenant   TEXT COLLATE "C" NOT NULL,
    id       BIGINT NOT NULL,
    outlet   TEXT COLLATE "C",
    sequence BIGINT,                       -- of the entry that it tells of
    kind     TEXT COLLATE "C",             -- these three where there is no entry
    at       BIGINT,
    body     TEXT,                         -- JSON
    PRIMARY KEY (tenant, id),
    CHECK ((sequence IS NULL) = (kind IS NOT NULL AND at IS NOT NULL AND body IS NOT NULL)),
    CHECK (sequence IS NULL OR outlet IS NOT NULL)
);

-- The outlet's Merkle log (RFC 6962), whose leaves are the entries' hashes: a checkpoint for each
-- commit that made it grow, as it was published.
CREATE TABLE checkpoints (
    outlet    TEXT COLLATE "C" NOT NULL,
    size      BIGINT NOT NULL CHECK (size >= 1), -- how many entries
    tenant    TEXT COLLATE "C" NOT NULL,
    root      BYTEA NOT NULL CHECK (length(root) = 32),
    key_id    TEXT NOT NULL,               -- whose signature it is
    signature BYTEA NOT NULL CHECK (length(signature) = 64), -- ECDSA P-256 over its text, r ‖ s
    PRIMARY KEY (outlet, size)
);

-- The words of witnesses on a checkpoint.
CREATE TABLE cosignatures (
    outlet    TEXT COLLATE "C" NOT NULL,
    size      BIGINT NOT NULL,
    witness   TEXT COLLATE "C" NOT NULL,   -- its name
    tenant    TEXT COLLATE "C" NOT NULL,
    key_id    BYTEA NOT NULL CHECK (length(key_id) = 4), -- of its key, as notes name it
    signature BYTEA NOT NULL CHECK (length(signature) = 72), -- the time, and Ed25519
    PRIMARY KEY (outlet, size, witness),
    FOREIGN KEY (outlet, size) REFERENCES checkpoints (outlet, size)
);

-- The roots of full tiles: those of 256 entries are the hashes of level 1, those of 256 of them the
-- hashes of level 2, and so on. Level 0 is the entries' own hashes.
CREATE TABLE log_tiles (
    outlet  TEXT COLLATE "C" NOT NULL,
    level   BIGINT NOT NULL CHECK (level BETWEEN 1 AND 7),
    ordinal BIGINT NOT NULL CHECK (ordinal >= 0), -- its place in its level, from 0
    tenant  TEXT COLLATE "C" NOT NULL,
    hash    BYTEA NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (outlet, level, ordinal)
);

-- The public halves of the keys that signed entries. Of no tenant: they are published.
CREATE TABLE keys (
    key_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm  TEXT NOT NULL,
    spki       BYTEA NOT NULL,             -- SubjectPublicKeyInfo, DER
    first_seen BIGINT NOT NULL
);

-- ============================================================================ how things stand
-- Kept up to date inside the transaction of the entry; verification recomputes them.

-- The end of each chain. Its row is born with the outlet, at sequence 0, and is the fence between
-- two writers: whoever writes of an outlet holds its head locked until the commit. Room is left in
-- the pages, so that an update stays on its page and touches no index.
CREATE TABLE heads (
    outlet   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant   TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    hash     BYTEA NOT NULL,               -- zeros while there is no entry
    at       BIGINT,                       -- none while there is no entry
    frontier BYTEA NOT NULL,               -- the right edge of its Merkle tree: a hash for each bit of
                                           -- the sequence that is set, the widest subtree first
    CHECK ((sequence = 0) = (at IS NULL)),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) WITH (fillfactor = 25);

CREATE TABLE series (
    outlet TEXT COLLATE "C" NOT NULL,
    series TEXT COLLATE "C" NOT NULL,      -- as invoices have it
    tenant TEXT COLLATE "C" NOT NULL,
    last   BIGINT NOT NULL,                -- the highest ordinal that was ever taken
    PRIMARY KEY (outlet, series)
) WITH (fillfactor = 25);

-- Numbers that an authority never registered. The next invoices take them; one that a customer holds on a
-- sealed document that was refused goes to its correction alone.
CREATE TABLE free_numbers (
    outlet  TEXT COLLATE "C" NOT NULL,
    series  TEXT COLLATE "C" NOT NULL,     -- as invoices have it
    ordinal BIGINT NOT NULL,
    tenant  TEXT COLLATE "C" NOT NULL,
    turn    BIGINT NOT NULL,               -- of the invoice that will take it
    held_for TEXT COLLATE "C",             -- the refused invoice whose correction takes it
    PRIMARY KEY (outlet, series, ordinal)
);

CREATE TABLE submissions (
    outlet       TEXT COLLATE "C" NOT NULL,
    sequence     BIGINT NOT NULL,          -- of the invoice's first entry: the order of driving
    invoice      TEXT COLLATE "C" NOT NULL,
    tenant       TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'submitted', 'acknowledged',
                                                  'refused', 'unanswered', 'set_aside')),
    progress     BYTEA NOT NULL,           -- of the authority's step machine
    due_at       BIGINT NOT NULL,
    ordered      BOOLEAN NOT NULL,         -- later ones wait for it
    lease_token  BIGINT NOT NULL,          -- the fence: increases with each lease
    lease_owner  TEXT,
    lease_until  BIGINT,                   -- none: nobody drives it
    attempts     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    state_since  BIGINT NOT NULL,
    last_answer  TEXT,
    send_by      BIGINT,                   -- the authority must have it by then; none: no law says so
    PRIMARY KEY (outlet, sequence)
) WITH (fillfactor = 80);

CREATE INDEX submissions_live ON submissions (outlet, sequence)
    WHERE state IN ('queued', 'submitted');
CREATE INDEX submissions_by_state ON submissions (tenant, state, due_at);

-- What people have been told of and have not yet cleared.
CREATE TABLE alerts (
    tenant TEXT COLLATE "C" NOT NULL,
    key    TEXT COLLATE "C" NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    outlet TEXT COLLATE "C",
    at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);

-- What was last seen of an outlet's authority.
CREATE TABLE authority_facts (
    outlet TEXT COLLATE "C" NOT NULL,
    key    TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    value  TEXT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (outlet, key),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

-- The last event's id of each tenant. Not one for the whole store: every server would wait for every
-- other's commit. Whoever takes ids takes them last before its commit, tenants in their order, so
-- that the wait is as short as it can be and nobody waits in a circle.
CREATE TABLE event_counters (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last   BIGINT NOT NULL
) WITH (fillfactor = 25);

-- ============================================================================ what came in
-- Documents of other taxpayers, and their word on ours. Append-only: each step is a row.

CREATE TABLE inbox (
    tenant         TEXT COLLATE "C" NOT NULL,
    outlet         TEXT COLLATE "C" NOT NULL,  -- the one that receives for its taxpayer
    sequence       BIGINT NOT NULL CHECK (sequence >= 1), -- 1..n of the outlet, as they came
    issuer         TEXT COLLATE "C" NOT NULL,  -- its tax number
    issuer_name    TEXT NOT NULL,              -- as the document has it
    number         TEXT COLLATE "C" NOT NULL,  -- as printed
    document_kind  TEXT COLLATE "C" NOT NULL,  -- the authority's own code
    issued_on      TEXT COLLATE "C" NOT NULL,  -- local date
    total          TEXT COLLATE "C" NOT NULL,  -- two decimals
    takes_approval BOOLEAN NOT NULL,
    inquiry_code   TEXT NOT NULL,              -- what the authority wants beside the number, to tell of it
    signer         TEXT NOT NULL,              -- whose certificate signed it
    certificate    BYTEA NOT NULL CHECK (length(certificate) = 32), -- its SHA-256
    signer_is_party BOOLEAN NOT NULL,          -- it bears the issuer's number
    chain_checked  BOOLEAN NOT NULL,           -- against trusted roots
    sender         TEXT,                       -- who delivered it, where a token said so
    document       BYTEA NOT NULL,             -- as it came, byte for byte
    document_bytes BIGINT NOT NULL,            -- how many
    document_hash  BYTEA NOT NULL CHECK (length(document_hash) = 32), -- SHA-256(stalela/note/1 ‖ document)
    receipt        BYTEA NOT NULL,             -- our acknowledgement, as signed
    at             BIGINT NOT NULL,
    PRIMARY KEY (outlet, sequence),
    -- Another document of this number is a duplicate, unless the first may be forged: then both are
    -- here, and the authority says which is which.
    UNIQUE (outlet, issuer, number, document_hash),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

CREATE INDEX inbox_by_time ON inbox (tenant, at, outlet, sequence);
CREATE INDEX inbox_by_outlet ON inbox (outlet, at, chain_checked, document_bytes);
CREATE INDEX inbox_by_certificate ON inbox (outlet, issuer, certificate, sequence);

-- What is still to be done about a document, and what the authority says of it: rows are updated.
CREATE TABLE inbox_work (
    tenant   TEXT COLLATE "C" NOT NULL,
    outlet   TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,              -- of the document
    state    TEXT COLLATE "C" NOT NULL CHECK (state IN ('unasked', 'not_found', 'in_process',
                 'accepted', 'accepted_conditionally', 'rejected', 'differs', 'untold')),
    words    TEXT NOT NULL,                -- the authority's, or the line's
    asked    BIGINT NOT NULL,              -- how often
    asked_at BIGINT NOT NULL,              -- when last; when it came, before that
    ask_at   BIGINT,                       -- when it is asked about next; none where no more
    told_at  BIGINT,                       -- when its decision was tried last; none where nobody waits
    PRIMARY KEY (outlet, sequence),
    FOREIGN KEY (outlet, sequence) REFERENCES inbox (outlet, sequence)
) WITH (fillfactor = 80);

CREATE INDEX inbox_work_to_ask ON inbox_work (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX inbox_work_to_tell ON inbox_work (told_at) WHERE told_at IS NOT NULL;

-- The buyer's word on a document is given once.
CREATE TABLE inbox_decisions (
    tenant     TEXT COLLATE "C" NOT NULL,
    outlet     TEXT COLLATE "C" NOT NULL,
    sequence   BIGINT NOT NULL,                -- of the document
    decision   TEXT COLLATE "C" NOT NULL CHECK (decision IN ('approved', 'rejected')),
    reason     TEXT CHECK ((decision = 'rejected') = (reason IS NOT NULL)),
    document   BYTEA NOT NULL,                 -- as signed: these bytes are sent, and no others
    decided_by TEXT COLLATE "C" NOT NULL,      -- the API key
    at         BIGINT NOT NULL,
    PRIMARY KEY (outlet, sequence),
    FOREIGN KEY (outlet, sequence) REFERENCES inbox (outlet, sequence)
);

-- The duty to send a decision to those who are to know it. The last row of each is where it stands.
CREATE TABLE inbox_deliveries (
    tenant   TEXT COLLATE "C" NOT NULL,
    outlet   TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    receiver TEXT COLLATE "C" NOT NULL CHECK (receiver IN ('issuer', 'authority')),
    ordinal  BIGINT NOT NULL CHECK (ordinal >= 1), -- 1..n
    state    TEXT COLLATE "C" NOT NULL CHECK (state IN ('to_send', 'sent', 'refused')),
    words    TEXT NOT NULL,                    -- what the receiver or the line said
    at       BIGINT NOT NULL,
    PRIMARY KEY (outlet, sequence, receiver, ordinal),
    FOREIGN KEY (outlet, sequence) REFERENCES inbox_decisions (outlet, sequence)
);

-- Buyers' words on our documents.
CREATE TABLE received_approvals (
    tenant        TEXT COLLATE "C" NOT NULL,
    outlet        TEXT COLLATE "C" NOT NULL,   -- whose document it is
    invoice       TEXT COLLATE "C" NOT NULL,
    ordinal       BIGINT NOT NULL CHECK (ordinal >= 1), -- 1..n of the invoice, as they came
    buyer         TEXT COLLATE "C" NOT NULL,   -- its tax number
    decision      TEXT COLLATE "C" NOT NULL CHECK (decision IN ('approved', 'rejected')),
    reason        TEXT NOT NULL,               -- empty where none was given
    signer        TEXT NOT NULL,
    certificate   BYTEA NOT NULL CHECK (length(certificate) = 32), -- the signer's: its SHA-256
    signer_is_party BOOLEAN NOT NULL,          -- it bears the buyer's number
    chain_checked BOOLEAN NOT NULL,            -- against trusted roots
    document      BYTEA NOT NULL,              -- as it came, byte for byte
    document_bytes BIGINT NOT NULL,            -- how many
    document_hash BYTEA NOT NULL CHECK (length(document_hash) = 32), -- SHA-256(stalela/note/1 ‖ document)
    at            BIGINT NOT NULL,
    PRIMARY KEY (outlet, invoice, document_hash),
    UNIQUE (outlet, invoice, ordinal),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

CREATE INDEX received_approvals_by_outlet
    ON received_approvals (outlet, at, chain_checked, document_bytes);

-- ============================================================================ what must hold

CREATE FUNCTION head_of_outlet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO heads (outlet, tenant, sequence, hash, at, frontier)
    VALUES (NEW.id, NEW.tenant, 0, decode(repeat('00', 32), 'hex'), NULL, '');
    RETURN NULL;
END $$;
CREATE TRIGGER outlets_head AFTER INSERT ON outlets
FOR EACH ROW EXECUTE FUNCTION head_of_outlet();

CREATE FUNCTION sealed_at_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entries
               WHERE outlet = NEW.outlet AND sequence = NEW.opening AND kind = 'sealed') THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'an invoice is sealed once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entries_sealed_at_first BEFORE INSERT ON entries
FOR EACH ROW WHEN (NEW.kind = 'sealed' AND NEW.opening < NEW.sequence)
EXECUTE FUNCTION sealed_at_first();

-- What two transactions write at once neither of them sees. So whoever writes numbers of a taxpayer
-- locks the taxpayer first, and looks then.
CREATE FUNCTION ranges_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM taxpayers WHERE tenant = NEW.tenant AND id = NEW.taxpayer FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM ranges
               WHERE tenant = NEW.tenant AND taxpayer = NEW.taxpayer
                 AND environment = NEW.environment AND kind = NEW.kind
                 AND first <= NEW.last AND last >= NEW.first) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'ranges of one kind never overlap';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ranges_apart BEFORE INSERT ON ranges
FOR EACH ROW EXECUTE FUNCTION ranges_apart();

CREATE FUNCTION range_shares_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM taxpayers t JOIN ranges r ON r.tenant = t.tenant AND r.taxpayer = t.id
    WHERE r.id = NEW.range FOR NO KEY UPDATE OF t;
    IF NOT EXISTS (SELECT 1 FROM ranges r JOIN outlets o
                       ON o.tenant = r.tenant AND o.taxpayer = r.taxpayer
                      AND o.environment = r.environment
                   WHERE r.id = NEW.range AND o.id = NEW.outlet AND o.tenant = NEW.tenant
                     AND r.first <= NEW.first AND r.last >= NEW.last) THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = 'a share lies within a range of its outlet''s taxpayer';
    END IF;
    IF EXISTS (SELECT 1 FROM range_shares
               WHERE range = NEW.range AND first <= NEW.last AND last >= NEW.first) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'shares of a range never overlap';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER range_shares_hold BEFORE INSERT ON range_shares
FOR EACH ROW EXECUTE FUNCTION range_shares_hold();

CREATE FUNCTION annulments_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM taxpayers t JOIN ranges r ON r.tenant = t.tenant AND r.taxpayer = t.id
    WHERE r.id = NEW.range FOR NO KEY UPDATE OF t;
    IF NOT EXISTS (SELECT 1 FROM ranges WHERE id = NEW.range AND tenant = NEW.tenant
                   AND first <= NEW.first AND last >= NEW.last) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'what is annulled lies within a range';
    END IF;
    IF EXISTS (SELECT 1 FROM annulments
               WHERE range = NEW.range AND first <= NEW.last AND last >= NEW.first) THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'a number is annulled once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER annulments_hold BEFORE INSERT ON annulments
FOR EACH ROW EXECUTE FUNCTION annulments_hold();

-- ============================================================================ nothing is rewritten
-- ENABLE ALWAYS: also in a session that asks for the role of a replica, where triggers sleep.

CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE restrict_violation USING MESSAGE = format('%s is append-only', TG_TABLE_NAME);
END $$;

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['entries', 'idempotency', 'credits', 'ranges', 'range_shares',
            'replacements', 'papers', 'stand_ins', 'attempts', 'events', 'checkpoints',
            'cosignatures', 'log_tiles', 'keys', 'inbox', 'inbox_decisions', 'inbox_deliveries',
            'received_approvals'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
                        FOR EACH STATEMENT EXECUTE FUNCTION append_only()',
                       name || '_append_only', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', name, name || '_append_only');
    END LOOP;
END $$;

CREATE TRIGGER invoices_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF
    outlet, sequence, invoice, tenant, series, range, ordinal, turn, number, at, taxpayer, total,
    currency, regime, payload_hash, document_kind, issued_on, customer_name, customer_tax_id
ON invoices FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE invoices ENABLE ALWAYS TRIGGER invoices_append_only;

CREATE TRIGGER annulments_append_only BEFORE DELETE OR TRUNCATE OR UPDATE OF
    tenant, range, first, last, at
ON annulments FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE annulments ENABLE ALWAYS TRIGGER annulments_append_only;

CREATE TRIGGER inbox_work_append_only BEFORE DELETE OR TRUNCATE
ON inbox_work FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE inbox_work ENABLE ALWAYS TRIGGER inbox_work_append_only;

-- ============================================================================ who may do what
-- The program works as this role. It owns nothing, so that it can neither drop a trigger nor turn
-- one off; and what is append-only it may only read and append to.

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'stalela_application') THEN
        CREATE ROLE stalela_application NOLOGIN;
    END IF;
EXCEPTION
    -- Somebody made it at the same moment, for another database of this server.
    WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

GRANT USAGE ON SCHEMA stalela TO stalela_application;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA stalela TO stalela_application;
REVOKE INSERT ON migrations FROM stalela_application;
GRANT UPDATE ON tenants, taxpayers, outlets, terminals, api_keys,
    heads, series, free_numbers, submissions, inbox_work, alerts, authority_facts, event_counters
    TO stalela_application;
GRANT UPDATE (stage) ON invoices TO stalela_application;
GRANT UPDATE (state, document) ON annulments TO stalela_application;
GRANT DELETE ON free_numbers, alerts TO stalela_application;

-- The second wall between tenants: a statement sees the rows of the tenant that its transaction
-- named, none where it named none, and those of all (*) where it is the store's own work. The
-- setting is read in a subquery, so that it is read once a statement and not once a row.
DO $$
DECLARE
    name TEXT;
    key TEXT;
BEGIN
    FOR name IN SELECT c.relname FROM pg_class c
                WHERE c.relnamespace = 'stalela'::regnamespace AND c.relkind = 'r'
                  AND c.relname NOT IN ('keys', 'migrations') LOOP
        key := CASE name WHEN 'tenants' THEN 'id' ELSE 'tenant' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I TO stalela_application
            USING (%I = (SELECT current_setting(''stalela.tenant'', true))
                   OR (SELECT current_setting(''stalela.tenant'', true)) = ''*'')', name, key);
    END LOOP;
END $$;
