-- The payment core: facts about refunds and about the payment as a whole, refunds, decisions, the merchant's policy.

-- A fact may be about the payment as a whole, so its attempt is optional from here on.
CREATE TABLE facts_of_every_kind (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    attempt_id TEXT REFERENCES attempts (id),
    refund_id TEXT,
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
    -- SHA-256 of the raw message that it was read from.
    message_digest TEXT,
    -- 'order' or 'surplus': which money a refund gives back.
    purpose TEXT,
    -- The payment's new end.
    expires_at BIGINT,
    -- A person's decision, JSON.
    decision TEXT,
    UNIQUE (payment_id, source_key)
);
INSERT INTO facts_of_every_kind
    (id, payment_id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, foreign_currency,
     provider_time, received_at, reference, reason)
SELECT id, payment_id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, foreign_currency,
    provider_time, received_at, reference, reason
FROM facts;
DROP TABLE facts;
ALTER TABLE facts_of_every_kind RENAME TO facts;

-- The policy under which the payment was made, JSON: a merchant's later choice does not change what was agreed.
ALTER TABLE payments ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
-- The end of the payment's time as it stands; `expires_at` stays what was first asked for.
ALTER TABLE payments ADD COLUMN open_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN reserved_minor BIGINT NOT NULL DEFAULT 0;
-- What the host does about the payment by itself, JSON: each is begun once.
ALTER TABLE payments ADD COLUMN actions TEXT NOT NULL DEFAULT '[]';
UPDATE payments SET open_until = expires_at;
CREATE INDEX payments_by_creation ON payments (merchant_id, mode, created_at, id);

-- By what people look for a payment, in small letters and without blanks.
CREATE TABLE payment_search (
    payment_id TEXT NOT NULL REFERENCES payments (id),
    merchant_id TEXT NOT NULL,
    mode TEXT NOT NULL,
    -- 'customer' (name, phone, e-mail address, handle, ids), 'crm' (an entity).
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (payment_id, field, value)
);
CREATE INDEX payment_search_by_value ON payment_search (merchant_id, mode, value);
CREATE INDEX payments_by_reference ON payments (merchant_id, mode, provider_reference);

CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    -- Set right before the provider is called: from here on it is looked up, never asked for again.
    dispatched_at BIGINT,
    -- The projection: 'pending', 'in_doubt', 'done' or 'failed', written by the commit road alone.
    state TEXT NOT NULL
);
CREATE INDEX refunds_by_payment ON refunds (payment_id, asked_at);

-- Who closed an exception and how: 'facts' where what was learned later settled it.
ALTER TABLE exceptions ADD COLUMN resolved_by TEXT;
ALTER TABLE exceptions ADD COLUMN resolution TEXT;
UPDATE exceptions SET kind = 'unknown_order' WHERE kind = 'unmatched_notice';
CREATE INDEX exceptions_by_opening ON exceptions (merchant_id, mode, opened_at, id);

-- The merchant's policy for payments made from now on, JSON.
ALTER TABLE merchants ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';

-- What a key may do, words parted by blanks, and whose hand it stands for.
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'payments refunds links';
ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'integration';
