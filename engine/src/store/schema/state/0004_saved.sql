-- The pages that the person wants to have offline. What is there of each lies in the cache.
CREATE TABLE saved (
    key           TEXT    PRIMARY KEY,
    url           TEXT    NOT NULL,
    -- Whose it is, and who that was, where that is known: a hash.
    partition     TEXT    NOT NULL,
    person        TEXT,
    -- What the page was asked for with.
    headers       BLOB    NOT NULL,
    title         TEXT    NOT NULL DEFAULT '',
    wished_at_ms  INTEGER NOT NULL,
    -- A new copy is to be made.
    is_wanted     INTEGER NOT NULL DEFAULT 1,
    -- When the site was asked last, and why that has brought no copy.
    checked_at_ms INTEGER NOT NULL DEFAULT 0,
    reason        TEXT,
    UNIQUE (url, partition)
) STRICT, WITHOUT ROWID;

-- Whose turn it is and what has waited longest is looked up after each delivery, however much
-- waits.
DROP INDEX submission_by_lane;
CREATE INDEX submission_by_turn ON submission (lane, COALESCE(person, partition), id)
    WHERE state IN ('queued', 'sending');
CREATE INDEX submission_by_state ON submission (state, route, created_at_ms);
