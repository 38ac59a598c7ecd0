package policy

import (
	"fmt"
	"testing"

	"github.com/backstay/backstay/plan"
)

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compileSet(b, Set{Config: withPack(b, fileTree(b), "core")})
	}
}

// BenchmarkCopies judges first copies, which hit no rule: what a first backup
// costs.
func BenchmarkCopies(b *testing.B) {
	for _, off := range []bool{false, true} {
		b.Run(fmt.Sprintf("native=%t", !off), func(b *testing.B) {
			e := compileSet(b, Set{Config: withPack(b, fileTree(b), "core"), NativeOff: off})
			s, err := e.NewPlan(b.Context(), planFacts())
			if err != nil {
				b.Fatal(err)
			}
			c := copyChange()
			b.ReportAllocs()
			for b.Loop() {
				if got, err := s.Change(b.Context(), c); err != nil || len(got) > 0 {
					b.Fatal(got, err)
				}
			}
			if _, err := s.End(b.Context(), &plan.Summary{}, nil); err != nil {
				b.Fatal(err)
			}
		})
	}
}
