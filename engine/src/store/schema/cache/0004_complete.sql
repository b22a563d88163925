-- Everything required is there; it serves from the next navigation on.
ALTER TABLE install ADD COLUMN is_complete INTEGER NOT NULL DEFAULT 0;
UPDATE install SET is_complete = 1 WHERE is_active = 1;

-- The versions whose profile asked for the cache to be emptied, and got it.
CREATE TABLE reset (version TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE INDEX response_by_install ON response (install, url) WHERE install IS NOT NULL;
