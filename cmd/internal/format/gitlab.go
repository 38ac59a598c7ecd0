package format

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/backstay/backstay/engine/policy"
)

// gitlab is a code quality report: a merge request shows which entries are new
// by their fingerprints. One is made of rule, result, address and file, never of
// lines or figures, so that an entry stays the same while the code around it
// moves.
type gitlab struct{}

var _ Format = gitlab{}

type gitlabEntry struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

func (gitlab) Write(w io.Writer, d *Document) error {
	entries := []gitlabEntry{}
	seen := map[string]int{}
	for i := range d.Items {
		item := &d.Items[i]
		key := strings.Join([]string{item.Rule, string(item.Result), item.Address, d.file(item.Range)}, "\x00")
		seen[key]++
		entries = append(entries, gitlabEntry{
			Description: gitlabText(item),
			CheckName:   item.Rule,
			Fingerprint: fingerprint(fmt.Sprintf("%s\x00%d", key, seen[key])),
			Severity:    gitlabSeverity(item),
			Location:    gitlabPlace(d, item),
		})
	}
	return writeJSON(w, entries)
}

func gitlabText(i *Item) string {
	if text := i.line(); i.Title != "" && text != i.Title {
		return i.Title + ": " + text
	}
	return i.line()
}

func gitlabSeverity(i *Item) string {
	switch {
	case i.Level == Note:
		return "info"
	case i.Level == Warning:
		return "minor"
	case i.Severity == policy.Overridable:
		return "major"
	}
	return "blocker"
}

// gitlabPlace is never empty: an entry without a place is not shown.
func gitlabPlace(d *Document, i *Item) gitlabLocation {
	place := gitlabLocation{Path: d.file(i.Range), Lines: gitlabLines{Begin: 1}}
	if place.Path == "" {
		place.Path = d.anchor()
	}
	if r := i.Range; r != nil && r.Start.Line > 0 {
		place.Lines = gitlabLines{Begin: r.Start.Line, End: max(r.End.Line, r.Start.Line)}
	}
	return place
}

func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// writeJSON writes a document for programs, indented, without HTML's escapes.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
