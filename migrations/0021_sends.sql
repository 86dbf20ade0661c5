-- Links sent on demand: each is owed to a channel as a delivery, which tells what became of it.
CREATE TABLE sends (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payments (id),
    delivery_id TEXT NOT NULL UNIQUE REFERENCES deliveries (id),
    at BIGINT NOT NULL,
    -- Who sent it, as in the journal.
    actor TEXT NOT NULL,
    -- How the last run of the delivery ended, in one word; absent before the first one has.
    outcome TEXT
);
CREATE INDEX sends_by_payment ON sends (payment_id, at, id);
