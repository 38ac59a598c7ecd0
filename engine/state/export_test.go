package state

import (
	"path/filepath"
	"testing"
	"time"
)

func TestExportIsAStateOfItsOwn(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	made, err := Open(ctx, filepath.Join(dir, "state.db"), Options{Create: true, Now: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	want := made.Identity()
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(ctx, filepath.Join(dir, "state.db"), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := s.Export(ctx, copied); err != nil {
		t.Fatal(err)
	}
	if err := s.Export(ctx, copied); err == nil {
		t.Error("a file that is there was written over")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := Open(ctx, copied, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.Identity(); got != want {
		t.Errorf("the copy is %+v, the state %+v", got, want)
	}
}
