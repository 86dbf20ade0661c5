-- The message in whose run a channel asked for a payment: what the channel is told of the payment waits until that run has
-- ended, because only then the channel knows what it has sent.
CREATE TABLE asked_in (
    payment_id TEXT PRIMARY KEY REFERENCES payments (id),
    inbox_id TEXT NOT NULL
);
