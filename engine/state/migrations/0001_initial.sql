-- The state's tables, version 1. schema.md says what each column means.
-- Paths are raw bytes and compare as bytes, and so do names (PostgreSQL: bytea,
-- and text COLLATE "C"). Instants are milliseconds since the epoch, 0 absent.

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Text that repeats in many rows, kept once.
CREATE TABLE words (
  id   INTEGER PRIMARY KEY,
  word TEXT NOT NULL UNIQUE
) STRICT;

-- One row a copy. facts is what the program reads; kind to holds repeat parts
-- of it so that people can query them.
CREATE TABLE copies (
  source        TEXT    NOT NULL,
  path          BLOB    NOT NULL,
  destination   TEXT    NOT NULL,
  seq           INTEGER NOT NULL,
  facts         BLOB    NOT NULL,
  kind          INTEGER NOT NULL,
  status        INTEGER NOT NULL,
  size          INTEGER NOT NULL,
  mtime         INTEGER NOT NULL,
  copied_at     INTEGER NOT NULL,
  verified_at   INTEGER NOT NULL,
  superseded_at INTEGER NOT NULL,
  gone_at       INTEGER NOT NULL,
  retain_until  INTEGER NOT NULL,
  retired_at    INTEGER NOT NULL,
  claims        INTEGER NOT NULL,
  holds         INTEGER NOT NULL,
  key           BLOB    NOT NULL,
  id            TEXT    NOT NULL,
  digest        BLOB    NOT NULL,
  verify_method INTEGER NOT NULL,
  term_reason   INTEGER NOT NULL,
  run           INTEGER NOT NULL,
  extra         TEXT,
  PRIMARY KEY (source, path, destination, seq)
) STRICT, WITHOUT ROWID;

-- What is left of expired copies: their version numbers are never given again.
CREATE TABLE tombstones (
  destination TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  name_hash   BLOB    NOT NULL,
  seq         INTEGER NOT NULL,
  size        INTEGER NOT NULL,
  digest      BLOB    NOT NULL,
  expired_at  INTEGER NOT NULL,
  run         TEXT    NOT NULL,
  PRIMARY KEY (destination, source, name_hash, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
  name        TEXT    NOT NULL PRIMARY KEY,
  reason      TEXT    NOT NULL,
  owner       TEXT    NOT NULL,
  selector    TEXT    NOT NULL,
  targets     TEXT    NOT NULL,
  set_at      INTEGER NOT NULL,
  released_at INTEGER NOT NULL,
  released_by TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence (
  n           INTEGER PRIMARY KEY,
  kind        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  run         TEXT    NOT NULL,
  destination TEXT    NOT NULL,
  backup      TEXT    NOT NULL,
  method      TEXT    NOT NULL,
  objects     INTEGER NOT NULL,
  bytes       INTEGER NOT NULL,
  failed      INTEGER NOT NULL,
  outcome     TEXT    NOT NULL,
  detail      TEXT    NOT NULL
) STRICT;
CREATE INDEX evidence_kind ON evidence (kind, n);
CREATE INDEX evidence_at ON evidence (at);

CREATE TABLE runs (
  n             INTEGER PRIMARY KEY,
  id            TEXT    NOT NULL UNIQUE,
  command       TEXT    NOT NULL,
  plan_digest   TEXT    NOT NULL,
  config_digest TEXT    NOT NULL,
  policy_digest TEXT    NOT NULL,
  as_of         INTEGER NOT NULL,
  "user"        TEXT    NOT NULL,
  host          TEXT    NOT NULL,
  allow         TEXT    NOT NULL,
  base_serial   INTEGER NOT NULL,
  started_at    INTEGER NOT NULL,
  ended_at      INTEGER NOT NULL,
  outcome       TEXT    NOT NULL,
  counts        TEXT    NOT NULL
) STRICT;

-- What each source was when it was last applied.
CREATE TABLE baselines (
  source       TEXT    NOT NULL PRIMARY KEY,
  run          TEXT    NOT NULL,
  applied_at   INTEGER NOT NULL,
  live_objects INTEGER NOT NULL,
  live_bytes   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal: what open batches are about to do.
CREATE TABLE intents (
  run         TEXT    NOT NULL,
  batch       INTEGER NOT NULL,
  part        INTEGER NOT NULL,
  destination TEXT    NOT NULL,
  epoch       INTEGER NOT NULL,
  acts        BLOB    NOT NULL,
  PRIMARY KEY (run, batch, part)
) STRICT;

-- The catalogue head that each destination showed last.
CREATE TABLE heads (
  destination        TEXT    NOT NULL PRIMARY KEY,
  marker_id          TEXT    NOT NULL,
  n                  INTEGER NOT NULL,
  digest             TEXT    NOT NULL,
  segments           INTEGER NOT NULL,
  records            INTEGER NOT NULL,
  checkpoint         INTEGER NOT NULL,
  checkpoint_records INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  n      INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  prev   TEXT NOT NULL,
  entry  BLOB NOT NULL
) STRICT;

-- Who may write. One row; epoch rises with every change of hands.
CREATE TABLE lease (
  one          INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  epoch        INTEGER NOT NULL,
  held         INTEGER NOT NULL,
  host         TEXT    NOT NULL,
  machine      TEXT    NOT NULL,
  boot         TEXT    NOT NULL,
  pid          INTEGER NOT NULL,
  run          TEXT    NOT NULL,
  "user"       TEXT    NOT NULL,
  locked       INTEGER NOT NULL,
  acquired_at  INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO lease VALUES (1, 0, 0, '', '', '', 0, '', '', 0, 0, 0);
