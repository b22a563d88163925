-- Each tree that a response is in costs a page of the log whenever one is stored. What was
-- used longest ago of all is the oldest of what the routes have that.
DROP INDEX response_by_use;
-- What everybody shares is never looked for by whose it is.
DROP INDEX response_by_partition;
CREATE INDEX response_by_partition ON response (partition) WHERE partition <> 'shared';

-- Both counters in one. A row without a partition is its route's sum; the one without a route
-- as well is the bytes of all bodies, where one that several responses share counts once.
DROP TRIGGER response_inserted;
DROP TRIGGER response_deleted;
DROP TRIGGER blob_inserted;
DROP TRIGGER blob_deleted;
DROP TRIGGER response_counted;
DROP TRIGGER response_discounted;
ALTER TABLE usage RENAME TO usage_of_all;
CREATE TABLE usage (
    partition    TEXT    NOT NULL,
    is_installed INTEGER NOT NULL,
    route        TEXT    NOT NULL,
    entries      INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    PRIMARY KEY (partition, is_installed, route)
) STRICT, WITHOUT ROWID;
INSERT INTO usage SELECT '', 0, '', 0, bytes FROM usage_of_all;
INSERT INTO usage SELECT partition, is_installed, route, entries, bytes FROM route_usage;
DROP TABLE usage_of_all;
DROP TABLE route_usage;

CREATE TRIGGER response_counted AFTER INSERT ON response
BEGIN
    UPDATE usage SET bytes = bytes + new.length
     WHERE partition = '' AND is_installed = 0 AND route = '' AND new.body IS NOT NULL;
    INSERT INTO usage (partition, is_installed, route, entries, bytes)
         VALUES (new.partition, new.install IS NOT NULL, new.route, 1, new.length),
                ('', new.install IS NOT NULL, new.route, 1, new.length)
    ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER response_discounted AFTER DELETE ON response
BEGIN
    UPDATE usage SET bytes = bytes - old.length
     WHERE partition = '' AND is_installed = 0 AND route = '' AND old.body IS NOT NULL;
    UPDATE usage SET entries = entries - 1, bytes = bytes - old.length
     WHERE partition IN (old.partition, '') AND is_installed = (old.install IS NOT NULL)
       AND route = old.route;
    DELETE FROM usage
     WHERE partition = old.partition AND is_installed = (old.install IS NOT NULL)
       AND route = old.route AND entries = 0;
END;
CREATE TRIGGER blob_inserted AFTER INSERT ON blob
BEGIN
    UPDATE usage SET bytes = bytes + new.length
     WHERE partition = '' AND is_installed = 0 AND route = '';
END;
CREATE TRIGGER blob_deleted AFTER DELETE ON blob
BEGIN
    UPDATE usage SET bytes = bytes - old.length
     WHERE partition = '' AND is_installed = 0 AND route = '';
END;
