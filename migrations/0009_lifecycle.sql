-- The life of a plugin: uploaded, installed, granted, switched, suspended, removed.

-- A component that a merchant uploaded, and what the host found out about it. Its bytes lie on the shelf, once a digest.
CREATE TABLE plugins (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    -- Of the key that uploaded it last; both modes may install it.
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('received', 'judged', 'compiling', 'trying', 'ready', 'refused')),
    -- What it is and asks for, JSON; known once it was judged.
    report TEXT,
    -- Why it was refused, in words.
    refusal TEXT,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (merchant_id, digest)
);
CREATE INDEX plugins_by_merchant ON plugins (merchant_id, uploaded_at, id);

-- Versions side by side. One that was ever active is never changed; what is in flight finishes on the one that began it.
CREATE TABLE installation_versions (
    installation_id TEXT NOT NULL REFERENCES installations (id),
    number BIGINT NOT NULL,
    digest TEXT NOT NULL,
    sink TEXT NOT NULL,
    -- All that the plugin asks for.
    manifest TEXT NOT NULL,
    settings TEXT NOT NULL,
    -- What the operator granted of it, by name, JSON; NULL: all of it, as before there was a choice.
    granted TEXT,
    -- The same as the runtime reads it.
    grants TEXT NOT NULL,
    -- Whether somebody decided about its grants, or needed not.
    decided BIGINT NOT NULL,
    note TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    activated_at BIGINT,
    -- The version that was active before it.
    previous BIGINT,
    PRIMARY KEY (installation_id, number)
);
INSERT INTO installation_versions
    (installation_id, number, digest, sink, manifest, settings, grants, decided, note, created_by, created_at,
     activated_at)
SELECT id, 1, digest, sink, manifest, settings, grants, 1, '', 'admin', created_at, created_at
FROM installations;

-- The version whose manifest, settings and grants stand in the row.
ALTER TABLE installations ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- 'suspended' or 'broken', with the reason: what is owed to it waits.
ALTER TABLE installations ADD COLUMN halted TEXT;
ALTER TABLE installations ADD COLUMN halted_reason TEXT NOT NULL DEFAULT '';
-- Runs that broke in a row, and what the first few different ones were about, a JSON list.
ALTER TABLE installations ADD COLUMN breaks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE installations ADD COLUMN breakers TEXT NOT NULL DEFAULT '[]';
-- What the plugin's self-test said last, JSON.
ALTER TABLE installations ADD COLUMN last_check TEXT;
ALTER TABLE installations ADD COLUMN removed_at BIGINT;
CREATE INDEX installations_by_merchant ON installations (merchant_id, mode, created_at, id);

-- The version that began it.
ALTER TABLE deliveries ADD COLUMN installation_version BIGINT;
ALTER TABLE inbox ADD COLUMN installation_version BIGINT;
