-- Payment links, and which payment came from which press.

CREATE TABLE payment_links (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    kind TEXT NOT NULL CHECK (kind IN ('fixed', 'single_use')),
    token_hash TEXT NOT NULL UNIQUE,
    token_sealed TEXT NOT NULL,
    -- What it offers, JSON.
    offer TEXT NOT NULL,
    -- How many of its payments may be paid; NULL: any number.
    cap BIGINT CHECK (cap > 0),
    -- Places that payments hold while they can be paid, and places that paid ones have.
    held BIGINT NOT NULL CHECK (held >= 0),
    taken BIGINT NOT NULL CHECK (taken >= 0),
    valid_from BIGINT,
    valid_until BIGINT,
    active BIGINT NOT NULL,
    -- Why it is switched off, by language, JSON.
    off_reason TEXT NOT NULL,
    -- What a payment from it gives once paid, by language, sealed.
    fulfilment_sealed TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX payment_links_by_merchant ON payment_links (merchant_id, mode, created_at, id);

CREATE TABLE link_payments (
    payment_id TEXT PRIMARY KEY REFERENCES payments (id),
    link_id TEXT NOT NULL REFERENCES payment_links (id),
    -- The form that was pressed: pressed again, it leads to the same payment.
    form_key TEXT NOT NULL,
    -- The link as it stood then.
    link_version BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    delivery TEXT,
    -- Answers to the link's questions, JSON; those about a person are sealed.
    answers TEXT NOT NULL,
    personal_sealed TEXT,
    slot TEXT NOT NULL CHECK (slot IN ('held', 'taken', 'freed')),
    -- As the link had it at the press; handed out from `released_at` on.
    fulfilment_sealed TEXT,
    released_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (link_id, form_key)
);
