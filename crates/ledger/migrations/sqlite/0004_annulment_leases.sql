-- Who tells the authority of an annulment. As with submissions: the token is the fence, and increases
-- with each lease.

ALTER TABLE annulments ADD COLUMN lease_token INTEGER NOT NULL DEFAULT 0;
ALTER TABLE annulments ADD COLUMN lease_owner TEXT;
ALTER TABLE annulments ADD COLUMN lease_until INTEGER; -- none: nobody is at it
