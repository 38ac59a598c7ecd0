package dnanexus

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// lying tells of parts other checksums than they have.
type lying struct{ storage.Content }

func (l lying) PartAt(offset int64) (storage.Part, bool) {
	p, ok := l.Content.(storage.Summed).PartAt(offset)
	p.MD5 = strings.Repeat("0", 32)
	return p, ok
}

func (l lying) Compared() int64 { return 1 << 40 }

// A deep copy is cut as its source, within what memory and the platform allow,
// and what arrives is compared with the checksums that the source has.
func TestDeepCopyKeepsParts(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		r.hand()
		content := strings.Repeat("0123456789abcde\n", (leastCut+1<<20)/8)
		project, ctx := r.project("trial"), context.Background()
		up := r.client().Upload(ctx, func(ctx context.Context) (string, error) {
			return r.put("file", project, map[string]any{"name": "x"}), nil
		})
		if _, err := up.ReadAll(strings.NewReader(content), int64(len(content)), halves(len(content))); err != nil {
			t.Fatal(err)
		}
		file, sent, err := up.Wait()
		if err != nil || len(sent) != 2 {
			t.Fatalf("%+v, %v", sent, err)
		}
		r.must(file, "close", nil, nil)
		r.control("clock", map[string]any{"advance": 1 << 20}, nil)
		s := r.source(SourceOptions{Project: project})
		x := r.trial(DestinationOptions{})
		stage := func(key string, wrap func(storage.Content) io.Reader) (storage.Staged, error) {
			c, err := s.Open(ctx, listed(t, s)["x"])
			x.ok(err)
			st, err := x.b.Stage(ctx, key, wrap(c), int64(len(content)))
			x.ok(c.Close())
			return st, err
		}
		st, err := stage("copy", func(c storage.Content) io.Reader { return c })
		x.ok(err)
		x.ok(x.b.Sync(ctx))
		x.ok(x.b.(storage.Checked).Receipt(ctx, st))
		got := st.Ref.(*staged).sent
		if len(got) != 2 || got[0] != sent[0] || got[1] != sent[1] {
			t.Errorf("the copy is cut as %+v, its source as %+v", got, sent)
		}
		st, err = stage("lie", func(c storage.Content) io.Reader { return lying{c} })
		if err == nil {
			err = x.b.Sync(ctx)
		}
		if err == nil {
			err = x.b.(storage.Checked).Receipt(ctx, st)
		}
		if err == nil {
			t.Error("bytes are taken for others")
		}
	})
}

const leastCut = 5 << 20

// halves cuts content in two, of which nothing was compared.
type halves int64

func (h halves) PartAt(offset int64) (size int64, md5 string, ok bool) {
	const first = leastCut + 17
	if offset == 0 {
		return first, "", true
	}
	return int64(h) - first, "", offset == first
}

func (h halves) Compared() int64 { return 0 }

var _ wire.Summed = halves(0)
