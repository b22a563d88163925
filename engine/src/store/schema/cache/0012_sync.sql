-- When a group of pages was fetched last by itself and will be next, and what went wrong.
CREATE TABLE sync (
    name       TEXT PRIMARY KEY,
    last_at_ms INTEGER,
    next_at_ms INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    failure    TEXT
) STRICT;
