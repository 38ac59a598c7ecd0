package policy

import (
	"strings"
	"testing"
)

// TestRegoDiagnostics holds what is said of a mistake in a user's Rego: once, at
// the very word, with the line that it stands on, and what was probably meant.
func TestRegoDiagnostics(t *testing.T) {
	for name, c := range map[string]struct{ text, code, at, hint string }{
		"path":             {"deny contains \"x\" if {\n\tinput.change.acton == \"copy\"\n}", "policy_unknown_path", "acton", `Did you mean "action"?`},
		"path in variable": {"deny contains \"x\" if {\n\tc := input.change\n\tc.objct.path == \"a\"\n}", "policy_unknown_path", "objct", `Did you mean "object"?`},
		"path of elements": {"deny contains \"x\" if {\n\tsome b in input.config.backups\n\tb.retension.keep_days < 3\n}", "policy_unknown_path", "retension", `Did you mean "retention"?`},
		"path far off":     {"deny contains \"x\" if input.nothing.of.this", "policy_unknown_path", "nothing", "There are change, config"},
		"member":           {"deny contains \"x\" if input.chnge.removes", "policy_unknown_path", "chnge", `Did you mean "change"?`},
		"rule name":        {"dney contains \"x\" if input.change.removes\ndeny contains \"y\" if input.change.removes", "policy_unreached_rule", "dney", `Did you mean "deny"?`},
		"rule name, warn":  {"wanr contains \"x\" if input.change.removes\ndeny contains \"y\" if input.change.removes", "policy_unreached_rule", "wanr", `Did you mean "warn"?`},
		"helper":           {"deny contains \"x\" if removng\nremoving if input.change.removes", "policy_unknown_name", "removng", `Did you mean "removing"?`},
		"function":         {"deny contains \"x\" if not answred(input.change.object.path)\nanswered(x) if x == \"a\"", "policy_unknown_function", "answred", `Did you mean "answered"?`},
		"builtin":          {"deny contains \"x\" if startwith(input.change.action, \"a\")", "policy_unknown_function", "startwith", `Did you mean "startswith"?`},
		"variable":         {"deny contains \"x\" if {\n\tinput.change.removes\n\tlimit == 3\n}", "policy_unknown_name", "limit", "nothing in this rule gives it a value"},
		"value":            {"deny contains \"x\" if input.change.action == \"copi\"", "policy_unknown_value", `"copi"`, `Did you mean "copy"?`},
		"data":             {"deny contains \"x\" if input.change.remaining < data.limts.copies", "policy_unknown_data", "limts", `Did you mean "limits"?`},
		"deeper data":      {"deny contains \"x\" if input.change.remaining < data.limits.copis", "policy_unknown_data", "copis", `Did you mean "copies"?`},
		"rule as data":     {"deny contains \"x\" if data.backstay.own.removng\nremoving if input.change.removes\nwarn contains \"y\" if removing", "policy_unknown_data", "removng", `Did you mean "removing"?`},
		"itself":           {"deny contains \"x\" if input.change.remaining == input.change.remaining", "policy_same", "input.change.remaining == input.change.remaining", "is there"},
		"itself, in turn":  {"deny contains \"x\" if {\n\ty := input.change.remaining\n\ty < input.change.remaining\n}", "policy_same", "y < input.change.remaining", "is there"},
		"syntax":           {"deny contains \"x\" if { input.change.action = }", "policy_invalid", "}", "token"},
		"unused":           {"deny contains \"x\" if {\n\ty := input.change.action\n}", "policy_invalid", "y := input.change.action", "unused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := compileBare(t, map[string]string{"own.rego": "package backstay.own\n\n" + c.text, "limits.yaml": "limits: {copies: 2}"})
			if len(diags) != 1 {
				t.Fatalf("%d diagnostics: %+v", len(diags), diags)
			}
			d := diags[0]
			if d.Code != c.code || !strings.Contains(d.Detail, c.hint) {
				t.Errorf("%s: %s", d.Code, d.Detail)
			}
			if d.Range == nil || d.Snippet == nil {
				t.Fatalf("no place: %+v", d)
			}
			line, _, _ := strings.Cut(d.Snippet.Code[d.Snippet.HighlightStart:d.Snippet.HighlightEnd], "\n")
			if line != c.at || d.Range.Filename != "policy/own.rego" {
				t.Errorf("points at %q in %q, want %q", line, d.Snippet.Code, c.at)
			}
			if strings.Contains(d.Detail, aliasPrefix) {
				t.Errorf("a name that the compiler made is shown: %s", d.Detail)
			}
		})
	}
}
