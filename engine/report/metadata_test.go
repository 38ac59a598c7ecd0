package report

import (
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// TestMetadata compares like with like, or not at all.
func TestMetadata(t *testing.T) {
	row := record.Copy{Status: record.Verified, Size: 1, MTime: 5, CTime: 6, Mode: 0o100644, UID: 1, GID: 1}
	same := storage.Entry{Size: 1, MTime: 5, CTime: 6, Mode: 0o100644, UID: 1, GID: 1}
	change := func(f func(*storage.Entry)) *storage.Entry {
		e := same
		f(&e)
		return &e
	}
	listed := &walk{listed: true}
	for name, c := range map[string]struct {
		w     *walk
		entry *storage.Entry
		want  string
	}{
		"equal":             {listed, &same, "true"},
		"another owner":     {listed, change(func(e *storage.Entry) { e.UID = 2 }), "false"},
		"another mode":      {listed, change(func(e *storage.Entry) { e.Mode = 0o100600 }), "false"},
		"changed since":     {listed, change(func(e *storage.Entry) { e.CTime, e.Mode = 7, 0 }), ""},
		"another version":   {listed, change(func(e *storage.Entry) { e.Size = 2 }), ""},
		"another system":    {listed, change(func(e *storage.Entry) { e.Facts = &storage.Facts{} }), ""},
		"gone":              {listed, nil, ""},
		"nobody listed now": {&walk{}, &same, ""},
	} {
		got := ""
		if equal := c.w.metadata(&row, c.entry); equal != nil {
			got = map[bool]string{true: "true", false: "false"}[*equal]
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
