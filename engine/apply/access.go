package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// AccessEvidence is the kind of evidence that says who lost a right.
const AccessEvidence = "access"

// guard takes rights away and puts settings right, all of a batch in one call,
// before the batch brings anything: only those that the plan names, and what is
// left is looked at again.
func (w *work) guard(ctx context.Context) error {
	var changes []*plan.Change
	for _, t := range w.tasks {
		for _, s := range t.steps {
			if s.change.Action == plan.Revoke {
				changes = append(changes, s.change)
			}
		}
	}
	if len(changes) == 0 {
		return nil
	}
	driver, ok := storage.Ability[storage.Guarded](w.s.Driver)
	if !ok {
		for _, c := range changes {
			w.fail(c, "", Unsupported, fmt.Errorf("this destination cannot tell who has access"))
		}
		return nil
	}
	before, err := driver.Grants(ctx)
	if err != nil {
		return fmt.Errorf("look at who has access: %w", err)
	}
	grants := slices.DeleteFunc(slices.Clone(before), func(g storage.Grant) bool {
		return !slices.ContainsFunc(changes, func(c *plan.Change) bool { return c.Object.Path == g.Who })
	})
	if err := w.revoke(ctx, driver, grants); err != nil {
		return err
	}
	after, err := driver.Grants(ctx)
	if err != nil {
		return fmt.Errorf("look at who has access: %w", err)
	}
	for _, c := range changes {
		w.revoked(c, before, after)
	}
	return nil
}

func (w *work) revoke(ctx context.Context, driver storage.Guarded, grants []storage.Grant) error {
	if len(grants) == 0 {
		return nil
	}
	intents := make([]Intent, len(grants))
	for i, g := range grants {
		intents[i] = Intent{Kind: state.IntentRevoke, Destination: w.s.Name, Key: g.Who, Digest: g.Level}
	}
	if err := w.intendAll(ctx, intents); err != nil {
		return err
	}
	if err := fault.Point("access.intended"); err != nil {
		return err
	}
	if err := w.s.r.Journal.Fenced(ctx); err != nil {
		return inJournal("look at the lease before rights are taken away", err)
	}
	if err := driver.Revoke(ctx, grants); err != nil {
		return fmt.Errorf("take rights away: %w", err)
	}
	return fault.Point("access.revoked")
}

// revoked says what became of one right. One that was gone before is done.
func (w *work) revoked(c *plan.Change, before, after []storage.Grant) {
	who := c.Object.Path
	if level := levelOf(after, who); level != "" {
		verb := "has"
		if c.Reason == plan.SettingDrift {
			verb = "is"
		}
		w.fail(c, "", Refused, fmt.Errorf("%s still %s %s", who, verb, level))
		return
	}
	level := levelOf(before, who)
	if level == "" && w.s.r.Resume {
		w.s.r.present(1) // and told by the run that is resumed
		return
	}
	if level == "" {
		level, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimPrefix(c.Detail, "has "), "is "), ",")
	}
	w.index[objectID(&c.Object)].effect(c, func(at time.Time) []record.Event {
		return []record.Event{proof(lost(w.s.Name, w.s.r.Run, who, level, at))}
	})
}

func levelOf(grants []storage.Grant, who string) string {
	for _, g := range grants {
		if g.Who == who {
			return g.Level
		}
	}
	return ""
}

// lost is the evidence that somebody has no right any more, or that a setting is
// put right: who had which right, or which setting had which value.
func lost(destination, run, who, level string, at time.Time) record.Evidence {
	return record.Evidence{
		Kind: AccessEvidence, At: at.UnixMilli(), Run: run, Destination: destination, Objects: 1, Outcome: "pass",
		Method: "read-back", Detail: who + " had " + level,
	}
}

// tells whether events have the evidence that somebody lost a right.
func tells(events []record.Event, who string) bool {
	return slices.ContainsFunc(events, func(e record.Event) bool {
		return e.Evidence != nil && e.Evidence.Kind == AccessEvidence && strings.HasPrefix(e.Evidence.Detail, who+" had ")
	})
}

// rights settles what a dead run was about to take away.
func (st *settler) rights(ctx context.Context, s *site, intents []*Intent) ([]record.Event, error) {
	driver, ok := storage.Ability[storage.Guarded](s.Driver)
	if len(intents) == 0 || !ok {
		return nil, nil
	}
	left, err := driver.Grants(ctx)
	if err != nil {
		return nil, fmt.Errorf("settle %s: look at who has access: %w", s.address, err)
	}
	var events []record.Event
	for _, in := range intents {
		if levelOf(left, in.Key) != "" {
			st.result.Dropped++ // the next plan proposes it again
			continue
		}
		events = append(events, proof(lost(s.Name, in.Run, in.Key, in.Digest, st.r.Clock.Now())))
		st.result.Recorded++
	}
	return events, nil
}
