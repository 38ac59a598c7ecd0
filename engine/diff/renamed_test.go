package diff

import (
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/renames"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// move renames a file as a file system does: all but its change time stays.
func (w *world) move(from, to string) {
	e := w.docs()[from]
	delete(w.docs(), from)
	e.Path, e.CTime = to, w.now.UnixNano()
	w.docs()[to] = e
}

// pairing makes every plan of a world in two comparisons, as the façade does.
func (w *world) pairing() {
	w.t.Helper()
	also := w.request
	with := func(more func(*Request)) {
		w.request = func(r *Request) {
			if also != nil {
				also(r)
			}
			more(r)
		}
	}
	f := renames.New(w.t.TempDir())
	with(func(r *Request) { r.Unpaired = f.Add })
	w.plan()
	pairs, err := f.Pair()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = f.Close() })
	if w.request = also; pairs != nil {
		with(func(r *Request) { r.Renamed = Renames{To: pairs.To(), From: pairs.From()} })
	}
}

func documents(t *testing.T) *world {
	w := newWorld(t, protect(t, "docs", "attic", "vault"))
	w.put("a", 7)
	w.put("b", 8)
	w.put("m", 9)
	w.run()
	w.digests()
	w.sleep("10d")
	return w
}

// A renamed object takes over its copies, before or behind its old path, keeps
// their term, and nothing is said of its old path.
func TestRenamedObjectsTakeOverTheirCopies(t *testing.T) {
	w := documents(t)
	w.move("a", "z")
	w.move("m", "c")
	w.put("new", 5)
	w.pairing()
	changes, s, brakes := w.plan()
	expect(t, changes, `
		adopt source_moved backup.docs.copy.attic["c"] #1
		adopt source_moved backup.docs.copy.vault["c"] #1
		copy new_object backup.docs.copy.attic["new"] >1
		copy new_object backup.docs.copy.vault["new"] >1
		adopt source_moved backup.docs.copy.attic["z"] #1
		adopt source_moved backup.docs.copy.vault["z"] #1`)
	for _, c := range changes {
		if c.Action != plan.Adopt {
			continue
		}
		from := map[string]string{"c": "m", "z": "a"}[c.Object.Path]
		was := w.row(c.Address[len("backup.docs.copy."):][:5], from, 1)
		if c.From != from || c.Before.Digest != was.Digest || c.Before.Key != was.Key || c.After.RetainUntil < was.RetainUntil ||
			c.CopiesAfter != 3 || c.Remaining != 1 || !c.After.GoneAt.IsZero() {
			t.Errorf("%s: %+v, before %+v, after %+v", c.Address, c, c.Before, c.After)
		}
	}
	got := s.Sources[0]
	if got.Recorded.Objects != 3 || got.Lost.Objects != 0 || s.Gone.Objects != 0 || len(brakes) > 0 {
		t.Errorf("totals %+v, gone %+v, brakes %+v", got, s.Gone, brakes)
	}
	if d := s.Destinations[0]; d.Copies.Objects != 3 || d.Orphans.Objects != 0 {
		t.Errorf("destination: %+v", d)
	}
}

// A whole tree that is renamed is no loss; one that vanishes is.
func TestARenamedTreeIsNoLoss(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	for _, p := range []string{"x/1", "x/2", "x/3", "x/4", "x/5", "x/6", "x/7", "x/8", "x/9", "x/a", "x/b", "x/c"} {
		w.put(p, int64(p[2]))
	}
	w.run()
	w.digests()
	w.sleep("1d")
	w.put("y/", 0)
	for p := range w.docs() {
		if p[0] == 'x' && p != "x/" {
			w.move(p, "y"+p[1:])
		}
	}
	w.remove("x/")
	if _, _, brakes := w.plan(); len(brakes) != 1 {
		t.Errorf("nobody paired: %+v", brakes)
	}
	w.pairing()
	if _, s, brakes := w.plan(); len(brakes) > 0 || s.Actions[plan.Adopt].Objects != 12 || s.Actions[plan.Copy].Objects != 0 {
		t.Errorf("brakes %+v, actions %+v", brakes, s.Actions)
	}
}

// What must not change its owner is copied.
func TestCopiesThatStayUnderTheirName(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"a hold is on it":         func(w *world) { w.row("vault", "a", 1).Holds = []string{"case"} },
		"it is locked":            func(w *world) { w.row("vault", "a", 1).LockMode = "governance" },
		"it was never verified":   func(w *world) { w.row("vault", "a", 1).Status = record.Written },
		"it is damaged":           func(w *world) { w.row("vault", "a", 1).Status = record.Damaged },
		"its term is over":        func(w *world) { w.row("vault", "a", 1).RetainUntil = schema.UntilAt(w.now.AddDate(0, 0, -1)) },
		"it has no digest":        func(w *world) { w.row("vault", "a", 1).Digest = "" },
		"somebody else claims it": func(w *world) { w.row("vault", "a", 1).Claims = []string{"backup.docs/vault", "backup.other/vault"} },
		"nobody claims it":        func(w *world) { w.row("vault", "a", 1).Claims = []string{"backup.past/vault"} },
		"the destination lost it": func(w *world) {
			lost := oneBad(*w.row("vault", "a", 1))
			w.request = func(r *Request) { r.Deviations = lost }
		},
		"it was a hard link":    func(w *world) { w.row("vault", "a", 1).Nlink = 2 },
		"it is one now":         func(w *world) { w.touch("z", func(e *storage.Entry) { e.Nlink = 2 }) },
		"it was written to":     func(w *world) { w.touch("z", func(e *storage.Entry) { e.MTime++ }) },
		"its old path lives on": func(w *world) { w.put("a", 70) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, protect(t, "docs", "vault"))
			w.put("a", 7)
			w.run()
			w.digests()
			if name == "somebody else claims it" {
				other := protect(t, "other", "vault")
				other.Scope.Includes = []*schema.Selector{include("/a")}
				w.configure(w.cfg.Backups[0], other)
			}
			w.sleep("10d")
			w.move("a", "z")
			spoil(w)
			w.pairing()
			changes, _, _ := w.plan()
			for _, c := range changes {
				if c.Action == plan.Adopt {
					t.Errorf("%s takes over %s", c.Address, c.From)
				}
			}
			if c := changes[len(changes)-1]; c.Object.Path != "z" || c.Action != plan.Copy {
				t.Errorf("got\n%s", show(changes))
			}
		})
	}
}

// Pairs of another moment do no harm: what is not as it was is compared as ever.
func TestStalePairs(t *testing.T) {
	w := documents(t)
	w.move("a", "z")
	w.pairing()
	w.put("a", 7) // there again
	w.touch("a", func(e *storage.Entry) { e.MTime = w.row("vault", "a", 1).MTime })
	changes, _, _ := w.plan()
	for _, c := range changes {
		if c.Object.Path == "a" && c.Action != plan.Recheck {
			t.Errorf("%s %s", c.Action, c.Address)
		}
	}
}
