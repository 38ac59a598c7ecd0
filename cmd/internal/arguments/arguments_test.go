package arguments

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/schema/lang"
)

var update = flag.Bool("update", false, "rewrite golden files")

func parse(t *testing.T, line string) *Invocation {
	t.Helper()
	inv, err := Parse(strings.Fields(line))
	if err != nil {
		t.Fatalf("Parse(%q): %v", line, err)
	}
	return inv
}

func TestGlobalFlagsStandAnywhere(t *testing.T) {
	for _, line := range []string{
		"-json -chdir=d plan -out p",
		"plan -json -out p --chdir d",
		"--json plan --out=p -chdir d",
		"plan --out p --json=true -chdir=d",
	} {
		inv := parse(t, line)
		if !inv.JSON || inv.Chdir != "d" || inv.Command.(*Plan).Request.Out != "p" {
			t.Errorf("%q: %+v", line, inv)
		}
	}
}

func TestFlagsBetweenTheWordsOfACommand(t *testing.T) {
	for _, line := range []string{"state -json list", "-json state list", "state list -json"} {
		if inv := parse(t, line); !inv.JSON || inv.Spec.Name != "state list" {
			t.Errorf("%q: %+v", line, inv)
		}
	}
}

func TestOperandsAndFlagsMix(t *testing.T) {
	inv := parse(t, "apply p.plan -partial -allow retire -allow=source_loss -allow retire")
	got := inv.Command.(*Apply)
	if got.Request.File != "p.plan" || !got.Request.Partial || !reflect.DeepEqual(got.Request.Allow, []string{"retire", "source_loss"}) {
		t.Errorf("%+v", got)
	}
	if got.Asks() {
		t.Error("apply FILE asks")
	}
	inv = parse(t, "show -- -odd")
	if got := inv.Command.(*Show).File; got != "-odd" {
		t.Errorf("after --: %q", got)
	}
	inv = parse(t, "plan -out -- -checksum")
	if got := inv.Command.(*Plan); got.Request.Out != "--" || !got.Request.Checksum {
		t.Errorf("a flag takes the next word unless it is a flag: %+v", got)
	}
}

func TestPlanRequest(t *testing.T) {
	inv := parse(t, "plan -target a/** -target b -exclude c -as-of 2026-01-31T12:00:00+01:00 -refresh deep -checksum -var x=1 -var y=a=b -var-file f -policy-set org -detailed-exitcode")
	got := inv.Command.(*Plan)
	want := &Plan{DetailedExitCode: true}
	want.Config.Vars = []lang.VarAssignment{{Name: "x", Value: "1"}, {Name: "y", Value: "a=b"}}
	want.Config.VarFiles, want.Config.PolicySet = []string{"f"}, "org"
	want.Request.Targets, want.Request.Excludes = []string{"a/**", "b"}, []string{"c"}
	want.Request.AsOf = time.Date(2026, 1, 31, 11, 0, 0, 0, time.UTC)
	want.Request.Refresh, want.Request.Checksum = "deep", true
	if !got.Request.AsOf.Equal(want.Request.AsOf) {
		t.Errorf("as-of %v", got.Request.AsOf)
	}
	got.Request.AsOf = want.Request.AsOf
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestApplyAsksOnlyForItsOwnPlan(t *testing.T) {
	for line, asks := range map[string]bool{
		"apply":                       true,
		"apply -target a":             true,
		"apply -auto-approve":         false,
		"apply -approve-digest sha:1": false,
		"apply p":                     false,
		"apply -resume":               false,
	} {
		if got := parse(t, line).Command.(*Apply).Asks(); got != asks {
			t.Errorf("%q asks: %v", line, got)
		}
	}
}

// TestUsageErrors holds each mistake against the words that must help with it.
func TestUsageErrors(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"", "no command was given"},
		{"plam", `there is no command "plam"; did you mean "plan"?`},
		{"state lsit", `there is no command "state lsit"; did you mean "state list"?`},
		{"state", `"state" needs one word more: list, show, pull, rebuild, unlock`},
		{"state frobnicate", "there is: list, show"},
		{"state list -status gone", "it is one of written, verified, damaged"},
		{"plan -otu p", `"plan" has no flag -otu; did you mean -out?`},
		{"plan -partial", `"plan" has no flag -partial; it is a flag of apply`},
		{"validate -checksum", `it is a flag of plan, apply`},
		{"-out p plan", `flag -out stands before the command; it belongs after it, as in "backstay plan -out"`},
		{"-jsn plan", "there is no flag -jsn; did you mean -json?"},
		{"plan -out", "flag -out needs a value"},
		{"plan -out -json", "flag -out needs a value, and -json is a flag; write -out=-json if you mean it"},
		{"plan -out --jsn", "flag -out needs a value"},
		{"plan -target [", `flag -target cannot be "["`},
		{"plan -exclude backup.docs.copy.a[", "it is an address such as backup.runs"},
		{"restore -to d -path {a", `flag -path cannot be "{a": it is a path pattern`},
		{"verify -path [", "it is a path pattern"},
		{"plan -checksum=maybe", `flag -checksum cannot be "maybe": it is true or false`},
		{"plan -refresh deap", `it is one of none, quick, deep; did you mean "deep"?`},
		{"plan -as-of yesterday", "RFC 3339"},
		{"plan -var x", "it is written NAME=VALUE"},
		{"plan p", `it takes no operand, but "p" was given`},
		{"apply -parallelism 0", "it is a whole number from 1 on"},
		{"apply -parallelism 3x", "it is a whole number from 1 on"},
		{"apply a b", `but "b" was given too`},
		{"apply -target x p", "-target shapes a new plan, but p is one already"},
		{"apply -resume -checksum", "-checksum shapes a new plan, but -resume carries on the old one"},
		{"apply -allow anything", "it is one of retire, source_loss"},
		{"show", "it needs a plan file"},
		{"cost a b", `it takes one plan file and nothing more, but "b" was given`},
		{"restore", "it needs -to DIR, -to-project PROJECT, or -in-place"},
		{"restore -to d -in-place", "exclude each other"},
		{"destination adopt", "such as destination.filesystem.vault"},
		{"policy explain", "it needs a control's id"},
		{"fmt - a", "stands alone"},
		{"-log-level loud plan", "it is one of trace, debug"},
	} {
		_, err := Parse(strings.Fields(c.line))
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(usage.Message, c.want) {
			t.Errorf("%q: %v; want %q", c.line, err, c.want)
		}
	}
}

func TestHelpAndVersionWin(t *testing.T) {
	for _, line := range []string{"plan -h", "plan --help", "-h plan", "help plan", "plan -h -nonsense"} {
		inv := parse(t, line)
		if !inv.Help || inv.Spec.Name != "plan" {
			t.Errorf("%q: %+v", line, inv)
		}
	}
	for _, line := range []string{"-h", "--help", "help"} {
		if inv := parse(t, line); !inv.Help || inv.Spec != nil {
			t.Errorf("%q: %+v", line, inv)
		}
	}
	if inv := parse(t, "-version"); !inv.Version {
		t.Error("-version")
	}
	if _, ok := parse(t, "version").Command.(*Version); !ok {
		t.Error("version")
	}
}

// TestHelp compares every help text with its golden file, and what holds for
// all of them.
func TestHelp(t *testing.T) {
	check(t, "backstay", HelpFor(nil))
	for i := range specs {
		s := &specs[i]
		text := HelpFor(s)
		check(t, strings.ReplaceAll(s.Name, " ", "-"), text)
		for _, want := range []string{"  0  ", " 64  ", "130  ", "-json"} {
			if !strings.Contains(text, want) {
				t.Errorf("help of %s lacks %q", s.Name, want)
			}
		}
		if !strings.Contains(Usage(s), "backstay "+s.Name) {
			t.Errorf("usage of %s: %s", s.Name, Usage(s))
		}
	}
}

func check(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "help", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from what is printed (rewrite with -update):\n%s", file, got)
	}
	for line := range strings.Lines(got) {
		if len(line) > 101 {
			t.Errorf("%s: a line of %d bytes: %s", name, len(line)-1, line)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"plan", "apply", "check"}
	for in, want := range map[string]string{"paln": "plan", "aply": "apply", "xyz": "", "p": "", "chekc": "check"} {
		if got := nearest(in, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzParse: whatever is typed gives an invocation or a usage error with words.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"plan -out p", "-h", "state list -path --", "apply -- x", "-=", "--=x plan", "fmt -"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		inv, err := Parse(strings.Split(line, " "))
		if err == nil {
			if inv.Command == nil && !inv.Help && !inv.Version {
				t.Errorf("%q: neither command nor error", line)
			}
			return
		}
		var usage *UsageError
		if !errors.As(err, &usage) || usage.Message == "" {
			t.Errorf("%q: %T %v", line, err, err)
		}
	})
}
