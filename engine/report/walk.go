package report

import (
	"context"
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/addr"
)

// walk merges the inventory of one source with its recorded copies.
type walk struct {
	r       *Request
	name    string
	backups []*coverage
	listed  bool
	totals  plan.SourceTotals
}

func (w *walk) run(ctx context.Context) error {
	var entries iter.Seq2[storage.Entry, error] = func(func(storage.Entry, error) bool) {}
	if w.r.Inventories != nil {
		if s := w.r.Inventories(w.name); s != nil {
			entries, w.listed = s, true
		}
	}
	for _, b := range w.backups {
		b.Listed = w.listed
	}
	next, stop := iter.Pull2(entries)
	defer stop()
	entry, err, more := next()
	for rows, failed := range groups(w.r.Recorded(w.name)) {
		if failed != nil {
			return failed
		}
		for more && err == nil && addr.ComparePaths(entry.Path, rows[0].Path) < 0 {
			if err := w.object(&entry, nil); err != nil {
				return err
			}
			entry, err, more = next()
		}
		if err != nil {
			return err
		}
		var live *storage.Entry
		if more && entry.Path == rows[0].Path {
			live = &entry
		}
		if err := w.object(live, rows); err != nil {
			return err
		}
		if live != nil {
			entry, err, more = next()
		}
	}
	for more && err == nil {
		if err := w.object(&entry, nil); err != nil {
			return err
		}
		entry, err, more = next()
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// groups gathers the rows of one object. The slice is used again.
func groups(rows iter.Seq2[record.Copy, error]) iter.Seq2[[]record.Copy, error] {
	return func(yield func([]record.Copy, error) bool) {
		var group []record.Copy
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(group) > 0 && group[0].Path != row.Path {
				if !yield(group, nil) {
					return
				}
				group = group[:0]
			}
			group = append(group, row)
		}
		if len(group) > 0 {
			yield(group, nil)
		}
	}
}

// object takes one path: what is there, what is recorded, or both.
func (w *walk) object(entry *storage.Entry, rows []record.Copy) error {
	if entry != nil && entry.Kind == storage.Special {
		w.totals.Special++
	}
	isFile := entry != nil && entry.Kind == storage.File || entry == nil && len(rows) > 0 && rows[0].Kind == "file"
	if !isFile {
		return nil
	}
	live := entry != nil || !w.listed && slices.ContainsFunc(rows, func(r record.Copy) bool { return r.Current() && r.GoneAt == 0 })
	if entry == nil && live {
		entry = recordedEntry(rows)
	}
	if err := w.copies(entry, live, rows); err != nil {
		return err
	}
	return w.scopes(entry, live, rows)
}

// recordedEntry is the object as the record has it, where nobody listed.
func recordedEntry(rows []record.Copy) *storage.Entry {
	e := &storage.Entry{Path: rows[0].Path}
	for i := range rows {
		if r := &rows[i]; r.Current() && r.MTime >= e.MTime {
			e.Size, e.MTime, e.ID = r.Size, r.MTime, r.SourceID
		}
	}
	return e
}

// present tells whether a row is a copy of the version that the entry shows.
func present(row *record.Copy, entry *storage.Entry) bool {
	return entry != nil && row.Current() && row.Size == entry.Size && row.MTime == entry.MTime && row.SourceID == entry.ID
}

func (w *walk) copies(entry *storage.Entry, live bool, rows []record.Copy) error {
	if w.r.Copy == nil {
		return nil
	}
	for i := range rows {
		row := &rows[i]
		c := Copy{Copy: *row, Live: live, Present: present(row, entry), MetadataEqual: w.metadata(row, entry)}
		if row.Status == record.Damaged || row.Status == record.Missing {
			c.Replaced = slices.ContainsFunc(rows, func(o record.Copy) bool {
				return o.Destination == row.Destination && o.Seq > row.Seq && o.Status == record.Verified
			})
		}
		if err := w.r.Copy(&c); err != nil {
			return err
		}
	}
	return nil
}

// metadata compares what was recorded of a file of a tree with what was listed.
// What changed since waits for the next run, and other systems' metadata is not
// in the record.
func (w *walk) metadata(row *record.Copy, entry *storage.Entry) *bool {
	if !w.listed || !present(row, entry) || entry.Facts != nil || entry.CTime == 0 || entry.CTime != row.CTime {
		return nil
	}
	equal := row.Mode == entry.Mode && row.UID == entry.UID && row.GID == entry.GID
	return &equal
}

// scopes shows the object to each backup plan that has, or had, it in scope.
func (w *walk) scopes(entry *storage.Entry, live bool, rows []record.Copy) error {
	in, excluded := false, false
	for _, b := range w.backups {
		d := scope.Decision{}
		if live {
			d = b.match.Match(scopeObject(entry))
			excluded = excluded || d.Exclude != nil && d.Exclude.Reason != ""
		}
		if !d.In && (live || !b.claimed(rows)) {
			continue
		}
		in = in || d.In
		o := b.object(w.name, entry, live, d.Class, rows)
		b.add(o, rows)
		if w.r.Object != nil {
			if err := w.r.Object(o); err != nil {
				return err
			}
		}
	}
	if live {
		w.count(entry.Size, in, excluded)
		if !in && !excluded && slices.ContainsFunc(rows, func(r record.Copy) bool { return r.Current() && r.GoneAt == 0 && len(r.Claims) > 0 }) {
			w.totals.LeftScope.Add(entry.Size)
		}
	}
	return nil
}

func (w *walk) count(size int64, in, excluded bool) {
	w.totals.Live.Add(size)
	switch {
	case in:
		w.totals.InScope.Add(size)
	case excluded:
		w.totals.Excluded.Add(size)
	default:
		w.totals.Uncovered.Add(size)
	}
}

func scopeObject(e *storage.Entry) *scope.Object {
	o := scope.ObjectOf(e)
	return &o
}
