-- What a response is to the person who looks at what is stored: 'pages', 'images' or 'other'.
-- Of what is there already, pages are told by their heads, and images by their type.
ALTER TABLE response ADD COLUMN kind TEXT NOT NULL DEFAULT 'other';
UPDATE response
   SET kind = CASE WHEN head_at IS NULL THEN 'images' ELSE 'pages' END
 WHERE head_at IS NOT NULL OR instr(headers, CAST('content-type: image/' AS BLOB)) > 0;

-- What of a kind was stored while browsing is found in the tree that says what goes first. By
-- `id`, of what was used at the same moment the older goes first whatever it is.
DROP INDEX response_by_route;
CREATE INDEX response_by_route ON response (route, used_at_ms, install, id, kind)
 WHERE install IS NULL;

-- With the sum of each kind of what was stored while browsing, and of each install, by its
-- number, in the place of the kind. In all other rows that is empty.
DROP TRIGGER response_counted;
DROP TRIGGER response_discounted;
DROP TRIGGER blob_inserted;
DROP TRIGGER blob_deleted;
ALTER TABLE usage RENAME TO usage_without_kinds;
CREATE TABLE usage (
    partition    TEXT    NOT NULL,
    is_installed INTEGER NOT NULL,
    route        TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    entries      INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    PRIMARY KEY (partition, is_installed, route, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO usage
     SELECT partition, is_installed, route, '', entries, bytes FROM usage_without_kinds;
DROP TABLE usage_without_kinds;
INSERT INTO usage
     SELECT '', install IS NOT NULL, '', COALESCE(CAST(install AS TEXT), kind),
            COUNT(*), SUM(length)
       FROM response GROUP BY 2, 4;

CREATE TRIGGER response_counted AFTER INSERT ON response
BEGIN
    UPDATE usage SET bytes = bytes + new.length
     WHERE partition = '' AND is_installed = 0 AND route = '' AND kind = ''
       AND new.body IS NOT NULL;
    INSERT INTO usage (partition, is_installed, route, kind, entries, bytes)
         VALUES (new.partition, new.install IS NOT NULL, new.route, '', 1, new.length),
                ('', new.install IS NOT NULL, new.route, '', 1, new.length),
                ('', new.install IS NOT NULL, '', COALESCE(CAST(new.install AS TEXT), new.kind),
                 1, new.length)
    ON CONFLICT DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER response_discounted AFTER DELETE ON response
BEGIN
    UPDATE usage SET bytes = bytes - old.length
     WHERE partition = '' AND is_installed = 0 AND route = '' AND kind = ''
       AND old.body IS NOT NULL;
    UPDATE usage SET entries = entries - 1, bytes = bytes - old.length
     WHERE partition IN (old.partition, '') AND is_installed = (old.install IS NOT NULL)
       AND route = old.route AND kind = '';
    UPDATE usage SET entries = entries - 1, bytes = bytes - old.length
     WHERE partition = '' AND is_installed = (old.install IS NOT NULL)
       AND route = '' AND kind = COALESCE(CAST(old.install AS TEXT), old.kind);
    DELETE FROM usage
     WHERE partition = old.partition AND is_installed = (old.install IS NOT NULL)
       AND route = old.route AND kind = '' AND entries = 0;
    DELETE FROM usage
     WHERE partition = '' AND is_installed = 1
       AND route = '' AND kind = CAST(old.install AS TEXT) AND entries = 0;
END;
CREATE TRIGGER blob_inserted AFTER INSERT ON blob
BEGIN
    UPDATE usage SET bytes = bytes + new.length
     WHERE partition = '' AND is_installed = 0 AND route = '' AND kind = '';
END;
CREATE TRIGGER blob_deleted AFTER DELETE ON blob
BEGIN
    UPDATE usage SET bytes = bytes - old.length
     WHERE partition = '' AND is_installed = 0 AND route = '' AND kind = '';
END;
