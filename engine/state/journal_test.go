package state

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
)

func intents(t testing.TB, s *State) []Intent {
	t.Helper()
	l, err := collect(s.OpenIntents(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestIntentsLastUntilTheirOutcome(t *testing.T) {
	s := newState(t)
	c := fullCopy()
	first := Batch{Run: "r1", N: 2, Destination: "vault", Intents: []Intent{
		{Kind: IntentObject, Key: c.Key, Copy: c},
		{Kind: IntentObject, Key: "other\xffkey", Copy: c},
	}}
	more := Batch{Run: "r1", N: 2, Destination: "vault", Intents: []Intent{{Kind: IntentSegment, Destination: "w", Key: "k", Digest: "sha256:1"}}}
	earlier := Batch{Run: "r1", N: 1, Destination: "vault", Intents: []Intent{{Kind: IntentHead, Key: "h"}}}
	for _, b := range []Batch{first, more, earlier} {
		if err := s.Intend(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	want := []Intent{
		{Run: "r1", Batch: 1, Kind: IntentHead, Destination: "vault", Key: "h"},
		{Run: "r1", Batch: 2, Kind: IntentObject, Destination: "vault", Key: c.Key, Copy: c},
		{Run: "r1", Batch: 2, Kind: IntentObject, Destination: "vault", Key: "other\xffkey", Copy: c},
		{Run: "r1", Batch: 2, Kind: IntentSegment, Destination: "w", Key: "k", Digest: "sha256:1"},
	}
	if got := intents(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for range s.OpenIntents(t.Context()) {
		break // ending early is no error
	}
	elsewhere := Batch{Run: "r1", N: 2, Destination: "attic", Intents: []Intent{{Kind: IntentRemove, Key: "k"}}}
	if err := s.Intend(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), Outcome{Run: "r1", N: 2, Destination: "vault"}); err != nil {
		t.Fatal(err)
	}
	want = append(want[:1], Intent{Run: "r1", Batch: 2, Kind: IntentRemove, Destination: "attic", Key: "k"})
	if got := intents(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("after the outcome: %+v", got)
	}
}

func TestAFailedCommitChangesNothing(t *testing.T) {
	s := newState(t)
	if err := s.Intend(t.Context(), Batch{Run: "r1", N: 1, Intents: []Intent{{Kind: IntentObject, Key: "k"}}}); err != nil {
		t.Fatal(err)
	}
	disarm, err := fault.Arm("state.commit.write=error")
	if err != nil {
		t.Fatal(err)
	}
	c := fileCopy("home", "a", "v", 1)
	c.Class = "a new word"
	o := Outcome{Run: "r1", N: 1, Events: []record.Event{{Op: record.OpCopy, At: testNow, Copy: c}}, Head: &Head{Destination: "v", N: 1}}
	err = s.Commit(t.Context(), o)
	disarm()
	if !errors.Is(err, fault.ErrInjected) {
		t.Fatal(err)
	}
	heads, err := s.Heads(t.Context())
	if err != nil || len(heads) != 0 || len(list(t, s, "home")) != 0 || len(intents(t, s)) != 1 || s.Identity().Serial != 0 {
		t.Errorf("half of it is there: %v, %v, %d", heads, err, s.Identity().Serial)
	}
	// The word that was rolled back must not be remembered by its number.
	if err := s.Commit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, "home"); len(got) != 1 || got[0].Class != "a new word" {
		t.Errorf("got %+v", got)
	}
}

func TestHeadsHoldsEvidenceRuns(t *testing.T) {
	s := newState(t)
	head := Head{Destination: "v", MarkerID: "m", N: 3, Digest: "d", Segments: 64, Records: 9, Checkpoint: 1, CheckpointRecords: 8}
	hold := record.Hold{Name: "trial", Reason: "r", Owner: "o", Selector: "{}", Targets: []string{"a", "b"}, SetAt: 5}
	proof := record.Evidence{Kind: "verify", At: 1, Run: "r1", Destination: "v", Backup: "b", Method: "read-back", Objects: 1, Bytes: 2, Failed: 3, Outcome: "pass", Detail: "x"}
	test := record.Evidence{Kind: "restore_test", At: 2, Outcome: "fail"}
	err := s.Commit(t.Context(), Outcome{
		Run: "r1", N: 1, Head: &head, Evidence: []record.Evidence{proof},
		Events: []record.Event{{Op: record.OpHold, Hold: &hold}, {Op: record.OpEvidence, Evidence: &test}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Heads(t.Context()); err != nil || !reflect.DeepEqual(got, map[string]Head{"v": head}) {
		t.Errorf("heads %+v, %v", got, err)
	}
	if got, err := s.Holds(t.Context()); err != nil || !reflect.DeepEqual(got, []record.Hold{hold}) {
		t.Errorf("holds %+v, %v", got, err)
	}
	for kind, want := range map[string][]record.Evidence{"": {test, proof}, "verify": {proof}, "scrub": nil} {
		if got, err := collect(s.Evidence(t.Context(), kind)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("evidence %q: %+v, %v", kind, got, err)
		}
	}
	checkRuns(t, s)
}

func checkRuns(t *testing.T, s *State) {
	t.Helper()
	if r, err := s.OpenRun(t.Context()); r != nil || err != nil {
		t.Fatalf("an open run from nowhere: %+v, %v", r, err)
	}
	r := Run{
		ID: "r1", Command: "apply", PlanDigest: "p", ConfigDigest: "c", PolicyDigest: "q", AsOf: testNow, User: "u", Host: "h",
		Allow: []string{"retire"}, BaseSerial: 4, StartedAt: testNow, Counts: map[string]int64{},
	}
	for range 2 { // a resumed run begins again
		if err := s.BeginRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.OpenRun(t.Context()); err != nil || !reflect.DeepEqual(got, &r) {
		t.Errorf("open run %+v, %v", got, err)
	}
	b := Baseline{Source: "home", Run: "r1", AppliedAt: testNow, LiveObjects: 5, LiveBytes: 6}
	end := RunEnd{ID: "r1", EndedAt: testNow, Outcome: "done", Counts: map[string]int64{"copy": 3}, Baselines: []Baseline{b}}
	if err := s.EndRun(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	r.EndedAt, r.Outcome, r.Counts = testNow, "done", end.Counts
	if got, err := s.LastRun(t.Context()); err != nil || !reflect.DeepEqual(got, &r) {
		t.Errorf("last run %+v, %v", got, err)
	}
	if got, err := s.Run(t.Context(), "r1"); err != nil || !reflect.DeepEqual(got, &r) {
		t.Errorf("run %+v, %v", got, err)
	}
	if got, err := s.OpenRun(t.Context()); got != nil || err != nil {
		t.Errorf("open run %+v, %v", got, err)
	}
	if got, err := s.Baseline(t.Context(), "home"); err != nil || !reflect.DeepEqual(got, &b) {
		t.Errorf("baseline %+v, %v", got, err)
	}
	if got, err := s.Baseline(t.Context(), "work"); err != nil || got != nil {
		t.Errorf("baseline of nothing %+v, %v", got, err)
	}
}

func TestRunsThatDied(t *testing.T) {
	s := newState(t)
	for _, r := range []Run{
		{ID: "a1", Command: "apply"}, {ID: "v1", Command: "verify"}, {ID: "a2", Command: "apply"}, {ID: "d1", Command: "drill"},
	} {
		if err := s.BeginRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := s.OpenRun(t.Context()); err != nil || r == nil || r.ID != "a2" {
		t.Errorf("open run %+v, %v", r, err)
	}
	for _, want := range []string{"d1 v1 a1", ""} {
		dead, err := s.AbandonRuns(t.Context(), testNow)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range dead {
			if now, err := s.Run(t.Context(), r.ID); err != nil || now.Outcome != Abandoned || !reflect.DeepEqual(*now, r) {
				t.Errorf("%s is %+v on record, %+v was given, %v", r.ID, now, r, err)
			}
			got = append(got, r.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("abandoned %v, not %q", got, want)
		}
	}
	if r, err := s.OpenRun(t.Context()); err != nil || r == nil || r.ID != "a2" {
		t.Errorf("what can be resumed was abandoned: %+v, %v", r, err)
	}
}

func TestARunEndsWithItsAuditLinkOrNotAtAll(t *testing.T) {
	s := newState(t)
	if err := s.BeginRun(t.Context(), Run{ID: "r1", Command: "apply"}); err != nil {
		t.Fatal(err)
	}
	end := RunEnd{ID: "r1", EndedAt: testNow, Outcome: "done", Audit: &AuditEntry{N: 2, Digest: "a", Entry: []byte("e")}}
	if err := s.EndRun(t.Context(), end); !errors.Is(err, ErrAuditChain) {
		t.Errorf("a link that does not follow: %v", err)
	}
	if r, err := s.OpenRun(t.Context()); err != nil || r == nil {
		t.Errorf("the run ended without its link: %v", err)
	}
	end.Audit.N = 1
	if err := s.EndRun(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if head, err := s.AuditHead(t.Context()); err != nil || head == nil || head.Digest != "a" {
		t.Errorf("audit head %+v, %v", head, err)
	}
}

func TestAuditChainAndPolicySet(t *testing.T) {
	s := newState(t)
	for i, bad := range []AuditEntry{{N: 2, Digest: "a"}, {N: 1, Digest: "a", Prev: "x"}, {N: 1}} {
		if err := s.AppendAudit(t.Context(), bad); !errors.Is(err, ErrAuditChain) {
			t.Errorf("case %d: %v", i, err)
		}
	}
	chain := []AuditEntry{{1, "a", "", []byte("one")}, {2, "b", "a", []byte("two")}}
	for _, e := range chain {
		if err := s.AppendAudit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := collect(s.AuditEntries(t.Context())); err != nil || !reflect.DeepEqual(got, chain) {
		t.Errorf("chain %+v, %v", got, err)
	}
	if got, err := s.AuditHead(t.Context()); err != nil || !reflect.DeepEqual(got, &chain[1]) {
		t.Errorf("head %+v, %v", got, err)
	}
	for _, want := range []*PolicySet{{Location: "/policies", Digest: "sha256:1"}, nil} {
		if err := s.SetPolicySet(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if got, err := s.PolicySet(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("pinned %+v, %v", got, err)
		}
	}
}
