-- Accounts at services that operators connected by OAuth, with the tokens that the host keeps and refreshes.

CREATE TABLE connections (
    installation_id TEXT NOT NULL REFERENCES installations (id),
    -- The name that the manifest gives it.
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('connected', 'broken')),
    -- What it was connected with: tokens go nowhere else, whatever the settings say later.
    token_url TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- Name of the secret that is the client's.
    client_secret TEXT NOT NULL,
    revoke_url TEXT,
    -- Sealed; empty once it is broken.
    access_sealed TEXT NOT NULL,
    refresh_sealed TEXT,
    expires_at BIGINT,
    -- From when on the access token is refreshed before it is used.
    refresh_at BIGINT,
    -- Which access token this is; grows with each.
    generation BIGINT NOT NULL,
    -- Whether the service refused it, so that it must not be used again; and how many were refused in a row.
    stale BIGINT NOT NULL DEFAULT 0,
    refusals BIGINT NOT NULL DEFAULT 0,
    -- Who refreshes it now.
    lease_until BIGINT NOT NULL DEFAULT 0,
    fence BIGINT NOT NULL DEFAULT 0,
    -- Refreshing failed so often, last for this reason, and is not tried before this time.
    failures BIGINT NOT NULL DEFAULT 0,
    failure TEXT NOT NULL DEFAULT '',
    retry_at BIGINT NOT NULL DEFAULT 0,
    connected_by TEXT NOT NULL,
    connected_at BIGINT NOT NULL,
    refreshed_at BIGINT,
    PRIMARY KEY (installation_id, name)
);

-- Flows that were started and not finished. The state is known by its keyed hash alone, and is used once.
CREATE TABLE connection_starts (
    state_hash TEXT PRIMARY KEY,
    installation_id TEXT NOT NULL REFERENCES installations (id),
    name TEXT NOT NULL,
    -- The version whose manifest and settings count.
    version BIGINT NOT NULL,
    -- The code verifier of PKCE.
    verifier_sealed TEXT NOT NULL,
    started_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX connection_starts_by_installation ON connection_starts (installation_id, name);

-- Tokens that a service is to be told to forget. A row has what that call needs, sealed, until it was made or given up.
CREATE TABLE revocations (
    id TEXT PRIMARY KEY,
    installation_id TEXT NOT NULL REFERENCES installations (id),
    sealed TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0
);
