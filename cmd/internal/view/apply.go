package view

import (
	"iter"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Apply shows what apply is about to do, does and did. Its events come from
// several goroutines, one at a time.
type Apply interface {
	engine.Observer
	// Plan shows the plan that was made now, before the question.
	Plan(r *engine.PlanResult, changes iter.Seq2[*plan.Change, error]) error
	// Result is the last word. resume is the command that carries on, or "".
	Result(r *engine.ApplyResult, overall engine.Outcome, resume string, ds diag.List) error
}

// NewApply gives the view that the output asks for.
func NewApply(o *Output) Apply {
	if o.JSON {
		v := &applyJSON{lines{o: o}}
		v.start("apply")
		return v
	}
	return &applyText{Progress: NewProgress(o), o: o}
}

type applyText struct {
	*Progress
	o     *Output
	shown bool // the plan was, with its findings
}

func (v *applyText) Plan(r *engine.PlanResult, changes iter.Seq2[*plan.Change, error]) error {
	v.shown = true
	return (&planText{v.o}).Result(r, changes, nil)
}

func (v *applyText) Result(r *engine.ApplyResult, overall engine.Outcome, resume string, _ diag.List) error {
	t := &text{s: &v.o.Out}
	if r != nil {
		if v.shown {
			t.printf("\n")
		}
		if !v.shown || overall == engine.Denied {
			t.findings(&r.Judgement)
		}
		t.applied(r, overall)
	}
	if err := v.o.flush(t); err != nil {
		return err
	}
	if resume != "" {
		v.o.Message("To carry on where it stopped, run:\n  %s", resume)
	}
	return nil
}

// applied is the last word of apply: how it ended and what it did.
func (t *text) applied(r *engine.ApplyResult, overall engine.Outcome) {
	if r.Settled > 0 {
		t.printf("Settled first: %s of an earlier run.\n", plural(r.Settled, "open intent", "open intents"))
	}
	s := plan.Summary{Actions: r.Done}
	if overall == engine.Done && s.Changes() == 0 {
		if r.Plan != nil {
			t.totals(&r.Plan.Summary)
		}
		return // with -resume and nothing to carry on a notice says so
	}
	head, c := applyHead(overall)
	did := doneTally(&s)
	if s.Changes() == 0 {
		did = "nothing was done"
	}
	t.printf("%s %s.\n", t.s.paint(c, head), did)
	t.problems(problemsOf(r.Problems), r.Skipped+r.Failed)
	if r.Skipped > 0 {
		t.printf("Skipped: %s that moved since the plan, left to the next plan.\n", plural(r.Skipped, "object", "objects"))
	}
	if r.Failed > 0 {
		t.printf("Failed: %s, left to the next plan.\n", plural(r.Failed, "change", "changes"))
	}
	if r.Left > 0 {
		t.printf("Not begun: %s.\n", plural(r.Left, "change", "changes"))
	}
}

// applyHead begins the last line: it says how apply ended.
func applyHead(o engine.Outcome) (string, color) {
	switch o {
	case engine.Done:
		return "Apply complete:", green
	case engine.Partial:
		return "Applied in part:", yellow
	case engine.Interrupted:
		return "Apply was interrupted:", yellow
	case engine.Declined:
		return "Apply was declined:", bold
	case engine.Denied:
		return "Apply was denied:", red
	case engine.Stale:
		return "The plan is stale:", red
	case engine.Locked:
		return "The state is locked:", red
	}
	return "Apply failed:", red
}

// doneTally is tally for what has been done.
func doneTally(s *plan.Summary) string {
	var text string
	for _, a := range plan.Actions {
		c := s.Actions[a]
		if c.Objects == 0 && a != plan.Copy && a != plan.Expire {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += number(c.Objects) + " " + actionWords[a].done
		if moves(a) {
			text += weight(c.Bytes)
		}
	}
	return text
}

type applyJSON struct{ lines }

func (v *applyJSON) Event(e engine.Event) { v.write(lineOf(e)) }

// planLine is the plan that apply made: totals and findings. Its changes are
// what plan -json is for.
type planLine struct {
	Type    string       `json:"type"`
	Digest  string       `json:"digest"`
	Header  plan.Header  `json:"header"`
	Summary plan.Summary `json:"summary"`
	judged
}

func (v *applyJSON) Plan(r *engine.PlanResult, _ iter.Seq2[*plan.Change, error]) error {
	v.write(planLine{"plan", r.Digest, r.Header, r.Summary, judgedOf(&r.Judgement)})
	return v.err
}

type applyLine struct {
	ending
	Actions map[plan.Action]plan.Count `json:"actions"`
	Skipped int64                      `json:"skipped"`
	Failed  int64                      `json:"failed"`
	Left    int64                      `json:"left"`
	Settled int64                      `json:"settled"`

	Problems []problem `json:"problems"`
	Resume   string    `json:"resume,omitempty"`
	judged
	Complete bool `json:"complete"`
}

func (v *applyJSON) Result(r *engine.ApplyResult, overall engine.Outcome, resume string, ds diag.List) error {
	if r == nil {
		r = &engine.ApplyResult{}
	}
	v.diagnostics(ds)
	actions := map[plan.Action]plan.Count{}
	for _, a := range plan.Actions {
		actions[a] = r.Done[a]
	}
	v.write(applyLine{
		endingOf(overall, r.Outcomes, r.Run), actions, r.Skipped, r.Failed, r.Left, r.Settled,
		problemsOf(r.Problems), resume,
		judgedOf(&r.Judgement), true,
	})
	return v.err
}
