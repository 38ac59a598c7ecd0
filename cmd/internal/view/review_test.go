package view

import (
	"strings"
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/review"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

func reviewed(known bool) *engine.ReviewResult {
	loss := func(objects, eligible int64) *review.Loss {
		if !known {
			return &review.Loss{}
		}
		l := &review.Loss{Known: true, Objects: &plan.Count{Objects: objects, Bytes: objects * 1024}, Eligible: &plan.Count{Objects: eligible, Bytes: eligible << 20}}
		if eligible > 0 {
			l.From = schema.UntilAt(noon)
		}
		return l
	}
	paid := func(m review.Money) *review.Money {
		if !known {
			return nil
		}
		m.Currency, m.Known = "USD", len(m.Missing) == 0
		return &m
	}
	return &engine.ReviewResult{
		Base: "main", Commit: strings.Repeat("a1", 20), Known: known, Weakened: 5, Outcome: engine.Denied,
		Changes: []review.Change{
			{Kind: review.CopyLost, Effect: review.Weakened, Address: "backup.docs.copy.b", Message: "backup.docs.copy.b is no longer there.", BaseRange: rangeAt(20, 3), Loss: loss(4, 0), Money: paid(review.Money{Month: 12})},
			{Kind: review.ScopeShrunk, Effect: review.Weakened, Address: "backup.docs", Message: "Paths /tmp/** is excluded now.", Range: rangeAt(12, 3), Loss: loss(1, 1), Money: paid(review.Money{Missing: []string{"dnanexus aws:us-east-1 live storage"}})},
			{Kind: review.RetentionShorter, Effect: review.Weakened, Address: "backup.docs", Attribute: "retention.keep", Before: "7y", After: "1y", Message: "retention.keep goes from 7y to 1y.", Range: rangeAt(30, 3), Loss: loss(1200, 0)},
			{Kind: review.LockWeakened, Effect: review.Weakened, Address: "backup.docs.copy.a", Message: "lock.mode goes from compliance to none.", Range: rangeAt(31, 3)},
			{Kind: review.PolicyChanged, Effect: review.Unknown, Address: "policy.mine/rules/a.rego", Message: "policy.mine/rules/a.rego says something else.", Range: &diag.Range{Filename: "rules/a.rego", Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}},
			{Kind: review.BlockAdded, Effect: review.Strengthened, Address: "hold.case", Message: "hold.case is new."},
			{Kind: review.BlockAdded, Effect: review.Strengthened, Address: "backup.docs.copy.c", Message: "backup.docs.copy.c is new.", Money: paid(review.Money{Month: 2, Once: 0.3})},
			{Kind: review.Described, Effect: review.Neutral, Address: "backup.docs", Attribute: "owner", Before: "a", After: "b", Message: "owner goes from a to b."},
		},
	}
}

func TestReview(t *testing.T) {
	for name, r := range map[string]*engine.ReviewResult{
		"review": reviewed(true), "review-unknown": reviewed(false), "review-failed": nil,
		"review-same": {Base: "old", Outcome: engine.Done},
	} {
		both(t, name, "review", func(t *testing.T, o *Output) { must(t, NewReview(o).Result(r, nil)) })
	}
}

// Without a record no figure is shown, and none is zero.
func TestReviewUnknownIsNeverZero(t *testing.T) {
	for _, c := range reviewed(false).Changes {
		if text := Consequence(&c); c.Loss != nil && (!strings.Contains(text, "unknown") || strings.ContainsAny(text, "0123456789")) {
			t.Errorf("%s: %q", c.Kind, text)
		}
	}
	s := newScreen(true)
	must(t, NewReview(&s.Output).Result(reviewed(false), nil))
	if strings.Contains(s.out.String(), `"objects"`) || !strings.Contains(s.out.String(), `"known":false`) {
		t.Errorf("%s", s.out.String())
	}
}

func TestReviewHeadline(t *testing.T) {
	for want, r := range map[string]*engine.ReviewResult{
		"nothing is weakened.":                      {},
		"5 things are weakened, 1 of them perhaps.": reviewed(true),
		"1 thing may be weakened.":                  {Weakened: 1, Changes: []review.Change{{Effect: review.Unknown}}},
	} {
		if got := ReviewHeadline(r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
