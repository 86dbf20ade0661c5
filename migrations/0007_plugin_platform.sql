-- The plugin platform: a component's descriptor is called its manifest, and state has versions whose writes are known again.

ALTER TABLE installations RENAME COLUMN descriptor TO manifest;
-- Counts the writes to an installation's state: a key's version grows even if it was absent in between.
ALTER TABLE installations ADD COLUMN state_clock BIGINT NOT NULL DEFAULT 0;
UPDATE installations SET state_clock = COALESCE(
    (SELECT MAX(version) FROM plugin_state WHERE plugin_state.installation_id = installations.id), 0);
-- Which step of which run wrote it: the same write made again after a crash is known, and not a conflict.
ALTER TABLE plugin_state ADD COLUMN written_by TEXT NOT NULL DEFAULT '';
