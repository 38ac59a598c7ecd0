package dnanexus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

func TestDestinationContract(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		var n atomic.Int64
		storagetest.Destination(t, func(t *testing.T) storage.Destination {
			return r.open(t, DestinationOptions{Project: fmt.Sprint("new-", n.Add(1)), Create: true})
		})
	})
}

// open opens a destination that is closed with the test.
func (r rig) open(t testing.TB, o DestinationOptions) *Destination {
	t.Helper()
	d, err := r.tryOpen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (r rig) tryOpen(ctx context.Context, o DestinationOptions) (*Destination, error) {
	r.Helper()
	c, err := r.conn.Client()
	if err != nil {
		r.Fatal(err)
	}
	return OpenDestination(ctx, c, o)
}

// hand gives the rig a clock on which waits take no time.
func (r *rig) hand() *clock.Hand {
	h := clock.Fixed(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	r.conn.Clock = h
	return h
}

// trial is a destination with a batch, and the steps that most tests take.
type trial struct {
	rig
	d *Destination
	b storage.Batch
}

func (r rig) trial(o DestinationOptions) *trial {
	r.Helper()
	o.Create = true
	if o.Project == "" {
		o.Project = "vault"
	}
	x := &trial{rig: r, d: r.open(r, o)}
	x.b = x.begin("run-1")
	return x
}

func (x *trial) begin(attempt string) storage.Batch {
	x.Helper()
	b, err := x.d.Begin(x.Context(), attempt)
	x.ok(err)
	x.Cleanup(func() { _ = b.Discard(context.Background()) }) // done already where the test ends it
	return b
}

func (x *trial) ok(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

func (x *trial) stage(b storage.Batch, key, content string) storage.Staged {
	x.Helper()
	s, err := b.Stage(x.Context(), key, strings.NewReader(content), int64(len(content)))
	x.ok(err)
	return s
}

// put makes a copy of content.
func (x *trial) put(key, content string) storage.Object {
	x.Helper()
	s := x.stage(x.b, key, content)
	x.ok(x.b.Sync(x.Context()))
	x.ok(x.b.(storage.Checked).Receipt(x.Context(), s))
	o, err := x.b.Commit(x.Context(), s)
	x.ok(err)
	return o
}

func (x *trial) holds(key, content string) {
	x.Helper()
	r, _, err := x.d.Open(x.Context(), key)
	x.ok(err)
	got, err := io.ReadAll(r)
	x.ok(errors.Join(err, r.Close()))
	if string(got) != content {
		x.Fatalf("%q holds %d other bytes", key, len(got))
	}
}

// random bytes would hide nothing that this pattern shows: no part equals
// another one.
func pattern(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return string(b)
}

func TestProvenanceGoesIntoPropertiesAndDetails(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	p := storage.Provenance{
		Source: "trial", System: "dnanexus", Path: "runs/a.bam", ID: "file-source", Digest: "sha256:abc", Size: 5, MTime: 7, Run: "r1",
		Facts: &storage.Facts{
			Class: "file", Project: "project-source", Tags: []string{"t"}, Types: []string{"T"}, Created: 9, CreatedBy: "user-bob job-1",
			Properties: map[string]string{"sample": "NA12878", "$dnanexus_link": "file-B0000000000000000000000B"},
		},
	}
	s := x.stage(x.b, "trial/runs/a.bam", "bytes")
	x.ok(x.b.(storage.Described).Describe(t.Context(), s, p))
	x.ok(x.b.Sync(t.Context()))
	if err := x.b.(storage.Described).Describe(t.Context(), s, p); err == nil {
		t.Error("a file that is closed took other provenance")
	}
	o, err := x.b.Commit(t.Context(), s)
	x.ok(err)
	var have wire.Object
	x.must(o.ID, "describe", wire.Fields("properties", "details", "links"), &have)
	for name, want := range map[string]string{
		"backstay_source": "trial", "backstay_path": "runs/a.bam", "backstay_id": "file-source", "backstay_sha256": "abc",
		"backstay_project": "project-source", "backstay_created_by": "user-bob job-1", "backstay_run": "r1", attemptProperty: "",
	} {
		if have.Properties[name] != want {
			t.Errorf("property %s is %q, want %q", name, have.Properties[name], want)
		}
	}
	var inside struct {
		Backstay struct {
			Tags, Types []string
			Properties  [][2]string
			Created     int64
			Class, Path string
		}
	}
	x.ok(json.Unmarshal(have.Details, &inside))
	b := inside.Backstay
	if fmt.Sprintf("%v %v %d %s %s", b.Tags, b.Types, b.Created, b.Class, b.Path) != "[t] [T] 9 file runs/a.bam" || len(b.Properties) != 2 || b.Properties[1][1] != "NA12878" {
		t.Errorf("details %s", have.Details)
	}
	if string(have.Links) != "[]" {
		t.Errorf("a property of the source became a link: %s", have.Links)
	}
}

// The calls that package documentation promises, counted by the emulator.
func TestWhatACopyCosts(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	x.Calls()
	const n = 20
	var staged []storage.Staged
	for i := range n {
		s := x.stage(x.b, fmt.Sprintf("s/%d", i), "content")
		x.ok(x.b.(storage.Described).Describe(t.Context(), s, storage.Provenance{Source: "s"}))
		staged = append(staged, s)
	}
	x.ok(x.b.Sync(t.Context()))
	var wg sync.WaitGroup
	for _, s := range staged {
		wg.Go(func() {
			_, err := x.b.Commit(t.Context(), s)
			if err := errors.Join(x.b.(storage.Checked).Receipt(t.Context(), s), err); err == nil {
				t.Errorf("a receipt for %q after its commit", s.Key)
			} else if !errors.Is(err, storage.ErrNotExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	x.ok(x.b.Finish(t.Context()))
	x.wants(map[string]int{
		"file/new": n, "file-xxxx/upload": n, "upload": n, "file-xxxx/setDetails": n, "file-xxxx/close": n, "file-xxxx/setProperties": n,
		"system/findDataObjects": 1, "system/resolveDataObjects": 1,
	})
	o, err := x.d.Stat(t.Context(), "s/1")
	x.ok(err)
	x.wants(map[string]int{"system/findDataObjects": 1})
	x.holds("s/1", "content")
	x.wants(map[string]int{"system/findDataObjects": 1, "file-xxxx/download": 1, "download": 1})
	x.ok(x.d.Remove(t.Context(), o))
	x.wants(map[string]int{"system/findDataObjects": 1, "project-xxxx/removeObjects": 1})
}

// wants compares what was called since the last count.
func (x *trial) wants(want map[string]int) {
	x.Helper()
	if got := x.Calls(); fmt.Sprint(got) != fmt.Sprint(want) {
		x.Errorf("calls\n got %v\nwant %v", got, want)
	}
}

func TestLargeFilesGoInParts(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	content := pattern(20<<20 + 1)
	x.put("s/three parts", content)
	x.holds("s/three parts", content)
	for hint, key := range map[int64]string{-1: "unknown", 3: "too small", 40 << 20: "too large"} {
		s, err := x.b.Stage(t.Context(), key, strings.NewReader(content[:9<<20]), hint)
		x.ok(err)
		x.ok(x.b.Sync(t.Context()))
		x.ok(x.b.(storage.Checked).Receipt(t.Context(), s))
		_, err = x.b.Commit(t.Context(), s)
		x.ok(err)
		x.holds(key, content[:9<<20])
	}
}

// Whatever answer is lost, refused or damaged once, there is one copy and it is
// whole.
func TestTroubleOnTheWay(t *testing.T) {
	for _, f := range []fault{
		{Route: "upload", Action: "corrupt", AfterBytes: 1000, Times: 1},
		{Route: "upload", Action: "drop", Times: 1},
		{Route: "upload", Action: "lose", Times: 1},
		{Route: "upload", Action: "status", Status: 503, RetryAfter: 1, Times: 2},
		{Route: "file-xxxx/upload", Action: "lose", Times: 1},
		{Route: "file/new", Action: "lose", Times: 1},
		{Route: "file/new", Action: "status", Status: 429, Times: 1},
		{Route: "file-xxxx/setDetails", Action: "lose", Times: 1},
		{Route: "file-xxxx/close", Action: "lose", Times: 1},
		{Route: "file-xxxx/setProperties", Action: "lose", Times: 1},
		{Route: "system/resolveDataObjects", Action: "truncate", AfterBytes: 3, Times: 1},
		{Route: "system/findDataObjects", Action: "status", Status: 500, Times: 3},
		{Route: "file-xxxx/download", Action: "lose", Times: 1},
		{Route: "download", Action: "truncate", AfterBytes: 100_000, Times: 3},
	} {
		t.Run(strings.ReplaceAll(f.Route, "/", " ")+" "+f.Action, func(t *testing.T) {
			r := emulator(t, "seed")
			r.hand()
			x := r.trial(DestinationOptions{})
			x.Spoil(f)
			content := pattern(300_000)
			s := x.stage(x.b, "s/k", content)
			x.ok(x.b.(storage.Described).Describe(t.Context(), s, storage.Provenance{Source: "s"}))
			x.ok(x.b.Sync(t.Context()))
			x.ok(x.b.(storage.Checked).Receipt(t.Context(), s))
			_, err := x.b.Commit(t.Context(), s)
			x.ok(err)
			x.ok(x.b.Finish(t.Context()))
			x.holds("s/k", content)
			if all, err := x.d.at(t.Context(), "s/k"); len(all) != 1 || err != nil {
				t.Errorf("%d files, %v", len(all), err)
			}
		})
	}
}

func TestRetryAfterIsFollowed(t *testing.T) {
	r := emulator(t, "seed")
	h := r.hand()
	x := r.trial(DestinationOptions{})
	x.Spoil(fault{Route: "file/new", Action: "status", Status: 503, RetryAfter: 90, Times: 3})
	start := h.Now()
	x.put("k", "x")
	if waited := h.Now().Sub(start); waited < 270*time.Second || waited > 300*time.Second {
		t.Errorf("waited %v for three answers that say 90 s", waited)
	}
}

// What lasts is told in words that say what was asked for, and hold no secret.
func TestWhatLastsIsTold(t *testing.T) {
	r := emulator(t, "seed")
	r.hand()
	x := r.trial(DestinationOptions{})
	x.Spoil(fault{Route: "file/new", Action: "status", Status: 503, RetryAfter: 60})
	x.stage(x.b, "s/k", "x")
	err := x.b.Sync(t.Context())
	if !errors.Is(err, storage.ErrUnreachable) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{`"s/k"`, "DNAnexus refused file/new", "after", "HTTP 503"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %s", err, want)
		}
	}
	if strings.Contains(err.Error(), platformtest.Token) || strings.Contains(err.Error(), "/U/") {
		t.Errorf("%q holds a secret", err)
	}
}

// A file that cannot be stored harms no other one.
func TestOneFailureIsOneFilesOwn(t *testing.T) {
	r := emulator(t, "seed")
	r.hand()
	x := r.trial(DestinationOptions{})
	bad, good := x.stage(x.b, "s/bad", "1"), x.stage(x.b, "s/good", "22")
	for _, f := range []struct {
		s    storage.Staged
		fail bool
	}{{bad, true}, {good, false}} {
		id, err := f.s.Ref.(*staged).up.File()
		x.ok(err)
		if f.fail {
			x.must(x.d.project, "removeObjects", map[string]any{"objects": []string{id}}, nil)
		}
	}
	err := x.b.Sync(t.Context())
	x.ok(err)
	_, err = x.b.Commit(t.Context(), good)
	x.ok(err)
	if _, err := x.b.Commit(t.Context(), bad); err == nil || x.b.(storage.Checked).Receipt(t.Context(), bad) == nil {
		t.Error("a file that vanished was committed")
	}
	x.holds("s/good", "22")
}

// Sync waits for a platform that takes its time to close files.
func TestClosingTakesTime(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	x.control("settings", map[string]any{"closeDelay": 500}, nil)
	x.put("k", "x")
	x.holds("k", "x")
}

// A killed process leaves files in every state; a sweep finds them all, and
// nothing else.
func TestSweepAfterDeath(t *testing.T) {
	r := emulator(t, "seed")
	x := r.trial(DestinationOptions{})
	x.put("kept", "x")
	dead := x.begin("run-0")
	closedOne, openOne := x.stage(dead, "a/closed", "1"), x.stage(dead, "a/open", "2")
	_, err := dead.(*batch).ready(t.Context(), closedOne)
	x.ok(err)
	x.stage(dead, "a/open too", "3")
	_, err = openOne.Ref.(*staged).up.File()
	x.ok(err)
	other := r.open(t, DestinationOptions{Project: "vault"})
	dead.(*batch).appear()
	n, err := other.Sweep(t.Context(), func(attempt string) bool { return attempt != "run-0" })
	if n != 3 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	x.holds("kept", "x")
}

// Of two that staged one key before either looked, the first waits until the
// second has stepped back.
func TestTheFirstWaitsForTheSecond(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	later := x.begin("run-2")
	a := x.stage(x.b, "s/k", "first")
	_, err := a.Ref.(*staged).up.File()
	x.ok(err)
	b := x.stage(later, "s/k", "second")
	_, err = b.Ref.(*staged).up.File()
	x.ok(err)
	x.ok(errors.Join(x.b.Sync(t.Context()), later.Sync(t.Context())))
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := x.b.Commit(t.Context(), a); err != nil {
			t.Errorf("the first: %v", err)
		}
	})
	_, err = later.Commit(t.Context(), b)
	wg.Wait()
	if !errors.Is(err, storage.ErrExists) {
		t.Errorf("the second: %v", err)
	}
	x.holds("s/k", "first")
	_, err = later.Commit(t.Context(), later.Rename(b, "elsewhere/k.~2~"))
	x.ok(err)
	x.holds("elsewhere/k.~2~", "second")
	if o, err := x.d.Stat(t.Context(), "s/k"); o.Size != 5 || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
}

// A contender that neither commits nor steps back is not waited for for ever.
func TestStandoffEnds(t *testing.T) {
	r := emulator(t, "seed")
	r.hand()
	x := r.trial(DestinationOptions{})
	later := x.begin("run-2")
	a := x.stage(x.b, "s/k", "first")
	_, err := a.Ref.(*staged).up.File()
	x.ok(err)
	x.stage(later, "s/k", "second")
	x.ok(errors.Join(later.Sync(t.Context()), x.b.Sync(t.Context())))
	if _, err := x.b.Commit(t.Context(), a); !errors.Is(err, storage.ErrExists) {
		t.Errorf("error %v", err)
	}
	x.ok(later.Discard(t.Context()))
	_, err = x.b.Commit(t.Context(), a) // and comes back into the contest
	x.ok(err)
	x.holds("s/k", "first")
}

// Two files of one key, which only others can make, are listed once: the first.
func TestForeignTwins(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	o := x.put("s/k", "ours")
	client := x.client()
	up := client.Upload(t.Context(), func(ctx context.Context) (string, error) {
		var made struct{ ID string }
		err := client.Create(ctx, "file", map[string]any{"project": x.d.project, "folder": "/s", "name": "k"}, &made)
		return made.ID, err
	})
	_, err := up.ReadAll(strings.NewReader("another's"), -1, nil)
	x.ok(err)
	twin, _, err := up.Wait()
	x.ok(err)
	x.must(twin, "close", nil, nil)
	x.must(x.d.project, "newFolder", map[string]any{"folder": "/s/k"}, nil) // of the same name, and no file
	n := 0
	for l, err := range x.d.List(t.Context(), "") {
		x.ok(err)
		if n++; l != o {
			t.Errorf("listed %+v, want %+v", l, o)
		}
	}
	x.holds("s/k", "ours")
	x.ok(x.d.Remove(t.Context(), o))
	if left, err := x.d.Stat(t.Context(), "s/k"); left.ID != twin || err != nil {
		t.Errorf("%+v, %v: want the other's, untouched", left, err)
	}
	if n != 1 {
		t.Errorf("%d listed", n)
	}
}
