package filesystem

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// grow makes a x b folders of c empty files below root.
func grow(tb testing.TB, root string, a, b, c int) {
	tb.Helper()
	for i := range a {
		for j := range b {
			dir := filepath.Join(root, fmt.Sprintf("dir-%03d/sub-%03d", i, j))
			if err := os.MkdirAll(dir, 0o755); err != nil {
				tb.Fatal(err)
			}
			fill1(tb, dir, c)
		}
	}
}

// fill1 makes n empty files in a folder.
func fill1(tb testing.TB, dir string, n int) {
	tb.Helper()
	for k := range n {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("file-%07d.dat", k)))
		if err != nil {
			tb.Fatal(err)
		}
		if err := f.Close(); err != nil {
			tb.Fatal(err)
		}
	}
}
