package view

import (
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/addr"
)

// problem is one object that is not as it should be, as both views show it.
type problem struct {
	Destination string `json:"destination,omitempty"`
	Source      string `json:"source,omitempty"`
	Path        string `json:"path,omitempty"`
	PathB64     string `json:"path_b64,omitempty"`
	Key         string `json:"key,omitempty"`
	KeyB64      string `json:"key_b64,omitempty"`
	What        string `json:"what"`
	Detail      string `json:"detail,omitempty"`
	shown       string // the path's own bytes, for text
}

func problemsOf(all []engine.Problem) []problem {
	shown := make([]problem, len(all))
	for i, p := range all {
		path, pathB64 := addr.PathJSON(p.Path)
		key, keyB64 := addr.PathJSON(p.Key)
		shown[i] = problem{p.Destination, p.Source, path, pathB64, key, keyB64, p.What, p.Detail, p.Path}
	}
	return shown
}

// problems names them one a line, and how many more there are.
func (t *text) problems(all []problem, total int64) {
	for _, p := range all {
		where := printable(p.Source + "/" + p.shown)
		if p.Source == "" {
			where = printable(p.shown)
		}
		if p.Destination != "" {
			where += " at " + printable(p.Destination)
		}
		t.printf("  %s %s", t.s.paint(red, clean(p.What)+":"), where)
		if p.Detail != "" {
			t.printf(" (%s)", clean(p.Detail))
		}
		t.printf("\n")
	}
	if more := total - int64(len(all)); more > 0 {
		t.printf("  ... and %s more\n", number(more))
	}
}

// wordOf is how a run ended, in a word for text.
func wordOf(o engine.Outcome) string {
	switch o {
	case engine.Done:
		return "complete"
	case engine.Partial:
		return "incomplete"
	}
	return string(o)
}
