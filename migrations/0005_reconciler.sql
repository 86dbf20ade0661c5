-- Whose turn a job is, so that nobody's work waits behind somebody else's backlog; and how often it went wrong in a row.

-- The kind and, after a colon, whose work it is: a provider account, an installation, a merchant.
ALTER TABLE jobs ADD COLUMN turn TEXT NOT NULL DEFAULT '';
-- Faults and lost leases since it last went well.
ALTER TABLE jobs ADD COLUMN faults BIGINT NOT NULL DEFAULT 0;
UPDATE jobs SET turn = kind || ':' || COALESCE(
    CASE kind
        WHEN 'lookup' THEN (SELECT account_id FROM attempts WHERE attempts.id = jobs.subject)
        WHEN 'close' THEN (SELECT account_id FROM attempts WHERE attempts.id = jobs.subject)
        WHEN 'refund' THEN (
            SELECT attempts.account_id FROM refunds JOIN attempts ON attempts.id = refunds.attempt_id
            WHERE refunds.id = jobs.subject)
        WHEN 'delivery' THEN (SELECT installation_id FROM deliveries WHERE deliveries.id = jobs.subject)
        WHEN 'push' THEN (SELECT owner_id FROM inbox WHERE inbox.id = jobs.subject)
        WHEN 'hook' THEN (SELECT owner_id FROM inbox WHERE inbox.id = jobs.subject)
        WHEN 'timer' THEN (SELECT merchant_id FROM payments WHERE payments.id = jobs.subject)
    END, '');
CREATE INDEX jobs_by_turn ON jobs (kind, turn, due_at);
