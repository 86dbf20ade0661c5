-- What a remote told last about a message that it had accepted; the rank orders the states.
ALTER TABLE deliveries ADD COLUMN receipt_state TEXT;
ALTER TABLE deliveries ADD COLUMN receipt_rank BIGINT NOT NULL DEFAULT -1;
ALTER TABLE deliveries ADD COLUMN receipt_code TEXT;
ALTER TABLE deliveries ADD COLUMN receipt_message TEXT;
ALTER TABLE deliveries ADD COLUMN receipt_at BIGINT;

-- Since when a secret has its value and until when that is good. Whoever renews it holds the lease.
CREATE TABLE secret_renewals (
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    entered_at BIGINT NOT NULL,
    renewed_at BIGINT,
    expires_at BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (owner_id, name)
);
