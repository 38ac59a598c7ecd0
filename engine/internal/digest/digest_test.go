package digest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

func sample(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func want(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func TestReaderHandsOnAndDigests(t *testing.T) {
	for _, n := range []int{0, 1, 100, bufferSize - 1, bufferSize, bufferSize + 1, ringFrom, 3*ringFrom + 17} {
		for _, hint := range []int64{int64(n), -1} {
			data := sample(n)
			r, err := NewReader("", bytes.NewReader(data), hint)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if _, err := io.Copy(&got, r); err != nil {
				t.Fatal(err)
			}
			sum, k, whole := r.Sum()
			r.Close()
			if !whole || k != int64(n) || sum != want(data) || !bytes.Equal(got.Bytes(), data) {
				t.Errorf("size %d, hint %d: n %d, whole %v, %s", n, hint, k, whole, sum)
			}
		}
	}
}

func TestRingReadsInSmallSteps(t *testing.T) {
	data := sample(2*ringFrom + 5)
	r, _ := NewReader(SHA256, iotest.HalfReader(bytes.NewReader(data)), -1)
	defer r.Close()
	if err := iotest.TestReader(struct{ io.Reader }{r}, data); err != nil {
		t.Fatal(err)
	}
	if sum, _, whole := r.Sum(); !whole || sum != want(data) {
		t.Errorf("digest %s, whole %v", sum, whole)
	}
}

func TestFailureIsNotWhole(t *testing.T) {
	bad := errors.New("bad block")
	for _, hint := range []int64{10, -1} {
		src := io.MultiReader(bytes.NewReader(sample(ringFrom+3)), iotest.ErrReader(bad))
		r, _ := NewReader(SHA256, src, hint)
		_, err := io.Copy(io.Discard, r)
		if !errors.Is(err, bad) {
			t.Errorf("hint %d: error %v", hint, err)
		}
		if _, _, whole := r.Sum(); whole {
			t.Errorf("hint %d: whole after a failure", hint)
		}
		r.Close()
	}
}

func TestCloseInTheMiddleWaits(t *testing.T) {
	src := &counted{r: bytes.NewReader(sample(20 * bufferSize))}
	r, _ := NewReader(SHA256, src, -1)
	if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	before := src.n
	if before > 10*bufferSize {
		t.Errorf("read %d bytes ahead", before)
	}
	if _, err := r.Read(make([]byte, 1)); err == nil {
		t.Error("reading after Close succeeds")
	}
	r.Close()
	if src.n != before {
		t.Error("still reading after Close")
	}
}

type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

func TestOfAndAlgorithms(t *testing.T) {
	d, n, err := Of(BLAKE3, strings.NewReader("abc"))
	// From the test vectors of the BLAKE3 authors' b3sum.
	if err != nil || n != 3 || d != "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85" {
		t.Errorf("%s %d %v", d, n, err)
	}
	if d, _, _ := Of("", strings.NewReader("abc")); d != want([]byte("abc")) {
		t.Errorf("default: %s", d)
	}
	if _, _, err := Of("md5", strings.NewReader("")); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("md5: %v", err)
	}
	if Algorithm(d) != BLAKE3 {
		t.Error(Algorithm(d))
	}
}

func BenchmarkReader(b *testing.B) {
	data := sample(64 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		r, _ := NewReader(SHA256, struct{ io.Reader }{bytes.NewReader(data)}, int64(len(data)))
		_, _ = io.Copy(io.Discard, r)
		r.Sum()
		r.Close()
	}
}
