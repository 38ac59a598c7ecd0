package format

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/policy"
)

// Commands of GitHub are one line each: what a configuration says can neither
// end one nor begin another.
func TestGitHubLines(t *testing.T) {
	d := &Document{Command: "plan", Headline: "no\n::stop-commands::x", Items: []Item{
		{Rule: "A,b:c", Level: Error, Message: "50%\r\n::error::forged", Range: at("x,y:z.backstay.hcl", 1, 2, 1, 4)},
	}}
	lines := strings.Split(strings.TrimSuffix(string(render(t, "github", d)), "\n"), "\n")
	want := []string{
		"::error file=x%2Cy%3Az.backstay.hcl,line=1,endLine=1,col=2,endColumn=4,title=A%2Cb%3Ac::50%25%0D%0A::error::forged",
		"backstay plan: no ::stop-commands::x",
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("%q", lines)
	}
}

// A fingerprint is the same while lines move and figures change, and no two
// entries share one.
func TestGitLabFingerprints(t *testing.T) {
	find := func(d *Document) (all []string) {
		for _, e := range conforms(t, "gitlab", "gitlab-code-quality.schema.json", d).([]any) {
			all = append(all, e.(map[string]any)["fingerprint"].(string))
		}
		return all
	}
	d := &Document{Command: "check"}
	for i := range 3 {
		d.Items = append(d.Items, Item{Rule: "R", Level: Error, Message: fmt.Sprint(i, " objects"), Range: at("m.backstay.hcl", 10+i, 1, 10+i, 2)})
	}
	before := find(d)
	if before[0] == before[1] || before[1] == before[2] || before[0] == before[2] {
		t.Errorf("fingerprints are not unique: %v", before)
	}
	for i := range d.Items {
		d.Items[i].Range.Start.Line += 100
		d.Items[i].Message = "9 objects"
	}
	if after := find(d); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("%v became %v", before, after)
	}
	d.Items[0].Address = "backup.other"
	if after := find(d); after[0] == before[0] {
		t.Error("another address has the same fingerprint")
	}
}

// The counts of a JUnit report are those of its cases, and text that XML cannot
// hold does not break it.
func TestJUnitCounts(t *testing.T) {
	d := denied()
	d.Items[0].Message = "ends \x00 here ]]> <b>"
	var got junitSuites
	must(t, xml.Unmarshal(render(t, "junit", d), &got))
	n := map[string]int{}
	for _, c := range got.Suites[0].Cases {
		switch {
		case c.Failure != nil:
			n["failure"]++
		case c.Error != nil:
			n["error"]++
		case c.Skipped != nil:
			n["skipped"]++
		}
		n["all"]++
	}
	if n["failure"] != 3 || got.Failures != 3 || n["error"] != 1 || got.Errors != 1 || n["skipped"] != got.Skipped || n["all"] != got.Tests || got.Skipped != 3 {
		t.Errorf("%v, and the report says %+v", n, got)
	}
}

// Regions of SARIF are the ranges; what is waived is suppressed; what is
// deferred has no level.
func TestSARIFResults(t *testing.T) {
	log := conforms(t, "sarif", "sarif-schema-2.1.0.json", denied()).(map[string]any)
	run := log["runs"].([]any)[0].(map[string]any)
	rules := run["tool"].(map[string]any)["driver"].(map[string]any)["rules"].([]any)
	kinds := map[string]map[string]any{}
	for _, r := range run["results"].([]any) {
		r := r.(map[string]any)
		id := r["ruleId"].(string)
		if rule := rules[int(r["ruleIndex"].(float64))].(map[string]any); rule["id"] != id || rule["helpUri"] != nil {
			t.Errorf("%s points at rule %v", id, rule)
		}
		kinds[id] = r
		place := r["locations"].([]any)[0].(map[string]any)["physicalLocation"].(map[string]any)
		if uri := place["artifactLocation"].(map[string]any)["uri"]; uri == "" {
			t.Errorf("%s has no file", id)
		}
	}
	physical := kinds["COPY-1"]["locations"].([]any)[0].(map[string]any)["physicalLocation"].(map[string]any)
	region := physical["region"].(map[string]any)
	if uri := physical["artifactLocation"].(map[string]any)["uri"]; uri != "infra/backup/main.backstay.hcl" || region["startLine"] != 20.0 || region["endColumn"] != 11.0 {
		t.Errorf("COPY-1 is at %v", physical)
	}
	if kinds["COPY-2"]["suppressions"] == nil || kinds["RPO-2"]["kind"] != "open" || kinds["RPO-2"]["level"] != "none" {
		t.Errorf("waived %v, deferred %v", kinds["COPY-2"], kinds["RPO-2"])
	}
	for name, want := range map[string]string{"a b.hcl": "a%20b.hcl", "c:d.hcl": "./c:d.hcl", "/etc/x": "file:///etc/x"} {
		if got := sarifURI(name); got != want {
			t.Errorf("%s became %s", name, got)
		}
	}
}

// A control is satisfied only if nothing about it fails, is unknown or waived.
func TestOSCALStatus(t *testing.T) {
	for _, c := range []struct {
		n    policy.ControlCount
		want string
	}{
		{policy.ControlCount{Severity: policy.Mandatory, Pass: 1}, "satisfied/pass"},
		{policy.ControlCount{Severity: policy.Mandatory, Pass: 1, Warn: 1}, "satisfied/pass"},
		{policy.ControlCount{Severity: policy.Mandatory, Pass: 9, Fail: 1}, "not-satisfied/fail"},
		{policy.ControlCount{Severity: policy.Advisory, Fail: 1}, "not-satisfied/other"},
		{policy.ControlCount{Severity: policy.Mandatory, Unknown: 1}, "not-satisfied/other"},
		{policy.ControlCount{Severity: policy.Overridable, Waived: 1}, "not-satisfied/other"},
	} {
		o := oscalBuilder{d: &Document{}, related: map[string][]oscalRelated{}}
		if s := o.finding(&c.n).Target.Status; s.State+"/"+s.Reason != c.want {
			t.Errorf("%+v is %+v, want %s", c.n, s, c.want)
		}
	}
	for in, want := range map[string]string{"COPY-1": "COPY-1", "a/b c": "a.b.c", "1st": "_1st", "": "_"} {
		if got := token(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
