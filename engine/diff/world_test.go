package diff

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// world is a source tree, a state and a clock in memory. Its apply does to the
// rows what plan.Change promises, so that plans can follow plans for years.
type world struct {
	t        testing.TB
	now      time.Time
	cfg      *schema.Configuration
	tree     map[string]map[string]storage.Entry // source -> path
	rows     []record.Copy
	dead     map[string]int // highest number of expired copies
	held     []record.Hold
	inode    uint64
	request  func(*Request)
	expired  []record.Copy
	unlisted bool
	lowers   bool // a shorten block is there
}

func newWorld(t testing.TB, backups ...*schema.Backup) *world {
	w := &world{
		t: t, now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), cfg: &schema.Configuration{},
		tree: map[string]map[string]storage.Entry{}, dead: map[string]int{},
	}
	w.configure(backups...)
	return w
}

// configure sets the backup plans; sources and destinations follow from them.
func (w *world) configure(backups ...*schema.Backup) {
	w.cfg.Backups, w.cfg.Sources, w.cfg.Destinations = backups, nil, nil
	seen := map[string]bool{}
	for _, b := range backups {
		if !seen[b.Source.String()] {
			seen[b.Source.String()] = true
			w.cfg.Sources = append(w.cfg.Sources, &schema.Source{Addr: b.Source})
		}
		for _, c := range b.Copies {
			if !seen[c.To.String()] {
				seen[c.To.String()] = true
				w.cfg.Destinations = append(w.cfg.Destinations, &schema.Destination{Addr: c.To})
			}
		}
	}
}

func resource(t testing.TB, s string) addr.Resource {
	r, err := addr.ParseResource(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parse(t testing.TB, s string) *schema.Term {
	term, err := schema.ParseTerm(s)
	if err != nil {
		t.Fatal(err)
	}
	return &term
}

// protect makes a backup plan of source "docs" with a copy for each destination.
func protect(t testing.TB, name string, destinations ...string) *schema.Backup {
	b := &schema.Backup{
		Addr: resource(t, "backup."+name), Source: resource(t, "source.filesystem.docs"),
		Retention: schema.Retention{
			Keep: parse(t, "1y"), KeepLast: 1, KeepSuperseded: *parse(t, "90d"), Quarantine: *parse(t, "30d"), Anchor: "created",
		},
		Limits: schema.Limits{RetireRatio: -1, RetireObjects: -1, RetireBytes: -1, SourceLoss: -1, SourceChange: -1},
	}
	for _, d := range destinations {
		b.Copies = append(b.Copies, &schema.Copy{Name: d, To: resource(t, "destination.filesystem."+d), Deep: true, Metadata: true})
	}
	return b
}

func include(paths ...string) *schema.Selector {
	return &schema.Selector{Paths: paths, LargerThan: -1, SmallerThan: -1}
}

// put writes a file, or makes a folder ("a/") with those above it.
func (w *world) put(path string, size int64) {
	for i := range path {
		if path[i] == '/' {
			if _, ok := w.docs()[path[:i+1]]; !ok {
				w.set(storage.Entry{Path: path[:i+1], Kind: storage.Directory, Mode: 0o40755, Size: 4096})
			}
		}
	}
	if !strings.HasSuffix(path, "/") {
		w.set(storage.Entry{Path: path, Kind: storage.File, Mode: 0o100644, Size: size})
	}
}

func (w *world) docs() map[string]storage.Entry {
	if w.tree["docs"] == nil {
		w.tree["docs"] = map[string]storage.Entry{}
	}
	return w.tree["docs"]
}

func (w *world) set(e storage.Entry) {
	w.inode++
	e.Inode, e.MTime, e.CTime, e.Nlink = w.inode, w.now.UnixNano(), w.now.UnixNano(), 1
	w.docs()[e.Path] = e
}

// touch changes an entry in place.
func (w *world) touch(path string, change func(*storage.Entry)) {
	e, ok := w.docs()[path]
	if !ok {
		w.t.Fatalf("no %s", path)
	}
	change(&e)
	w.docs()[path] = e
}

func (w *world) remove(path string) { delete(w.docs(), path) }

func (w *world) sleep(term string) {
	end, _ := parse(w.t, term).From(w.now).Time()
	w.now = end
}

func (w *world) list(source string) iter.Seq2[storage.Entry, error] {
	if w.unlisted || !slices.ContainsFunc(w.cfg.Sources, func(s *schema.Source) bool { return s.Addr.Name == source }) {
		return nil
	}
	return func(yield func(storage.Entry, error) bool) {
		tree := w.tree[source]
		paths := make([]string, 0, len(tree))
		for p := range tree {
			paths = append(paths, p)
		}
		slices.Sort(paths)
		for _, p := range paths {
			if !yield(tree[p], nil) {
				return
			}
		}
	}
}

func byPath(a, b record.Copy) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Destination, b.Destination), cmp.Compare(a.Seq, b.Seq))
}

func (w *world) recorded(source string) iter.Seq2[*record.Copy, error] {
	return func(yield func(*record.Copy, error) bool) {
		slices.SortFunc(w.rows, byPath)
		var one record.Copy // used again, as the state does
		for i := range w.rows {
			if one = w.rows[i]; one.Source == source {
				one.Key, one.Digest, one.TermReason = "", "", ""
				if !yield(&one, nil) {
					return
				}
			}
		}
	}
}

// plan compares, and returns the changes with summary and brakes.
func (w *world) plan() ([]*plan.Change, *plan.Summary, []Brake) {
	changes, s, brakes, err := w.try()
	if err != nil {
		w.t.Fatal(err)
	}
	return changes, s, brakes
}

func (w *world) try() ([]*plan.Change, *plan.Summary, []Brake, error) {
	r := Request{
		Config: w.cfg, Now: w.now, Inventories: w.list, Recorded: w.recorded, Holds: w.held,
		Whole: func(_ context.Context, source, path string) ([]record.Copy, error) {
			return slices.DeleteFunc(slices.Clone(w.rows), func(c record.Copy) bool { return c.Source != source || c.Path != path }), nil
		},
	}
	for _, row := range w.rows {
		if !slices.Contains(r.RecordedSources, row.Source) {
			r.RecordedSources = append(r.RecordedSources, row.Source)
		}
	}
	if w.request != nil {
		w.request(&r)
	}
	var changes []*plan.Change
	s, brakes, err := Run(context.Background(), r, func(c *plan.Change) error {
		if err := c.Check(); err != nil {
			w.t.Errorf("a change that no reader accepts: %v", err)
		}
		changes = append(changes, c)
		return nil
	})
	return changes, s, brakes, err
}

// apply carries changes out, a moment after they were planned.
func (w *world) apply(changes []*plan.Change) {
	w.now = w.now.Add(3 * time.Minute)
	for _, c := range changes {
		w.carry(c)
	}
}

// run plans, applies, and checks that nothing is left to do.
func (w *world) run() []*plan.Change {
	w.t.Helper()
	changes, _, _ := w.plan()
	w.apply(changes)
	if left, _, _ := w.plan(); len(left) > 0 {
		w.t.Fatalf("after apply there is left:\n%swhat was applied:\n%s", show(left), show(changes))
	}
	return changes
}

func (w *world) carry(c *plan.Change) {
	dest := resource(w.t, c.Destination).Instance()
	ms := w.now.UnixMilli()
	find := func(seq int) *record.Copy {
		for i := range w.rows {
			r := &w.rows[i]
			if r.Source == c.Object.Source && r.Path == c.Object.Path && r.Destination == dest && r.Seq == seq {
				return r
			}
		}
		return nil
	}
	if c.Superseded != nil {
		old := find(c.Superseded.Seq)
		old.SupersededAt, old.Status = ms, record.Status(c.Superseded.Status)
		old.RetainUntil, old.TermReason = c.Superseded.RetainUntil, c.Superseded.TermReason
	}
	if c.Action == plan.Expire {
		i := slices.IndexFunc(w.rows, func(r record.Copy) bool { return byPath(r, *find(c.Before.Seq)) == 0 })
		w.expired = append(w.expired, w.rows[i])
		w.dead[dest+c.Object.Path] = max(w.dead[dest+c.Object.Path], c.Before.Seq)
		w.rows = slices.Delete(w.rows, i, i+1)
		return
	}
	a := c.After
	row := find(a.Seq)
	if row == nil || c.Before == nil || c.Before.Seq != a.Seq {
		seq := max(a.Seq, w.dead[dest+c.Object.Path]+1)
		w.rows = append(w.rows, record.Copy{
			Destination: dest, Source: c.Object.Source, Path: c.Object.Path, Seq: seq,
			Status: record.Status(a.Status), CopiedAt: ms, VerifiedAt: ms,
			Key: fmt.Sprintf("%s/%s~%d", c.Object.Source, strings.TrimSuffix(c.Object.Path, "/"), seq),
		})
		row = &w.rows[len(w.rows)-1]
	}
	set := func(field *int64, at time.Time) {
		if at.IsZero() {
			*field = 0
		} else if *field == 0 {
			*field = ms
		}
	}
	o := &c.Object
	if o.Live && row.SupersededAt == 0 && c.Action != plan.Retire {
		row.Kind, row.Size, row.MTime, row.CTime, row.Inode, row.Class = string(o.Kind), o.Size, o.MTime, o.CTime, o.Inode, o.Class
		row.SourceID = o.ID
		row.Mode, row.UID, row.GID, row.Nlink = o.Mode, o.UID, o.GID, o.Nlink
	}
	if c.Action == plan.Recopy && !o.Live { // an old version, made of another copy
		donor := w.whole(c)
		row.Kind, row.Size, row.MTime, row.Digest, row.CopiedAt = string(o.Kind), o.Size, o.MTime, donor.Digest, a.CopiedAt.UnixMilli()
		if row.GoneAt = c.Before.GoneAt.UnixMilli(); c.Before.GoneAt.IsZero() {
			row.GoneAt = 0
		}
		if !c.Before.SupersededAt.IsZero() {
			row.SupersededAt = c.Before.SupersededAt.UnixMilli()
		}
	}
	set(&row.GoneAt, a.GoneAt)
	set(&row.SupersededAt, a.SupersededAt)
	row.Claims, row.Holds = a.Claims, a.Held
	if a.RetainUntil < row.RetainUntil && row.RetainUntil != schema.UntilOpen && !(w.lowers && c.Reason == plan.TermLowered) {
		w.t.Errorf("%s %s lowers a term from %s to %s", c.Action, c.Address, row.RetainUntil, a.RetainUntil)
	}
	row.RetainUntil, row.TermReason = a.RetainUntil, a.TermReason
	if row.Tier != a.Tier {
		row.Tier, row.TieredAt = a.Tier, ms
	}
	switch c.Action {
	case plan.Retire:
		row.RetiredFrom, row.Status, row.RetiredAt = row.Status, record.Retired, ms
	case plan.Verify, plan.Recheck:
		row.Status, row.VerifiedAt = record.Verified, ms
	}
}

// whole finds the verified copy elsewhere that a change makes another one of.
func (w *world) whole(c *plan.Change) *record.Copy {
	i := slices.IndexFunc(w.rows, func(r record.Copy) bool {
		return r.Path == c.Object.Path && r.MTime == c.Object.MTime && r.Status == record.Verified &&
			"made again from destination.filesystem."+r.Destination == c.Detail
	})
	if i < 0 {
		w.t.Fatalf("%s: no copy to make it of", c.Address)
	}
	return &w.rows[i]
}

// digests gives every row of a file a digest, by its size and time.
func (w *world) digests() {
	for i := range w.rows {
		if r := &w.rows[i]; r.Kind == string(plan.File) {
			r.Digest = fmt.Sprintf("sha256:%032x%032x", r.Size, r.MTime)
		}
	}
}

// row finds a recorded copy.
func (w *world) row(destination, path string, seq int) *record.Copy {
	i := slices.IndexFunc(w.rows, func(r record.Copy) bool { return r.Destination == destination && r.Path == path && r.Seq == seq })
	if i < 0 {
		w.t.Fatalf("no copy %d of %s at %s", seq, path, destination)
	}
	return &w.rows[i]
}

// show prints changes, one a line, for tests to compare.
func show(changes []*plan.Change) string {
	var b strings.Builder
	for _, c := range changes {
		seq := ""
		if c.Before != nil {
			seq = fmt.Sprintf("#%d", c.Before.Seq)
		}
		if c.After != nil && (c.Before == nil || c.After.Seq != c.Before.Seq) {
			seq += fmt.Sprintf(">%d", c.After.Seq)
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s %s %s %s", c.Action, c.Reason, c.Address, seq), " "))
		if c.Detail != "" {
			fmt.Fprintf(&b, " (%s)", c.Detail)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

// expect compares the changes of a plan with lines, indentation aside.
func expect(t testing.TB, changes []*plan.Change, want string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(want, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l+"\n")
		}
	}
	if got := show(changes); got != strings.Join(lines, "") {
		t.Errorf("got\n%swant\n%s", got, strings.Join(lines, ""))
	}
}

// oneBad is a deep refresh that misses one copy.
func oneBad(r record.Copy) func(string) iter.Seq2[Deviation, error] {
	return func(source string) iter.Seq2[Deviation, error] {
		return func(yield func(Deviation, error) bool) {
			if source == r.Source {
				yield(Deviation{r.Path, r.Destination, r.Seq, record.Missing, "not listed", ""}, nil)
			}
		}
	}
}
