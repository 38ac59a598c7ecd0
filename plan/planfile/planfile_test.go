package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

var update = flag.Bool("update", false, "write the corpus file of this version, if it is not there")

func header() plan.Header {
	return plan.Header{
		FormatVersion: Version, Program: "0.1.0", ConfigDigest: "sha256:c", PolicyDigest: "sha256:p",
		Lineage: "lineage", Serial: 12, AsOf: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC),
		MaxAge: 24 * time.Hour, Refresh: "quick", Targets: []string{"backup.docs"},
	}
}

func change(i int) *plan.Change {
	path := fmt.Sprintf("folder-%03d/file-%06d.txt", i/1000, i)
	if i%7 == 3 {
		path += "\xff"
	}
	return &plan.Change{
		Address: plan.Address("backup.docs", "vault", path), Backup: "backup.docs", Copy: "vault",
		Destination: "destination.filesystem.vault", Action: plan.Copy, Reason: plan.NewObject,
		Object: plan.Object{
			Source: "docs", Path: path, Kind: plan.File, Size: int64(i), MTime: 1767225600123456789 + int64(i),
			CTime: 1767225600123456789, Inode: uint64(i) + 1, Dev: 66, Mode: 0o100644, UID: 1000, GID: 1000, Nlink: 1, Live: true,
		},
		After: &plan.CopyFacts{
			Seq: 1, Status: "verified", Size: int64(i), CopiedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			RetainUntil: schema.Until(1967225600123), TermReason: "keep 7y after it was created (backup.docs/vault)",
			Claims: []string{"backup.docs/vault"},
		},
		Remaining: 1, CopiesBefore: 1, CopiesAfter: 2,
	}
}

func summary() plan.Summary {
	return plan.Summary{
		Actions:   map[plan.Action]plan.Count{plan.Copy: {Objects: 2, Bytes: 1}},
		Unchanged: plan.Count{Objects: 5, Bytes: 50},
		Backups:   []plan.BackupTotals{{Backup: "backup.docs", ByInclude: []int64{2}}},
	}
}

var findings = []json.RawMessage{json.RawMessage(`{"control":"COPY-1","result":"fail"}`), json.RawMessage(`{"control":"RPO-2"}`)}

func write(tb testing.TB, n int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, header())
	if err != nil {
		tb.Fatal(err)
	}
	for i := range n {
		if err := w.Change(change(i)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(summary(), findings); err != nil {
		tb.Fatal(err)
	}
	if want := fmt.Sprintf("sha256:%x", sha256.Sum256(b.Bytes())); w.Digest() != want {
		tb.Errorf("the writer's digest is %s, the file's %s", w.Digest(), want)
	}
	return b.Bytes()
}

// read takes everything from a file; the error is the first of any step.
func read(b []byte) (*Reader, []*plan.Change, error) {
	r, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, nil, err
	}
	var changes []*plan.Change
	for c, err := range r.Changes() {
		if err != nil {
			return nil, nil, err
		}
		changes = append(changes, c)
	}
	return r, changes, nil
}

func TestReadsBack(t *testing.T) {
	for _, n := range []int{0, 1, 5000} {
		b := write(t, n)
		r, changes, err := read(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r.Header(), header()) || !reflect.DeepEqual(r.Summary(), summary()) {
			t.Errorf("read back\n%+v\n%+v", r.Header(), r.Summary())
		}
		if !reflect.DeepEqual(r.Findings(), findings) || r.Count() != int64(n) || len(changes) != n {
			t.Errorf("%d changes, count %d, findings %s", len(changes), r.Count(), r.Findings())
		}
		for i, c := range changes {
			if !reflect.DeepEqual(c, change(i)) {
				t.Fatalf("change %d read back as %s", i, c.AppendJSON(nil))
			}
		}
		if want := fmt.Sprintf("sha256:%x", sha256.Sum256(b)); r.Digest() != want {
			t.Errorf("digest is %s, that of the file %s", r.Digest(), want)
		}
		if !bytes.Equal(b, write(t, n)) {
			t.Errorf("writing a plan of %d changes twice gives other bytes", n)
		}
	}
}

// Any machine with zcat reads a plan.
func TestIsJSONLines(t *testing.T) {
	gz, err := gzip.NewReader(bytes.NewReader(write(t, 3)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(gz)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if len(lines) != 1+3+1+2+1 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if !json.Valid(l) {
			t.Errorf("not JSON: %s", l)
		}
	}
}

// Every byte matters: a plan of a few changes with any one byte changed, and
// every prefix of it, is refused.
func TestEveryByteMatters(t *testing.T) {
	good := write(t, 4)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if _, _, err := read(bad); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotPlan) {
			t.Fatalf("byte %d of %d with bit %d changed: %v", i, len(good), i%8, err)
		}
		if _, _, err := read(good[:i]); err == nil {
			t.Fatalf("the first %d bytes of %d are accepted", i, len(good))
		}
	}
	for _, more := range [][]byte{{0}, {'\n'}, good, good[len(good)-int(endLength):]} {
		if _, _, err := read(append(bytes.Clone(good), more...)); err == nil {
			t.Errorf("%d bytes behind the end are accepted", len(more))
		}
	}
}

func FuzzOpen(f *testing.F) {
	good := write(f, 4)
	f.Add(good, 0, byte(0))
	f.Add(good[:len(good)/2], 3, byte(1))
	f.Fuzz(func(t *testing.T, b []byte, at int, x byte) {
		b = bytes.Clone(b)
		if len(b) > 0 && at >= 0 {
			b[at%len(b)] ^= x
		}
		r, changes, err := read(b)
		if err != nil {
			return
		}
		var again bytes.Buffer
		w, err := NewWriter(&again, r.Header())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if err := w.Change(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(r.Summary(), r.Findings()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRefusesByName(t *testing.T) {
	member := func(text string) []byte {
		var b bytes.Buffer
		gz := gzip.NewWriter(&b)
		_, _ = gz.Write([]byte(text))
		_ = gz.Close()
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":      {nil, ErrNotPlan},
		"text":       {[]byte("resource \"x\" {}"), ErrNotPlan},
		"other gzip": {member("hello\n"), ErrNotPlan},
		"next minor": {member(`{"backstay":"plan","format_version":"1.1","header":{}}` + "\n"), ErrNewer},
		"next major": {member(`{"backstay":"plan","format_version":"2.0","what":1}` + "\n"), ErrNewer},
		"no version": {member(`{"backstay":"plan"}` + "\n"), ErrNotPlan},
		"no end":     {member(`{"backstay":"plan","format_version":"1.0"}` + "\n"), ErrDamaged},
		"cut":        {write(t, 3)[:600], ErrDamaged},
	} {
		if _, _, err := read(c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A forged file has all digests right and is still not trusted.
func TestRefusesForgedChange(t *testing.T) {
	for name, forge := range map[string]func(*plan.Change){
		"path":   func(c *plan.Change) { c.Object.Path = "../etc/passwd" },
		"key":    func(c *plan.Change) { c.Before = &plan.CopyFacts{Seq: 1, Key: "/etc/passwd"} },
		"action": func(c *plan.Change) { c.Action = "delete" },
		"size":   func(c *plan.Change) { c.Object.Size = -1 },
	} {
		var b bytes.Buffer
		w, err := NewWriter(&b, header())
		if err != nil {
			t.Fatal(err)
		}
		c := change(1)
		forge(c)
		if err := errors.Join(w.Change(c), w.Close(summary(), nil)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := read(b.Bytes()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// swapped answers the first reads with one file and later ones with another.
type swapped struct {
	first, then *bytes.Reader
	left        int
}

func (s *swapped) ReadAt(b []byte, at int64) (int, error) {
	if s.left--; s.left >= 0 {
		return s.first.ReadAt(b, at)
	}
	return s.then.ReadAt(b, at)
}

// A file that is replaced between the check and the reading of its changes is
// noticed, although the second one is a good plan of the same size.
func TestNoticesReplacement(t *testing.T) {
	a := write(t, 60000)
	other := bytes.Clone(a)
	other[len(a)/2] ^= 1
	if len(a) < stretch+stretch/2 {
		t.Fatalf("a plan of %d bytes lies in one stretch", len(a))
	}
	s := &swapped{bytes.NewReader(a), bytes.NewReader(other), 1 << 30}
	r, err := Open(s, int64(len(a)))
	if err != nil {
		t.Fatal(err)
	}
	s.left = 0
	for _, err = range r.Changes() {
	}
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("the replaced file was read to its end: %v", err)
	}
}

func TestPassesErrorsOfTheDisk(t *testing.T) {
	broken := errors.New("no space left")
	w, err := NewWriter(&limited{left: 2000, err: broken}, header())
	for i := 0; err == nil && i < 1e6; i++ {
		err = w.Change(change(rand.Int()))
	}
	if !errors.Is(err, broken) {
		t.Errorf("Change says %v", err)
	}
	if err := w.Close(summary(), nil); !errors.Is(err, broken) {
		t.Errorf("Close says %v", err)
	}
}

type limited struct {
	left int
	err  error
}

func (l *limited) Write(b []byte) (int, error) {
	if l.left -= len(b); l.left < 0 {
		return 0, l.err
	}
	return len(b), nil
}

// A file of each released version is kept for ever: it is read, and says what
// it said.
func TestCorpus(t *testing.T) {
	file := filepath.Join("testdata", "corpus", "v"+Version+".plan")
	if _, err := os.Stat(file); *update && errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(file, write(t, 20), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("testdata/corpus/v*.plan")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, changes, err := read(b)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if !reflect.DeepEqual(r.Summary(), summary()) || !reflect.DeepEqual(r.Findings(), findings) || len(changes) != 20 {
			t.Errorf("%s is read otherwise than it was written", file)
		}
		for i, c := range changes {
			if !reflect.DeepEqual(c, change(i)) {
				t.Errorf("%s: change %d is %s", file, i, c.AppendJSON(nil))
			}
		}
	}
}

// What a writer and a reader hold does not grow with the plan.
func TestMemoryIsConstant(t *testing.T) {
	held := func(n int) uint64 {
		b := write(t, n)
		r, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		var before, now, most uint64
		i := 0
		for _, err := range r.Changes() {
			if err != nil {
				t.Fatal(err)
			}
			if i++; i%(n/8) == 1 {
				if now = heap(); before == 0 {
					before = now
				}
				most = max(most, now)
			}
		}
		return most - before
	}
	if one, two := held(10_000), held(20_000); two > one+(1<<20) {
		t.Errorf("10,000 changes hold %d bytes more than the first, 20,000 %d", one, two)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkWrite200k(b *testing.B) {
	changes := make([]*plan.Change, 1000)
	for i := range changes {
		changes[i] = change(i)
	}
	for b.Loop() {
		w, err := NewWriter(io.Discard, header())
		if err != nil {
			b.Fatal(err)
		}
		for i := range 200_000 {
			if err := w.Change(changes[i%1000]); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Close(summary(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead200k(b *testing.B) {
	file := write(b, 200_000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		r, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range r.Changes() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
