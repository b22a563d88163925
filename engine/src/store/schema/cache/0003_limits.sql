-- What goes first, of all and of one route. `install` makes the indexes say all that is asked.
DROP INDEX response_by_use;
CREATE INDEX response_by_use ON response (used_at_ms, install) WHERE install IS NULL;
CREATE INDEX response_by_route ON response (route, used_at_ms, install) WHERE install IS NULL;

-- How much each route has stored for whom, kept by triggers so that nobody needs to count.
-- The row without a partition is the route's sum.
CREATE TABLE route_usage (
    route        TEXT    NOT NULL,
    is_installed INTEGER NOT NULL,
    partition    TEXT    NOT NULL,
    entries      INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    PRIMARY KEY (route, is_installed, partition)
) STRICT, WITHOUT ROWID;
INSERT INTO route_usage
     SELECT route, install IS NOT NULL, partition, COUNT(*), SUM(length)
       FROM response GROUP BY 1, 2, 3;
INSERT INTO route_usage
     SELECT route, is_installed, '', SUM(entries), SUM(bytes)
       FROM route_usage GROUP BY 1, 2;
CREATE TRIGGER response_counted AFTER INSERT ON response
BEGIN
    INSERT INTO route_usage (route, is_installed, partition, entries, bytes)
         VALUES (new.route, new.install IS NOT NULL, new.partition, 1, new.length),
                (new.route, new.install IS NOT NULL, '', 1, new.length)
    ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER response_discounted AFTER DELETE ON response
BEGIN
    UPDATE route_usage SET entries = entries - 1, bytes = bytes - old.length
     WHERE route = old.route AND is_installed = (old.install IS NOT NULL)
       AND partition IN (old.partition, '');
    DELETE FROM route_usage
     WHERE route = old.route AND is_installed = (old.install IS NOT NULL)
       AND partition = old.partition AND entries = 0;
END;
