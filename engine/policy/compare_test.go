package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema/diag"
)

// compared compares two texts of the same package over the same configuration.
func compared(t testing.TB, before, after string) *Comparison {
	t.Helper()
	return comparedFiles(t, map[string]string{"a.rego": before}, map[string]string{"a.rego": after})
}

func comparedFiles(t testing.TB, before, after map[string]string) *Comparison {
	t.Helper()
	for _, files := range []map[string]string{before, after} {
		for name, text := range files {
			if strings.HasSuffix(name, ".rego") && !strings.HasPrefix(text, "package ") {
				files[name] = "package backstay.own\n" + text
			}
		}
	}
	c, err := Compare(t.Context(), bareEngine(t, before), bareEngine(t, after), testNow)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bareEngine compiles users' files without the library, which takes its time.
func bareEngine(t testing.TB, files map[string]string) *Engine {
	t.Helper()
	e, diags := compileBare(t, files)
	if len(diags) > 0 {
		t.Fatalf("%+v", diags)
	}
	return e
}

func compileBare(t testing.TB, files map[string]string) (*Engine, diag.List) {
	t.Helper()
	s := withRego(t, fileTree(t), files)
	e := newEngine(s)
	diags := e.loadBlock(s, s.Config.Policies[0])
	for _, step := range []func() diag.List{func() diag.List { return e.link(t.Context()) }, func() diag.List { return e.choose(s) }, e.checkRules} {
		if diags.HasErrors() {
			break
		}
		diags = append(diags, step()...)
	}
	if diags.HasErrors() {
		return nil, e.illustrate(diags)
	}
	e.keepDefined()
	return e, diags
}

// told is a comparison as the cases write it.
func told(c *Comparison) string {
	var out []string
	for _, d := range c.Differences {
		one := string(d.Way)
		if d.Example != nil {
			one += fmt.Sprintf(": %s, now %s: %s", d.Example.Was, d.Example.Is, strings.Join(d.Example.Facts, "; "))
		}
		out = append(out, one)
	}
	return strings.Join(out, "\n")
}

// TestCompare holds what is said of a change of one rule.
func TestCompare(t *testing.T) {
	const removes = "deny contains \"x\" if { input.change.removes; "
	for name, c := range map[string]struct{ before, after, want string }{
		"limit lowered":          {removes + "input.change.remaining < 3 }", removes + "input.change.remaining < 2 }", "weaker: denied unless waived, now passed: remaining 2; removes true"},
		"limit raised":           {removes + "input.change.remaining < 2 }", removes + "input.change.remaining < 3 }", "stricter: passed, now denied unless waived: remaining 2; removes true"},
		"limit said another way": {removes + "input.change.remaining < 3 }", removes + "not input.change.remaining > 2 }", ""},
		"words":                  {"deny contains \"x\" if input.change.removes", "deny contains sprintf(\"%s goes\", [input.change.object.path]) if input.change.removes", ""},
		"words that need an id": {
			"deny contains \"x\" if input.change.removes", "deny contains sprintf(\"%s goes\", [input.change.object.id]) if input.change.removes",
			"weaker: denied unless waived, now passed: removes true",
		},
		"split in two": {
			"deny contains \"x\" if input.change.action in {\"retire\", \"expire\"}",
			"deny contains \"a\" if input.change.action == \"retire\"\ndeny contains \"b\" if input.change.action == \"expire\"", "",
		},
		"renamed":        {"deny contains \"x\" if input.change.removes", "deny_x contains \"x\" if input.change.removes", ""},
		"becomes advice": {"deny contains \"x\" if input.change.removes", "warn contains \"x\" if input.change.removes", "weaker: denied unless waived, now warned of: removes true"},
		"advice becomes": {"warn contains \"x\" if input.change.removes", "deny contains \"x\" if input.change.removes", "stricter: warned of, now denied unless waived: removes true"},
		"another action": {"deny contains \"x\" if input.change.action == \"retire\"", "deny contains \"x\" if input.change.action == \"expire\"", "weaker: denied unless waived, now passed: action \"retire\"\nstricter: passed, now denied unless waived: action \"expire\""},
		"prefix": {
			"deny contains \"x\" if startswith(input.change.object.path, \"a/\")", "deny contains \"x\" if startswith(input.change.object.path, \"a/b/\")",
			"weaker: denied unless waived, now passed: object.path \"a/x/\"",
		},
		"two members": {
			"deny contains \"x\" if input.change.copies_after <= input.change.copies_before", "deny contains \"x\" if input.change.copies_after < input.change.copies_before",
			"weaker: denied unless waived, now passed: copies_after 0; copies_before 0",
		},
		"made from others": {
			"deny contains \"x\" if input.change.removes", "deny contains \"x\" if input.change.action in {\"retire\", \"expire\"}", "",
		},
		"quarantine": {
			"deny contains \"x\" if input.change.before.retired_days < 30", "deny contains \"x\" if input.change.before.retired_days < 7",
			"weaker: denied unless waived, now passed: before.retired_days 29",
		},
		"held": {
			"deny contains \"x\" if count(input.change.before.held) > 0", "deny contains \"x\" if \"case\" in input.change.before.held",
			"weaker: denied unless waived, now passed: before.held [\"other-1\"]",
		},
		"outside":           {"deny contains \"x\" if regex.match(\"^a\", input.change.object.path)", "deny contains \"x\" if regex.match(\"^ab\", input.change.object.path)", "uncompared"},
		"outside, the same": {"deny contains \"x\" if regex.match(\"^a\", input.change.object.path)", "deny contains \"x\" if regex.match(\"^a\", input.change.object.path)\ndeny contains \"y\" if input.change.removes", "stricter: passed, now denied unless waived: removes true"},
		"by the configuration": {
			"deny contains \"x\" if { some d in input.config.destinations; d.address == input.change.destination; d.media == \"tape\" }",
			"deny contains \"x\" if { input.change.removes; input.change.remaining < 1 }",
			"uncompared\nstricter: passed, now denied unless waived: remaining 0; removes true",
		},
		"by the moment": {removes + "input.now > \"2020-01-01\" }", removes + "input.now > \"2021-01-01\" }", "uncompared"},
		"of the run":    {removes + "input.run.partial }", "deny contains \"y\" if { input.change.removes; input.change.remaining < 1 }", "uncompared\nstricter: passed, now denied unless waived: remaining 0; removes true"},
		"term":          {removes + "input.change.before.retain_until > input.now }", removes + "not input.change.before.term_over; input.change.before.retain_until }", ""},
		"a copy": {
			"deny contains \"x\" if { input.copy.live; input.copy.verified_days > 90 }", "deny contains \"x\" if { input.copy.live; input.copy.verified_days > 365 }",
			"weaker: denied unless waived, now passed: live true; verified_days 364",
		},
		"a copy, unknown": {
			"deny contains \"x\" if { input.copy.live; not input.copy.verified_days <= 90 }", "deny contains \"x\" if { input.copy.live; not input.copy.verified_days <= 30 }",
			"stricter: passed, now denied unless waived: live true; verified_days 89",
		},
		"an object": {
			"deny contains \"x\" if { input.object.copies < 3; \"tape\" in input.object.storage_kinds }", "deny contains \"x\" if { input.object.verified < 2 }",
			"weaker: denied unless waived, now passed: copies 2; storage_kinds [\"tape\"]\nstricter: passed, now denied unless waived: verified 1",
		},
		"the intent": {
			"deny contains {\"msg\": \"x\", \"address\": b.address} if { some b in input.config.backups; b.owner == \"me@example.org\" }", "deny contains {\"msg\": \"x\", \"address\": b.address} if { some b in input.config.backups; b.owner == \"you@example.org\" }",
			"weaker: denied unless waived, now passed: address backup.docs\nuncompared",
		},
		"in another phase": {"deny contains \"x\" if { some b in input.config.backups; not b.owner }", "deny contains \"x\" if { some b in input.config.backups; b.owner == \"nobody\" }", "uncompared"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(compared(t, c.before, c.after)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
