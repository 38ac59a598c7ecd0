package restore

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/record"
)

// versions gives, for each path in order, the copies of the one version that is
// wanted, best first. There is at least one; whether any can be read shows when
// it is tried. Paths of which there is none are counted.
func (r *restorer) versions(ctx context.Context, s Source) iter.Seq2[[]record.Copy, error] {
	return func(yield func([]record.Copy, error) bool) {
		var g path
		give := func() bool {
			best := r.choose(g.rows)
			if err := r.absent(ctx, s, &g, len(best) > 0); err != nil {
				yield(nil, err)
				return false
			}
			return len(best) == 0 || yield(best, nil)
		}
		for row, err := range s.Copies {
			if err != nil {
				yield(nil, err)
				return
			}
			if row.Source != s.Name {
				continue
			}
			if g.any && g.first.Path != row.Path {
				if !give() {
					return
				}
				g = path{}
			}
			r.take(&g, &row)
		}
		if g.any {
			give()
		}
	}
}

// path is what is on record of one path.
type path struct {
	any   bool
	first record.Copy
	rows  []record.Copy // of the wanted time
	later bool          // a version that is wanted was copied after it
}

func (r *restorer) take(g *path, row *record.Copy) {
	if !g.any {
		g.any, g.first = true, *row
	}
	if r.Want != nil && !r.Want(row) {
		return
	}
	if r.valid(row) {
		g.rows = append(g.rows, *row)
	} else if !r.At.IsZero() && row.Key != "" && row.CopiedAt > r.At.UnixMilli() {
		g.later = true
	}
}

// absent counts a path that has no version of the wanted time: it was removed
// since, or came later.
func (r *restorer) absent(ctx context.Context, s Source, g *path, found bool) error {
	if r.At.IsZero() {
		return nil
	}
	buried := false
	if r.Buried != nil {
		var err error
		if buried, err = r.Buried(ctx, s.Name, g.first.Path); err != nil {
			return err
		}
	}
	r.mu.Lock()
	if buried {
		r.result.Buried++
	}
	removed := buried && !found && g.later
	switch {
	case removed:
		r.result.Removed++
	case g.later && !found:
		r.result.Later++
	}
	r.mu.Unlock()
	if removed {
		r.note(s, &g.first, Removed, errRemoved)
	}
	return nil
}

var errRemoved = errors.New("its copies of that time were removed when their terms were over")

// valid tells whether a copy was of the object's then present version at the
// wanted instant. Without one: whether it is of the version that the last
// applied inventory listed.
func (r *restorer) valid(row *record.Copy) bool {
	if row.Status == record.Expired {
		return false
	}
	if r.At.IsZero() {
		return row.SupersededAt == 0 && (row.GoneAt == 0 || r.Gone)
	}
	at := r.At.UnixMilli()
	return row.CopiedAt <= at &&
		(row.SupersededAt == 0 || row.SupersededAt > at) &&
		(row.GoneAt == 0 || row.GoneAt > at || r.Gone)
}

// choose takes the version that was copied last, and orders its copies: never
// a bad one, live before archived, verified before written, lately verified
// first. If all copies of
// the version are bad, one bad row remains, to be named as a problem.
func (r *restorer) choose(rows []record.Copy) []record.Copy {
	if len(rows) == 0 {
		return nil
	}
	newest := &rows[0]
	for i := range rows {
		if rows[i].CopiedAt > newest.CopiedAt {
			newest = &rows[i]
		}
	}
	version := *newest
	all := slices.DeleteFunc(rows, func(c record.Copy) bool { return !sameVersion(&c, &version) })
	slices.SortStableFunc(all, func(a, b record.Copy) int {
		return cmp.Or(cmp.Compare(b2i(bad(&a)), b2i(bad(&b))),
			cmp.Compare(b2i(a.Cold()), b2i(b.Cold())), // bytes are compared on the way: what is at hand goes first
			cmp.Compare(b2i(!verified(&a)), b2i(!verified(&b))),
			cmp.Compare(b.VerifiedAt, a.VerifiedAt), cmp.Compare(b.CopiedAt, a.CopiedAt))
	})
	whole := slices.IndexFunc(all, func(c record.Copy) bool { return bad(&c) })
	if whole > 0 {
		all = all[:whole]
	}
	return all
}

func sameVersion(a, b *record.Copy) bool {
	return a.Kind == b.Kind && a.Size == b.Size && a.Digest == b.Digest && a.MTime == b.MTime && a.Target == b.Target
}

// standing is a copy's status, or what it was before it went into quarantine.
func standing(c *record.Copy) record.Status {
	if c.Status == record.Retired && c.RetiredFrom != "" {
		return c.RetiredFrom
	}
	return c.Status
}

func bad(c *record.Copy) bool {
	s := standing(c)
	return s == record.Damaged || s == record.Missing
}

func verified(c *record.Copy) bool {
	s := standing(c)
	return s == record.Verified || s == record.Entry
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
