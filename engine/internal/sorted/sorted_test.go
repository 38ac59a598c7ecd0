package sorted

import (
	"cmp"
	"encoding/binary"
	"errors"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// pair is a key and the place where it came, to see that equal keys keep order.
type pair struct{ key, place uint32 }

func byKey(a, b pair) int { return cmp.Compare(a.key, b.key) }

func options(t testing.TB, memory int64) Options[pair] {
	return Options[pair]{
		Dir: t.TempDir(), Memory: memory, Compare: byKey,
		Size: func(pair) int64 { return 8 },
		Append: func(dst []byte, p pair) []byte {
			return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, p.key), p.place)
		},
		Decode: func(b []byte) (pair, error) {
			if len(b) != 8 {
				return pair{}, errors.New("bad length")
			}
			return pair{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}, nil
		},
	}
}

// random gives n pairs with many equal keys.
func random(n int, seed uint64) iter.Seq2[pair, error] {
	return func(yield func(pair, error) bool) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		for i := range n {
			if !yield(pair{rnd.Uint32N(uint32(n/3 + 1)), uint32(i)}, nil) {
				return
			}
		}
	}
}

func collect(t *testing.T, in iter.Seq2[pair, error]) []pair {
	t.Helper()
	var out []pair
	for v, err := range in {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Whatever spills, the result is that of a stable sort in memory.
func TestSort(t *testing.T) {
	for _, n := range []int{0, 1, 7, 100, 5000} {
		for _, memory := range []int64{8, 64, 4096, 0} {
			o := options(t, memory)
			want := collect(t, random(n, uint64(n)))
			slices.SortStableFunc(want, byKey)
			if got := collect(t, Sort(random(n, uint64(n)), o)); !slices.Equal(got, want) {
				t.Errorf("n %d, memory %d: wrong order", n, memory)
			}
			empty(t, o.Dir)
		}
	}
}

func TestSortStopsEarly(t *testing.T) {
	o := options(t, 64)
	n := 0
	for _, err := range Sort(random(1000, 1), o) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10 {
			break
		}
	}
	empty(t, o.Dir)
}

func TestSortPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	source := func(yield func(pair, error) bool) {
		random(100, 1)(yield)
		yield(pair{}, broken)
	}
	undecodable := options(t, 64)
	undecodable.Decode = func([]byte) (pair, error) { return pair{}, broken }
	nowhere := options(t, 64)
	nowhere.Dir = filepath.Join(nowhere.Dir, "none")
	for name, c := range map[string]struct {
		in   iter.Seq2[pair, error]
		o    Options[pair]
		want error
	}{
		"source": {source, options(t, 64), broken},
		"decode": {random(100, 1), undecodable, broken},
		"folder": {random(100, 1), nowhere, os.ErrNotExist},
	} {
		errs := 0
		for _, err := range Sort(c.in, c.o) {
			if err != nil {
				errs++
				if !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", name, err, c.want)
				}
			}
		}
		if errs != 1 {
			t.Errorf("%s: %d errors, want 1", name, errs)
		}
		empty(t, c.o.Dir)
	}
}

func TestMerge(t *testing.T) {
	var streams []iter.Seq2[pair, error]
	var want []pair
	for i := range 9 {
		part := collect(t, random(i*50, uint64(i)))
		slices.SortStableFunc(part, byKey)
		for j := range part {
			part[j].place = uint32(i)
		}
		want = append(want, part...)
		streams = append(streams, seq(part))
	}
	slices.SortStableFunc(want, byKey)
	if got := collect(t, Merge(byKey, streams...)); !slices.Equal(got, want) {
		t.Fatal("wrong order")
	}
}

func TestMergeRefusesDisorder(t *testing.T) {
	var last error
	for _, err := range Merge(byKey, seq([]pair{{1, 0}, {3, 0}}), seq([]pair{{2, 0}, {1, 0}})) {
		last = err
	}
	if !errors.Is(last, ErrOrder) {
		t.Fatalf("%v, want ErrOrder", last)
	}
}

// Streams that were not read to their end learn of it.
func TestMergeStopsItsStreams(t *testing.T) {
	stopped := 0
	stream := func(yield func(pair, error) bool) {
		defer func() { stopped++ }()
		random(10, 1)(func(p pair, err error) bool { return yield(pair{5, p.place}, err) })
	}
	for _, err := range Merge(byKey, stream, stream) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if stopped != 2 {
		t.Fatalf("%d streams were stopped, want 2", stopped)
	}
}

// Memory is bounded by the option, not by the stream.
func TestSortMemoryIsConstant(t *testing.T) {
	measure := func(n int) float64 {
		var before, during runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		i := 0
		for _, err := range Sort(random(n, 1), options(t, 64<<10)) {
			if err != nil {
				t.Fatal(err)
			}
			if i++; i == n/2 {
				runtime.GC()
				runtime.ReadMemStats(&during)
			}
		}
		return float64(during.HeapAlloc) - float64(before.HeapAlloc)
	}
	one, two := measure(100_000), measure(300_000)
	t.Logf("held %.0f and %.0f KB", one/1e3, two/1e3)
	if two > one+0.8e6 { // the difference of the streams is 1.6 MB
		t.Errorf("held %.0f bytes for N, %.0f for 3N", one, two)
	}
}
