package dnanexus

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// A listing costs about one call for each 1,000 objects, whatever their number.
func TestListingCalls(t *testing.T) {
	const constant = 4 + spans // the first page, two edges, what came late, a rest for each stretch
	r := emulator(t, "current")
	for _, n := range []int{1000, 10_000, 100_000} {
		if n > mostListed {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			r := r.as(t, r.conn)
			var made struct{ Project string }
			r.control("generate", map[string]any{"files": n, "size": 100, "days": 400, "name": t.Name(), "user": "user-alice"}, &made)
			s := r.source(SourceOptions{Project: made.Project})
			r.Calls()
			files, last := 0, ""
			for e, err := range s.List(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if e.Path <= last {
					t.Fatalf("%q comes after %q", e.Path, last)
				}
				last = e.Path
				if e.Kind == storage.File {
					files++
				}
			}
			calls := r.Calls()
			if find, most := calls["system/findDataObjects"], (n+999)/1000+constant; files != n || find > most {
				t.Errorf("%d files in %d searches, at most %d: %v", files, find, most, calls)
			}
			others := 0
			for route, count := range calls {
				if route != "system/findDataObjects" {
					others += count
				}
			}
			if others > 2 { // the project, the members of the account
				t.Errorf("other calls: %v", calls)
			}
			t.Logf("%d files: %d searches", n, calls["system/findDataObjects"])
		})
	}
}

// Objects of one name in one folder are told apart, the first keeps the name;
// and each is read as itself.
func TestListingTellsNamesApart(t *testing.T) {
	r := emulator(t, "seed")
	id := r.project("trial")
	names := map[string]string{}
	for i, name := range []string{"x", "x", "x", "x.record.json", "a/b", "..", "%2F", "plain-", "100%"} {
		details := map[string]any{"n": i}
		names[fmt.Sprint(i)] = r.put("record", id, map[string]any{"name": name, "folder": "/f", "details": details})
	}
	second := names["0"]
	r.put("record", id, map[string]any{"name": "x.record.json.~" + second + "~", "folder": "/f"})
	got := listed(t, r.source(SourceOptions{Project: id}))
	want := []string{
		"f/", "f/%252F.record.json", "f/%2E%2E.record.json", "f/100%.record.json", "f/a%2Fb.record.json", "f/plain-.record.json",
		"f/x.record.json", "f/x.record.json.record.json", "f/x.record.json.~" + second + "%7E.record.json",
		"f/x.record.json.~" + names["1"] + "~", "f/x.record.json.~" + names["2"] + "~",
	}
	slices.Sort(want)
	if paths := slices.Sorted(maps.Keys(got)); !slices.Equal(paths, want) {
		// Which of those made in one millisecond is the first is a matter of ids.
		for _, p := range paths {
			if !slices.Contains(want, p) && !strings.HasPrefix(p, "f/x.record.json.~record-") {
				t.Errorf("path %q", p)
			}
		}
		if len(paths) != len(want) {
			t.Errorf("listed\n%s\nwant\n%s", strings.Join(paths, "\n"), strings.Join(want, "\n"))
		}
	}
	seen := map[string]bool{}
	for _, e := range got {
		if e.Kind == storage.File {
			seen[e.ID] = true
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d of 10 objects", len(seen))
	}
}

// What cannot be read is no file: it is remarked on. What others own says so.
func TestListingRemarks(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("trial", map[string]string{"closed": "one", "empty": ""})
	open := r.put("file", id, map[string]any{"name": "open"})
	r.put("record", id, map[string]any{"name": "secret", "hidden": true})
	r.must(id, "invite", map[string]any{"invitee": "user-carol", "level": "CONTRIBUTE"}, nil)
	carol := r.conn
	r.control("users", map[string]any{"id": "user-carol", "token": "token-of-carol"}, nil)
	carol.Token = "token-of-carol"
	guest := r.as(t, carol)
	guest.put("record", id, map[string]any{"name": "gift"})
	s := r.source(SourceOptions{Project: id})
	got := listed(t, s)
	if got["open"].Kind != storage.Special || got["open"].ID != open || got["closed"].Kind != storage.File || got["empty"].Kind != storage.File {
		t.Errorf("listed %+v", got)
	}
	if len(read(t, s, got["empty"])) != 0 {
		t.Error("an empty file has content")
	}
	if !got["gift.record.json"].Facts.Shared || got["secret.record.json"].Facts.Shared {
		t.Error("what others own is not told apart")
	}
	var codes []string
	for _, m := range s.Remarks() {
		codes = append(codes, fmt.Sprint(m.Code, " ", m.Count, " ", m.Examples))
		if m.Detail == "" {
			t.Errorf("%s says nothing", m.Code)
		}
	}
	if want := []string{"hidden 1 [secret.record.json]", "not_closed 1 [open]", "shared_in 1 [gift.record.json]"}; !slices.Equal(codes, want) {
		t.Errorf("remarks %q", codes)
	}
	// Carol is no member of the laboratory: she cannot tell, and hears that.
	theirs := guest.source(SourceOptions{Project: id})
	if listed(t, theirs)["gift.record.json"].Facts.Shared || !slices.ContainsFunc(theirs.Remarks(), func(m storage.Remark) bool { return m.Code == membersHidden }) {
		t.Errorf("without the list of members: %+v", theirs.Remarks())
	}
}

// A page that cannot be had ends the listing with an error, wherever it is.
func TestListingIsWholeOrAnError(t *testing.T) {
	r := emulator(t, "seed")
	var made struct{ Project string }
	r.control("generate", map[string]any{"files": 3500, "size": 1, "days": 10, "name": "trial", "user": "user-alice"}, &made)
	s := r.source(SourceOptions{Project: made.Project})
	for skip := range 11 {
		r.control("faults", []map[string]any{{"route": "system/findDataObjects", "action": "status", "status": 422, "skip": skip, "times": 1}}, nil)
		files, failed := 0, error(nil)
		for e, err := range s.List(t.Context()) {
			if err != nil {
				failed = err
				break
			}
			if e.Kind == storage.File {
				files++
			}
		}
		if failed == nil {
			t.Fatalf("search %d failed, and %d files were listed without an error", skip, files)
		}
	}
	r.control("faults", []map[string]any{}, nil)
	r.must(made.Project, "destroy", nil, nil)
	for _, err := range s.List(t.Context()) {
		if !errors.Is(err, storage.ErrNotExist) {
			t.Errorf("a project that is gone: %v", err)
		}
	}
}

// What does not fit into memory goes through files and comes back whole: paths
// in order, same-named objects told apart, and all that is known of each.
func TestListingOutsideOfMemory(t *testing.T) {
	r := emulator(t, "seed")
	id := r.project("trial")
	for i := range 40 {
		r.put("record", id, map[string]any{
			"name": fmt.Sprint("r", i%7), "folder": fmt.Sprint("/f", i%3), "tags": []string{"t", fmt.Sprint(i)},
			"properties": map[string]string{"n": fmt.Sprint(i), "umlaut": "ü"}, "types": []string{"T"},
		})
	}
	s := r.source(SourceOptions{Project: id, Scratch: t.TempDir()})
	want := listed(t, s)
	s.memory = 2000
	got := listed(t, s)
	if len(got) != 43 || len(want) != 43 {
		t.Fatalf("%d and %d entries", len(got), len(want))
	}
	for path, e := range want {
		if have, ok := got[path]; !ok || !reflect.DeepEqual(have, e) {
			t.Errorf("%q is %+v, was %+v", path, have, e)
		}
	}
	left, err := os.ReadDir(s.scratch)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
