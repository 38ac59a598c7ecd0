package view

import (
	"fmt"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Restore shows how objects come back and which did not.
type Restore interface {
	engine.Observer
	// Result is the last word. resume is the command that carries on, or "".
	Result(r *engine.RestoreResult, overall engine.Outcome, resume string, ds diag.List) error
}

// NewRestore gives the view that the output asks for; with dry, nothing was
// written and the words say so.
func NewRestore(o *Output, dry bool) Restore {
	if o.JSON {
		v := &restoreJSON{lines{o: o}, dry}
		v.start("restore")
		return v
	}
	return &restoreText{NewProgress(o), o, dry}
}

type restoreText struct {
	*Progress
	o   *Output
	dry bool
}

func (v *restoreText) Result(r *engine.RestoreResult, overall engine.Outcome, resume string, _ diag.List) error {
	t := &text{s: &v.o.Out}
	if r != nil {
		t.problems(problemsOf(r.Problems), max(r.Failed, int64(len(r.Problems))))
		head, did := "Restore "+wordOf(overall), "restored"
		if v.dry {
			head, did = "Dry run", "to restore"
		}
		t.printf("%s: %s %s", head, amount(r.Restored, "object", "objects"), did)
		if r.To != "" {
			t.printf(" to %s", printable(r.To))
		}
		t.printf(", %s there already, %s, %s failed.\n", number(r.Present.Objects),
			plural(r.Entries, "folder or link", "folders and links"), number(r.Failed))
		t.unarchive(&r.Unarchive, v.dry)
	}
	if err := v.o.flush(t); err != nil {
		return err
	}
	if resume != "" {
		v.o.Message("To carry on where it stopped, run:\n  %s", resume)
	}
	return nil
}

// unarchive says what had, or has, to come back from an archive first.
func (t *text) unarchive(u *engine.Unarchive, dry bool) {
	if u.Objects == 0 {
		return
	}
	had, cost := "Brought back from the archive first", "at a cost that is not known"
	if dry {
		had = "Archived, to be brought back first"
	}
	if u.Priced {
		cost = fmt.Sprintf("for %.2f %s", u.Cost, printable(u.Currency))
	}
	t.printf("%s: %s, %s.\n", had, amount(u.Count, "copy", "copies"), cost)
}

// unarchived is an Unarchive as it stands in a document.
type unarchived struct {
	plan.Count
	Known    bool    `json:"known"`
	Currency string  `json:"currency,omitempty"`
	Cost     float64 `json:"cost"`
}

type restoreJSON struct {
	lines
	dry bool
}

func (v *restoreJSON) Event(e engine.Event) { v.write(lineOf(e)) }

type restoreLine struct {
	ending
	To        string     `json:"to"`
	DryRun    bool       `json:"dry_run"`
	Restored  plan.Count `json:"restored"`
	Present   plan.Count `json:"present"`
	Unarchive unarchived `json:"unarchive"`
	Entries   int64      `json:"entries"`
	Failed    int64      `json:"failed"`
	Removed   int64      `json:"removed"`
	Later     int64      `json:"later"`
	Unnamed   int64      `json:"unnamed"`
	Problems  []problem  `json:"problems"`
	Resume    string     `json:"resume,omitempty"`
	Complete  bool       `json:"complete"`
}

func (v *restoreJSON) Result(r *engine.RestoreResult, overall engine.Outcome, resume string, ds diag.List) error {
	if r == nil {
		r = &engine.RestoreResult{}
	}
	v.diagnostics(ds)
	v.write(restoreLine{
		endingOf(overall, r.Outcomes, r.Run), r.To, v.dry, r.Restored, r.Present,
		unarchived{r.Unarchive.Count, r.Unarchive.Priced, r.Unarchive.Currency, r.Unarchive.Cost},
		r.Entries, r.Failed,
		r.Removed, r.Later, r.Unnamed,
		problemsOf(r.Problems), resume, true,
	})
	return v.err
}
