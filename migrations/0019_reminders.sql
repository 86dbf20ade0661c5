-- When customers who have not paid are reminded, JSON; empty: as a merchant who has said nothing.
ALTER TABLE merchants ADD COLUMN reminders TEXT NOT NULL DEFAULT '';

-- When they were.
CREATE TABLE reminders (
    payment_id TEXT NOT NULL REFERENCES payments (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (payment_id, at)
);
