-- People who work for merchants, how they prove who they are, and what they did.
CREATE TABLE operators (
    id TEXT PRIMARY KEY,
    -- In lower case.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    locale TEXT NOT NULL,
    -- A PHC string; absent until the invitation was taken up.
    password TEXT,
    -- The key of their codes, sealed.
    second_factor TEXT,
    -- The time step of the last code that was taken: a code works once.
    last_step BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

-- For whom somebody works, and as what.
CREATE TABLE memberships (
    operator_id TEXT NOT NULL REFERENCES operators (id),
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    PRIMARY KEY (operator_id, merchant_id)
);
CREATE INDEX memberships_by_merchant ON memberships (merchant_id, created_at);

CREATE TABLE recovery_codes (
    operator_id TEXT NOT NULL REFERENCES operators (id),
    hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (operator_id, hash)
);

-- Addresses by which somebody sets their password and second factor, each once; by hash.
CREATE TABLE invitations (
    hash TEXT PRIMARY KEY,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    -- The key of the codes that is offered, sealed.
    second_factor TEXT NOT NULL,
    valid_until BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX invitations_by_operator ON invitations (operator_id);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    operator_id TEXT NOT NULL REFERENCES operators (id),
    -- The merchant whose data it shows; absent until one is chosen.
    merchant_id TEXT REFERENCES merchants (id),
    device TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- When they last proved who they are.
    confirmed_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_by_operator ON sessions (operator_id, ended_at);

-- How often signing in failed, by keyed hash of the network or of the address that was typed, whether or not anybody has it.
CREATE TABLE sign_in_failures (
    place TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_failure_at BIGINT NOT NULL
);

-- What operators did, a chain for each merchant. Entries are added and never changed.
CREATE TABLE audit_log (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    sequence BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT NOT NULL,
    -- A keyed hash of the network from which it was asked; no address of anybody is kept.
    origin TEXT,
    request_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- Over the hash, with a key of the master key's.
    mac TEXT NOT NULL,
    PRIMARY KEY (merchant_id, sequence)
);
CREATE INDEX audit_log_by_actor ON audit_log (merchant_id, actor, sequence);
CREATE TABLE audit_heads (
    merchant_id TEXT PRIMARY KEY REFERENCES merchants (id),
    length BIGINT NOT NULL,
    head TEXT NOT NULL
);

ALTER TABLE api_keys ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
ALTER TABLE api_keys ADD COLUMN expires_at BIGINT;

-- Who takes care of an exception.
ALTER TABLE exceptions ADD COLUMN assignee TEXT;

-- Closing exceptions and driving deliveries again are permissions of their own now; keys that could do it still can.
UPDATE api_keys SET scopes = scopes || ' exceptions' WHERE ' ' || scopes || ' ' LIKE '% payments %';
UPDATE api_keys SET scopes = scopes || ' deliveries' WHERE ' ' || scopes || ' ' LIKE '% plugins %';
