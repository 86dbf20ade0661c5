-- Several accounts of one provider, what tells them apart, and which of them a payment or a link goes through.

-- An account is unique by its label from now on: the column that was unique becomes it, and accounts of before are called
-- after their provider.
ALTER TABLE provider_accounts RENAME COLUMN provider TO label;
ALTER TABLE provider_accounts ADD COLUMN provider TEXT NOT NULL DEFAULT '';
-- What payers read where they choose, by language, JSON; a usual title where there is none.
ALTER TABLE provider_accounts ADD COLUMN titles TEXT NOT NULL DEFAULT '{}';
-- Whether payers may choose it.
ALTER TABLE provider_accounts ADD COLUMN offered BIGINT NOT NULL DEFAULT 1;
-- One of those that are switched on.
ALTER TABLE provider_accounts ADD COLUMN is_default BIGINT NOT NULL DEFAULT 0;
-- It starts no attempts since then.
ALTER TABLE provider_accounts ADD COLUMN switched_off_at BIGINT;
ALTER TABLE provider_accounts ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE provider_accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- Who changed what of an account: names of fields and of secrets, never their values.
CREATE TABLE provider_account_changes (
    account_id TEXT NOT NULL REFERENCES provider_accounts (id),
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    PRIMARY KEY (account_id, version)
);

-- The account that the merchant chose; where there is none, the payer chooses.
ALTER TABLE payments ADD COLUMN provider_account_id TEXT REFERENCES provider_accounts (id);
ALTER TABLE payment_links ADD COLUMN provider_account_id TEXT REFERENCES provider_accounts (id);

UPDATE provider_accounts SET provider = label, changed_at = created_at;
UPDATE provider_accounts SET is_default = 1
WHERE NOT EXISTS (
    SELECT 1 FROM provider_accounts AS earlier
    WHERE earlier.merchant_id = provider_accounts.merchant_id
        AND earlier.mode = provider_accounts.mode
        AND (
            earlier.created_at < provider_accounts.created_at
            OR (earlier.created_at = provider_accounts.created_at AND earlier.id < provider_accounts.id)
        )
);
CREATE UNIQUE INDEX provider_accounts_default ON provider_accounts (merchant_id, mode) WHERE is_default = 1;
