package view

import (
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/review"
)

func TestPolicyDiff(t *testing.T) {
	example := &policy.Example{
		Member: "change", Facts: []string{"remaining 2", "removes true"}, Was: "denied", Is: "passed", Message: "main/deny: few copies left",
		Subject: map[string]any{"action": "retire", "remaining": 2, "object": map[string]any{"path": "a\x1b[31m.txt"}},
	}
	for name, r := range map[string]*engine.PolicyDiffResult{
		"policy-diff": {
			Base: "main", Commit: "a1a1a1a1a1a1a1a1", Verdict: review.Weakens, Weakened: 2, Same: 3, Compared: 1, Open: 1, Outcome: engine.Denied,
			Changes: []review.Change{
				{Kind: review.PolicyWeakened, Effect: review.Weakened, Address: "main/deny", Attribute: "plan", Message: example.Sentence(), Example: example, BaseRange: rangeAt(4, 1)},
				{Kind: review.PolicyChanged, Effect: review.Unknown, Address: "main/deny_odd", Message: "A rule was not compared exactly."},
				{Kind: review.PolicyTightened, Effect: review.Strengthened, Address: "main/deny_new", Message: "A rule is new."},
			},
		},
		"policy-diff-same":   {Base: "old", Verdict: review.Equal, Same: 5, Outcome: engine.Done},
		"policy-diff-failed": {Base: "old", Outcome: engine.Failed},
	} {
		both(t, name, "policy-diff", func(t *testing.T, o *Output) { must(t, NewPolicyDiff(o).Result(r, nil)) })
	}
}
