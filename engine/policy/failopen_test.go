package policy

import (
	"fmt"
	"testing"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// TestWaysToFailOpen holds the ways in which conftest lets pass what a policy
// means to deny: each denies here, or is an error, natively and by Rego.
func TestWaysToFailOpen(t *testing.T) {
	change := func(condition string) string { return "package backstay.own\ndeny contains \"x\" if " + condition }
	for name, c := range map[string]struct{ text, want string }{
		"set membership with input values":            {change("input.change.object.path in {input.change.object.path, \"b\"}"), "deny"},
		"set membership by index with input values":   {change("{input.change.object.path, \"b\"}[input.change.object.path]"), "deny"},
		"set membership with values of configuration": {change("input.change.destination in {d.address | some d in input.config.destinations}"), "deny"},
		"set membership in a set made of input":       {change("{\"copy\"} & {input.change.action} != set()"), "deny"},
		"set membership behind not":                   {change("not input.change.object.path in {input.change.copy, \"b\"}"), "deny"},
		"array result":                                {"package backstay.own\ndeny := [\"x\"] if input.change.action == \"copy\"", "policy_odd_rule"},
		"array in a set of results":                   {"package backstay.own\ndeny contains [\"x\"] if input.change.action == \"copy\"", "policy_odd_result"},
		"array from a helper":                         {"package backstay.own\ndeny := messages if input.change.action == \"copy\"\nmessages := [\"x\"]", "policy_odd_result"},
		"number result":                               {"package backstay.own\ndeny := 3 if input.change.action == \"copy\"", "policy_odd_rule"},
		"number in a set of results":                  {"package backstay.own\ndeny contains 3 if input.change.action == \"copy\"", "policy_odd_result"},
		"object without a message":                    {"package backstay.own\ndeny contains {\"text\": \"x\"} if input.change.action == \"copy\"", "policy_odd_result"},
		"builtin error":                               {change("to_number(input.change.object.path) > 3"), "policy_evaluation"},
		"builtin error behind not":                    {change("not to_number(input.change.object.path) > 3"), "policy_evaluation"},
		"builtin error in a helper behind not":        {change("not large\nlarge if to_number(input.change.object.path) > 3"), "policy_evaluation"},
		"misspelt rule name":                          {"package backstay.own\ndney contains \"x\" if input.change.action == \"copy\"\n" + "deny contains \"y\" if input.change.action == \"expire\"", "policy_unreached_rule"},
		"misspelt rule name, alone":                   {"package backstay.own\ndney contains \"x\" if input.change.action == \"copy\"", "policy_unreached_rule"},
		"wrong package":                               {"package main\ndeny contains \"x\" if input.change.action == \"copy\"", "policy_other_package"},
		"misspelt input path":                         {change("input.change.acton == \"copy\""), "policy_unknown_path"},
		"misspelt input path behind not":              {change("not input.change.before.verfied_at"), "policy_unknown_path"},
		"misspelt input path in a variable":           {change("{ c := input.change; c.acton == \"copy\" }"), "policy_unknown_path"},
		"environment":                                 {change("opa.runtime().env.HOME"), "policy_unknown_function"},
		"network":                                     {change("http.send({\"method\": \"get\", \"url\": \"http://localhost\"}).status_code == 200"), "policy_unknown_function"},
		"clock":                                       {change("time.now_ns() > 0"), "policy_unknown_function"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, nativeOff := range []bool{false, true} {
				if got := outcomeOf(t, c.text, nativeOff); got != c.want {
					t.Errorf("native off %t: %s, want %s", nativeOff, got, c.want)
				}
			}
		})
	}
}

// outcomeOf is what becomes of a change that every case means to deny.
func outcomeOf(t *testing.T, text string, nativeOff bool) string {
	t.Helper()
	e, diags := compileBare(t, map[string]string{"own.rego": text})
	if diags.HasErrors() {
		return diags[0].Code
	}
	e.nativeOff = nativeOff
	s, err := e.NewPlan(t.Context(), planFacts())
	var found []Finding
	if err == nil {
		found, err = s.Change(t.Context(), copyChange())
	}
	if err == nil {
		_, err = s.End(t.Context(), &plan.Summary{}, nil)
	}
	switch {
	case err != nil:
		return diag.FromError(err, "plain error", "").Code
	case len(found) == 1 && found[0].Blocks():
		return "deny"
	}
	return fmt.Sprintf("%d findings", len(found))
}
