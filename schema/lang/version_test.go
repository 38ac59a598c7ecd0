package lang

import "testing"

func TestSatisfies(t *testing.T) {
	for _, c := range []struct {
		version, constraints string
		want                 bool
	}{
		{"0.3.1", ">= 0.1", true},
		{"0.3.1", ">= 0.1, < 0.3", false},
		{"0.3.1", "0.3.1", true},
		{"0.3.1", "= 0.3", false},
		{"0.3.1", "!= 0.3.1", false},
		{"0.3.1", "> 0.3.1", false},
		{"0.3.1", "<= 0.3.1", true},
		{"v1.2.3-rc1+x", ">=1.2.3", true},
		{"0.9.0", "~> 0.3", true},
		{"1.0.0", "~> 0.3", false},
		{"0.3.9", "~> 0.3.1", true},
		{"0.4.0", "~> 0.3.1", false},
		{"2.0.0", "~> 1", false},
		{"1.9.0", "~> 1", true},
		{"0.2.0", "~>0.3", false},
	} {
		v, _, ok := parseVersion(c.version)
		got, err := satisfies(v, c.constraints)
		if !ok || err != nil || got != c.want {
			t.Errorf("%s against %q is %v (%v)", c.version, c.constraints, got, err)
		}
	}
	for _, bad := range []string{"", ">=", "=> 1", ">= 1.2.3.4", ">= x", "1,", "latest"} {
		if _, err := satisfies(version{}, bad); err == nil {
			t.Errorf("%q is taken as a constraint", bad)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"deny", "paths", "path", "larger_than", "keep"}
	for name, want := range map[string]string{
		"dney": "deny", "pahts": "paths", "Path": "path", "largr_thn": "larger_than", "kep": "keep", "xyz": "", "p": "", "keepers": "",
		"a name that is longer than any that could be meant, and longer than is compared": "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

// TestReleased holds that what was not released is named by no range.
func TestReleased(t *testing.T) {
	for _, c := range []struct {
		program, constraints string
		want                 bool
	}{
		{"1.2.3", "= 1.2.3", true},
		{"1.2.3+abc", "1.2.3", true},
		{"1.2.4", "= 1.2.3", false},
		{"1.3.0", ">= 1.2, < 2", true},
		{"1.3.0-rc1", ">= 1.2, < 2", false},
		{"1.3.0-rc1+abc", "= 1.3.0-rc1", true},
		{"", ">= 0.1", false},
		{"unknown", ">= 0.1", false},
		{"1.2.3", "latest", false},
	} {
		if got := Released(c.program, c.constraints); got != c.want {
			t.Errorf("%q by %q: %t", c.program, c.constraints, got)
		}
	}
}
