package renames

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func place(names ...string) []Place { return []Place{{"vault", names}} }

func gone(path string, size, mtime int64, inode uint64) *Object {
	return &Object{Source: "papers", Path: path, Gone: true, Size: size, MTime: mtime, Inode: inode, Places: place("backup.a/vault")}
}

func fresh(path string, size, mtime int64, inode uint64) *Object {
	return &Object{Source: "papers", Path: path, Size: size, MTime: mtime, Inode: inode, Places: place("backup.a/vault")}
}

func pairs(t *testing.T, objects ...*Object) []string {
	t.Helper()
	f := newFinder(t.TempDir(), 32<<10)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, o := range objects {
		if err := f.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	found, err := f.Pair()
	if err != nil {
		t.Fatal(err)
	}
	if found == nil {
		return nil
	}
	var got, from []string
	for p, err := range found.To() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.From+" -> "+p.To)
	}
	for p, err := range found.From() {
		if err != nil {
			t.Fatal(err)
		}
		from = append(from, p.From+" -> "+p.To)
	}
	if !slices.IsSorted(from) || len(from) != len(got) || int64(len(got)) != found.Len() {
		t.Errorf("by old path: %q, by new path: %q, counted %d", from, got, found.Len())
	}
	if err := found.Close(); err != nil {
		t.Error(err)
	}
	return got
}

func TestPairs(t *testing.T) {
	other := fresh("b", 3, 7, 12)
	other.Source = "results"
	ided := func(o *Object, id string) *Object { o.ID, o.Inode = id, 0; return o }
	for name, c := range map[string]struct {
		objects []*Object
		want    []string
	}{
		"one inode":                     {[]*Object{gone("a", 3, 7, 12), fresh("b", 3, 7, 12)}, []string{"a -> b"}},
		"another disk":                  {[]*Object{gone("a", 3, 7, 12), fresh("b", 3, 7, 90)}, []string{"a -> b"}},
		"empty, another disk":           {[]*Object{gone("a", 0, 7, 12), fresh("b", 0, 7, 90)}, nil},
		"empty, one inode":              {[]*Object{gone("a", 0, 7, 12), fresh("b", 0, 7, 12)}, []string{"a -> b"}},
		"another time":                  {[]*Object{gone("a", 3, 7, 12), fresh("b", 3, 8, 12)}, nil},
		"another size":                  {[]*Object{gone("a", 3, 7, 12), fresh("b", 4, 7, 12)}, nil},
		"another source":                {[]*Object{gone("a", 3, 7, 12), other}, nil},
		"who was who":                   {[]*Object{gone("a", 3, 7, 12), fresh("b", 3, 7, 90), fresh("c", 3, 7, 91)}, nil},
		"inodes tell who was who":       {[]*Object{gone("a", 3, 7, 12), gone("b", 3, 7, 13), fresh("c", 3, 7, 13), fresh("d", 3, 7, 12)}, []string{"b -> c", "a -> d"}},
		"one by inode, one by the rest": {[]*Object{gone("a", 3, 7, 12), gone("b", 3, 7, 13), fresh("c", 3, 7, 13), fresh("d", 3, 7, 90)}, []string{"b -> c", "a -> d"}},
		"an inode used twice":           {[]*Object{gone("a", 3, 7, 12), gone("b", 3, 7, 12), fresh("c", 3, 7, 12)}, nil},
		"nothing gone":                  {[]*Object{fresh("b", 3, 7, 12)}, nil},
		"one id":                        {[]*Object{ided(gone("a", 3, 7, 0), "file-1"), ided(fresh("b", 3, 7, 0), "file-1")}, []string{"a -> b"}},
		"other ids":                     {[]*Object{ided(gone("a", 3, 7, 0), "file-1"), ided(fresh("b", 3, 7, 0), "file-2")}, nil},
		"names that are not UTF-8":      {[]*Object{gone("a\xff", 3, 7, 12), fresh("b\xfe", 3, 7, 12)}, []string{"a\xff -> b\xfe"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pairs(t, c.objects...); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A copy goes over only where all who claim it want the new object too.
func TestPlaces(t *testing.T) {
	old, now := gone("a", 3, 7, 12), fresh("b", 3, 7, 12)
	old.Places = []Place{{"attic", []string{"backup.a/attic"}}, {"cellar", nil}, {"vault", []string{"backup.a/vault", "backup.b/vault"}}}
	now.Places = []Place{{"attic", []string{"backup.a/attic", "backup.c/attic"}}, {"cellar", []string{"backup.c/cellar"}}, {"vault", []string{"backup.a/vault"}}}
	f := New(t.TempDir())
	defer f.Close()
	for _, o := range []*Object{old, now} {
		if err := f.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	found, err := f.Pair()
	if err != nil || found.Len() != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	for p := range found.To() {
		if !slices.Equal(p.Destinations, []string{"attic", "cellar"}) {
			t.Errorf("taken over at %q", p.Destinations)
		}
	}
}

// Whatever comes in, no object is in two pairs, and those of a pair are alike; a
// renamed tree is found whole, spilled or not.
func TestNoObjectTwice(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var in []*Object
		by := map[string]*Object{}
		for i := range 2 + rnd.IntN(30) {
			o := gone(fmt.Sprintf("%02d", i), rnd.Int64N(3), rnd.Int64N(2), uint64(rnd.IntN(4)))
			o.Gone = rnd.IntN(2) == 0
			in, by[o.Path] = append(in, o), o
		}
		seen := map[string]bool{}
		for _, p := range pairs(t, in...) {
			var a, b string
			if _, err := fmt.Sscanf(p, "%s -> %s", &a, &b); err != nil {
				t.Fatal(err)
			}
			old, now := by[a], by[b]
			if seen[a] || seen[b] || !old.Gone || now.Gone || old.Size != now.Size || old.MTime != now.MTime {
				t.Fatalf("round %d: %s of %+v", round, p, in)
			}
			seen[a], seen[b] = true, true
		}
	}
	var tree []*Object
	const n = 2000 // some 700 KB: more than is held here
	for i := range int64(n) {
		tree = append(tree, gone(fmt.Sprintf("old/%06d", i), i%7, i, uint64(i)+1), fresh(fmt.Sprintf("new/%06d", i), i%7, i, uint64(i)+1))
	}
	if got := pairs(t, tree...); len(got) != n {
		t.Errorf("%d of %d", len(got), n)
	}
}
