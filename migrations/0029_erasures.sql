-- Customers' data that was erased: who had it done, when and of how many payments; never whose or what it was.
CREATE TABLE erasures (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    at BIGINT NOT NULL,
    -- Who, as in the journal.
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- How many payments, values of orders, inbound messages, records of runs and entries that plugins kept.
    payments BIGINT NOT NULL,
    fields BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    runs BIGINT NOT NULL,
    states BIGINT NOT NULL
);
CREATE INDEX erasures_by_time ON erasures (merchant_id, mode, at, id);

-- Which payments' customers were erased, and when last.
CREATE TABLE erased_payments (
    payment_id TEXT PRIMARY KEY REFERENCES payments (id),
    at BIGINT NOT NULL
);
