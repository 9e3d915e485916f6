-- What several processes over one database tell one another: who has a document of the inbox in
-- hand, and when the next request may leave for an authority's address.

-- As with submissions: the token is the fence, and increases with each lease.
ALTER TABLE inbox_work
    ADD COLUMN lease_token BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN lease_owner TEXT,
    ADD COLUMN lease_until BIGINT;                -- none: nobody is at it

-- Of no tenant: outlets of all of them use one address. Told by the database's own clock, since no two
-- machines agree on a millisecond. It may be lost with the power, and nothing else is.
CREATE TABLE lines (
    address     TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- scheme, host and port
    next_at     BIGINT NOT NULL,                  -- before this no request leaves
    rests_until BIGINT,                           -- none: it does not rest
    rest        BIGINT NOT NULL                   -- microseconds that a trial keeps others off
) WITH (fillfactor = 25);

GRANT SELECT, INSERT, UPDATE ON lines TO stalela_application;
