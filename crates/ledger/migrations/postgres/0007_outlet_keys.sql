-- Which outlet each key signs for: it is published with the key, and a seal that names another outlet
-- is false. From the entries, for what was signed before.

CREATE TABLE outlet_keys (
    outlet     TEXT COLLATE "C" NOT NULL,
    key_id     TEXT COLLATE "C" NOT NULL,
    tenant     TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    PRIMARY KEY (outlet, key_id),
    FOREIGN KEY (tenant, outlet) REFERENCES outlets (tenant, id)
);

INSERT INTO outlet_keys (outlet, key_id, tenant, first_seen)
SELECT outlet, key_id, tenant, min(at) FROM entries GROUP BY outlet, key_id, tenant;

CREATE TRIGGER outlet_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outlet_keys
FOR EACH STATEMENT EXECUTE FUNCTION append_only();
ALTER TABLE outlet_keys ENABLE ALWAYS TRIGGER outlet_keys_append_only;

GRANT SELECT, INSERT ON outlet_keys TO stalela_application;
ALTER TABLE outlet_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON outlet_keys TO stalela_application
    USING (tenant = (SELECT current_setting('stalela.tenant', true))
           OR (SELECT current_setting('stalela.tenant', true)) = '*');
