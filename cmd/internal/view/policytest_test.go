package view

import (
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

func TestPolicyTest(t *testing.T) {
	r := &engine.PolicyTestResult{Outcome: engine.Failed, Suite: policy.Suite{
		Passed: 1, Failed: 1, Coverage: 87.5,
		Results: []policy.TestResult{
			{Package: "backstay.naming_test", Name: "test_fail", Pass: true},
			{
				Package: "backstay.naming_test", Name: "test_pass", Detail: "This expression does not hold: count(naming.deny) == 0",
				Range: &diag.Range{Filename: "policy/naming_test.rego", Start: diag.Pos{Line: 7, Column: 2}, End: diag.Pos{Line: 7, Column: 26}},
			},
			{Package: "backstay.naming_test", Name: "todo_test_more", Skipped: true},
		},
	}}
	both(t, "policy-test", "policy-test", func(t *testing.T, o *Output) { must(t, NewPolicyTest(o).Result(r, nil)) })
	r.Boundaries = []policy.Boundary{
		{Rule: "main/deny deny", Range: rangeAt(4, 1), Phase: policy.PhasePlan, Member: "change", Path: "remaining", Speaks: "1", Silent: "2", Subject: map[string]any{"remaining": 1}},
		{Rule: "main/deny deny", Range: rangeAt(4, 1), Phase: policy.PhasePlan, Member: "change", Path: "object.class", Speaks: "\"r\x1b\"", Silent: "absent", Subject: map[string]any{}},
	}
	r.Gaps = []policy.Gap{
		{Kind: "never_holds", Rule: "main/deny deny", Range: rangeAt(9, 1), Detail: "It decides nothing."},
		{Kind: "untested", Rule: "main.warn", Detail: "Nobody would notice."},
		{Kind: "not_judged", Rule: "main/deny_odd deny_odd", Detail: "It is outside what can be searched."},
	}
	both(t, "policy-test-boundaries", "policy-test", func(t *testing.T, o *Output) { must(t, NewPolicyTest(o).Result(r, nil)) })
	both(t, "policy-test-broken", "policy-test", func(t *testing.T, o *Output) {
		must(t, NewPolicyTest(o).Result(&engine.PolicyTestResult{Outcome: engine.Failed}, problems()))
	})
}
