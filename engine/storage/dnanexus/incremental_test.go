package dnanexus

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// diary keeps the listings of one project, as plans do one after another, each
// with a source of its own.
type diary struct {
	rig
	project string
	keeping storage.Keeping
}

func (r rig) diary(project string) *diary {
	return &diary{rig: r, project: project, keeping: storage.Keeping{
		Path: filepath.Join(r.TempDir(), "x.listing"), Bound: "b", Age: 24 * time.Hour, Now: time.Unix(1_800_000_000, 0),
	}}
}

// pass lets time go by, here and there.
func (d *diary) pass(by time.Duration) {
	d.control("clock", map[string]any{"advance": by.Milliseconds()}, nil)
	d.keeping.Now = d.keeping.Now.Add(by)
}

func (d *diary) list() ([]storage.Entry, storage.Listed) {
	d.Helper()
	s := d.source(SourceOptions{Project: d.project})
	s.Keep(d.keeping)
	return ordered(d.TB, s), s.Listed()
}

// ordered lists a source.
func ordered(t testing.TB, s *Source) (out []storage.Entry) {
	t.Helper()
	for e, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n := len(out); n > 0 && e.Path <= out[n-1].Path {
			t.Fatalf("%q comes after %q", e.Path, out[n-1].Path)
		}
		out = append(out, e)
	}
	return out
}

// whole is what a source that keeps nothing lists.
func (d *diary) whole() []storage.Entry {
	d.Helper()
	return ordered(d.TB, d.source(SourceOptions{Project: d.project}))
}

func paths(list []storage.Entry) (out []string) {
	for _, e := range list {
		out = append(out, e.Path)
	}
	return out
}

// A project in which nothing changed is listed with as many calls whatever it
// holds, and looks as it did.
func TestIncrementalCallsAreConstant(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		for _, n := range []int{100, 1000, 5000} {
			var made struct{ Project string }
			r.control("generate", map[string]any{"files": n, "size": 100, "days": 400, "name": fmt.Sprint(n), "user": "user-alice"}, &made)
			d := r.diary(made.Project)
			first, came := d.list()
			if came.Incremental || len(first) < n {
				t.Fatalf("%d entries, %+v", len(first), came)
			}
			for range 2 {
				d.pass(time.Hour)
				r.Calls()
				again, came := d.list()
				calls := r.Calls()
				if !came.Incremental || !reflect.DeepEqual(again, first) {
					t.Errorf("%d files: %+v, %d entries of %d", n, came, len(again), len(first))
				}
				// the project twice, the members of the account
				if calls["system/findDataObjects"] != 1 || sum(calls) > 4 {
					t.Errorf("%d files: %v", n, calls)
				}
			}
		}
	})
}

func sum(calls map[string]int) (n int) {
	for _, count := range calls {
		n += count
	}
	return n
}

const moved, folders, usageDiffers, taken = "moved or renamed", "folders were", "stores more or less", "has the path of"

// changes are kinds of change, and why an incremental listing gives up on one; ""
// where it does not.
var changes = []struct {
	name, why string
	change    func(d *diary, ids map[string]string)
}{
	{"added", "", func(d *diary, _ map[string]string) {
		d.put("record", d.project, map[string]any{"name": "new", "folder": "/a"})
	}},
	{"added in a new folder", "", func(d *diary, _ map[string]string) {
		d.must(d.project, "newFolder", map[string]any{"folder": "/n/m", "parents": true}, nil)
		d.put("record", d.project, map[string]any{"name": "new", "folder": "/n/m"})
	}},
	{"tagged", "", func(d *diary, ids map[string]string) {
		d.must(ids["a/one"], "addTags", map[string]any{"project": d.project, "tags": []string{"x"}}, nil)
	}},
	{"properties", "", func(d *diary, ids map[string]string) {
		d.must(ids["a/one"], "setProperties", map[string]any{"project": d.project, "properties": map[string]any{"k": "v"}}, nil)
	}},
	{"closed", "", func(d *diary, ids map[string]string) { d.must(ids["open"], "close", nil, nil) }},
	{"renamed", moved, func(d *diary, ids map[string]string) {
		d.must(ids["a/one"], "rename", map[string]any{"project": d.project, "name": "uno"}, nil)
	}},
	{"moved", moved, func(d *diary, ids map[string]string) {
		d.must(d.project, "move", map[string]any{"objects": []string{ids["a/one"]}, "destination": "/b"}, nil)
	}},
	{"folder renamed", folders, func(d *diary, _ map[string]string) {
		d.must(d.project, "renameFolder", map[string]any{"folder": "/a", "newpath": "/c"}, nil)
	}},
	{"removed", usageDiffers, func(d *diary, ids map[string]string) {
		d.must(d.project, "removeObjects", map[string]any{"objects": []string{ids["a/one"]}}, nil)
	}},
	{"replaced", taken, func(d *diary, ids map[string]string) {
		d.must(d.project, "removeObjects", map[string]any{"objects": []string{ids["a/record.record.json"]}}, nil)
		d.put("record", d.project, map[string]any{"name": "record", "folder": "/a"})
	}},
	{"archived", "archive", func(d *diary, ids map[string]string) {
		d.must(d.project, "archive", map[string]any{"files": []string{ids["a/one"]}}, nil)
		d.pass(24*time.Hour - time.Minute)
		d.keeping.Age *= 2
	}},
	{"grown and shrunk", usageDiffers, func(d *diary, ids map[string]string) {
		d.must(ids["a/one"], "addTags", map[string]any{"project": d.project, "tags": []string{"x"}}, nil)
		d.must(d.project, "removeObjects", map[string]any{"objects": []string{ids["b/two"]}}, nil)
	}},
}

// Each kind of change, after a whole listing that rests on nothing: what an
// incremental listing makes of it is what a whole one sees, or it says that it
// does not know.
func TestIncrementalChanges(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		for _, c := range changes {
			t.Run(c.name, func(t *testing.T) {
				r := r.as(t, r.conn)
				d := r.diary(r.seed(t.Name(), map[string]string{"a/one": "1", "b/two": "22", "b/three": strings.Repeat("3", 9000)}))
				open := d.put("file", d.project, map[string]any{"name": "open", "folder": "/"})
				d.part(open, "bytes of an open file")
				d.put("record", d.project, map[string]any{"name": "record", "folder": "/a"})
				before, _ := d.list()
				ids := map[string]string{}
				for _, e := range before {
					ids[e.Path] = e.ID
				}
				d.pass(time.Hour)
				c.change(d, ids)
				d.pass(time.Second)
				got, came := d.list()
				if came.Incremental != (c.why == "") || !strings.Contains(came.Why, c.why) {
					t.Errorf("%+v", came)
				}
				want := d.whole()
				if !reflect.DeepEqual(got, want) {
					t.Errorf("listed\n%v\nwant\n%v", paths(got), paths(want))
				}
				if reflect.DeepEqual(got, before) {
					t.Error("nothing changed: the test tells nothing")
				}
				d.pass(time.Hour)
				if got, came = d.list(); !came.Incremental || !reflect.DeepEqual(got, want) {
					t.Errorf("afterwards %+v\n%v\nwant\n%v", came, paths(got), paths(want))
				}
			})
		}
	})
}

// An object without bytes that goes leaves no trace that could be asked for: it
// stays listed until everything is, and is never told to be gone before.
func TestIncrementalDoesNotKnowWhatIsGone(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		d := r.diary(r.seed("trial", map[string]string{"a/one": "1"}))
		id := d.put("record", d.project, map[string]any{"name": "record", "folder": "/a"})
		before, first := d.list()
		d.pass(time.Hour)
		d.must(d.project, "removeObjects", map[string]any{"objects": []string{id}}, nil)
		if got, came := d.list(); !came.Incremental || !came.Whole.Equal(first.Whole) || !reflect.DeepEqual(got, before) {
			t.Errorf("%+v: %v", came, paths(got))
		}
		d.pass(d.keeping.Age - time.Hour)
		if got, came := d.list(); came.Incremental || !strings.Contains(came.Why, "older") || slices.Contains(paths(got), "a/record.record.json") {
			t.Errorf("%+v: %v", came, paths(got))
		}
	})
}

// Apps lie in no project: they are asked for each time, and stand beside what is
// kept of it.
func TestIncrementalListsAppsAnew(t *testing.T) {
	r := emulator(t, "current")
	d := r.diary(r.project("trial"))
	r.publish(d.project)
	list := func() ([]storage.Entry, storage.Listed) {
		s := d.source(SourceOptions{Project: d.project, Apps: []string{"align"}})
		s.Keep(d.keeping)
		return ordered(t, s), s.Listed()
	}
	before, _ := list()
	d.pass(time.Hour)
	got, came := list()
	if !came.Incremental || !reflect.DeepEqual(got, before) || !slices.Contains(paths(got), ".apps/align.app.json") {
		t.Errorf("%+v: %v, before %v", came, paths(got), paths(before))
	}
}

// Whatever is not as it was when the listing was kept makes a whole one.
func TestIncrementalInDoubtIsWhole(t *testing.T) {
	r := emulator(t, "seed")
	project := r.seed("trial", map[string]string{"a/one": "1", "b/two": "22"})
	for name, spoil := range map[string]func(d *diary){
		"asked for":       func(d *diary) { d.keeping.Whole = true },
		"settings":        func(d *diary) { d.keeping.Bound = "other" },
		"older state":     func(d *diary) { d.keeping.Serial = 6 },
		"clock back":      func(d *diary) { d.keeping.Now = d.keeping.Now.Add(-2 * time.Hour) },
		"clock far ahead": func(d *diary) { d.keeping.Now = d.keeping.Now.Add(10 * 365 * 24 * time.Hour) },
		"another project": func(d *diary) { d.project = r.seed("other", map[string]string{"c": "3"}) },
		"nothing kept":    func(d *diary) { d.well(os.Remove(d.keeping.Path)) },
		"flipped byte":    func(d *diary) { d.edit(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }) },
		"cut off":         func(d *diary) { d.edit(func(b []byte) []byte { return b[:len(b)-1] }) },
		"empty":           func(d *diary) { d.edit(func(b []byte) []byte { return nil }) },
	} {
		t.Run(name, func(t *testing.T) {
			r := r.as(t, r.conn)
			d := r.diary(project)
			d.keeping.Serial = 7
			d.list()
			d.pass(time.Hour)
			if _, came := d.list(); !came.Incremental {
				t.Fatalf("%+v", came)
			}
			spoil(d)
			got, came := d.list()
			if came.Incremental || came.Why == "" || !reflect.DeepEqual(got, d.whole()) {
				t.Errorf("%+v: %v", came, paths(got))
			}
		})
	}
}

// A clock here that is wrong by hours misses nothing: what is asked for is in the
// platform's time.
func TestIncrementalWithASkewedClock(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		for _, skew := range []time.Duration{-5 * time.Hour, 5 * time.Hour} {
			d := r.diary(r.seed(skew.String(), map[string]string{"a/one": "1"}))
			d.pass(skew.Abs())
			d.keeping.Now = d.keeping.Now.Add(skew)
			d.list()
			d.pass(time.Minute)
			d.put("record", d.project, map[string]any{"name": "new"})
			if got, came := d.list(); !came.Incremental || !slices.Contains(paths(got), "new.record.json") {
				t.Errorf("%s: %+v: %v", skew, came, paths(got))
			}
		}
	})
}

// What was kept is an older listing whole, or the newer one whole, wherever a
// program was killed; and an older one that comes back finds what happened since.
func TestIncrementalKeptWholeOrNotAtAll(t *testing.T) {
	r := emulator(t, "current")
	d := r.diary(r.seed("trial", map[string]string{"a/one": "1", "b/two": "22"}))
	d.list()
	old, err := os.ReadFile(d.keeping.Path)
	d.well(err)
	d.pass(time.Hour)
	d.put("record", d.project, map[string]any{"name": "new"})
	s := d.source(SourceOptions{Project: d.project})
	s.Keep(d.keeping)
	for range s.List(t.Context()) { // read up to somewhere
		break
	}
	if now, err := os.ReadFile(d.keeping.Path); err != nil || string(now) != string(old) {
		t.Errorf("a listing that was not read to its end was kept: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(d.keeping.Path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	d.list()
	d.pass(time.Hour)
	d.well(os.WriteFile(d.keeping.Path, old, 0o600))
	if got, came := d.list(); !came.Incremental || !reflect.DeepEqual(got, d.whole()) {
		t.Errorf("%+v: %v", came, paths(got))
	}
	if _, err := os.Stat(d.keeping.Path); err != nil {
		t.Error(err)
	}
}

// A folder that cannot be written to costs the next listing its calls, no more.
func TestIncrementalCannotBeKept(t *testing.T) {
	r := emulator(t, "seed")
	d := r.diary(r.seed("trial", map[string]string{"a/one": "1"}))
	d.keeping.Path = filepath.Join(t.TempDir(), "nowhere", "x.listing")
	s := d.source(SourceOptions{Project: d.project})
	s.Keep(d.keeping)
	if got := ordered(t, s); len(got) != 2 {
		t.Errorf("listed %v", paths(got))
	}
	if m := s.Remarks(); len(m) != 1 || m[0].Code != notKept {
		t.Errorf("remarks %+v", m)
	}
}

// part uploads the one part of an open file.
func (d *diary) part(file, content string) {
	d.Helper()
	var place struct {
		URL     string
		Headers map[string]string
	}
	sum := md5.Sum([]byte(content))
	d.must(file, "upload", map[string]any{"index": 1, "size": len(content), "md5": hex.EncodeToString(sum[:])}, &place)
	q, err := http.NewRequest(http.MethodPut, place.URL, strings.NewReader(content))
	d.well(err)
	for name, value := range place.Headers {
		q.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(q)
	d.well(err)
	d.well(answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		d.Fatal(answer.Status)
	}
}

// well fails on an error of the test's own doing.
func (d *diary) well(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *diary) edit(change func([]byte) []byte) {
	d.Helper()
	b, err := os.ReadFile(d.keeping.Path)
	d.well(err)
	d.well(os.WriteFile(d.keeping.Path, change(b), 0o600))
}

func FuzzItem(f *testing.F) {
	s := &Source{project: sourceProject{ID: "project-x"}}
	f.Add("a/b", "file-1", "tag", "key", "value", int64(3), int64(1_700_000_000_000), true)
	f.Fuzz(func(t *testing.T, path, id, tag, key, value string, size, ms int64, shared bool) {
		ms %= 1 << 42
		in := item{Path: path, ID: id, Note: tag, Size: size, MTime: ms * millisecond, CTime: -ms * millisecond, Facts: &storage.Facts{
			Class: "file", Project: "project-x", Tags: []string{tag, value}, Properties: map[string]string{key: value, "": tag},
			Tier: storage.TierLive, Created: ms * millisecond, CreatedBy: id, Shared: shared,
		}}
		text := s.appendItem(nil, in)
		out, err := s.decodeItem(text)
		if err != nil || !reflect.DeepEqual(in, out) {
			t.Fatalf("%+v\n%+v\n%v", in, out, err)
		}
		for n := range text {
			if _, err := s.decodeItem(text[:n]); err == nil {
				t.Fatalf("%d of %d bytes are an item", n, len(text))
			}
		}
	})
}
