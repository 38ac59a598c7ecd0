package apply_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/backstay/backstay/plan"
)

var (
	benchFiles = flag.Int("files", 20_000, "small files of BenchmarkSmallFiles")
	benchBytes = flag.Int64("bytes", 64<<20, "size of each of the four files of BenchmarkLargeFiles")
)

// BenchmarkSmallFiles copies a tree of small files, and then has rsync do the
// same; "ratio" is the first through the second.
func BenchmarkSmallFiles(b *testing.B) {
	w := newWorld(b)
	content := make([]byte, 3000)
	for i := range *benchFiles {
		copy(content, fmt.Sprint(i))
		w.put(fmt.Sprintf("d%03d/f%06d", i%200, i), string(content[:200+i%2800]))
	}
	measure(b, w, "rsync", "-a")
}

// BenchmarkLargeFiles copies four large files, beside rclone.
func BenchmarkLargeFiles(b *testing.B) {
	w := newWorld(b)
	block := make([]byte, 1<<20)
	for i := range 4 {
		f, err := os.Create(w.path("tree", fmt.Sprintf("f%d", i)))
		w.must(err)
		for n := int64(0); n < *benchBytes; n += int64(len(block)) {
			for k := range block {
				block[k] = byte(k*(i+3)) ^ byte(n>>20)
			}
			_, err := f.Write(block)
			w.must(err)
		}
		w.must(f.Close())
	}
	measure(b, w, "rclone", "copy")
}

func measure(b *testing.B, w *world, tool ...string) {
	changes := w.plan()
	var want plan.Count
	for _, c := range changes {
		want.Add(c.Bytes())
	}
	for b.Loop() {
		begun := time.Now()
		res := w.apply(changes...)
		ours := time.Since(begun)
		if res.Failed+res.Skipped > 0 || res.Done[plan.Copy].Bytes != want.Bytes {
			b.Fatalf("result: %+v", res)
		}
		cmd := exec.Command(tool[0], append(tool[1:], w.path("tree")+"/", filepath.Join(w.dir, "other"))...)
		begun = time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		theirs := time.Since(begun)
		b.ReportMetric(ours.Seconds(), "ours-s")
		b.ReportMetric(theirs.Seconds(), tool[0]+"-s")
		b.ReportMetric(ours.Seconds()/theirs.Seconds(), "ratio")
	}
}
