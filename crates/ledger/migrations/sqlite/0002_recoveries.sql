-- An outlet that lost entries goes on with an entry *recovered*, and its log under another name.

-- The kinds of entries are a check of the table, which SQLite changes only so: what is stored is not
-- touched (https://www.sqlite.org/lang_altertable.html, "otheralter").
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'kind = ''clock_accepted'')',
                                       'kind = ''clock_accepted'' OR kind = ''recovered'')')
WHERE type = 'table' AND name = 'entries';
PRAGMA writable_schema = RESET;

-- Which log of the outlet this is: 1, and more after each recovery, whose entry's sequence stands beside.
ALTER TABLE heads ADD COLUMN generation INTEGER NOT NULL DEFAULT 1 CHECK (generation >= 1);
ALTER TABLE heads ADD COLUMN recovered_at INTEGER NOT NULL DEFAULT 0 CHECK (recovered_at >= 0);

-- They are few, and every checkpoint asks for the last before it.
CREATE INDEX entries_recovered ON entries (outlet, sequence) WHERE kind = 'recovered';
