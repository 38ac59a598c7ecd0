package lang_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema/lang"
)

// The work of Load is linear: twice the blocks make at most 2.5 times the
// allocations, whatever refers to whatever.
func TestLoadIsLinear(t *testing.T) {
	allocs := func(n int) float64 {
		files := one(many(n))
		return testing.AllocsPerRun(2, func() {
			if cfg, _, diags := lang.LoadFS(files, "/conf", lang.Options{}); cfg == nil {
				t.Fatal(printDiags(diags))
			}
		})
	}
	if small, large := allocs(100), allocs(200); large > 2.5*small {
		t.Errorf("100 of each block make %.0f allocations, 200 make %.0f", small, large)
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `
locals {
  to%[1]d = destination.filesystem.d%[1]d
}
source "filesystem" "s%[1]d" {
  path = "/s/%[1]d"
}
destination "filesystem" "d%[1]d" {
  path = "/d/%[1]d"
}
backup "b%[1]d" {
  source = source.filesystem.s%[1]d
  copy "a" {
    to = local.to%[1]d
  }
}
`, i)
	}
	return b.String()
}

func BenchmarkLoad(b *testing.B) {
	files := one(many(500))
	for b.Loop() {
		if cfg, _, _ := lang.LoadFS(files, "/conf", lang.Options{}); cfg == nil {
			b.Fatal("no configuration")
		}
	}
}
