-- Runs of plugins: what each was given, how it ended and what it cost; and the ways in which records are read and removed.

CREATE TABLE plugin_runs (
    -- Delivery, inbox entry, or whatever else a plugin was called for.
    owner_id TEXT NOT NULL,
    run BIGINT NOT NULL,
    installation_id TEXT NOT NULL REFERENCES installations (id),
    -- The plugin version that ran.
    digest TEXT NOT NULL,
    -- 'deliver', 'sync', 'inbound', 'tick' or 'check'.
    call TEXT NOT NULL,
    -- When it began.
    at BIGINT NOT NULL,
    -- What it was given, sealed: its call, settings and grants. Empty for runs of older versions.
    given TEXT NOT NULL,
    -- The outcome's word, or why there is none; absent while it is under way.
    ended TEXT,
    detail TEXT NOT NULL,
    took_ms BIGINT NOT NULL,
    slices BIGINT NOT NULL,
    memory_bytes BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    http_requests BIGINT NOT NULL,
    -- Calls that were not granted.
    refused BIGINT NOT NULL,
    steps BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    PRIMARY KEY (owner_id, run)
);

CREATE INDEX plugin_runs_of_installation ON plugin_runs (installation_id, at, owner_id, run);
CREATE INDEX plugin_runs_by_age ON plugin_runs (at);
CREATE INDEX plugin_logs_of_installation ON plugin_logs (installation_id, at, owner_id, run, place);
CREATE INDEX deliveries_of_installation ON deliveries (installation_id, created_at, id);

-- Runs of older versions, so that they are seen and their records end with the others'.
INSERT INTO plugin_runs
    (owner_id, run, installation_id, digest, call, at, given, ended, detail, took_ms, slices, memory_bytes, calls,
     http_requests, refused, steps, size_bytes)
SELECT steps.owner_id, steps.run, deliveries.installation_id, COALESCE(MAX(deliveries.digest), ''),
    CASE MAX(installations.sink) WHEN 'crm' THEN 'sync' ELSE 'deliver' END, MAX(deliveries.created_at), '', 'unknown',
    'run by an older version', 0, 0, 0, 0, 0, 0, COUNT(*), 0
FROM steps
JOIN deliveries ON deliveries.id = steps.owner_id
JOIN installations ON installations.id = deliveries.installation_id
WHERE deliveries.state <> 'owed' OR steps.run < deliveries.run
GROUP BY steps.owner_id, steps.run, deliveries.installation_id;

INSERT INTO plugin_runs
    (owner_id, run, installation_id, digest, call, at, given, ended, detail, took_ms, slices, memory_bytes, calls,
     http_requests, refused, steps, size_bytes)
SELECT steps.owner_id, steps.run, inbox.owner_id, MAX(installations.digest), 'inbound', MAX(inbox.received_at), '',
    'unknown', 'run by an older version', 0, 0, 0, 0, 0, 0, COUNT(*), 0
FROM steps
JOIN inbox ON inbox.id = steps.owner_id
JOIN installations ON installations.id = inbox.owner_id
WHERE inbox.state <> 'waiting' OR steps.run < inbox.run
GROUP BY steps.owner_id, steps.run, inbox.owner_id;
