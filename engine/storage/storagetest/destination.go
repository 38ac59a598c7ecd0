// Package storagetest is the contract of storage systems, executable: every
// driver's tests run it against a fresh system of theirs.
//
// In goes a function that opens an empty system; out come test failures. It
// uses nothing but the interfaces of package storage, so it proves nothing
// about a driver's inside.
package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// Destination runs the contract of a destination. open gives an empty one at
// each call.
func Destination(t *testing.T, open func(t *testing.T) storage.Destination) {
	for name, test := range map[string]func(*testing.T, storage.Destination){
		"contents":      contents,
		"invisible":     invisible,
		"exclusive":     exclusive,
		"race":          race,
		"not a folder":  notFolder,
		"over":          over,
		"discard":       discard,
		"finish":        finishDropsTheRest,
		"sweep":         sweep,
		"list":          list,
		"list prefix":   listPrefix,
		"remove":        remove,
		"bad keys":      badKeys,
		"broken reader": brokenReader,
		"cancelled":     cancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// harness is a destination with the steps that most tests take.
type harness struct {
	*testing.T
	d storage.Destination
}

func (h harness) begin(attempt string) storage.Batch {
	h.Helper()
	b, err := h.d.Begin(context.Background(), attempt)
	if err != nil {
		h.Fatal(err)
	}
	return b
}

func (h harness) stage(b storage.Batch, key, content string) storage.Staged {
	h.Helper()
	s, err := b.Stage(context.Background(), key, strings.NewReader(content), int64(len(content)))
	if err != nil {
		h.Fatal(err)
	}
	if s.Key != key || s.Size != int64(len(content)) {
		h.Fatalf("staged %q of %d bytes, want %q of %d", s.Key, s.Size, key, len(content))
	}
	return s
}

func (h harness) commit(b storage.Batch, s storage.Staged) storage.Object {
	h.Helper()
	o, err := b.Commit(context.Background(), s)
	if err != nil {
		h.Fatal(err)
	}
	return o
}

func (h harness) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// put stores contents under keys in one batch and gives the objects.
func (h harness) put(attempt string, pairs ...string) []storage.Object {
	h.Helper()
	b := h.begin(attempt)
	var staged []storage.Staged
	for i := 0; i < len(pairs); i += 2 {
		staged = append(staged, h.stage(b, pairs[i], pairs[i+1]))
	}
	h.must(b.Sync(context.Background()))
	var out []storage.Object
	for _, s := range staged {
		out = append(out, h.commit(b, s))
	}
	h.must(b.Finish(context.Background()))
	return out
}

// holds fails unless the key has this very content.
func (h harness) holds(key, content string) {
	h.Helper()
	r, o, err := h.d.Open(context.Background(), key)
	if err != nil {
		h.Fatal(err)
	}
	got, err := io.ReadAll(r)
	h.must(errors.Join(err, r.Close()))
	if string(got) != content || o.Size != int64(len(content)) || o.Key != key {
		h.Fatalf("%q: %d bytes, object %+v; want %d bytes", key, len(got), o, len(content))
	}
}

func (h harness) wants(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Fatalf("error %v, want %v", err, want)
	}
}

func (h harness) keys(prefix string) []string {
	h.Helper()
	var out []string
	for o, err := range h.d.List(context.Background(), prefix) {
		h.must(err)
		out = append(out, o.Key)
	}
	return out
}

// contents come back as they were staged, byte for byte, at the sizes where
// buffers and holes begin and end.
func contents(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	b := h.begin("a")
	kinds := map[string]string{"empty": "", "one": "x", "zeros": strings.Repeat("\x00", 100_000)}
	for _, n := range []int{4096, 32<<10 - 1, 32 << 10, 1 << 20, 1<<20 + 1} {
		text := strings.Repeat("0123456789abcdef", n/16+1)[:n]
		kinds[fmt.Sprint(n)] = text
		kinds[fmt.Sprint(n, "-then-hole")] = text + strings.Repeat("\x00", 70_000)
		kinds[fmt.Sprint(n, "-in-hole")] = strings.Repeat("\x00", 65536) + text + strings.Repeat("\x00", 65536) + "."
	}
	staged := map[string]storage.Staged{}
	for name, content := range kinds {
		staged[name] = h.stage(b, "k/"+name, content)
	}
	h.must(b.Sync(context.Background()))
	for name, content := range kinds {
		r, err := b.Reread(context.Background(), staged[name])
		h.must(err)
		got, err := io.ReadAll(r)
		h.must(errors.Join(err, r.Close()))
		if string(got) != content {
			t.Fatalf("%s: %d other bytes were staged", name, len(got))
		}
		o := h.commit(b, staged[name])
		stat, err := d.Stat(context.Background(), "k/"+name)
		if h.must(err); o != stat || o.ID == "" {
			t.Fatalf("committed %+v, stat says %+v", o, stat)
		}
	}
	h.must(b.Finish(context.Background()))
	for name, content := range kinds {
		h.holds("k/"+name, content)
	}
}

// invisible: what is staged is not there for anybody yet.
func invisible(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	b := h.begin("a")
	h.stage(b, "k", "x")
	h.must(b.Sync(context.Background()))
	_, err := d.Stat(context.Background(), "k")
	h.wants(err, storage.ErrNotExist)
	_, _, err = d.Open(context.Background(), "k")
	h.wants(err, storage.ErrNotExist)
	if keys := h.keys(""); len(keys) > 0 {
		t.Fatalf("listed %q", keys)
	}
	h.must(b.Discard(context.Background()))
}

// exclusive: a taken key stays as it is, and the loser keeps its content.
func exclusive(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	h.put("a", "dir/k", "first")
	b := h.begin("b")
	s := h.stage(b, "dir/k", "second")
	h.must(b.Sync(context.Background()))
	_, err := b.Commit(context.Background(), s)
	h.wants(err, storage.ErrExists)
	h.holds("dir/k", "first")
	r, err := b.Reread(context.Background(), s)
	h.must(err)
	got, err := io.ReadAll(r)
	h.must(errors.Join(err, r.Close()))
	if string(got) != "second" {
		t.Fatalf("staged content is %q now", got)
	}
	h.commit(b, b.Rename(s, "dir/k.~2~"))
	h.must(b.Finish(context.Background()))
	h.holds("dir/k", "first")
	h.holds("dir/k.~2~", "second")
}

// race: of many that want one key at once, one gets it.
func race(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	const n = 8
	for round := range 10 {
		key := fmt.Sprintf("new-%d/k", round)
		var group sync.WaitGroup
		var mu sync.Mutex
		winner, start := "", make(chan struct{})
		for i := range n {
			b := h.begin(fmt.Sprintf("a%d-%d", round, i))
			content := fmt.Sprint("from ", i)
			s := h.stage(b, key, content)
			h.must(b.Sync(context.Background()))
			group.Go(func() {
				<-start
				_, err := b.Commit(context.Background(), s)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && winner == "":
					winner = content
				case !errors.Is(err, storage.ErrExists):
					t.Errorf("commit %d: %v, winner %q", i, err, winner)
				}
				if err := b.Finish(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		group.Wait()
		h.holds(key, winner)
	}
	if left, err := d.Sweep(context.Background(), func(string) bool { return false }); left != 0 || err != nil {
		t.Errorf("%d left behind, %v", left, err)
	}
}

// notFolder: a key cannot go through another key where keys are paths of a
// tree. A flat store just takes it.
func notFolder(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	h.put("a", "x/k", "object")
	b := h.begin("b")
	s := h.stage(b, "x/k/below", "y")
	h.must(b.Sync(context.Background()))
	if _, err := b.Commit(context.Background(), s); err != nil {
		h.wants(err, storage.ErrNotFolder)
		_, err = d.Stat(context.Background(), "x/k/below")
		h.wants(err, storage.ErrNotExist)
		h.commit(b, b.Rename(s, "x/k.~d~/below"))
	}
	h.must(b.Finish(context.Background()))
	h.holds("x/k", "object")
	_, err := d.Stat(context.Background(), "x")
	h.wants(err, storage.ErrNotExist) // a folder is no object
}

// over: a batch that ended is of no more use.
func over(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	b := h.begin("a")
	s := h.stage(b, "k", "x")
	h.must(b.Finish(context.Background()))
	ctx := context.Background()
	_, stageErr := b.Stage(ctx, "l", strings.NewReader(""), 0)
	_, commitErr := b.Commit(ctx, s)
	_, rereadErr := b.Reread(ctx, s)
	for i, err := range []error{stageErr, commitErr, rereadErr, b.Sync(ctx), b.Finish(ctx)} {
		if err == nil {
			t.Errorf("call %d on a batch that is over succeeded", i)
		}
	}
	if keys := h.keys(""); len(keys) > 0 {
		t.Fatalf("listed %q", keys)
	}
}

// discard keeps what was committed and removes the rest, also when the context
// is done, and can be called twice.
func discard(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	b := h.begin("a")
	h.commit(b, h.stage(b, "kept", "x"))
	h.stage(b, "dropped", "y")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.must(b.Discard(ctx))
	h.must(b.Discard(ctx))
	h.holds("kept", "x")
	h.swept(0, nil)
}

// swept fails unless a sweep finds n.
func (h harness) swept(n int, live map[string]bool) {
	h.Helper()
	got, err := h.d.Sweep(context.Background(), func(a string) bool { return live[a] })
	if err != nil || got != n {
		h.Fatalf("swept %d, %v; want %d", got, err, n)
	}
}

func finishDropsTheRest(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	b := h.begin("a")
	h.stage(b, "k", "x")
	h.must(b.Finish(context.Background()))
	h.swept(0, nil)
}

// sweep removes what dead attempts left, and nothing of live ones or of keys. A
// driver whose staged content has no name leaves nothing.
func sweep(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	h.swept(0, nil)
	h.put("old", "k", "x")
	dead, live := h.begin("run-1-b-2"), h.begin("run-1-b-3")
	h.stage(dead, "l", "1")
	h.stage(dead, "m", "2")
	s := h.stage(live, "n", "3")
	n, err := d.Sweep(context.Background(), func(a string) bool { return a == "run-1-b-3" })
	if err != nil || n != 0 && n != 2 {
		t.Fatalf("swept %d, %v; want both or none", n, err)
	}
	h.swept(0, map[string]bool{"run-1-b-3": true})
	h.must(live.Sync(context.Background()))
	h.commit(live, s)
	h.must(live.Finish(context.Background()))
	if got := h.keys(""); !slices.Equal(got, []string{"k", "n"}) {
		t.Fatalf("keys %q", got)
	}
}

// list gives every key once in byte order, also keys that are hard to sort.
func list(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	if keys := h.keys(""); len(keys) > 0 {
		t.Fatalf("an empty destination lists %q", keys)
	}
	keys := []string{"a-b/x", "a/x", "a/x y", "a/é", "a0", "a/b/c/d", "z.~2~", ".backstay/heads/1", "~", "a.b/c\nd"}
	if !d.Abilities().NamesUTF8 {
		keys = append(keys, "a/\xff\xfe", "\x80/\x01")
	}
	var pairs []string
	for _, k := range keys {
		pairs = append(pairs, k, "content of "+k)
	}
	h.put("a", pairs...)
	slices.Sort(keys)
	if got := h.keys(""); !slices.Equal(got, keys) {
		t.Fatalf("keys\n got %q\nwant %q", got, keys)
	}
	for _, k := range keys {
		h.holds(k, "content of "+k)
	}
	for o, err := range d.List(context.Background(), "") { // and stops when told
		if h.must(err); o.Key != keys[0] {
			t.Fatalf("first %q", o.Key)
		}
		break
	}
}

func listPrefix(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	h.put("a", "s/a", "", "s/ab/c", "", "s/b", "", "sa", "", "t/a", "")
	for prefix, want := range map[string][]string{
		"s":     {"s/a", "s/ab/c", "s/b", "sa"},
		"s/":    {"s/a", "s/ab/c", "s/b"},
		"s/a":   {"s/a", "s/ab/c"},
		"s/ab/": {"s/ab/c"},
		"s/a/":  nil,
		"none/": nil,
		"u":     nil,
	} {
		if got := h.keys(prefix); !slices.Equal(got, want) {
			t.Errorf("prefix %q: %q, want %q", prefix, got, want)
		}
	}
}

// remove takes the very object that it names.
func remove(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	ctx := context.Background()
	old := h.put("a", "dir/sub/k", "old")[0]
	wrong := old
	wrong.ID += "9"
	h.wants(d.Remove(ctx, wrong), storage.ErrChanged)
	h.must(d.Remove(ctx, old))
	h.wants(d.Remove(ctx, old), storage.ErrNotExist)
	_, err := d.Stat(ctx, old.Key)
	h.wants(err, storage.ErrNotExist)
	swapped := h.put("b", "dir/sub/k", "newer")[0]
	h.wants(d.Remove(ctx, old), storage.ErrChanged)
	h.holds("dir/sub/k", "newer")
	h.must(d.Remove(ctx, swapped))
	if keys := h.keys(""); len(keys) > 0 {
		t.Fatalf("left %q", keys)
	}
}

// badKeys are refused by every call.
func badKeys(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	ctx := context.Background()
	b := h.begin("a")
	good := h.stage(b, "good", "x")
	for _, key := range []string{"", "/", "/abs", "../up", "a/../../up", "a//b", "a/./b", "..", "nul\x00", "folder/"} {
		_, stageErr := b.Stage(ctx, key, strings.NewReader("x"), 1)
		_, commitErr := b.Commit(ctx, b.Rename(good, key))
		_, _, openErr := d.Open(ctx, key)
		_, statErr := d.Stat(ctx, key)
		removeErr := d.Remove(ctx, storage.Object{Key: key})
		for i, err := range []error{stageErr, commitErr, openErr, statErr, removeErr} {
			if !errors.Is(err, storage.ErrEscape) {
				t.Errorf("key %q, call %d: %v, want ErrEscape", key, i, err)
			}
		}
	}
	h.must(b.Discard(ctx))
	for _, attempt := range []string{"", "a/b", "../x", "."} {
		if _, err := d.Begin(ctx, attempt); err == nil {
			t.Errorf("attempt %q accepted", attempt)
		}
	}
}

// brokenReader: a stream that ends in an error stages nothing, even if the
// error comes with the last bytes, as that of a digest that does not fit.
func brokenReader(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	broken := errors.New("digest differs")
	b := h.begin("a")
	for _, n := range []int{0, 10, 2 << 20} {
		r := io.MultiReader(bytes.NewReader(make([]byte, n)), errReader{broken})
		_, err := b.Stage(context.Background(), "k", r, int64(n))
		h.wants(err, broken)
	}
	h.swept(0, nil)
	h.must(b.Finish(context.Background()))
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// cancelled: a context that is done stops every call, with its cause.
func cancelled(t *testing.T, d storage.Destination) {
	h := harness{t, d}
	o := h.put("a", "k", "x")[0]
	b := h.begin("b")
	s := h.stage(b, "l", "x")
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	_, beginErr := d.Begin(ctx, "c")
	_, _, openErr := d.Open(ctx, "k")
	_, statErr := d.Stat(ctx, "k")
	_, stageErr := b.Stage(ctx, "m", strings.NewReader("x"), 1)
	_, commitErr := b.Commit(ctx, s)
	_, rereadErr := b.Reread(ctx, s)
	var listErr error
	for _, err := range d.List(ctx, "") {
		listErr = err
	}
	for i, err := range []error{beginErr, openErr, statErr, stageErr, commitErr, rereadErr, listErr, b.Sync(ctx), b.Finish(ctx), d.Remove(ctx, o)} {
		if !errors.Is(err, why) {
			t.Errorf("call %d: %v, want the cause", i, err)
		}
	}
	h.must(b.Discard(ctx))
	h.holds("k", "x")
}
