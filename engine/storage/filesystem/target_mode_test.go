package filesystem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// What comes from a system without modes and owners can be read where it is
// restored: its times are put back, and whose it is stays.
func TestMetaOfWhatHadNoMode(t *testing.T) {
	dir := t.TempDir()
	r, err := OpenRestore(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx := t.Context()
	if err := r.Write(ctx, "d/f", strings.NewReader("x"), false); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]storage.Kind{"d/f": storage.File, "d/": storage.Directory} {
		at := filepath.Join(dir, path)
		before, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		if problems, err := r.SetMeta(ctx, path, storage.Meta{Kind: kind, UID: 12345, GID: 12345, MTime: 1e18}); err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", path, problems, err)
		}
		after, err := os.Stat(at)
		if err != nil || after.Mode() != before.Mode() || after.ModTime().UnixNano() != 1e18 {
			t.Errorf("%s: %v of %v, %v", path, after, before, err)
		}
	}
}
