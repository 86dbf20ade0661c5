-- What was announced, for whoever follows it by the API. It refers to no payment, so that nothing waits for it. What was announced
-- before is not here: it is in the journals.
CREATE TABLE events (
    payment_id TEXT NOT NULL,
    -- Grows within a payment.
    place BIGINT NOT NULL,
    merchant_id TEXT NOT NULL,
    mode TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (payment_id, place)
);
CREATE INDEX events_in_order ON events (merchant_id, mode, at, payment_id, place);
