package policy

import (
	"context"
	"fmt"
	"time"

	"github.com/backstay/backstay/schema/diag"
)

// Config judges the configuration: is the intent right? It needs no network and
// no state. An error is a policy that could not be evaluated; it wraps a
// diagnostic, and nothing may go on.
func (e *Engine) Config(ctx context.Context, now time.Time) (Report, error) {
	t := newTally(e.newAsker(PhaseConfig, now))
	if err := t.everyControl(ctx, onceScope); err != nil {
		return Report{}, err
	}
	return t.close(ctx)
}

// everyControl asks the rules of one scope of all controls.
func (t *tally) everyControl(ctx context.Context, s scope, extra ...termPair) error {
	for _, c := range t.engine.controls {
		if !c.asks(s, t.phase) {
			continue
		}
		if err := t.once(ctx, c, s, extra...); err != nil {
			return fmt.Errorf("ask %s in phase %s: %w", c.id, t.phase, err)
		}
	}
	return nil
}

// asks tells whether the control has a rule of a scope in a phase.
func (c *control) asks(s scope, p Phase) bool {
	for _, r := range c.rules {
		if r.scope == s && r.in(p) {
			return true
		}
	}
	return false
}

// close asks what depends on all other answers, which is how the waivers were
// used, and makes the report.
func (t *tally) close(ctx context.Context) (Report, error) {
	t.engine.ran[t.phase] = true
	uses := encode(t.engine.waiverUses(t.now))
	if err := t.everyControl(ctx, waiversScope, pair("waivers", uses)); err != nil {
		return Report{}, err
	}
	return t.report(), nil
}

// Problem gives the diagnostic of an error that a phase returned.
func Problem(err error) diag.Diagnostic {
	return diag.FromError(err, "policy_evaluation", "Policy could not be evaluated")
}
