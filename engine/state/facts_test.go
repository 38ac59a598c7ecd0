package state

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

// What decodes encodes to what decodes to the same, whatever the row held
// before; and no bytes make the decoder panic.
func FuzzFacts(f *testing.F) {
	for _, c := range []*record.Copy{fullCopy(), fileCopy("home", "a", "v", 1)} {
		b, err := appendFacts(nil, c, factWords{5, 1, 2, 3, 4})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var c record.Copy
		w, err := readFacts(b, &c)
		if err != nil {
			return
		}
		c.LockMode, c.Holds = strings.Repeat("x", int(w.lockMode&1)), make([]string, w.holds&1)
		again, err := appendFacts(nil, &c, w)
		if err != nil {
			t.Fatal(err)
		}
		reused := *fullCopy()
		reused.Path, reused.Key, reused.LockMode, reused.Holds = c.Path, c.Key, c.LockMode, c.Holds
		reused.Destination, reused.Source = "", ""
		reused.ID, reused.Digest, reused.HardLink, reused.Target, reused.Xattrs = "", "", "", "", nil
		reused.Class, reused.Claims, reused.VerifyMethod, reused.TermReason, reused.Run = "", nil, "", "", ""
		w2, err := readFacts(again, &reused)
		if err != nil {
			t.Fatalf("%x does not decode its own bytes %x: %v", b, again, err)
		}
		if !rare(&c) {
			w.lockMode, w.holds = 0, 0
		}
		if w2 != w || !reflect.DeepEqual(reused, c) {
			t.Errorf("%x:\n%+v %v\n%+v %v", b, c, w, reused, w2)
		}
	})
}

func FuzzKeysAndDigests(f *testing.F) {
	f.Add("home", "a/b", "pre/home/a/b", "sha256:00ff")
	f.Add("s", "p", "p", "blake3:0F")
	f.Add("s", "p", "", "")
	f.Fuzz(func(t *testing.T, source, path, key, digest string) {
		if strings.Contains(key, "\x00") {
			return
		}
		if got := unpackKey(packKey(&record.Copy{Source: source, Path: path, Key: key}), source, path); got != key {
			t.Errorf("key %q became %q", key, got)
		}
		if got := unpackDigest(packDigest(digest)); got != digest {
			t.Errorf("digest %q became %q", digest, got)
		}
	})
}

// The bytes are in every state that was ever written: they must not change.
func TestFactsKeepTheirBytes(t *testing.T) {
	b, err := appendFacts(nil, fileCopy("home", "a", "v", 1), factWords{destination: 3, claims: 1, class: 2})
	if err != nil {
		t.Fatal(err)
	}
	const want = "0101020015cd4e2b845bd71806025480a8d6b9079a010204d0bc84c59868a0cf83c59868d00fc88604d00fc80102"
	if hex.EncodeToString(b) != want {
		t.Errorf("got %x", b)
	}
}

func FuzzVarints(f *testing.F) {
	f.Add(binary.AppendVarint(nil, math.MinInt64))
	f.Add([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		want, n := binary.Varint(b)
		r := varints{b: b}
		got := r.next()
		if r.bad != (n <= 0) || !r.bad && (got != want || len(r.b) != len(b)-n) {
			t.Errorf("%x: got %d and %d bytes left, bad %v; want %d, %d", b, got, len(r.b), r.bad, want, n)
		}
	})
}

func FuzzIntents(f *testing.F) {
	for _, b := range [][]byte{{}, {1, 'k', 0, 0, 1, 'x', 0}, {1, 'k', 0, 0, 1, 'x', 1, 's', 1, 'p', 200}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := &decoder{words: newWordReader(func(int64) (string, error) { return `["w"]`, nil })}
		var n int
		err := unpackIntents(b, d, func(i Intent) bool {
			n++
			if i.Copy != nil && i.Copy.Validate() != nil {
				t.Errorf("an invalid copy came out: %+v", i.Copy)
			}
			return true
		})
		if err == nil && n == 0 && len(b) > 0 {
			t.Error("bytes without an intent were accepted")
		}
	})
}
