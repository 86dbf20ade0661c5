-- From where attempts were started lately: a keyed hash of the network, never the address. `attempts` is a JSON list of times,
-- Unix milliseconds, of no more attempts than a limit needs; rows that nobody needs any more are removed.
CREATE TABLE origins (
    origin TEXT PRIMARY KEY,
    attempts TEXT NOT NULL,
    last_at BIGINT NOT NULL
);
CREATE INDEX origins_by_age ON origins (last_at);

-- What was declined lately is counted before every new attempt.
CREATE INDEX facts_by_kind ON facts (kind, received_at);

-- The host name on which this merchant's pages answer, where it is not the server's own.
ALTER TABLE merchants ADD COLUMN host TEXT;
CREATE UNIQUE INDEX merchants_by_host ON merchants (host) WHERE host IS NOT NULL;
