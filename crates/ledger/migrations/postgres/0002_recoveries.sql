-- An outlet that lost entries goes on with an entry *recovered*, and its log under another name.

ALTER TABLE entries DROP CONSTRAINT entries_kind_check;
ALTER TABLE entries ADD CONSTRAINT entries_kind_check CHECK (kind IN ('requested', 'sealed',
    'refused', 'unanswered', 'acknowledged', 'clock_accepted', 'recovered'));

-- Which log of the outlet this is: 1, and more after each recovery, whose entry's sequence stands beside.
ALTER TABLE heads ADD COLUMN generation BIGINT NOT NULL DEFAULT 1 CHECK (generation >= 1);
ALTER TABLE heads ADD COLUMN recovered_at BIGINT NOT NULL DEFAULT 0 CHECK (recovered_at >= 0);

-- They are few, and every checkpoint asks for the last before it.
CREATE INDEX entries_recovered ON entries (outlet, sequence) WHERE kind = 'recovered';
