package state

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

func benchPath(i int) string {
	return fmt.Sprintf("projects/run-%04d/sample-%03d/reads_%07d.fastq.gz", i/1000, i/100%10, i)
}

func benchEvents(from, n int) []record.Event {
	events := make([]record.Event, n)
	for i := range events {
		c := fileCopy("home", benchPath(from+i), "vault", 1)
		c.Inode, c.Size = uint64(from+i), int64(37*(from+i))
		events[i] = record.Event{Op: record.OpCopy, At: testNow, Run: "r1", Copy: c}
	}
	return events
}

func intentsFor(events []record.Event) []Intent {
	list := make([]Intent, len(events))
	for i, e := range events {
		list[i] = Intent{Kind: IntentObject, Key: e.Copy.Key, Copy: e.Copy}
	}
	return list
}

// BenchmarkBatch is one batch of 1,000 copies: intents on disk, outcome on
// disk. A first backup of 200,000 files has 200 of them.
func BenchmarkBatch(b *testing.B) {
	s := leased(b, filepath.Join(b.TempDir(), "state.db"))
	n := 0
	for b.Loop() {
		events := benchEvents(n*1000, 1000)
		n++
		if err := s.Intend(b.Context(), Batch{Run: "r1", N: int64(n), Destination: "vault", Intents: intentsFor(events)}); err != nil {
			b.Fatal(err)
		}
		if err := s.Commit(b.Context(), Outcome{Run: "r1", N: int64(n), Destination: "vault", Events: events}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan reads 200,000 rows a round.
func BenchmarkScan(b *testing.B) {
	const rows = 200_000
	s := leased(b, filepath.Join(b.TempDir(), "state.db"))
	for i := range rows / 1000 {
		if err := s.Commit(b.Context(), Outcome{Run: "r1", N: int64(i), Events: benchEvents(i*1000, 1000)}); err != nil {
			b.Fatal(err)
		}
	}
	for name, r := range map[string]func() rowReader{
		"fast": func() rowReader { return &fastReader{path: s.path} }, "plain": func() rowReader { return &plainReader{s} },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				if err := scan(b.Context(), r(), "home", func(*record.Copy) bool { n++; return true }); err != nil || n != rows {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
			runtime.KeepAlive(s)
		})
	}
}
