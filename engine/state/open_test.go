package state

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema/diag"
)

func openError(t *testing.T, path string, o Options) (string, error) {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	if err == nil {
		s.Close()
		t.Fatalf("%s was opened", path)
	}
	return diag.FromError(err, "none", "").Code, err
}

func execIn(t *testing.T, path string, statements ...string) {
	t.Helper()
	db := openSQL(path, false)
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMissingState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "state.db")
	for _, o := range []Options{{}, {ReadOnly: true}, {ReadOnly: true, Create: true}} {
		code, err := openError(t, path, o)
		if !errors.Is(err, ErrNotExist) || code != "state_missing" {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a folder was made")
	}
	empty := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _ := openError(t, empty, Options{}); code != "state_missing" {
		t.Errorf("an empty file: %s", code)
	}
	if code, _ := openError(t, empty, Options{ReadOnly: true}); code != "state_missing" {
		t.Errorf("an empty file, read-only: %s", code)
	}
}

func TestNobodyElseCanReadIt(t *testing.T) {
	s := newState(t)
	commit(t, s, fileCopy("home", "a", "v", 1))
	for path, want := range map[string]fs.FileMode{
		filepath.Dir(s.path): 0o700, s.path: 0o600, s.path + "-wal": 0o600, s.path + "-shm": 0o600, s.path + ".lock": 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	}
}

func TestSettings(t *testing.T) {
	s := newState(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "page_size": "8192"} {
		var got string
		if err := s.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %s, %v", pragma, got, err)
		}
	}
	if _, err := s.reader.ExecContext(t.Context(), "DELETE FROM meta"); err == nil {
		t.Error("the reader can write")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	s := newState(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execIn(t, s.path, "INSERT INTO migrations VALUES (999, 'later', 0)")
	for _, o := range []Options{{}, {ReadOnly: true}, {Create: true}} {
		if code, _ := openError(t, s.path, o); code != "state_newer" {
			t.Errorf("%+v: %s", o, code)
		}
	}
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	execIn(t, path, "CREATE TABLE photos (name TEXT)")
	before := readFile(t, path)
	if code, _ := openError(t, path, Options{Create: true}); code != "state_foreign" {
		t.Errorf("code %s", code)
	}
	if readFile(t, path) != before {
		t.Error("it was changed")
	}
}

func TestDamagedDatabaseSaysRebuild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, err := openError(t, path, Options{Create: true})
	if code != "state_corrupt" || !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "backstay state rebuild") {
		t.Errorf("got %v", err)
	}
}

// Pages in the middle are overwritten; both readers must say so, and not just
// end early.
func TestDamagedPagesAreReported(t *testing.T) {
	s := newState(t)
	for i := range 20 {
		if err := s.Commit(t.Context(), Outcome{Run: "r1", N: int64(i), Events: benchEvents(i*1000, 1000)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(40 * 8192); at < info.Size(); at += 3 * 8192 {
		if _, err := f.WriteAt(make([]byte, 8192), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	broken, err := Open(t.Context(), s.path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	for name, read := range map[string]func() error{
		"scan": func() error {
			for _, err := range broken.Scan(t.Context(), "home") {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"copies": func() error {
			for _, err := range broken.Copies(t.Context(), "home") {
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		err := read()
		if err == nil || diag.FromError(err, "none", "").Code != "state_corrupt" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A sort would hold all rows.
func TestNoStreamIsSorted(t *testing.T) {
	s := newState(t)
	for _, text := range []string{queryScan, queryCopies, queryCopiesAt, queryTombstones} {
		err := s.each(t.Context(), "EXPLAIN QUERY PLAN "+text, []any{"x"}[:strings.Count(text, "?")], func(rows *sql.Rows) error {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			if strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s: %s", text, step)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestNetworkFilesystemsAreRefused(t *testing.T) {
	for _, magic := range []uint32{0x6969, 0x0BD00BD0, 0xFF534D42, 0xFE534D42, 0x517B} {
		if networkMagic[magic] == "" {
			t.Errorf("%x is taken for local", magic)
		}
	}
	if name := networkFilesystem(t.TempDir()); name != "" {
		t.Errorf("the test's folder is taken for %s", name)
	}
	if d := diag.FromError(onNetwork("/x", "NFS"), "", ""); d.Code != "state_network_filesystem" {
		t.Errorf("got %+v", d)
	}
}

func TestOldEnginesAreRefused(t *testing.T) {
	for v, old := range map[string]bool{
		"3.51.2": true, "3.51.3": false, "3.9.9": true, "3.52": false, "4.0.0": false, "3.51": true, "x": true, "3.53.1": false,
	} {
		if versionLess(v, oldestEngine) != old {
			t.Errorf("%s: old is %v", v, !old)
		}
	}
	if err := checkEngine(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLineagesDiffer(t *testing.T) {
	a, b := newState(t).Identity(), newState(t).Identity()
	if a.Lineage == b.Lineage || len(a.Lineage) != 36 || a.SchemaVersion != latestVersion() {
		t.Errorf("%+v and %+v", a, b)
	}
}
