-- Movements of money, one row each time that it came or went: what exports and the comparison with a bank's report read. A
-- projection of the facts, written by the commit road alone.
CREATE TABLE movements (
    -- Made from the ids of what it is about.
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    merchant_id TEXT NOT NULL,
    mode TEXT NOT NULL,
    -- 'capture', 'surplus', 'refund', 'reversal' or 'chargeback'.
    kind TEXT NOT NULL,
    -- Of which attempt it is and through what that ran; absent where a person found that money moved outside of any.
    attempt_id TEXT,
    attempt_number TEXT,
    provider TEXT,
    account_id TEXT,
    refund_id TEXT,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- 1 where the provider names that time, 0 where it is ours.
    is_providers_time BIGINT NOT NULL,
    reference TEXT,
    -- 'order' or 'surplus': whose money it is.
    purpose TEXT NOT NULL,
    evidence TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    -- When facts took it back: it is marked then, and stays.
    gone_at BIGINT
);
CREATE INDEX movements_in_order ON movements (merchant_id, mode, at, id);
CREATE INDEX movements_by_reference ON movements (merchant_id, mode, reference);
CREATE INDEX movements_by_payment ON movements (payment_id);

-- Payments from before there were movements, whose movements are still to be written. A row goes when they are.
CREATE TABLE movements_owed (
    payment_id TEXT PRIMARY KEY REFERENCES payments (id)
);
INSERT INTO movements_owed (payment_id)
SELECT DISTINCT payment_id FROM facts WHERE kind IN ('approved', 'decided');

-- Reports of banks that were handed in, and what became of holding them against the movements.
CREATE TABLE bank_reports (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    provider TEXT NOT NULL,
    -- The provider account, where the report is of one.
    account_id TEXT REFERENCES provider_accounts (id),
    file_name TEXT NOT NULL,
    -- Of the file's bytes, in hex: the same file is taken once.
    sha256 TEXT NOT NULL,
    period_from BIGINT NOT NULL,
    period_to BIGINT NOT NULL,
    -- Rows of the file that tell of money.
    rows BIGINT NOT NULL,
    -- By which columns it was read, JSON.
    mapping TEXT NOT NULL,
    -- 'comparing' or 'done'.
    state TEXT NOT NULL,
    matched BIGINT NOT NULL,
    ours_only BIGINT NOT NULL,
    theirs_only BIGINT NOT NULL,
    differing BIGINT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    UNIQUE (merchant_id, mode, sha256)
);
CREATE INDEX bank_reports_by_upload ON bank_reports (merchant_id, mode, uploaded_at, id);

CREATE TABLE bank_report_lines (
    report_id TEXT NOT NULL REFERENCES bank_reports (id),
    -- The row of the file.
    line BIGINT NOT NULL,
    reference TEXT,
    order_number TEXT,
    -- 'payment', 'refund', 'reversal' or 'chargeback', as the bank calls it.
    kind TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    fee_minor BIGINT,
    at BIGINT,
    -- 'matched', 'differing' or 'theirs_only'.
    verdict TEXT NOT NULL,
    movement_id TEXT,
    payment_id TEXT,
    -- What differs, in words.
    differs TEXT,
    PRIMARY KEY (report_id, line)
);
CREATE INDEX bank_report_lines_by_verdict ON bank_report_lines (report_id, verdict, line);

-- Movements of the report's time that no line of it tells of.
CREATE TABLE report_absences (
    report_id TEXT NOT NULL REFERENCES bank_reports (id),
    movement_id TEXT NOT NULL,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    PRIMARY KEY (report_id, movement_id)
);

-- By which columns a merchant's reports of a provider are read, JSON: kept from the last one.
CREATE TABLE report_mappings (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    provider TEXT NOT NULL,
    mapping TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, mode, provider)
);
