package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/erasure"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// erasing compares copies with the lists of erased subjects that backup plans
// name.
type erasing struct {
	lists []erasureList
	left  policy.StateErasure
}

type erasureList struct {
	backup *schema.Backup
	source string
	list   *erasure.List
}

// erasing reads the lists. One that cannot be read is an error: an empty one in
// its stead would say that nobody was erased.
func (e *Engine) erasing(cfg *schema.Configuration) (*erasing, error) {
	out := &erasing{}
	for _, b := range cfg.Backups {
		if b.Erasure == nil || b.Erasure.List == "" {
			continue
		}
		list, err := readErasure(cfg.Dir, b.Erasure.List)
		if err != nil {
			at := b.Erasure.Origin.At("list")
			return nil, diag.Fail(diag.Diagnostic{
				Severity: diag.Error, Code: "erasure_list_unreadable", Summary: "List of erased subjects cannot be read",
				Detail:  fmt.Sprintf("The list %q of %s: %v. Without it nobody knows whose copies have to go; write one id a line, and the day of the erasure after it.", b.Erasure.List, b.Addr, err),
				Address: b.Addr.String(), Range: &at,
			})
		}
		out.lists = append(out.lists, erasureList{b, b.Source.Instance(), list})
	}
	return out, nil
}

func readErasure(dir, name string) (*erasure.List, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // opened for reading: nothing to lose
	return erasure.Parse(f)
}

// find tells whether an object of a source is an erased subject's.
func (e *erasing) find(source, path string) (l *erasureList, since time.Time, found bool) {
	for i := range e.lists {
		if e.lists[i].source != source {
			continue
		}
		if since, found := e.lists[i].list.Find(path); found {
			return &e.lists[i], since, true
		}
	}
	return nil, time.Time{}, false
}

// count notes a copy that is an erased subject's. It is overdue once the lag of
// its backup plan is over, at once where no day or no lag is told.
func (e *erasing) count(c *record.Copy, now time.Time) {
	if len(e.lists) == 0 || !slices.Contains([]string{string(plan.File), ""}, c.Kind) {
		return
	}
	l, since, found := e.find(c.Source, c.Path)
	if !found {
		return
	}
	n := &e.left.Overdue
	if lag := l.backup.Erasure.MaxLag; lag != nil && !since.IsZero() && !lag.From(since).Passed(now) {
		n = &e.left.Waiting
	}
	n.Objects++
	n.Bytes += c.Size
}

// totals is nil where no list was compared.
func (e *erasing) totals() *policy.StateErasure {
	if len(e.lists) == 0 {
		return nil
	}
	return &e.left
}
