-- Who tells the authority of an annulment. As with submissions: the token is the fence, and increases
-- with each lease.
ALTER TABLE annulments
    ADD COLUMN lease_token BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN lease_owner TEXT,
    ADD COLUMN lease_until BIGINT;                -- none: nobody is at it

GRANT UPDATE (lease_token, lease_owner, lease_until) ON annulments TO stalela_application;
