package state

import "strings"

// All SQL of the package but the migrations. What only SQLite understands is
// marked; a PostgreSQL state needs another text for it.

const (
	queryEngineVersion = `SELECT sqlite_version()`                                                                        // SQLite
	queryTables        = `SELECT count(*), coalesce(sum(name = 'migrations'), 0) FROM sqlite_master WHERE type = 'table'` // SQLite
	queryWAL           = `PRAGMA journal_mode = WAL`                                                                      // SQLite

	execCreateMigrations = `CREATE TABLE migrations (n INTEGER PRIMARY KEY, name TEXT NOT NULL, ran_at INTEGER NOT NULL)`
	querySchemaVersion   = `SELECT coalesce(max(n), 0) FROM migrations`
	execMigrated         = `INSERT INTO migrations (n, name, ran_at) VALUES (?, ?, ?)`

	queryIdentity = `SELECT
  (SELECT value FROM meta WHERE name = 'lineage'),
  (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'serial'),
  (SELECT max(n) FROM migrations)`
	execSetMeta    = `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	queryMeta      = `SELECT value FROM meta WHERE name = ?`
	execNextSerial = `UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE name = 'serial'`
	querySerial    = `SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'serial'`

	queryWordID = `SELECT id FROM words WHERE word = ?`
	queryWord   = `SELECT word FROM words WHERE id = ?`
	execAddWord = `INSERT INTO words (word) VALUES (?) ON CONFLICT (word) DO NOTHING`
)

// The columns of a whole copy, in the order of scanCopy; facts holds the rest.
const copyColumns = `source, path, facts, key, id, digest, verify_method, term_reason, run, extra`

const (
	queryScan         = `SELECT path, facts FROM copies WHERE source = ? ORDER BY path, destination, seq`
	queryCopies       = `SELECT ` + copyColumns + ` FROM copies WHERE source = ? ORDER BY path, destination, seq`
	queryCopiesAt     = `SELECT ` + copyColumns + ` FROM copies WHERE destination || '' = ? ORDER BY source, path, destination, seq` // plain "=" makes SQLite sort
	queryObject       = `SELECT ` + copyColumns + ` FROM copies WHERE source = ? AND path = ? ORDER BY destination, seq`
	queryCopy         = `SELECT ` + copyColumns + ` FROM copies WHERE source = ? AND path = ? AND destination = ? AND seq = ?`
	queryUnderKey     = `SELECT ` + copyColumns + ` FROM copies WHERE destination = ? AND key = ? AND length(key) > 0 AND substr(key, -1) <> x'00' ORDER BY source, path, seq` // as the index says it
	queryNextSource   = `SELECT min(source) FROM copies WHERE source > ?`
	queryLastSeq      = `SELECT coalesce(max(seq), 0) FROM copies WHERE source = ? AND path = ? AND destination = ?`
	queryTotals       = `SELECT destination, source, kind, status, superseded_at > 0, count(*), sum(size) FROM copies GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`
	queryFileCopies   = `SELECT count(*) FROM copies WHERE kind = 1`
	execDeleteCopy    = `DELETE FROM copies WHERE source = ? AND path = ? AND destination = ? AND seq = ?`
	copyInsertColumns = `source, path, destination, seq, facts, kind, status, size, mtime, copied_at, verified_at, superseded_at, gone_at,
  retain_until, retired_at, claims, holds, key, id, digest, verify_method, term_reason, run, extra, tier, tiered_at`
	copyPlaces = 26
)

// upsertCopies is the statement that records rows at once.
func upsertCopies(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO copies (` + copyInsertColumns + `) VALUES `)
	one := "(?" + strings.Repeat(", ?", copyPlaces-1) + ")"
	b.WriteString(one + strings.Repeat(", "+one, rows-1))
	b.WriteString(onConflict())
	return b.String()
}

// onConflict takes the new values of a row that is there.
func onConflict() string {
	var b strings.Builder
	b.WriteString(` ON CONFLICT (source, path, destination, seq) DO UPDATE SET `)
	for i, column := range strings.Split(copyInsertColumns, ",")[4:] {
		if i > 0 {
			b.WriteString(", ")
		}
		column = strings.TrimSpace(column)
		b.WriteString(column + " = excluded." + column)
	}
	return b.String()
}

const (
	tombstoneColumns   = `destination, source, name_hash, seq, size, digest, expired_at, run`
	execTombstone      = `INSERT INTO tombstones (` + tombstoneColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	queryTombstones    = `SELECT ` + tombstoneColumns + ` FROM tombstones ORDER BY destination, source, name_hash, seq`
	queryTombstonesAt  = `SELECT ` + tombstoneColumns + ` FROM tombstones WHERE destination = ? ORDER BY source, name_hash, seq`
	queryBuried        = `SELECT EXISTS (SELECT 1 FROM tombstones WHERE destination = ? AND source = ? AND name_hash = ? AND expired_at > ?)`
	queryBuriedNames   = `SELECT count(DISTINCT name_hash) FROM tombstones WHERE source = ? AND expired_at > ?`
	queryLastTombstone = `SELECT coalesce(max(seq), 0) FROM tombstones WHERE destination = ? AND source = ? AND name_hash = ?`

	holdColumns = `name, reason, owner, selector, targets, set_at, released_at, released_by`
	queryHolds  = `SELECT ` + holdColumns + ` FROM holds ORDER BY name`
	queryHold   = `SELECT ` + holdColumns + ` FROM holds WHERE name = ?`
	execHold    = `INSERT INTO holds (` + holdColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, owner = excluded.owner, selector = excluded.selector,
  targets = excluded.targets, set_at = excluded.set_at, released_at = excluded.released_at, released_by = excluded.released_by`

	evidenceColumns = `kind, at, run, destination, backup, method, objects, bytes, failed, outcome, detail`
	execEvidence    = `INSERT INTO evidence (` + evidenceColumns + `) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE NOT EXISTS
  (SELECT 1 FROM evidence WHERE at = ?2 AND kind = ?1 AND run = ?3 AND destination = ?4 AND backup = ?5 AND method = ?6
  AND objects = ?7 AND bytes = ?8 AND failed = ?9 AND outcome = ?10 AND detail = ?11)`
	queryEvidence     = `SELECT ` + evidenceColumns + ` FROM evidence ORDER BY n`
	queryEvidenceKind = `SELECT ` + evidenceColumns + ` FROM evidence WHERE kind = ? ORDER BY n`

	runColumns    = `id, command, plan_digest, config_digest, policy_digest, as_of, "user", host, allow, base_serial, started_at, ended_at, outcome, counts`
	execBeginRun  = `INSERT INTO runs (` + runColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '{}') ON CONFLICT (id) DO NOTHING`
	execEndRun    = `UPDATE runs SET ended_at = ?, outcome = ?, counts = ? WHERE id = ?`
	execAbandon   = `UPDATE runs SET ended_at = ?, outcome = ? WHERE id = ?`
	queryRuns     = `SELECT ` + runColumns + ` FROM runs ORDER BY n DESC`
	queryRun      = `SELECT ` + runColumns + ` FROM runs WHERE id = ?`
	queryLastRun  = `SELECT ` + runColumns + ` FROM runs WHERE ended_at > 0 ORDER BY n DESC LIMIT 1`
	queryOpenRun  = `SELECT ` + runColumns + ` FROM runs WHERE ended_at = 0 AND command = 'apply' ORDER BY n DESC LIMIT 1`
	queryOpenRuns = `SELECT ` + runColumns + ` FROM runs WHERE ended_at = 0 ORDER BY n DESC`
	execBaseline  = `INSERT INTO baselines (source, run, applied_at, live_objects, live_bytes) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (source) DO UPDATE SET run = excluded.run, applied_at = excluded.applied_at, live_objects = excluded.live_objects, live_bytes = excluded.live_bytes`
	execListed    = execBaseline + ` WHERE excluded.applied_at >= baselines.applied_at`
	queryBaseline = `SELECT source, run, applied_at, live_objects, live_bytes FROM baselines WHERE source = ?`

	queryNextPart = `SELECT coalesce(max(part), 0) + 1 FROM intents WHERE run = ? AND batch = ?`
	execIntend    = `INSERT INTO intents (run, batch, part, destination, epoch, acts) VALUES (?, ?, ?, ?, ?, ?)`
	execSettle    = `DELETE FROM intents WHERE run = ? AND batch = ? AND destination = ?`
	queryIntents  = `SELECT run, batch, destination, acts FROM intents ORDER BY run, batch, destination, part`

	headColumns = `destination, marker_id, n, digest, segments, records, checkpoint, checkpoint_records`
	queryHeads  = `SELECT ` + headColumns + ` FROM heads ORDER BY destination`
	execHead    = `INSERT INTO heads (` + headColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (destination) DO UPDATE SET marker_id = excluded.marker_id, n = excluded.n, digest = excluded.digest, segments = excluded.segments,
  records = excluded.records, checkpoint = excluded.checkpoint, checkpoint_records = excluded.checkpoint_records`

	queryAudit     = `SELECT n, digest, prev, entry FROM audit ORDER BY n`
	queryAuditHead = `SELECT n, digest, prev, entry FROM audit ORDER BY n DESC LIMIT 1`
	execAudit      = `INSERT INTO audit (n, digest, prev, entry) VALUES (?, ?, ?, ?)`

	queryLease   = `SELECT epoch, held, host, machine, boot, pid, run, "user", locked, acquired_at, heartbeat_at FROM lease WHERE one = 1`
	queryEpoch   = `SELECT epoch, held FROM lease WHERE one = 1`
	execTake     = `UPDATE lease SET epoch = ?, held = 1, host = ?, machine = ?, boot = ?, pid = ?, run = ?, "user" = ?, locked = ?, acquired_at = ?, heartbeat_at = ? WHERE one = 1`
	execBeat     = `UPDATE lease SET heartbeat_at = ? WHERE one = 1 AND epoch = ? AND held = 1`
	execGiveBack = `UPDATE lease SET held = 0 WHERE one = 1 AND epoch = ?`
	execUnlock   = `UPDATE lease SET epoch = epoch + 1, held = 0 WHERE one = 1`
)

// execExport copies the database into a new file, in one transaction.
const execExport = `VACUUM INTO ?`
