package engine

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/storage"
)

// trail counts the days of a platform's own audit trail: the platform writes a
// file a day, with the day in its name.
type trail struct {
	sources []string // names of the sources that hold it
	days    map[string]bool
}

func newTrail(sources []string) *trail { return &trail{sources, map[string]bool{}} }

// dated finds a day in a file's name: 2026-11-21, 2026_11_21 or 20261121.
var dated = regexp.MustCompile(`(?:^|\D)(\d{4})([-_.]?)(\d{2})([-_.]?)(\d{2})(?:\D|$)`)

// following notes the days of a listing on its way.
func (t *trail) following(name string, in iter.Seq2[storage.Entry, error]) iter.Seq2[storage.Entry, error] {
	if !slices.Contains(t.sources, name) {
		return in
	}
	return func(yield func(storage.Entry, error) bool) {
		for e, err := range in {
			if err == nil && e.Kind == storage.File {
				t.note(path.Base(e.Path))
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (t *trail) note(name string) {
	m := dated.FindStringSubmatch(name)
	if m == nil || m[2] != m[4] {
		return
	}
	day := m[1] + "-" + m[3] + "-" + m[5]
	if _, err := time.Parse(time.DateOnly, day); err == nil {
		t.days[day] = true
	}
}

// totals are the days without a file, from the first one that has one to
// yesterday in UTC: today's may be under way. Nil where no name holds a day.
func (t *trail) totals(now time.Time) *policy.StateTrail {
	if len(t.days) == 0 {
		return nil
	}
	days := make([]string, 0, len(t.days))
	for d := range t.days {
		days = append(days, d)
	}
	first, err := time.Parse(time.DateOnly, slices.Min(days))
	if err != nil {
		return nil
	}
	out := &policy.StateTrail{}
	today := now.UTC().Truncate(24 * time.Hour)
	for day := first; day.Before(today); day = day.AddDate(0, 0, 1) {
		if !t.days[day.Format(time.DateOnly)] {
			out.MissingDays++
		}
	}
	return out
}
