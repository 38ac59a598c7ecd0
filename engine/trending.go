package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/audit"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/state"
)

// Trend compares a check with the one before it on record.
type Trend struct {
	Since           time.Time // when the check before began
	PoliciesChanged bool      // another policy set judged then
	Controls        []ControlTrend
}

// ControlTrend is a control whose figures changed.
type ControlTrend struct {
	Control                string
	Fail, FailBefore       int64
	Unknown, UnknownBefore int64
}

// checkCommand is the name under which the log of runs has checks.
const checkCommand = "check"

// trend finds the last check on record and compares; nil where there is none.
func (k *checking) trend(ctx context.Context, j *Judgement) (*Trend, error) {
	var last *audit.Entry
	for link, err := range k.st.AuditEntries(ctx) {
		if err != nil {
			return nil, err
		}
		if entry, err := audit.Parse(link.Entry); err == nil && entry.Command == checkCommand {
			last = &entry
		}
	}
	if last == nil {
		return nil, nil
	}
	t := &Trend{Since: last.Started, PoliciesChanged: last.PolicyDigest != k.l.policies.Digest()}
	t.compare(last.Decisions, decided(j))
	return t, nil
}

// compare keeps the controls whose failed or unknown subjects are not as many as
// they were, in order of their ids.
func (t *Trend) compare(before, now []audit.Decision) {
	all := map[string]*ControlTrend{}
	of := func(id string) *ControlTrend {
		if all[id] == nil {
			all[id] = &ControlTrend{Control: id}
		}
		return all[id]
	}
	for _, d := range before {
		switch policy.Result(d.Result) {
		case policy.Fail:
			of(d.Control).FailBefore += d.Count
		case policy.Unknown:
			of(d.Control).UnknownBefore += d.Count
		}
	}
	for _, d := range now {
		switch policy.Result(d.Result) {
		case policy.Fail:
			of(d.Control).Fail += d.Count
		case policy.Unknown:
			of(d.Control).Unknown += d.Count
		}
	}
	ids := make([]string, 0, len(all))
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		if c := all[id]; c.Fail != c.FailBefore || c.Unknown != c.UnknownBefore {
			t.Controls = append(t.Controls, *c)
		}
	}
}

// recordCheck puts a check into the log of runs of the state: a run that changes
// neither serial nor destinations. Who may not write, or finds another run at
// work, checks all the same, and is told.
func (k *checking) recordCheck(ctx context.Context, res *CheckResult) {
	if err := k.logged(ctx, res); err != nil {
		k.e.notice("This check is not on record (%v); the next one compares itself with the one before.", err)
	}
}

var errUnsettled = errors.New("an earlier run is not settled: apply settles it")

func (k *checking) logged(ctx context.Context, res *CheckResult) error {
	if open, err := k.st.OpenRun(ctx); err != nil || open != nil {
		return errors.Join(err, errUnsettled)
	}
	w, ds := k.e.openWriter(ctx, k.l, false)
	if w == nil {
		return errors.New(ds.Sorted()[0].Summary)
	}
	defer w.close()
	w.decisions = decided(&res.Judgement)
	run := state.Run{Command: checkCommand, ConfigDigest: k.l.cfg.Digest, PolicyDigest: k.l.policies.Digest(), AsOf: k.now}
	if err := w.begin(run); err != nil {
		return err
	}
	end := state.RunEnd{ID: w.runID, Outcome: string(res.Outcome), Counts: map[string]int64{}, EndedAt: k.e.clock.Now()}
	return w.endWithLink(ctx, w.begun, end)
}

// lastAct is the number of the last entry of the log of runs that is of more
// than a check: what destinations are expected to hold. Entries of checks reach
// them with the next run that writes there.
func (k *checking) lastAct(ctx context.Context) (n int64, err error) {
	for link, err := range k.st.AuditEntries(ctx) {
		if err != nil {
			return 0, err
		}
		if entry, err := audit.Parse(link.Entry); err != nil || entry.Command != checkCommand {
			n = link.N
		}
	}
	return n, nil
}
