package view

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/review"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Review shows what a change weakens. The result is nil where the operation
// failed before it had one.
type Review interface {
	Result(r *engine.ReviewResult, ds diag.List) error
}

// NewReview gives the view that the output asks for.
func NewReview(o *Output) Review {
	if o.JSON {
		return &reviewJSON{o}
	}
	return &reviewText{o}
}

// ReviewHeadline is how a review ended, in one sentence.
func ReviewHeadline(r *engine.ReviewResult) string {
	if r.Weakened == 0 {
		return "nothing is weakened."
	}
	text := plural(int64(r.Weakened), "thing is weakened", "things are weakened")
	if unknown := unknowns(r); unknown == r.Weakened {
		text = plural(int64(unknown), "thing may be weakened", "things may be weakened")
	} else if unknown > 0 {
		text += fmt.Sprintf(", %s of them perhaps", number(int64(unknown)))
	}
	return text + "."
}

func unknowns(r *engine.ReviewResult) (n int) {
	for _, c := range r.Changes {
		if c.Effect == review.Unknown {
			n++
		}
	}
	return n
}

// EffectWord is what a change that must be looked at is called.
func EffectWord(e review.Effect) string {
	if e == review.Unknown {
		return "Perhaps weakened"
	}
	return "Weakened"
}

// Consequence says what a change means for the record: objects, copies, dates.
// It is empty where no object is concerned.
func Consequence(c *review.Change) string {
	l := c.Loss
	switch {
	case l == nil:
		return ""
	case !l.Known:
		return "Which objects and bytes this concerns is unknown without -state."
	}
	var parts []string
	if l.Objects.Objects > 0 {
		parts = append(parts, objectsOf(c.Kind, *l.Objects))
	}
	if l.Eligible.Objects > 0 {
		parts = append(parts, fmt.Sprintf("%s can be removed earlier, the first from %s on.",
			amount(*l.Eligible, "recorded copy", "recorded copies"), day(l.From)))
	} else {
		parts = append(parts, "No recorded copy can be removed earlier: recorded terms only rise.")
	}
	if note := MoneyNote(c); note != "" {
		parts = append(parts, note)
	}
	return strings.Join(parts, " ")
}

func objectsOf(k review.Kind, n plan.Count) string {
	objects := amount(n, "living object", "living objects")
	switch k {
	case review.RetentionShorter:
		return objects + ": what is copied of them from now on is kept for less."
	case review.CopyLost:
		return objects + " will get no more copies there."
	}
	return objects + " will no longer be protected."
}

func day(u schema.Until) string {
	t, ok := u.Time()
	if !ok {
		return u.String()
	}
	return t.Format("2006-01-02")
}

type reviewText struct{ o *Output }

func (v *reviewText) Result(r *engine.ReviewResult, _ diag.List) error {
	if r == nil || r.Outcome == engine.Failed {
		return nil
	}
	t := &text{s: &v.o.Out}
	for i := range r.Changes[:r.Weakened] {
		c := &r.Changes[i]
		t.change(c, EffectWord(c.Effect), r.Snippet(c.Range))
	}
	t.others(r.Changes[r.Weakened:])
	t.printf("Compared with %s.\n", revision(r.Base, r.Commit))
	headline := ReviewHeadline(r)
	paint := green
	if r.Weakened > 0 {
		paint = red
	}
	t.printf("%s %s\n", t.s.paint(paint, "Review:"), headline)
	return v.o.flush(t)
}

// others lists the changes that weaken nothing, a line each.
func (t *text) others(rest []review.Change) {
	if len(rest) == 0 {
		return
	}
	t.printf("%s\n", t.s.paint(bold, "Other changes:"))
	for _, c := range rest {
		line := printable(c.Address) + ": " + clean(c.Message) + " (" + string(c.Effect) + ")"
		if note := MoneyNote(&c); note != "" {
			line += " " + note
		}
		t.printf("%s", t.s.wrap("  ", line))
	}
	t.printf("\n")
}

// change prints one weakening.
func (t *text) change(c *review.Change, word string, source *diag.Snippet) {
	t.printf("%s %s\n", t.s.paint(red, word+":"), t.s.paint(bold, c.Kind.Title()))
	t.place(c.Range, c.Address)
	if c.Range == nil && c.BaseRange != nil {
		t.printf("  was on %s\n", position(c.BaseRange))
	}
	t.snippet(source, red)
	t.printf("\n%s", t.s.wrap("  ", clean(c.Message)))
	if more := Consequence(c); more != "" {
		t.printf("%s", t.s.wrap("  ", more))
	}
	t.example(c.Example)
	t.printf("\n")
}

type reviewJSON struct{ o *Output }

func (v *reviewJSON) Result(r *engine.ReviewResult, ds diag.List) error {
	if r == nil {
		r = &engine.ReviewResult{Outcome: engine.Failed}
	}
	d := newDocument(v.o)
	d.member("outcome", r.Outcome)
	d.member("base", r.Base)
	d.member("commit", r.Commit)
	d.member("known", r.Known)
	items(d, "weakened", r.Changes[:r.Weakened])
	items(d, "changes", r.Changes[r.Weakened:])
	d.judgement(&r.Judgement)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
