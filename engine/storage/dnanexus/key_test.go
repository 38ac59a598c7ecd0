package dnanexus

import (
	"testing"
	"unicode/utf8"
)

func FuzzKeys(f *testing.F) {
	for _, key := range []string{"a", "a/b", "a%b/c%4", "100%", "%41", "%2541", "a\nb/\x7f", "%0A", "%%41", "é/%c3%a9", ".backstay/heads/1"} {
		f.Add(key, "a")
	}
	f.Fuzz(func(t *testing.T, key, other string) {
		if checkKey(key) != nil {
			return
		}
		folder, name := placeOf(key)
		for _, text := range []string{folder, name} {
			for _, r := range text {
				if r < ' ' || r == 0x7f {
					t.Fatalf("%q in the place of %q", text, key)
				}
			}
		}
		if back, ok := keyOf(folder, name); !ok || back != key || !utf8.ValidString(folder+name) {
			t.Fatalf("%q lies in %q as %q, which reads as %q, %v", key, folder, name, back, ok)
		}
		if otherFolder, otherName := placeOf(other); checkKey(other) == nil && other != key && folder == otherFolder && name == otherName {
			t.Fatalf("%q and %q have one place", key, other)
		}
	})
}

func TestNoKeyLeadsToOddNames(t *testing.T) {
	for _, at := range [][2]string{{"/", ""}, {"/", "a/b"}, {"/", "."}, {"/a", "%2F"}, {"/a", "%41"}, {"/a", "%00"}, {"/a", ".."}} {
		if key, ok := keyOf(at[0], at[1]); ok {
			t.Errorf("%q in %q is the key %q", at[1], at[0], key)
		}
	}
}
