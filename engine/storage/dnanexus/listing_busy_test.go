package dnanexus

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// meddler does something once, after so many searches were answered.
type meddler struct {
	left atomic.Int32
	act  func()
}

func (m *meddler) RoundTrip(q *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(q)
	if strings.HasSuffix(q.URL.Path, "/findDataObjects") && m.left.Add(-1) == 0 {
		m.act()
	}
	return answer, err
}

// The platform pages through what was modified last. What is modified while it
// is listed moves to the front, past the page that would have brought it, and is
// listed all the same.
func TestListingWhileObjectsAreModified(t *testing.T) {
	r := emulator(t, "seed")
	var made struct{ Project string }
	const files = 12_000
	r.control("generate", map[string]any{"files": files, "size": 1, "days": 100, "name": "busy", "user": "user-alice"}, &made)
	var folder struct{ Results []wire.Found } // files of all stretches
	r.must("system", "findDataObjects", map[string]any{"scope": map[string]any{"project": made.Project, "folder": "/made/00000"}}, &folder)
	settings, err := wire.ReadSettings(r.Lookup, "")
	if err != nil {
		t.Fatal(err)
	}
	m := &meddler{act: func() {
		for i := 0; i < len(folder.Results); i += 10 {
			r.must(folder.Results[i].ID, "addTags", map[string]any{"project": made.Project, "tags": []string{"late"}}, nil)
		}
	}}
	m.left.Store(3 + pageWorkers) // the first page, two edges, and a page of each stretch under way
	c := wire.New(settings, wire.Options{HTTP: &http.Client{Transport: m}})
	s, err := OpenSource(t.Context(), c, SourceOptions{Project: made.Project})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := map[string]bool{}
	for _, e := range listed(t, s) {
		if e.Kind == storage.File {
			seen[e.ID] = true
		}
	}
	if len(seen) != files || m.left.Load() > 0 {
		t.Errorf("%d of %d files were listed", len(seen), files)
	}
}
