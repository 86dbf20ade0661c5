-- The keys by which values are sealed, hashed and proven. Each is kept sealed under the master key, under two of them while that is
-- being changed.
CREATE TABLE key_ring (
    -- As sealed values name it; 'hash' and 'journal' for the two that seal nothing.
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('seal', 'hash', 'journal')),
    made_at BIGINT NOT NULL,
    -- From when servers seal with it. They know it before, and know it ever after.
    in_force_from BIGINT NOT NULL
);

CREATE TABLE key_wraps (
    key_id TEXT NOT NULL REFERENCES key_ring (id),
    -- Which master key opens it, by a name that says nothing about that.
    master_id TEXT NOT NULL,
    wrapped TEXT NOT NULL,
    PRIMARY KEY (key_id, master_id)
);

-- How far the values of each column are sealed anew with this key.
CREATE TABLE key_moves (
    key_id TEXT NOT NULL REFERENCES key_ring (id),
    -- Table and column.
    place TEXT NOT NULL,
    -- The last row that was looked at, JSON; empty before the first.
    behind TEXT NOT NULL,
    moved BIGINT NOT NULL DEFAULT 0,
    -- Values that no key of the ring opens in their place. They stay as they are.
    unreadable BIGINT NOT NULL DEFAULT 0,
    done_at BIGINT,
    PRIMARY KEY (key_id, place)
);

-- Which servers run with which master key while there are two.
CREATE TABLE key_holders (
    node TEXT PRIMARY KEY,
    master_id TEXT NOT NULL,
    seen_at BIGINT NOT NULL
);
