package addr

import (
	"strings"
	"testing"
)

func TestResourceRoundTrip(t *testing.T) {
	for _, s := range []string{
		"source.filesystem.docs",
		`destination.s3.x["k"]`,
		`destination.s3.x[""]`,
		"backup.runs",
		`backup.runs["a.b[c]\"\n"]`,
		"hold.litigation", "release.a", "shorten.a", "retire.a", "attest.a", "archive.a", "policy.core", "waiver.one-medium",
	} {
		r, err := ParseResource(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if r.String() != s {
			t.Errorf("%s printed as %s", s, r)
		}
	}
}

func TestParseResourceRefuses(t *testing.T) {
	for _, s := range []string{
		"", "backup", "backup.", "source.docs", "source..docs", "source.filesystem.", "backup.a.b", "variable.a",
		`backup.a["k"`, "backup.a[k]", `backup.a["k"]x`, ".backup.a",
	} {
		if r, err := ParseResource(s); err == nil {
			t.Errorf("%q was read as %+v", s, r)
		}
	}
}

func TestInstanceKeepsKeysApart(t *testing.T) {
	a := Resource{Kind: Backup, Name: "a", Key: "", Keyed: true}
	b := Resource{Kind: Backup, Name: "a"}
	if a.Instance() == b.Instance() {
		t.Errorf("an empty key prints as no key: %s", a.Instance())
	}
}

// What parses prints to something that parses to the same.
func FuzzParseResource(f *testing.F) {
	for _, s := range []string{"backup.a", `source.s3.x["k"]`, `backup.a["` + "`" + `"]`, `hold.a["\x00"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseResource(s)
		if err != nil {
			return
		}
		again, err := ParseResource(r.String())
		if err != nil || again != r {
			t.Errorf("%q gave %+v, printed %s, gave %+v (%v)", s, r, r, again, err)
		}
		if strings.Contains(r.Name, "[") {
			t.Errorf("%q left a bracket in the name %q", s, r.Name)
		}
	})
}
