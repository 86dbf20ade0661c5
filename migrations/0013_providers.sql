-- Gateways that number orders by integers draw them from the sequence of their terminal.
CREATE TABLE order_sequences (
    terminal TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);

-- When the provider asked whether it may take the money, where it asks first.
ALTER TABLE attempts ADD COLUMN provider_asked_at BIGINT;

-- How much of the attempt had gone back before this refund, by the provider's count.
ALTER TABLE refunds ADD COLUMN before_minor BIGINT;

-- What was said to providers and what they said, secrets masked and sealed: for people who look for a cause.
CREATE TABLE provider_calls (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES provider_accounts (id),
    -- The attempt that the call was about, where it was about one.
    attempt_id TEXT,
    operation TEXT NOT NULL,
    -- The HTTP status, where there was an answer.
    status BIGINT,
    began_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    exchange_sealed TEXT NOT NULL
);
CREATE INDEX provider_calls_by_account ON provider_calls (account_id, began_at, id);
CREATE INDEX provider_calls_by_time ON provider_calls (began_at);
