package verify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/engine/verify"
	"github.com/backstay/backstay/plan"
)

var now = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)

// vault is a destination with copies, and the sink that is told about them.
type vault struct {
	testing.TB
	dir      string
	driver   storage.Destination
	rows     []record.Copy
	clean    []record.Event
	changed  []record.Event
	evidence []record.Evidence
	batches  []int
	refuse   error
	gone     atomic.Bool
}

func newVault(t testing.TB) *vault {
	t.Helper()
	v := &vault{TB: t, dir: t.TempDir()}
	d, err := filesystem.OpenDestination(v.dir, filesystem.DestinationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	v.driver = d
	return v
}

// add puts a copy there, with what its record says of it.
func (v *vault) add(path, content string, status record.Status) *record.Copy {
	v.Helper()
	if err := os.WriteFile(filepath.Join(v.dir, path), []byte(content), 0o600); err != nil {
		v.Fatal(err)
	}
	sum, n, err := digest.Of("", strings.NewReader(content))
	if err != nil {
		v.Fatal(err)
	}
	o, err := v.driver.Stat(context.Background(), path)
	if err != nil {
		v.Fatal(err)
	}
	v.rows = append(v.rows, record.Copy{
		Destination: "vault", Source: "s", Path: path, Key: path, ID: o.ID, Seq: 1, Kind: "file", Status: status, Size: n, Digest: sum,
	})
	return &v.rows[len(v.rows)-1]
}

func (v *vault) Found(ctx context.Context, destination string, events []record.Event, clean bool) error {
	if ctx.Err() != nil {
		return ctx.Err() // as a database would
	}
	if destination != "vault" {
		v.Errorf("found at %q", destination)
	}
	v.batches = append(v.batches, len(events))
	if v.refuse != nil {
		return v.refuse
	}
	if clean {
		v.clean = append(v.clean, events...)
	} else {
		v.changed = append(v.changed, events...)
	}
	return nil
}

func (v *vault) Evidence(_ context.Context, e record.Evidence) error {
	v.evidence = append(v.evidence, e)
	return nil
}

func (v *vault) request() verify.Request {
	var rows iter.Seq2[record.Copy, error] = func(yield func(record.Copy, error) bool) {
		for _, r := range v.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
	return verify.Request{
		Run: "r1", Clock: clock.Fixed(now), Sink: v,
		Destinations: []verify.Target{{Name: "vault", Driver: v.driver, Copies: rows}},
	}
}

func (v *vault) run() verify.Result {
	v.Helper()
	res, err := verify.Run(context.Background(), v.request())
	if err != nil {
		v.Fatal(err)
	}
	return res
}

// change gives the one event that is about a path.
func (v *vault) change(path string) record.Event {
	v.Helper()
	var found []record.Event
	for _, e := range v.changed {
		if e.Copy.Path == path {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		v.Fatalf("%d events about %s", len(found), path)
	}
	return found[0]
}

func TestFindings(t *testing.T) {
	v := newVault(t)
	v.add("whole", "abc", record.Verified)
	v.add("written", "abc", record.Written)
	v.add("flipped", "abc", record.Verified)
	v.add("cut", "abc", record.Verified)
	v.add("gone", "abc", record.Verified)
	v.add("healed", "abc", record.Missing)
	v.add("still-bad", "abc", record.Damaged)
	v.add("replaced", "abc", record.Damaged).SupersededAt = 1
	quarantined := v.add("quarantined", "abc", record.Retired)
	quarantined.RetiredFrom = record.Verified
	v.rows = append(v.rows, record.Copy{Destination: "vault", Source: "s", Path: "folder/", Seq: 1, Kind: "directory", Status: record.Entry})
	for path, content := range map[string]string{"flipped": "aBc", "cut": "ab", "still-bad": "x", "replaced": "x", "quarantined": "x"} {
		if err := os.WriteFile(filepath.Join(v.dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(v.dir, "gone")); err != nil {
		t.Fatal(err)
	}
	res := v.run()
	want := verify.Result{
		Verified: plan.Count{Objects: 3, Bytes: 9}, Damaged: plan.Count{Objects: 4, Bytes: 12}, Missing: plan.Count{Objects: 1, Bytes: 3},
	}
	if res.Verified != want.Verified || res.Damaged != want.Damaged || res.Missing != want.Missing || res.Failed != want.Failed {
		t.Errorf("result: %+v", res)
	}
	if len(res.Problems) != 5 {
		t.Errorf("problems: %+v", res.Problems)
	}
	if len(v.clean) != 1 || v.clean[0].Copy.Path != "whole" || v.clean[0].Op != record.OpVerify || v.clean[0].Copy.VerifiedAt != now.UnixMilli() {
		t.Errorf("clean: %+v", v.clean)
	}
	for path, status := range map[string]record.Status{
		"written": record.Verified, "healed": record.Verified, "flipped": record.Damaged, "cut": record.Damaged, "gone": record.Missing,
	} {
		if e := v.change(path); e.Copy.Status != status || e.Run != "r1" || e.Copy.Run != "r1" {
			t.Errorf("%s: %+v", path, e.Copy)
		}
	}
	if e := v.change("quarantined"); e.Op != record.OpDamage || e.Copy.Status != record.Retired || e.Copy.RetiredFrom != record.Damaged {
		t.Errorf("quarantined: %+v", e.Copy)
	}
	if len(v.changed) != 6 {
		t.Errorf("%d changes; what was bad before is no news", len(v.changed))
	}
	e := v.evidence[0]
	if len(v.evidence) != 1 || e.Outcome != "fail" || e.Objects != 8 || e.Failed != 5 || e.Kind != "verify" || !strings.HasPrefix(e.Method, "read-back") {
		t.Errorf("evidence: %+v", v.evidence)
	}
}

func TestCleanRunAndFilter(t *testing.T) {
	v := newVault(t)
	for i := range 2300 {
		v.add(fmt.Sprintf("f%04d", i), fmt.Sprint(i), record.Verified)
	}
	req := v.request()
	req.Want = func(c *record.Copy) bool { return c.Path != "f0007" }
	res, err := verify.Run(t.Context(), req)
	if err != nil || res.Verified.Objects != 2299 || len(v.clean) != 2299 || len(v.changed) != 0 || v.evidence[0].Outcome != "pass" {
		t.Errorf("verified %+v, error %v", res.Verified, err)
	}
	if v.evidence[0].Detail != record.Partial || v.evidence[0].Objects != 2299 {
		t.Errorf("one copy was left out: %+v", v.evidence[0])
	}
	if len(v.batches) != 3 {
		t.Errorf("batches of %v", v.batches)
	}
}

// away is a destination that cannot be reached.
type away struct {
	storage.Destination
	opens atomic.Int32
}

func (a *away) Open(context.Context, string) (io.ReadCloser, storage.Object, error) {
	a.opens.Add(1)
	return nil, storage.Object{}, fmt.Errorf("dial: %w", storage.ErrUnreachable)
}

func TestUnreachableDestinationIsAnErrorNotDamage(t *testing.T) {
	v := newVault(t)
	for i := range 500 {
		v.add(fmt.Sprintf("f%04d", i), "x", record.Verified)
	}
	a := &away{Destination: v.driver}
	v.driver = a
	res, err := verify.Run(t.Context(), v.request())
	if !errors.Is(err, storage.ErrUnreachable) || res.Damaged.Objects+res.Missing.Objects != 0 || len(v.changed)+len(v.evidence) != 0 {
		t.Errorf("result %+v, error %v", res, err)
	}
	if n := a.opens.Load(); n > 20 {
		t.Errorf("%d copies were tried", n)
	}
}

func TestInterrupted(t *testing.T) {
	v := newVault(t)
	for i := range 50 {
		v.add(fmt.Sprintf("f%04d", i), "x", record.Verified)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := verify.Run(ctx, v.request())
	if !errors.Is(err, context.Canceled) || res.Failed.Objects != 0 || len(v.changed) != 0 {
		t.Errorf("result %+v, error %v", res, err)
	}
}

func TestNarrowedToAllIsNotPartial(t *testing.T) {
	v := newVault(t)
	v.add("a", "x", record.Verified)
	v.rows = append(v.rows, record.Copy{Destination: "vault", Source: "s", Path: "folder/", Seq: 1, Kind: "directory", Status: record.Entry})
	req := v.request()
	req.Want = func(c *record.Copy) bool { return c.Key != "" }
	if _, err := verify.Run(t.Context(), req); err != nil || len(v.evidence) != 1 || v.evidence[0].Detail != "" {
		t.Errorf("evidence %+v, error %v", v.evidence, err)
	}
}

func TestNothingReadIsNoEvidence(t *testing.T) {
	v := newVault(t)
	v.add("a", "x", record.Verified)
	req := v.request()
	req.Want = func(*record.Copy) bool { return false }
	if _, err := verify.Run(t.Context(), req); err != nil || len(v.evidence) != 0 {
		t.Errorf("evidence %+v, error %v", v.evidence, err)
	}
}

// What was told as damage is on record, however the run ended.
func TestInterruptedRunRecordsWhatItFound(t *testing.T) {
	for name, end := range map[string]func(v *vault, cancel func()){
		"cancelled":   func(_ *vault, cancel func()) { cancel() },
		"unreachable": func(v *vault, _ func()) { v.gone.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVault(t)
			v.add("bad", "abc", record.Verified)
			if err := os.Remove(filepath.Join(v.dir, "bad")); err != nil {
				t.Fatal(err)
			}
			for i := range 500 {
				v.add(fmt.Sprintf("f%04d", i), "x", record.Verified)
			}
			v.driver = &leaving{v.driver, v}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			req := v.request()
			req.Parallelism = 1
			req.Observe = func(e verify.Event) {
				if e.Problem != nil {
					end(v, cancel)
				}
			}
			if _, err := verify.Run(ctx, req); err == nil {
				t.Fatal("it went on")
			}
			if e := v.change("bad"); e.Copy.Status != record.Missing || len(v.evidence) != 0 {
				t.Errorf("change %+v, evidence %+v", e, v.evidence)
			}
		})
	}
}

func TestASinkThatRefusesIsAskedNoMore(t *testing.T) {
	v := newVault(t)
	v.refuse = errors.New("no room")
	for i := range 1500 {
		v.add(fmt.Sprintf("f%04d", i), "x", record.Verified)
	}
	if _, err := verify.Run(t.Context(), v.request()); !errors.Is(err, v.refuse) || len(v.batches) != 1 || len(v.evidence) != 0 {
		t.Errorf("error %v, batches %v", err, v.batches)
	}
}

// leaving is a destination that can be reached until it is gone.
type leaving struct {
	storage.Destination
	v *vault
}

func (l *leaving) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	if l.v.gone.Load() {
		return nil, storage.Object{}, storage.ErrUnreachable
	}
	return l.Destination.Open(ctx, key)
}

// Copies that were moved to another disk are the same bytes in other objects: a
// removal, which names the very object, would refuse them.
func TestTheObjectThatHoldsACopyIsRecordedAnew(t *testing.T) {
	v := newVault(t)
	v.add("moved", "bytes", record.Verified)
	v.add("retired", "bytes", record.Retired).RetiredFrom = record.Verified
	bad := v.add("bad", "bytes", record.Verified)
	v.add("stays", "bytes", record.Verified)
	for i := range v.rows[:3] {
		v.rows[i].ID = "7.1"
	}
	bad.Digest = v.rows[0].Digest[:70] + "0"
	v.run()
	if len(v.changed) != 3 || len(v.clean) != 1 || v.clean[0].Copy.Path != "stays" {
		t.Fatalf("changed %d, clean %d", len(v.changed), len(v.clean))
	}
	for _, e := range v.changed {
		o, err := v.driver.Stat(context.Background(), e.Copy.Key)
		if err != nil {
			t.Fatal(err)
		}
		whole := e.Copy.Path != "bad"
		if (e.Copy.ID == o.ID) != whole || (e.Op == record.OpVerify) != whole {
			t.Errorf("%s %s: id %s, there is %s", e.Op, e.Copy.Path, e.Copy.ID, o.ID)
		}
		if e.Copy.Path == "retired" && (e.Copy.Status != record.Retired || e.Copy.RetiredFrom != record.Verified) {
			t.Errorf("it left its quarantine: %+v", e.Copy)
		}
	}
}
