-- What was answered, by route and by where the answers came from: how many requests within
-- how long, and how many bytes.
CREATE TABLE traffic (
    route  TEXT    NOT NULL,
    source TEXT    NOT NULL,
    bytes  INTEGER NOT NULL,
    PRIMARY KEY (route, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE latency (
    route     TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    within_ns INTEGER NOT NULL,
    requests  INTEGER NOT NULL,
    PRIMARY KEY (route, source, within_ns)
) STRICT, WITHOUT ROWID;
