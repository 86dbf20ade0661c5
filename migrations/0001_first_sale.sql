-- The schema for one whole sale. The same text runs on SQLite and PostgreSQL: TEXT and BIGINT only, times in Unix
-- milliseconds, JSON as TEXT that no query looks into, ids made by the host.

CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    handle TEXT,
    contact TEXT,
    colour TEXT,
    locale TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    hash TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE provider_accounts (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    provider TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (merchant_id, mode, provider)
);

CREATE TABLE installations (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    plugin TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- What its deliveries are: messages of a 'channel', or updates of a 'crm'.
    sink TEXT NOT NULL CHECK (sink IN ('channel', 'crm')),
    -- Names of the events that it wants, a JSON list.
    events TEXT NOT NULL,
    descriptor TEXT NOT NULL,
    settings TEXT NOT NULL,
    grants TEXT NOT NULL,
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (merchant_id, mode, plugin)
);

-- Sealed values, by the provider account or installation that they belong to.
CREATE TABLE secrets (
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (owner_id, name)
);

CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    order_id TEXT NOT NULL,
    request_key TEXT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    particulars TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    token_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The projection: what the fold found, written by the commit road alone.
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    captured_minor BIGINT NOT NULL,
    surplus_minor BIGINT NOT NULL,
    refunded_minor BIGINT NOT NULL,
    paid_at BIGINT,
    announced_paid BIGINT NOT NULL,
    deciding_fact TEXT,
    rule TEXT NOT NULL,
    evidence TEXT NOT NULL,
    provider_reference TEXT,
    exceptions TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- The head of the payment's journal.
    journal_length BIGINT NOT NULL,
    journal_head TEXT NOT NULL,
    UNIQUE (merchant_id, mode, order_id),
    UNIQUE (merchant_id, mode, request_key)
);

CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    account_id TEXT NOT NULL REFERENCES provider_accounts (id),
    provider TEXT NOT NULL,
    number TEXT NOT NULL,
    form_key TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    session_ends_at BIGINT NOT NULL,
    call TEXT NOT NULL,
    reference TEXT,
    return_hash TEXT NOT NULL UNIQUE,
    return_sealed TEXT NOT NULL,
    -- When the provider last said that its page still waits.
    seen_open_at BIGINT,
    UNIQUE (account_id, number),
    UNIQUE (payment_id, form_key),
    UNIQUE (account_id, reference)
);
CREATE INDEX attempts_by_payment ON attempts (payment_id, started_at);

CREATE TABLE facts (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    kind TEXT NOT NULL,
    evidence TEXT NOT NULL,
    source_name TEXT NOT NULL,
    source_key TEXT NOT NULL,
    amount_minor BIGINT,
    currency TEXT,
    foreign_currency TEXT,
    provider_time BIGINT,
    received_at BIGINT NOT NULL,
    reference TEXT,
    reason TEXT,
    UNIQUE (payment_id, source_key)
);

CREATE TABLE journal (
    payment_id TEXT NOT NULL REFERENCES payments (id),
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (payment_id, sequence)
);

CREATE TABLE exceptions (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL,
    payment_id TEXT REFERENCES payments (id),
    kind TEXT NOT NULL,
    -- What it is about: an attempt, a delivery, an inbox message. One exception a kind and subject.
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    resolved_at BIGINT,
    UNIQUE (kind, subject)
);

-- Everything that was received, raw, before anything acts on it.
CREATE TABLE inbox (
    id TEXT PRIMARY KEY,
    -- 'provider' (owner: provider account) or 'hook' (owner: installation).
    door TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    natural_key TEXT NOT NULL,
    path TEXT NOT NULL,
    method TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    -- The raw bytes, sealed.
    body_sealed TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    -- How often the same message came.
    seen BIGINT NOT NULL,
    -- 'waiting', 'done' or 'quarantined'.
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    -- The run that handles it, where a plugin does.
    run BIGINT NOT NULL,
    run_started_at BIGINT,
    UNIQUE (owner_id, natural_key)
);

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    installation_id TEXT NOT NULL REFERENCES installations (id),
    event TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- The payment as it stood, as JSON, without its link.
    view TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- 'owed', 'done' or 'dead'.
    state TEXT NOT NULL,
    -- The plugin version that began it; it finishes on the same.
    digest TEXT,
    run BIGINT NOT NULL,
    run_started_at BIGINT,
    outcome TEXT,
    UNIQUE (installation_id, payment_id, version, event)
);

-- What plugin runs did, call by call, sealed. The owner is a delivery or an inbox entry.
CREATE TABLE steps (
    owner_id TEXT NOT NULL,
    run BIGINT NOT NULL,
    place BIGINT NOT NULL,
    name TEXT,
    state TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (owner_id, run, place)
);

CREATE TABLE plugin_logs (
    owner_id TEXT NOT NULL,
    run BIGINT NOT NULL,
    place BIGINT NOT NULL,
    installation_id TEXT NOT NULL REFERENCES installations (id),
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (owner_id, run, place)
);

CREATE TABLE plugin_state (
    installation_id TEXT NOT NULL REFERENCES installations (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (installation_id, name)
);

-- Work that is due: small, because what is finished is removed. One lane is worked through in order.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    lane TEXT NOT NULL,
    place BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    tries BIGINT NOT NULL
);
CREATE INDEX jobs_by_due ON jobs (due_at);
CREATE INDEX jobs_by_lane ON jobs (lane, place);
CREATE INDEX jobs_by_subject ON jobs (subject);

CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
