-- What a person has submitted and the site has not taken yet, in the order it was submitted.
CREATE TABLE submission (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What the page, the site (`Idempotency-Key`) and the person know it by.
    key            TEXT    NOT NULL UNIQUE,
    route          TEXT    NOT NULL,
    -- What must arrive in order: the route and the values of its parameters.
    lane           TEXT    NOT NULL,
    partition      TEXT    NOT NULL,
    method         TEXT    NOT NULL,
    url            TEXT    NOT NULL,
    -- 'jar' or 'client': whose cookies go with it.
    cookies        TEXT    NOT NULL,
    headers        BLOB    NOT NULL,
    body           BLOB    NOT NULL,
    state          TEXT    NOT NULL,
    -- The process that sends it, while it is being sent.
    sender         TEXT,
    created_at_ms  INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    next_try_at_ms INTEGER NOT NULL,
    -- The site has asked not to be tried before.
    not_before_ms  INTEGER NOT NULL,
    -- Why it was not delivered when it was tried last.
    reason         TEXT,
    CHECK ((state = 'sending') = (sender IS NOT NULL))
) STRICT;
CREATE INDEX submission_by_lane ON submission (lane, id);
