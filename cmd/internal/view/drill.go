package view

import (
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema/diag"
)

// Drill shows how a restore test went.
type Drill interface {
	engine.Observer
	Result(r *engine.DrillResult, overall engine.Outcome, ds diag.List) error
}

// NewDrill gives the view that the output asks for.
func NewDrill(o *Output) Drill {
	if o.JSON {
		v := &drillJSON{lines{o: o}}
		v.start("drill")
		return v
	}
	return &drillText{NewProgress(o), o}
}

// evidence is a record.Evidence as both views show it.
type evidence struct {
	Kind        string    `json:"kind"`
	At          time.Time `json:"at"`
	Backup      string    `json:"backup,omitempty"`
	Destination string    `json:"destination,omitempty"`
	Method      string    `json:"method,omitempty"`
	Objects     int64     `json:"objects"`
	Bytes       int64     `json:"bytes"`
	Failed      int64     `json:"failed"`
	Outcome     string    `json:"outcome"`
	Detail      string    `json:"detail,omitempty"`
}

func evidenceOf(all []record.Evidence) []evidence {
	shown := make([]evidence, len(all))
	for i, e := range all {
		shown[i] = evidence{
			e.Kind, time.UnixMilli(e.At).UTC(), e.Backup, e.Destination, e.Method,
			e.Objects, e.Bytes, e.Failed, e.Outcome, e.Detail,
		}
	}
	return shown
}

type drillText struct {
	*Progress
	o *Output
}

func (v *drillText) Result(r *engine.DrillResult, overall engine.Outcome, _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	for _, e := range evidenceOf(r.Tests) {
		t.printf("%s: %s, %s (%s) restored, %s failed", printable(e.Backup), e.Outcome,
			plural(e.Objects, "object", "objects"), size(e.Bytes), number(e.Failed))
		if e.Detail != "" {
			t.printf(": %s", clean(e.Detail))
		}
		t.printf("\n")
	}
	t.problems(problemsOf(r.Problems), int64(len(r.Problems)))
	if len(r.Tests) == 0 && overall == engine.Done {
		t.printf("No backup plan has a restore_test block: nothing was tested.\n")
	} else {
		t.printf("Drill %s: %s recorded as evidence.\n", wordOf(overall), plural(int64(len(r.Tests)), "restore test", "restore tests"))
	}
	return v.o.flush(t)
}

type drillJSON struct{ lines }

func (v *drillJSON) Event(e engine.Event) { v.write(lineOf(e)) }

type drillLine struct {
	ending
	Tests    []evidence `json:"tests"`
	Problems []problem  `json:"problems"`
	Complete bool       `json:"complete"`
}

func (v *drillJSON) Result(r *engine.DrillResult, overall engine.Outcome, ds diag.List) error {
	if r == nil {
		r = &engine.DrillResult{}
	}
	v.diagnostics(ds)
	v.write(drillLine{endingOf(overall, r.Outcomes, r.Run), evidenceOf(r.Tests), problemsOf(r.Problems), true})
	return v.err
}
