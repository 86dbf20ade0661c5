-- A merchant's payments in one status, the newest first: a status that few have must not cost reading all of them.
CREATE INDEX payments_by_status ON payments (merchant_id, mode, status, created_at, id);
