-- Who has a document of the inbox in hand. As with submissions: the token is the fence, and increases
-- with each lease. What processes share besides stands in a database alone: a file has one process.

ALTER TABLE inbox_work ADD COLUMN lease_token INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox_work ADD COLUMN lease_owner TEXT;
ALTER TABLE inbox_work ADD COLUMN lease_until INTEGER; -- none: nobody is at it
