-- A response that an unsafe request has made doubtful: it needs asking before it is served
-- as if it were fresh.
ALTER TABLE response ADD COLUMN is_invalid INTEGER NOT NULL DEFAULT 0;
