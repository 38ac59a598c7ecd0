package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestBoundaries holds where rules change their answer: next to each constant,
// by every member that they ask, judged by Rego on both sides.
func TestBoundaries(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a limit":                        {"deny contains \"x\" if { input.change.removes; input.change.remaining < 3 }", "action: \"retire\" and not \"copy\"\nremaining: 2 and not 3"},
		"two":                            {"deny contains \"x\" if input.change.object.size in {7, 9}", "object.size: 7 and not 6"},
		"a helper":                       {"deny contains \"x\" if not kept\nkept if input.change.before.retired_days >= 7", "before.retired_at: \"2026-11-14T12:00:00.001Z\" and not \"2026-11-14T12:00:00.000Z\""},
		"a path":                         {"deny contains \"x\" if startswith(input.change.object.path, \"a/\")", "object.path: \"a/x/\" and not \"folder/file.txt\""},
		"a list":                         {"deny contains \"x\" if count(input.change.before.held) > 1", "before: present and not absent\nbefore.held: [\"other-1\", \"other-2\"] and not [\"other-1\"]"},
		"a copy":                         {"deny contains \"x\" if { input.copy.live; input.copy.verified_days > 90 }", "live: true and not false\nverified_days: 91 and not 90"},
		"never":                          {"deny contains \"x\" if { input.change.remaining < 1; input.change.remaining > 2 }", "never_holds"},
		"never, by what it is made from": {"deny contains \"x\" if { input.change.action == \"copy\"; input.change.removes }", "never_holds"},
		"outside":                        {"deny contains \"x\" if regex.match(\"^secret/\", input.change.object.path)", "not_judged"},
		"elsewhere":                      {"deny contains \"x\" if { some d in input.config.destinations; d.media == \"tape\"; d.address == input.change.destination }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := bareEngine(t, map[string]string{"a.rego": "package backstay.own\n" + c.text})
			found, gaps, err := e.Boundaries(t.Context(), testNow, false)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, b := range found {
				got = append(got, fmt.Sprintf("%s: %s and not %s", b.Path, b.Speaks, b.Silent))
				if b.Subject == nil || b.Range == nil || b.Rule != "backstay.own/deny deny" {
					t.Errorf("%+v", b)
				}
			}
			for _, g := range gaps {
				got = append(got, g.Kind)
			}
			if text := strings.Join(got, "\n"); text != c.want {
				t.Errorf("got\n%s\nwant\n%s", text, c.want)
			}
		})
	}
}

// TestUntested finds the rule that no test would miss.
func TestUntested(t *testing.T) {
	files := map[string]string{
		"a.rego": "package backstay.own\n\ndeny contains \"few\" if input.change.remaining < 2\n\ndeny contains \"large\" if input.change.object.size > 5\n\nwarn contains \"class\" if input.change.object.class == \"raw\"\n",
		"a_test.rego": `package backstay.own_test
import data.backstay.own
test_few if own.deny == {"few"} with input as {"change": {"remaining": 1}}
test_none if count(own.deny) == 0 with input as {"change": {"remaining": 2, "object": {"size": 5}}}
test_warn if own.warn with input as {"change": {"object": {"class": "raw"}}}
`,
	}
	gaps, diags := Untested(t.Context(), withRego(t, fileTree(t), files), false)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, g := range gaps {
		got = append(got, fmt.Sprintf("%s %s %d", g.Kind, g.Rule, g.Range.Start.Line))
	}
	if want := []string{"untested backstay.own.deny 5", "untested backstay.own.warn 7"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(diags) == 0 && gaps[0].Detail == "" {
		t.Error("no detail")
	}
}
