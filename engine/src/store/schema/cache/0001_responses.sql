-- A set of responses that came with the site profile and became active together.
CREATE TABLE install (
    id        INTEGER PRIMARY KEY,
    version   TEXT    NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX install_one_is_active ON install (is_active) WHERE is_active = 1;

-- Bodies too large to lie in the row, as files named by their BLAKE3 hash.
CREATE TABLE blob (
    hash   TEXT    PRIMARY KEY,
    length INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE response (
    id            INTEGER PRIMARY KEY,
    url           TEXT    NOT NULL,
    partition     TEXT    NOT NULL,
    variant       TEXT    NOT NULL,
    -- NULL: stored while browsing.
    install       INTEGER REFERENCES install (id) ON DELETE CASCADE,
    route         TEXT    NOT NULL,
    status        INTEGER NOT NULL,
    headers       BLOB    NOT NULL,
    head_at       INTEGER,
    fetched_at_ms INTEGER NOT NULL,
    used_at_ms    INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    -- Of the body without what differs each time.
    digest        BLOB    NOT NULL,
    blob          TEXT    REFERENCES blob (hash),
    body          BLOB,
    CHECK ((blob IS NULL) <> (body IS NULL))
) STRICT;
CREATE UNIQUE INDEX response_by_key ON response (url, partition, variant, COALESCE(install, 0));
CREATE INDEX response_by_use ON response (used_at_ms) WHERE install IS NULL;
CREATE INDEX response_by_blob ON response (blob) WHERE blob IS NOT NULL;
CREATE INDEX response_by_partition ON response (partition);

-- Blobs that lost their last response: their files are to be removed.
CREATE TABLE unnamed_blob (hash TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER response_left_blob AFTER DELETE ON response
WHEN old.blob IS NOT NULL AND NOT EXISTS (SELECT 1 FROM response WHERE blob = old.blob)
BEGIN
    DELETE FROM blob WHERE hash = old.blob;
    INSERT INTO unnamed_blob (hash) VALUES (old.blob) ON CONFLICT DO NOTHING;
END;

-- The bytes of all bodies, kept by triggers so that nobody needs to sum them up.
CREATE TABLE usage (bytes INTEGER NOT NULL) STRICT;
INSERT INTO usage VALUES (0);
CREATE TRIGGER response_inserted AFTER INSERT ON response WHEN new.body IS NOT NULL
BEGIN UPDATE usage SET bytes = bytes + new.length; END;
CREATE TRIGGER response_deleted AFTER DELETE ON response WHEN old.body IS NOT NULL
BEGIN UPDATE usage SET bytes = bytes - old.length; END;
CREATE TRIGGER blob_inserted AFTER INSERT ON blob
BEGIN UPDATE usage SET bytes = bytes + new.length; END;
CREATE TRIGGER blob_deleted AFTER DELETE ON blob
BEGIN UPDATE usage SET bytes = bytes - old.length; END;
