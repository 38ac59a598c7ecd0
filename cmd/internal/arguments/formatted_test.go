package arguments

import (
	"strings"
	"testing"
)

func TestFormatAndJSONAgree(t *testing.T) {
	for line, want := range map[string]string{
		"validate":                        "",
		"validate -json":                  "",
		"-json plan":                      "",
		"check -format=json":              "json",
		"check -format json -json":        "json",
		"plan -format=sarif":              "sarif",
		"validate --format text":          "text",
		"check -json=false -format=oscal": "oscal",
	} {
		inv := parse(t, line)
		got := ""
		switch a := inv.Command.(type) {
		case *Validate:
			got = a.Format
		case *Plan:
			got = a.Format
		case *Check:
			got = a.Format
		}
		if got != want || inv.JSON != (want == "json" || strings.HasSuffix(line, "-json") || strings.HasPrefix(line, "-json")) {
			t.Errorf("%q: format %q, JSON %v", line, got, inv.JSON)
		}
	}
	for line, want := range map[string]string{
		"validate -json -format=sarif": "two different answers",
		"check -json -format=text":     "two different answers",
		"plan -format=sarf":            `did you mean "sarif"?`,
		"apply -format=sarif":          "has no flag -format",
	} {
		_, err := Parse(strings.Fields(line))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", line, err)
		}
	}
}
