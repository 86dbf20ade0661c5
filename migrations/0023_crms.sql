-- What comparisons of a remote with the journal found; one row for each occurrence of a comparison.
CREATE TABLE comparisons (
    id TEXT PRIMARY KEY,
    installation_id TEXT NOT NULL REFERENCES installations (id),
    occurrence_id TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    -- When its last part came; absent while it goes on.
    ended_at BIGINT,
    compared BIGINT NOT NULL,
    -- All that was found; more may have been found than is kept.
    differing BIGINT NOT NULL,
    UNIQUE (installation_id, occurrence_id)
);
CREATE INDEX comparisons_by_end ON comparisons (installation_id, ended_at);

-- Parts that were kept, so that a run which is repeated adds nothing.
CREATE TABLE comparison_parts (
    comparison_id TEXT NOT NULL REFERENCES comparisons (id),
    name TEXT NOT NULL,
    PRIMARY KEY (comparison_id, name)
);

CREATE TABLE differences (
    comparison_id TEXT NOT NULL REFERENCES comparisons (id),
    place BIGINT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    entity_type TEXT,
    entity_id TEXT,
    field TEXT NOT NULL,
    ours TEXT NOT NULL,
    theirs TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (comparison_id, place)
);

-- Whose effects a run still counts: those of runs from this one on. A delivery that is sent again begins anew.
ALTER TABLE deliveries ADD COLUMN counts_from BIGINT NOT NULL DEFAULT 1;
-- Which deliveries wait for each other: those of a payment, or of the record that several payments belong to.
ALTER TABLE deliveries ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET lane = installation_id || ':' || payment_id;
CREATE INDEX deliveries_by_payment_and_state ON deliveries (payment_id, installation_id, state);
CREATE INDEX exceptions_by_payment ON exceptions (payment_id, opened_at, id);

-- For telling an installation what changed.
CREATE INDEX payments_by_change ON payments (merchant_id, mode, updated_at, id);

-- A third kind of sink: 'ledger', which is told of every payment. The column's check knew two, and goes with the column.
ALTER TABLE installations ADD COLUMN told TEXT NOT NULL DEFAULT 'crm';
UPDATE installations SET told = sink;
ALTER TABLE installations DROP COLUMN sink;
ALTER TABLE installations RENAME COLUMN told TO sink;
