-- The plugin platform: versions of installations, runs, and state whose writes are known again.

-- Counts the writes to an installation's state: a key's version grows even if it was absent in between.
ALTER TABLE installations RENAME COLUMN descriptor TO manifest;
ALTER TABLE installations ADD COLUMN state_clock BIGINT NOT NULL DEFAULT 0;
UPDATE installations SET state_clock = COALESCE(
    (SELECT MAX(version) FROM plugin_state WHERE plugin_state.installation_id = installations.id), 0);
-- Which step of which run wrote it: the same write made again after a crash is known, and not a conflict.
ALTER TABLE plugin_state ADD COLUMN written_by TEXT NOT NULL DEFAULT '';
