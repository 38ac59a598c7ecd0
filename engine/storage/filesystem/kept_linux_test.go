package filesystem

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

func stageSmall(t *testing.T, b storage.Batch, key string) storage.Staged {
	t.Helper()
	s, err := b.Stage(context.Background(), key, bytes.NewReader([]byte("content of "+key)), -1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// However a batch ends, no staged file stays open.
func TestStagedFilesAreClosed(t *testing.T) {
	for _, named := range []bool{false, true} {
		d := destination(t, t.TempDir(), DestinationOptions{})
		d.nameless.off = named
		stagedFilesAreClosed(t, d)
	}
}

func stagedFilesAreClosed(t *testing.T, d *Destination) {
	t.Helper()
	ctx := context.Background()
	b, err := d.Begin(ctx, "one")
	if err != nil {
		t.Fatal(err)
	}
	read, unread := stageSmall(t, b, "a/read"), stageSmall(t, b, "a/unread")
	stageSmall(t, b, "a/left")
	if n := d.kept.Load(); n != 3 {
		t.Fatalf("%d staged files are open, not 3", n)
	}
	if err := b.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := b.Reread(ctx, read)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != "content of a/read" {
			t.Errorf("read back %q, %v", got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []storage.Staged{read, unread} {
		if _, err := b.Commit(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if n := d.kept.Load(); n != 0 {
		t.Errorf("%d staged files are still open", n)
	}
}

// A folder that is removed between two commits is made again.
func TestCommitIntoAFolderThatWasRemoved(t *testing.T) {
	ctx := context.Background()
	root := t.TempDir()
	d, err := OpenDestination(root, DestinationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b, err := d.Begin(ctx, "one")
	if err != nil {
		t.Fatal(err)
	}
	first, second := stageSmall(t, b, "x/y/first"), stageSmall(t, b, "x/y/second")
	if _, err := b.Commit(ctx, first); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(root, "x")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Commit(ctx, second); err != nil {
		t.Fatal(err)
	}
	if err := b.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "x/y/second"))
	if err != nil || string(got) != "content of x/y/second" {
		t.Errorf("%q, %v", got, err)
	}
}
