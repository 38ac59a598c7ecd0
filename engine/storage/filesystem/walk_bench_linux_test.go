package filesystem

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"
)

// BenchmarkWalk lists the tree that BACKSTAY_BENCH_TREE names, or one of
// 20,000 files that it makes.
func BenchmarkWalk(b *testing.B) {
	root := os.Getenv("BACKSTAY_BENCH_TREE")
	if root == "" {
		root = b.TempDir()
		grow(b, root, 20, 10, 100)
	}
	s, err := OpenSource(root, SourceOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var entries int
	before := cpu(b)
	for b.Loop() {
		entries = 0
		for _, err := range s.List(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			entries++
		}
	}
	used := cpu(b) - before
	b.ReportMetric(float64(used.Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(entries), "entries/op")
}

// cpu is the user and system time of the process so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
