-- How far the streams of the site were read, and in whose session.
CREATE TABLE push_cursor (
    stream    TEXT    NOT NULL,
    partition TEXT    NOT NULL,
    event_id  TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL,
    PRIMARY KEY (stream, partition)
) STRICT, WITHOUT ROWID;

-- The messages that came last, by what they are known by, so that none is taken twice.
CREATE TABLE push_seen (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id     TEXT    NOT NULL UNIQUE
) STRICT;

-- The pages that are fetched before anybody is told.
CREATE TABLE push_page (
    url            TEXT    NOT NULL,
    partition      TEXT    NOT NULL,
    -- Grows with each message that names it: a fetch that was begun before does not count.
    wanted         INTEGER NOT NULL DEFAULT 1,
    tries          INTEGER NOT NULL DEFAULT 0,
    next_try_at_ms INTEGER NOT NULL DEFAULT 0,
    at_ms          INTEGER NOT NULL,
    PRIMARY KEY (url, partition)
) STRICT, WITHOUT ROWID;

-- What the person is to be told and was not yet, in the order in which it came.
CREATE TABLE notice (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT    NOT NULL UNIQUE,
    partition  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    body       TEXT,
    open       TEXT,
    tag        TEXT,
    -- The pages that are fetched before (JSON), and whether nothing is told until they are.
    pages      TEXT    NOT NULL,
    waits      INTEGER NOT NULL,
    is_due     INTEGER NOT NULL DEFAULT 0,
    -- A page of it is not to be had.
    is_refused INTEGER NOT NULL DEFAULT 0,
    at_ms      INTEGER NOT NULL
) STRICT;

-- How many were too many to be kept, since somebody was told last.
CREATE TABLE notice_left_out (
    partition TEXT    PRIMARY KEY,
    count     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
