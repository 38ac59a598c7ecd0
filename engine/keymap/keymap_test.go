package keymap

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/addr"
)

// The stores that the map is tested for, from the plainest to the pickiest.
var stores = map[string]storage.Abilities{
	"any":     {},
	"posix":   {MaxKeyBytes: 3840, MaxNameBytes: 255},
	"object":  {MaxKeyBytes: 1024, NamesUTF8: true},
	"mac":     {MaxKeyBytes: 900, MaxNameBytes: 255, FoldsCase: true, FoldsUnicode: true, NamesUTF8: true},
	"windows": {MaxKeyBytes: 900, MaxNameBytes: 255, FoldsCase: true, FoldsUnicode: true, NamesUTF8: true, NamesDOS: true},
	"narrow":  {MaxKeyBytes: 700, MaxNameBytes: 10, NamesUTF8: true, NamesDOS: true},
}

func TestKey(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, c := range []struct {
		store, source, path string
		seq                 int
		want                string
	}{
		{"posix", "home", "docs/a.txt", 1, "p/home/docs/a.txt"},
		{"posix", "home", "docs/a.txt", 2, "p/home/docs/a.txt.~2~"},
		{"posix", "home", "notes.~2~", 1, "p/home/notes.~2~.~1~"},
		{"posix", "home", "notes.~2~", 2, "p/home/notes.~2~.~1~.~2~"},
		{"posix", "home", "notes.~2~/x", 1, "p/home/notes.~2~.~1~/x"},
		{"posix", "home", "emacs~", 1, "p/home/emacs~"},
		{"posix", "home", "../../etc", 1, "p/home/%2e..~x~/%2e..~x~/etc"},
		{"posix", "home", "a//b", 1, "p/home/a/.~x~/b"},
		{"posix", "home", "50%", 1, "p/home/50%"},
		{"posix", "home", "\xff\x01", 1, "p/home/\xff\x01"},
		{"posix", "home", "CON", 1, "p/home/CON"},
		{"posix", ".backstay", "x", 1, "p/.backstay/x"},
		{"posix", `trial["eu/west"]`, "x", 1, "p/trial.eu%2fwest.~k~/x"},
		{"posix", "home", long, 1, "p/home/" + long[:251] + ".~+~/" + long[:49]},
		{"posix", "home", long[:260], 2, "p/home/" + long[:232] + ".~+~/" + long[:28] + ".~2~"},
		{"object", "home", "\xffé%", 1, "p/home/%ffé%25.~x~"},
		{"mac", "home", "README", 1, "p/home/README.~c3f~"},
		{"mac", "home", "Readme", 3, "p/home/Readme.~c1~.~3~"},
		{"mac", "home", "é", 1, "p/home/%c3%a9.~x~"},
		{"windows", "home", "con.txt", 1, "p/home/%63on.txt.~x~"},
		{"windows", "home", "a. ", 1, "p/home/a.%20.~x~"},
		{"windows", "home", "a:b", 1, "p/home/a%3ab.~x~"},
	} {
		m := New(stores[c.store], "p")
		if got := m.Key(c.source, c.path, c.seq); got != c.want {
			t.Errorf("%s: Key(%q, %q, %d)\n got %q\nwant %q", c.store, c.source, c.path, c.seq, got, c.want)
		}
	}
}

func TestReservedAtTheTop(t *testing.T) {
	for name, a := range stores {
		for _, source := range []string{".backstay", ".BackStay"} {
			key := New(a, "").Key(source, "heads/1", 1)
			if first, _, _ := strings.Cut(key, "/"); strings.EqualFold(first, Reserved) {
				t.Errorf("%s: %q", name, key)
			}
		}
		if key := New(a, ".backstay/x").Key("s", "p", 1); strings.HasPrefix(key, ".backstay/") {
			t.Errorf("%s: %q", name, key)
		}
	}
}

func TestTooLongIsHashed(t *testing.T) {
	m := New(stores["posix"], "")
	path := strings.Repeat("deep/", 1000)
	key := m.Key("home", path+"x", 2)
	if !strings.HasPrefix(key, "home/.~long~/") || !strings.HasSuffix(key, ".~2~") || len(key) > 3840 {
		t.Fatalf("%q", key)
	}
	if _, _, _, err := m.Parse(key); !errors.Is(err, ErrHashed) {
		t.Fatalf("Parse: %v, want ErrHashed", err)
	}
	if key == m.Key("home", path+"y", 2) || key == m.Aside("home", path+"x", 2) {
		t.Fatal("two paths, one key")
	}
}

// A store may give keys back in another case; they are still known.
func TestParseWhateverCaseTheStoreKeeps(t *testing.T) {
	m := New(stores["mac"], "Backups")
	key := m.Key("Home", "Docs/ReadMe.TXT", 2)
	for _, k := range []string{key, strings.ToLower(key), strings.ToUpper(key)} {
		source, path, seq, err := m.Parse(k)
		if source != "Home" || path != "Docs/ReadMe.TXT" || seq != 2 || err != nil {
			t.Errorf("Parse(%q) = %q, %q, %d, %v", k, source, path, seq, err)
		}
	}
}

func TestParseForeign(t *testing.T) {
	m := New(stores["posix"], "p")
	for _, key := range []string{
		"", "p", "p/", "p/s", "q/s/x", "s/x", "p/s/x.~1~", "p/s/x.~02~", "p/s/x.~q~", "p/s/x.~x~", "p/s/%41.~x~",
		"p/s/x.~c1~", "p/s/a.~d~/b/c", "p/s/a.~+~/b", "p/s//x", "p/s/../x", "p/a.b.~k~.~2~/x", "p/s/a.~2~/x",
	} {
		if source, path, seq, err := m.Parse(key); !errors.Is(err, ErrForeign) {
			t.Errorf("Parse(%q) = %q, %q, %d, %v; want ErrForeign", key, source, path, seq, err)
		}
	}
}

var seeds = []string{
	"a", "a/b", "A/b.TXT", ".", "..", "a//b", "", "/", "x.~2~", "x.~1~", "x.~x~", "x.~c1~", "x.~d~/y", "x.~k~", ".~long~/x", "x.~+~/y",
	"\xff\xfe", "é/e\u0301", "con", "lpt1.txt", "a ", "a.", ".backstay/heads/1", `t["k"]`, `t["a.b%/"]`, "%41.~x~", "%00",
	strings.Repeat("ü", 200), strings.Repeat("con.", 100), strings.Repeat("A", 300) + ".~2~", strings.Repeat("d/", 2000),
}

// FuzzRoundTrip: a key leads back to what it was made of, can be held by the
// store, and lies where it must.
func FuzzRoundTrip(f *testing.F) {
	for i, s := range seeds {
		f.Add(seeds[(i*7+3)%len(seeds)], s, i%4, i%3 == 0)
	}
	f.Fuzz(func(t *testing.T, source, path string, seq int, aside bool) {
		if seq < 1 {
			seq = 1
		}
		for name, a := range stores {
			for _, prefix := range []string{"", "pre/Fix"} {
				m := New(a, prefix)
				key := m.key(source, path, seq, aside)
				fits(t, name, a, key)
				if !strings.HasPrefix(key, m.SourcePrefix(source)) || strings.HasPrefix(lower(key), ".backstay/") {
					t.Fatalf("%s: %q is out of place", name, key)
				}
				s, p, n, err := m.Parse(key)
				if errors.Is(err, ErrHashed) {
					if !strings.Contains(key, longFolder) {
						t.Fatalf("%s: %q taken for hashed", name, key)
					}
					continue
				}
				if s != source || p != path || n != seq || err != nil {
					t.Fatalf("%s: %q, %q, %d is %q is %q, %q, %d, %v", name, source, path, seq, key, s, p, n, err)
				}
			}
		}
	})
}

// fits fails unless the store can hold the key.
func fits(t *testing.T, name string, a storage.Abilities, key string) {
	t.Helper()
	if !addr.CheckPath(key) || addr.IsFolder(key) || a.NamesUTF8 && !utf8.ValidString(key) {
		t.Fatalf("%s: %.200q is no key", name, key)
	}
	for e := range strings.SplitSeq(key, "/") {
		if limit := max(a.MaxNameBytes, narrowest); a.MaxNameBytes > 0 && len(e) > limit {
			t.Fatalf("%s: element %q of %.200q is too long", name, e, key)
		}
		if a.NamesDOS && (dosDevice(e) || strings.ContainsAny(e, "\x01\n\"*:<>?\\|") || strings.HasSuffix(e, " ") || strings.HasSuffix(e, ".")) {
			t.Fatalf("%s: Windows refuses %q of %q", name, e, key)
		}
		if (a.FoldsCase || a.FoldsUnicode) && strings.ContainsFunc(e, func(r rune) bool { return r >= utf8.RuneSelf }) {
			t.Fatalf("%s: %q might be folded", name, e)
		}
	}
}

// FuzzInjective: different objects never share a key, as the store sees it.
func FuzzInjective(f *testing.F) {
	for i, s := range seeds {
		f.Add("s", s, 1, seeds[(i+1)%len(seeds)], 2)
		f.Add("s", s, 1, strings.ToLower(s), 1)
		f.Add("s", s, 1, s+".~2~", 1)
	}
	f.Fuzz(func(t *testing.T, source, a string, n int, b string, k int) {
		n, k = max(n, 1), max(k, 1)
		if a == b && n == k {
			return
		}
		for name, ab := range stores {
			m := New(ab, "")
			if m.rules.same(m.Key(source, a, n), m.Key(source, b, k)) {
				t.Fatalf("%s: %q %d and %q %d share %q", name, a, n, b, k, m.Key(source, a, n))
			}
			if m.rules.same(m.Key(source, a, n), m.Aside(source, b, k)) {
				t.Fatalf("%s: %q %d and, aside, %q %d share %q", name, a, n, b, k, m.Key(source, a, n))
			}
		}
	})
}

// FuzzParse: what is read from a key gives the same key again.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add("home/" + s)
	}
	f.Fuzz(func(t *testing.T, key string) {
		for name, a := range stores {
			m := New(a, "")
			source, path, seq, err := m.Parse(key)
			if err == nil && !m.rules.same(m.Key(source, path, seq), key) && !m.rules.same(m.Aside(source, path, seq), key) {
				t.Fatalf("%s: %q reads as %q, %q, %d, whose key is %q", name, key, source, path, seq, m.Key(source, path, seq))
			}
		}
	})
}

func BenchmarkKey(b *testing.B) {
	m := New(stores["posix"], "backups")
	b.ReportAllocs()
	for b.Loop() {
		m.Key("home", "projects/trial/runs/2027-03-01/lane-1/sample.fastq.gz", 1)
	}
}
