-- Who was signed in when it was made, where that is known: a hash.
ALTER TABLE submission ADD COLUMN person TEXT;
-- As the route has it: 'form', 'message' or 'vote'; whether the site gives receipts; the paths
-- of the pages that show what it changes (JSON).
ALTER TABLE submission ADD COLUMN kind TEXT NOT NULL DEFAULT 'form';
ALTER TABLE submission ADD COLUMN has_receipts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE submission ADD COLUMN shown_on TEXT NOT NULL DEFAULT '[]';
-- What the person saw: the page's title, and the words beside what was chosen (JSON).
ALTER TABLE submission ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE submission ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
-- A body that does not lie in its row is in a file named by the key and has so many bytes.
ALTER TABLE submission ADD COLUMN file_length INTEGER;
-- When it was tried last. A clock that was set back shows by it.
ALTER TABLE submission ADD COLUMN tried_at_ms INTEGER NOT NULL DEFAULT 0;
-- It may have arrived, which is found out before it is sent again.
ALTER TABLE submission ADD COLUMN may_have_arrived INTEGER NOT NULL DEFAULT 0;
-- What the site answered last, for the person to read, and where it asks to sign in.
ALTER TABLE submission ADD COLUMN answer_status INTEGER;
ALTER TABLE submission ADD COLUMN answer_type TEXT;
ALTER TABLE submission ADD COLUMN answer BLOB;
ALTER TABLE submission ADD COLUMN sign_in TEXT;

-- What was delivered from here, so that nothing that is imported is delivered again.
CREATE TABLE delivered (
    key   TEXT    PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is behind a session: hashes of both.
CREATE TABLE person (
    partition TEXT    PRIMARY KEY,
    person    TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What this device signs with what it exports: one row.
CREATE TABLE signing_key (
    pkcs8 BLOB NOT NULL
) STRICT;
