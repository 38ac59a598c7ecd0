package restore

import (
	"cmp"
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/record"
)

// versions gives, for each path in order, the copies of the one version that is
// wanted, best first. There is at least one; whether any can be read shows when
// it is tried.
func (r *restorer) versions(s Source) iter.Seq2[[]record.Copy, error] {
	return func(yield func([]record.Copy, error) bool) {
		var rows []record.Copy
		give := func() bool {
			if len(rows) == 0 {
				return true
			}
			best := r.choose(rows)
			rows = nil
			return len(best) == 0 || yield(best, nil)
		}
		for row, err := range s.Copies {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(rows) > 0 && rows[0].Path != row.Path && !give() {
				return
			}
			if row.Source == s.Name && (r.Want == nil || r.Want(&row)) && r.valid(&row) {
				rows = append(rows, row)
			}
		}
		give()
	}
}

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
