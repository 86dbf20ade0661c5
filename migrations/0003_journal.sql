-- Sealed checkpoints over the journals' heads, counts of who looked at a link, and digests of what came in.

-- How much of its journal a checkpoint covers. Written by the sealer alone.
ALTER TABLE payments ADD COLUMN sealed_length BIGINT NOT NULL DEFAULT 0;
CREATE INDEX payments_unsealed ON payments (id) WHERE journal_length > sealed_length;

-- A chain of its own, whose links are keyed from the master key: nobody makes one with the database alone.
CREATE TABLE journal_checkpoints (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    -- The mac of the checkpoint before.
    previous TEXT NOT NULL,
    -- Keyed hash of number, time, previous and the macs of its seals.
    mac TEXT NOT NULL
);

-- What a checkpoint covers. It refers to no payment, so that it outlives one that somebody deletes.
CREATE TABLE journal_seals (
    checkpoint BIGINT NOT NULL REFERENCES journal_checkpoints (number),
    payment_id TEXT NOT NULL,
    length BIGINT NOT NULL,
    head TEXT NOT NULL,
    -- Keyed hash of the four before, so that a changed seal is told by its payment's name.
    mac TEXT NOT NULL,
    PRIMARY KEY (checkpoint, payment_id)
);
CREATE INDEX journal_seals_by_payment ON journal_seals (payment_id, length);

-- Who looked at a payment's link: people, and the robots that draw previews. It refers to no payment, so that one that is
-- gone holds up nobody else's counts.
CREATE TABLE link_opens (
    payment_id TEXT PRIMARY KEY,
    opens BIGINT NOT NULL,
    previews BIGINT NOT NULL,
    first_open_at BIGINT,
    first_preview_at BIGINT
);

-- SHA-256 of the raw body, in hex; absent for what came before this column.
ALTER TABLE inbox ADD COLUMN digest TEXT;
