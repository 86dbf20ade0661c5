-- Files that were handed in and wait until a person says by which columns they are read: sealed, for an hour.
CREATE TABLE report_uploads (
    id TEXT PRIMARY KEY,
    merchant_id TEXT NOT NULL REFERENCES merchants (id),
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    provider TEXT NOT NULL,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX report_uploads_by_end ON report_uploads (expires_at);
CREATE INDEX report_uploads_by_merchant ON report_uploads (merchant_id, mode);

-- A report is 'reading' (its lines are compared and kept), 'matching' (what they say is learned), 'done' or 'failed'.
-- The file that is still to be read; absent once it was.
ALTER TABLE bank_reports ADD COLUMN upload_id TEXT;
-- Movements at the edge of its time that no line tells of, and rows that tell of no money.
ALTER TABLE bank_reports ADD COLUMN edge BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_reports ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;
-- By currency what both sides come to, a JSON list.
ALTER TABLE bank_reports ADD COLUMN totals TEXT NOT NULL DEFAULT '[]';
-- Why it failed, in a sentence.
ALTER TABLE bank_reports ADD COLUMN problem TEXT;
-- How far what it says was learned: the last line, and the last movement that no line tells of.
ALTER TABLE bank_reports ADD COLUMN last_line BIGINT NOT NULL DEFAULT 0;
ALTER TABLE bank_reports ADD COLUMN last_absence TEXT NOT NULL DEFAULT '';
CREATE INDEX bank_reports_by_upload_id ON bank_reports (upload_id);

-- What a person is told of a line, or of a movement that no line tells of.
ALTER TABLE bank_report_lines ADD COLUMN exception_id TEXT;
ALTER TABLE report_absences ADD COLUMN exception_id TEXT;
CREATE INDEX bank_report_lines_by_movement ON bank_report_lines (movement_id);
