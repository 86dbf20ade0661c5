-- Whose patience a run that was not done has cost: 'failure' the plugin's or its message's own, 'outage' the service's or the
-- account's as a whole, 'nothing' where it only waited its turn.
ALTER TABLE plugin_runs ADD COLUMN spends TEXT NOT NULL DEFAULT 'failure';
