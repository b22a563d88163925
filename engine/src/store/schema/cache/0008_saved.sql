-- A copy of a page that the person has saved is a set of responses too: of which page, since
-- when it is what the site has, whether a look-up finds it (2: before anything newer), what it
-- lacks (JSON), and whether it was shown from what is in it alone.
ALTER TABLE install ADD COLUMN save TEXT;
ALTER TABLE install ADD COLUMN saved_at_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE install ADD COLUMN is_shown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE install ADD COLUMN missing TEXT NOT NULL DEFAULT '[]';
ALTER TABLE install ADD COLUMN is_proven INTEGER NOT NULL DEFAULT 0;
CREATE INDEX install_by_save ON install (save, id) WHERE save IS NOT NULL;
