package view

import (
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Verify shows how copies are read again and what was found.
type Verify interface {
	engine.Observer
	Result(r *engine.VerifyResult, overall engine.Outcome, ds diag.List) error
}

// NewVerify gives the view that the output asks for.
func NewVerify(o *Output) Verify {
	if o.JSON {
		v := &verifyJSON{lines{o: o}}
		v.start("verify")
		return v
	}
	return &verifyText{NewProgress(o), o}
}

type verifyText struct {
	*Progress
	o *Output
}

func (v *verifyText) Result(r *engine.VerifyResult, overall engine.Outcome, _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	t.problems(problemsOf(r.Problems), max(r.Damaged.Objects+r.Missing.Objects, int64(len(r.Problems))))
	t.printf("Verify %s: %s whole, %s damaged, %s missing.\n", wordOf(overall),
		amount(r.Verified, "copy", "copies"), number(r.Damaged.Objects), number(r.Missing.Objects))
	if r.Archived.Objects > 0 {
		t.printf("Archived and not read: %s. What is known of them is as old as it was.\n", amount(r.Archived, "copy", "copies"))
	}
	if r.Damaged.Objects+r.Missing.Objects > 0 {
		t.printf("What is damaged or missing is recorded; the next plan copies again what its source still has.\n")
	}
	return v.o.flush(t)
}

type verifyJSON struct{ lines }

func (v *verifyJSON) Event(e engine.Event) { v.write(lineOf(e)) }

type verifyLine struct {
	ending
	Verified plan.Count `json:"verified"`
	Damaged  plan.Count `json:"damaged"`
	Missing  plan.Count `json:"missing"`
	Archived plan.Count `json:"archived"`
	Problems []problem  `json:"problems"`
	Complete bool       `json:"complete"`
}

func (v *verifyJSON) Result(r *engine.VerifyResult, overall engine.Outcome, ds diag.List) error {
	if r == nil {
		r = &engine.VerifyResult{}
	}
	v.diagnostics(ds)
	v.write(verifyLine{
		endingOf(overall, r.Outcomes, r.Run), r.Verified, r.Damaged, r.Missing, r.Archived, problemsOf(r.Problems), true,
	})
	return v.err
}
