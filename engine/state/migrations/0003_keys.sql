-- Keys that do not follow from source and path, to find whose copies lie under one:
-- those of later versions, of names that were escaped, and of objects that moved.

CREATE INDEX copies_by_key ON copies (destination, key) WHERE length(key) > 0 AND substr(key, -1) <> x'00';
