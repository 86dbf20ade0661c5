-- How merchants' pages look: a draft, the versions that were published, pictures and preview cards.

-- What is being worked on; at most one a merchant. The version grows with every change.
CREATE TABLE brand_drafts (
    merchant_id TEXT PRIMARY KEY REFERENCES merchants (id),
    brand TEXT NOT NULL,
    version BIGINT NOT NULL,
    edited_by TEXT NOT NULL,
    edited_at BIGINT NOT NULL
);

-- What was published; the newest is in force. Rows are only added: going back publishes an earlier one again.
CREATE TABLE brand_versions (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    version BIGINT NOT NULL,
    brand TEXT NOT NULL,
    -- The version that this one repeats, where somebody went back.
    repeats BIGINT,
    published_by TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, version)
);

-- Pictures as the server encoded them, in base64.
CREATE TABLE brand_pictures (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    digest TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes TEXT NOT NULL,
    -- Whether a published version has it. Others go when the draft drops them.
    published BIGINT NOT NULL DEFAULT 0,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, digest)
);
CREATE INDEX brand_pictures_by_digest ON brand_pictures (digest);

-- What chat apps show of a link: one picture a look and language, in base64, under the key of what was drawn.
CREATE TABLE brand_cards (
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    card TEXT NOT NULL,
    language TEXT NOT NULL,
    -- The version that needed it last.
    version BIGINT NOT NULL,
    bytes TEXT NOT NULL,
    PRIMARY KEY (merchant_id, card, language)
);
