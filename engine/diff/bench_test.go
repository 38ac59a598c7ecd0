package diff

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// bulk is n files in folders of a hundred, all copied and unchanged but for
// every changed-th one. Paths are made once, so that a run measures the merge.
type bulk struct {
	paths   []string
	cfg     *schema.Configuration
	now     time.Time
	until   schema.Until
	changed int
	history int // superseded versions of each file
}

func newBulk(t testing.TB, n, changed int, backups ...*schema.Backup) *bulk {
	w := newWorld(t, backups...)
	b := &bulk{cfg: w.cfg, now: w.now, until: backups[0].Retention.Keep.From(w.now), changed: changed}
	for i := range n {
		if i%100 == 0 {
			b.paths = append(b.paths, fmt.Sprintf("runs/2026/folder-%06d/", i/100))
		}
		b.paths = append(b.paths, fmt.Sprintf("runs/2026/folder-%06d/sample-%02d.fastq.gz", i/100, i%100))
	}
	b.paths = append([]string{"runs/", "runs/2026/"}, b.paths...)
	return b
}

func (b *bulk) entry(i int) storage.Entry {
	e := storage.Entry{
		Path: b.paths[i], Size: 1000, MTime: b.now.UnixNano(), CTime: b.now.UnixNano(), Inode: uint64(i), Nlink: 1,
		Mode: 0o100644,
	}
	if e.Path[len(e.Path)-1] == '/' {
		e.Kind, e.Mode = storage.Directory, 0o40755
	}
	return e
}

func (b *bulk) inventory(string) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		for i := range b.paths {
			e := b.entry(i)
			if b.changed > 0 && i%b.changed == 1 {
				e.Size++
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (b *bulk) recorded(string) iter.Seq2[*record.Copy, error] {
	return func(yield func(*record.Copy, error) bool) {
		claims := []string{"backup.docs/vault"}
		row := record.Copy{Source: "docs", Destination: "vault", Seq: 1, CopiedAt: b.now.UnixMilli(), VerifiedAt: b.now.UnixMilli(), RetainUntil: b.until, Claims: claims}
		for i := range b.paths {
			e := b.entry(i)
			row.Path, row.Kind, row.Size, row.MTime, row.CTime, row.Inode, row.Mode = e.Path, "file", e.Size, e.MTime, e.CTime, e.Inode, e.Mode
			row.Status = record.Verified
			if e.Kind == storage.Directory {
				row.Kind, row.Status = "directory", record.Entry
			}
			row.SupersededAt, row.Seq = b.now.UnixMilli(), 1
			for ; row.Seq <= b.history && row.Status == record.Verified; row.Seq++ {
				if !yield(&row, nil) {
					return
				}
			}
			row.SupersededAt = 0
			if !yield(&row, nil) {
				return
			}
		}
	}
}

func (b *bulk) run(t testing.TB, emit func(*plan.Change) error) *plan.Summary {
	s, _, err := Run(context.Background(), Request{
		Config: b.cfg, Now: b.now, Inventories: b.inventory, Recorded: b.recorded, RecordedSources: []string{"docs"},
	}, emit)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cpu is the time that this process has used, in ns.
func cpu() int64 {
	m := []metrics.Sample{{Name: "/cpu/classes/user:cpu-seconds"}}
	runtime.GC() // the figure is brought up to date by a collection
	metrics.Read(m)
	return int64(m[0].Value.Float64() * 1e9)
}

func BenchmarkUnchanged1M(b *testing.B) {
	plan1 := protect(b, "docs", "vault")
	plan1.Scope.Includes = []*schema.Selector{include("/runs/**/*.fastq.gz", "/results")}
	plan1.Scope.Excludes = []*schema.Selector{include("**/tmp")}
	w := newBulk(b, 1_000_000, 0, plan1)
	b.ReportAllocs()
	before := cpu()
	for b.Loop() {
		s := w.run(b, func(c *plan.Change) error { b.Fatal(show([]*plan.Change{c})); return nil })
		if s.Unchanged.Objects != 1_000_000 {
			b.Fatal(s.Unchanged)
		}
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N)/1e6, "cpu-ms/op")
}

func BenchmarkHistory200k(b *testing.B) {
	w := newBulk(b, 200_000, 0, protect(b, "docs", "vault"))
	w.history = 3
	b.ReportAllocs()
	for b.Loop() {
		s := w.run(b, func(c *plan.Change) error { b.Fatal(show([]*plan.Change{c})); return nil })
		if s.Unchanged.Objects != 200_000 || s.Destinations[0].Copies.Objects != 800_000 {
			b.Fatal(s)
		}
	}
}

func BenchmarkChanged200k(b *testing.B) {
	w := newBulk(b, 200_000, 1, protect(b, "docs", "vault"))
	w.changed = 2
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		w.run(b, func(*plan.Change) error { n++; return nil })
		if n == 0 {
			b.Fatal("nothing changed")
		}
	}
}
