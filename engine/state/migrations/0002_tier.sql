-- Where the bytes of a copy lie, in stores that have tiers: 0 never moved, 1 live,
-- 2 archival, 3 archived, 4 unarchiving; tiered_at is when that was seen or asked.
-- facts has both where tier is not 0.

ALTER TABLE copies ADD COLUMN tier INTEGER NOT NULL DEFAULT 0;
ALTER TABLE copies ADD COLUMN tiered_at INTEGER NOT NULL DEFAULT 0;
