-- When the site became reachable or unreachable, in the order of the changes.
CREATE TABLE connection (
    id        INTEGER PRIMARY KEY,
    at_ms     INTEGER NOT NULL,
    is_online INTEGER NOT NULL
) STRICT;
