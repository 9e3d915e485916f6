-- Which outlet each key signs for: it is published with the key, and a seal that names another outlet
-- is false. From the entries, for what was signed before.

CREATE TABLE outlet_keys (
    outlet     TEXT NOT NULL,
    key_id     TEXT NOT NULL,
    tenant     TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    PRIMARY KEY (outlet, key_id),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
) STRICT, WITHOUT ROWID;

INSERT INTO outlet_keys (outlet, key_id, tenant, first_seen)
SELECT outlet, key_id, tenant, min(at) FROM entries GROUP BY outlet, key_id;

CREATE TRIGGER outlet_keys_no_update BEFORE UPDATE ON outlet_keys
BEGIN SELECT RAISE(ABORT, 'outlet keys are append-only'); END;
CREATE TRIGGER outlet_keys_no_delete BEFORE DELETE ON outlet_keys
BEGIN SELECT RAISE(ABORT, 'outlet keys are append-only'); END;
