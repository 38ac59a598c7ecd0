package apply_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

var day0 = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a source, two destinations and a state in folders of their own.
type world struct {
	testing.TB
	dir     string
	clock   *clock.Hand
	state   *state.State
	source  *filesystem.Source
	targets map[string]*apply.Target // by address
	runs    int
	shut    func() // lets go of the state
}

const one, two = "destination.filesystem.one", "destination.filesystem.two"

func newWorld(t testing.TB, addresses ...string) *world {
	t.Helper()
	return worldAt(t, t.TempDir(), day0, addresses...)
}

// worldAt opens the world in a folder, which may have seen better days.
func worldAt(t testing.TB, dir string, now time.Time, addresses ...string) *world {
	t.Helper()
	w := &world{TB: t, dir: dir, clock: clock.Fixed(now)}
	w.must(os.MkdirAll(filepath.Join(w.dir, "tree"), 0o755))
	if len(addresses) == 0 {
		addresses = []string{one}
	}
	w.open(addresses...)
	return w
}

func (w *world) open(addresses ...string) {
	w.Helper()
	var err error
	w.state, err = state.Open(w.ctx(), filepath.Join(w.dir, "state.db"), state.Options{Create: true, Now: day0})
	w.must(err)
	lease, err := w.state.Acquire(w.ctx(), state.Holder{Host: "h", PID: 1, Run: "r"}, w.clock.Now())
	w.must(err)
	w.source, err = filesystem.OpenSource(filepath.Join(w.dir, "tree"), filesystem.SourceOptions{})
	w.must(err)
	w.targets = map[string]*apply.Target{}
	for _, a := range addresses {
		name := a[strings.LastIndexByte(a, '.')+1:]
		d, err := filesystem.OpenDestination(filepath.Join(w.dir, name), filesystem.DestinationOptions{Create: true})
		w.must(err)
		w.Cleanup(func() { _ = d.Close() })
		w.targets[a] = &apply.Target{Name: name, Driver: d, Keys: keymap.New(d.Abilities(), "")}
	}
	w.shut = sync.OnceFunc(func() { _ = lease.Release(); _ = w.state.Close(); _ = w.source.Close() })
	w.Cleanup(w.shut)
}

func (w *world) ctx() context.Context { return context.Background() }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}

// put writes a source file.
func (w *world) put(path, content string) {
	w.Helper()
	p := w.path("tree", path)
	w.must(os.MkdirAll(filepath.Dir(p), 0o755))
	w.must(os.WriteFile(p, []byte(content), 0o644))
}

func (w *world) read(elem ...string) string {
	w.Helper()
	b, err := os.ReadFile(w.path(elem...))
	if err != nil {
		return "<" + err.(*os.PathError).Err.Error() + ">"
	}
	return string(b)
}

// request is an apply of changes, under a new run id.
func (w *world) request(changes ...*plan.Change) apply.Request {
	w.runs++
	return apply.Request{
		Run: "run" + strconv.Itoa(w.runs) + "-" + strconv.Itoa(os.Getpid()), Changes: stream(changes),
		Sources: map[string]storage.Source{"tree": w.source}, Destinations: w.targets,
		Journal: w.state, Clock: w.clock, Expect: plan.Count{Objects: int64(len(changes))},
	}
}

func stream(changes []*plan.Change) iter.Seq2[*plan.Change, error] {
	return func(yield func(*plan.Change, error) bool) {
		for _, c := range changes {
			reused := *c
			if !yield(&reused, nil) {
				return
			}
		}
	}
}

func (w *world) apply(changes ...*plan.Change) apply.Result {
	w.Helper()
	res, err := apply.Run(w.ctx(), w.request(changes...))
	w.must(err)
	return res
}

// list is the source's listing by path.
func (w *world) list() map[string]storage.Entry {
	w.Helper()
	all := map[string]storage.Entry{}
	for e, err := range w.source.List(w.ctx()) {
		w.must(err)
		all[e.Path] = e
	}
	return all
}

func object(e storage.Entry) plan.Object {
	return plan.Object{
		Source: "tree", Path: e.Path, Kind: plan.Kind(e.Kind.String()), Size: e.Size, MTime: e.MTime, CTime: e.CTime,
		Inode: e.Inode, Dev: e.Dev, Mode: e.Mode, UID: e.UID, GID: e.GID, Nlink: e.Nlink, Live: true,
	}
}

// plan is what the differ would propose at each destination, in short: new
// entries and objects, and changed ones.
func (w *world) plan() []*plan.Change {
	w.Helper()
	var out []*plan.Change
	for address, t := range w.targets {
		copies := w.byInode(t.Name)
		for _, e := range w.list() {
			rows := w.rows(t.Name, e.Path)
			i := slices.IndexFunc(rows, func(r record.Copy) bool { return r.Current() })
			if i >= 0 && rows[i].MTime == e.MTime && (rows[i].Size == e.Size || e.Kind != storage.File) {
				continue
			}
			c := &plan.Change{
				Address: address + "/" + e.Path, Backup: "backup.b", Copy: t.Name, Destination: address,
				Action: plan.Copy, Reason: plan.NewObject, Object: object(e),
				After: &plan.CopyFacts{Claims: []string{"backup.b/" + t.Name}, RetainUntil: until(30), TermReason: "keep"},
			}
			if e.Kind != storage.File {
				c.Action, c.Reason = plan.Tag, plan.NewEntry
			}
			if i < 0 && e.Kind == storage.File {
				fromElsewhere(c, copies)
			}
			if i >= 0 {
				c.Before, c.Reason = facts(&rows[i]), plan.ContentChanged
				c.Superseded = facts(&rows[i])
				c.Superseded.RetainUntil, c.Superseded.TermReason = until(90), "keep_superseded"
			}
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b *plan.Change) int { return strings.Compare(a.Address, b.Address) })
	return out
}

// byInode is the present copies at a destination, by the inode that they are of.
func (w *world) byInode(destination string) map[uint64]record.Copy {
	w.Helper()
	all := map[uint64]record.Copy{}
	for r, err := range w.state.CopiesAt(w.ctx(), destination) {
		w.must(err)
		if r.Current() {
			all[r.Inode] = r
		}
	}
	return all
}

// fromElsewhere makes an adoption of a change about an object that was moved: a copy
// is of its inode, under another path.
func fromElsewhere(c *plan.Change, copies map[uint64]record.Copy) {
	r, ok := copies[c.Object.Inode]
	if ok && r.MTime == c.Object.MTime && r.Size == c.Object.Size && r.Path != c.Object.Path {
		c.Action, c.Reason, c.From, c.Before = plan.Adopt, plan.SourceMoved, r.Path, facts(&r)
	}
}

func until(days int) schema.Until { return schema.UntilAt(day0.AddDate(0, 0, days)) }

func facts(r *record.Copy) *plan.CopyFacts {
	f := &plan.CopyFacts{
		Key: r.Key, Seq: r.Seq, Status: string(r.Status), Size: r.Size, Digest: r.Digest,
		RetainUntil: r.RetainUntil, TermReason: r.TermReason, Claims: r.Claims, Held: r.Holds,
	}
	for ms, field := range map[int64]*time.Time{
		r.CopiedAt: &f.CopiedAt, r.GoneAt: &f.GoneAt, r.SupersededAt: &f.SupersededAt, r.RetiredAt: &f.RetiredAt,
	} {
		if ms != 0 {
			*field = time.UnixMilli(ms)
		}
	}
	return f
}

// about makes a change of a recorded copy.
func (w *world) about(action plan.Action, reason plan.Reason, r record.Copy) *plan.Change {
	c := &plan.Change{
		Address: one + "/" + r.Path, Backup: "backup.b", Copy: "one", Destination: "destination.filesystem." + r.Destination,
		Action: action, Reason: reason, Before: facts(&r), After: facts(&r),
		Object: plan.Object{Source: r.Source, Path: r.Path, Kind: plan.Kind(r.Kind), Size: r.Size, MTime: r.MTime},
	}
	if action == plan.Expire {
		c.After = nil
	}
	return c
}

// rows are the rows of an object at a destination.
func (w *world) rows(destination, path string) []record.Copy {
	w.Helper()
	all, err := w.state.Object(w.ctx(), "tree", path)
	w.must(err)
	return slices.DeleteFunc(all, func(r record.Copy) bool { return r.Destination != destination })
}

// row is the only row of an object at destination one.
func (w *world) row(path string) record.Copy {
	w.Helper()
	rows := w.rows("one", path)
	if len(rows) != 1 {
		w.Fatalf("%s has %d rows", path, len(rows))
	}
	return rows[0]
}

// audit checks what must hold at any rest: no open intent, no temporary file,
// each row's copy whole, each stored object on record once.
func (w *world) audit() {
	w.Helper()
	for i, err := range w.state.OpenIntents(w.ctx()) {
		w.must(err)
		w.Errorf("open intent: %s %s", i.Kind, i.Key)
	}
	for _, t := range w.targets {
		owners := map[string]string{}
		for r, err := range w.state.CopiesAt(w.ctx(), t.Name) {
			w.must(err)
			if r.Key == "" {
				continue
			}
			if other := owners[r.Key]; other != "" {
				w.Errorf("%s: %s belongs to %s and %s", t.Name, r.Key, other, r.Path)
			}
			owners[r.Key] = r.Path
			sum := sha256.Sum256([]byte(w.read(t.Name, r.Key)))
			if got := "sha256:" + hex.EncodeToString(sum[:]); got != r.Digest && r.Status == record.Verified {
				w.Errorf("%s: %s is not what is recorded of %s", t.Name, r.Key, r.Path)
			}
		}
		for o, err := range t.Driver.List(w.ctx(), "") {
			w.must(err)
			if !strings.HasPrefix(o.Key, ".backstay/") && owners[o.Key] == "" {
				w.Errorf("%s: %s is on no record", t.Name, o.Key)
			}
		}
		w.compare(t)
		if left, _ := filepath.Glob(w.path(t.Name, ".backstay/tmp/*")); len(left) > 0 {
			w.Errorf("%s: temporary files are left: %v", t.Name, left)
		}
	}
}

// compare replays the destination's catalogue and compares it with the rows.
func (w *world) compare(t *apply.Target) {
	w.Helper()
	rows := map[string]record.Copy{}
	w.replay(t.Name, func(e record.Event) {
		if e.Copy == nil {
			return
		}
		id := e.Copy.Path + "\x00" + strconv.Itoa(e.Copy.Seq)
		if rows[id] = *e.Copy; e.Copy.Status == record.Expired || e.Op == record.OpMove {
			delete(rows, id)
		}
	})
	for r, err := range w.state.CopiesAt(w.ctx(), t.Name) {
		w.must(err)
		id := r.Path + "\x00" + strconv.Itoa(r.Seq)
		if got := rows[id]; !reflect.DeepEqual(got, r) {
			w.Errorf("%s: the catalogue has %+v, the state %+v", t.Name, got, r)
		}
		delete(rows, id)
	}
	for id := range rows {
		w.Errorf("%s: the catalogue has %q, the state does not", t.Name, id)
	}
}

// replay reads a destination's catalogue, which must be whole.
func (w *world) replay(destination string, f func(record.Event)) {
	w.Helper()
	book, err := catalogue.Open(w.ctx(), apply.Files(w.targets["destination.filesystem."+destination].Driver))
	w.must(err)
	for e, err := range book.Events(w.ctx()) {
		w.must(err)
		f(e)
	}
}
