-- What plugins do by the clock: the next occurrence of each schedule of each installation.
CREATE TABLE occurrences (
    id TEXT PRIMARY KEY,
    installation_id TEXT NOT NULL REFERENCES installations (id),
    -- The name that the manifest gives it.
    name TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    every_ms BIGINT NOT NULL,
    run BIGINT NOT NULL,
    run_started_at BIGINT,
    -- The plugin version that began it.
    digest TEXT,
    UNIQUE (installation_id, name)
);
