package filesystem

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

func TestDestinationContract(t *testing.T) {
	storagetest.Destination(t, func(t *testing.T) storage.Destination {
		return destination(t, filepath.Join(t.TempDir(), "new"), DestinationOptions{Create: true})
	})
}

func destination(t testing.TB, dir string, o DestinationOptions) *Destination {
	t.Helper()
	d, err := OpenDestination(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestSourceContract(t *testing.T) {
	storagetest.Source(t, func(t *testing.T, tree map[string]string) storage.Source {
		dir := t.TempDir()
		for path, content := range tree {
			at := filepath.Join(dir, filepath.FromSlash(path))
			err := os.MkdirAll(filepath.Dir(at), 0o755)
			target, link := strings.CutPrefix(content, "-> ")
			switch {
			case err != nil:
			case strings.HasSuffix(path, "/"):
				err = os.MkdirAll(at, 0o755)
			case link:
				err = os.Symlink(target, at)
			default:
				err = os.WriteFile(at, []byte(content), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s, err := OpenSource(dir, SourceOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}
