package state

import (
	"encoding/hex"
	"path/filepath"
	"testing"
)

// A state that an earlier program left, as its tables and bytes were then, is
// brought up to date by whoever writes, and its rows mean what they meant.
func TestStateOfTheFirstVersionIsMigrated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	db := openSQL(path, false)
	if err := runMigration(t.Context(), db, migrations()[0], testNow); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	const facts = "0101020015cd4e2b845bd71806025480a8d6b9079a010204d0bc84c59868a0cf83c59868d00fc88604d00fc80102"
	execIn(t, path,
		`INSERT INTO words (id, word) VALUES (1, '["backup.runs/v"]'), (2, 'raw'), (3, 'v'), (4, 'read-back')`,
		`INSERT INTO copies VALUES ('home', CAST('a' AS BLOB), 'v', 1, x'`+facts+`', 1, 2, 42, 1790000000123456789,
		 1790000002000, 1790000003000, 0, 0, 1790000009000, 0, 1, 0, x'7072652f00', '4711', x'01`+hex.EncodeToString(make([]byte, 32))+`', 4, 0, 0, NULL)`)
	if code, _ := openError(t, path, Options{ReadOnly: true}); code != "state_older" {
		t.Errorf("a reader: %s", code)
	}
	s := leased(t, path)
	got := list(t, s, "home")
	if len(got) != 1 || got[0].Key != "pre/home/a" || got[0].Class != "raw" || got[0].Tier != "" || got[0].TieredAt != 0 || got[0].VerifyMethod != "read-back" {
		t.Fatalf("%+v", got)
	}
	moved := got[0]
	moved.Tier, moved.TieredAt = "archived", 1790000010000
	commit(t, s, &moved)
	var tier, at int64
	if err := s.writer.QueryRowContext(t.Context(), "SELECT tier, tiered_at FROM copies").Scan(&tier, &at); err != nil || tier != 3 || at != moved.TieredAt {
		t.Errorf("columns say %d, %d, %v", tier, at, err)
	}
	if got := list(t, s, "home"); got[0].Tier != "archived" || got[0].TieredAt != moved.TieredAt {
		t.Errorf("%+v", got)
	}
}

// Of two states' words on where a copy lies, the later counts.
func TestMergeKeepsTheLaterTier(t *testing.T) {
	old, row := fileCopy("home", "a", "v", 1), fileCopy("home", "a", "v", 1)
	old.Tier, old.TieredAt, row.Tier, row.TieredAt = "archived", 9, "live", 5
	if m := merged(old, row); m.Tier != "archived" || m.TieredAt != 9 {
		t.Errorf("%s at %d", m.Tier, m.TieredAt)
	}
	if m := merged(row, old); m.Tier != "archived" || m.TieredAt != 9 {
		t.Errorf("%s at %d", m.Tier, m.TieredAt)
	}
}
