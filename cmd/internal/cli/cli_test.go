package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// fake is an engine whose operations are the test's. Those that a test does not
// set are never called: the embedded interface is nil.
type fake struct {
	Engine
	options  engine.Options
	validate func(context.Context) (*engine.ValidateResult, diag.List)
	apply    func(context.Context, engine.ApplyRequest) (*engine.ApplyResult, diag.List)
	review   func(context.Context, engine.ReviewRequest) (*engine.ReviewResult, diag.List)
	verify   func(context.Context, engine.VerifyRequest) (*engine.VerifyResult, diag.List)
	restore  func(context.Context, engine.RestoreRequest) (*engine.RestoreResult, diag.List)
}

func (f *fake) Now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func (f *fake) Validate(ctx context.Context) (*engine.ValidateResult, diag.List) {
	return f.validate(ctx)
}

func (f *fake) Apply(ctx context.Context, r engine.ApplyRequest) (*engine.ApplyResult, diag.List) {
	return f.apply(ctx, r)
}

func (f *fake) Verify(ctx context.Context, r engine.VerifyRequest) (*engine.VerifyResult, diag.List) {
	return f.verify(ctx, r)
}

func (f *fake) Restore(ctx context.Context, r engine.RestoreRequest) (*engine.RestoreResult, diag.List) {
	return f.restore(ctx, r)
}

// desk is a world in memory.
type desk struct {
	World
	out, err bytes.Buffer
	env      map[string]string
	signals  chan os.Signal
	killed   chan int
}

func newDesk(f *fake, line string) *desk {
	d := &desk{env: map[string]string{}, signals: make(chan os.Signal, 3), killed: make(chan int, 1)}
	d.World = World{
		Args:    strings.Fields(line),
		Env:     func(name string) (string, bool) { v, ok := d.env[name]; return v, ok },
		Stdin:   strings.NewReader(""),
		Stdout:  view.Stream{W: &d.out},
		Stderr:  view.Stream{W: &d.err},
		Signals: d.signals,
		Chdir:   func(string) error { return errors.New("no such folder") },
		Kill:    func(code int) { d.killed <- code },
		Version: "1.2.3",
		Open: func(o engine.Options) Engine {
			f.options = o
			return f
		},
	}
	return d
}

func wants(t *testing.T, d *desk, exit, want int, out, err string) {
	t.Helper()
	if exit != want {
		t.Errorf("exit %d, want %d", exit, want)
	}
	if !strings.Contains(d.out.String(), out) {
		t.Errorf("stdout lacks %q:\n%s", out, d.out.String())
	}
	if !strings.Contains(d.err.String(), err) {
		t.Errorf("stderr lacks %q:\n%s", err, d.err.String())
	}
}

func TestUsageHelpVersion(t *testing.T) {
	for _, c := range []struct {
		line     string
		exit     int
		out, err string
	}{
		{"", 64, "", "Usage: backstay"},
		{"plam", 64, "", `did you mean "plan"?`},
		{"plan -otu x", 64, "", "did you mean -out?"},
		{"-h", 0, "Commands:", ""},
		{"apply -h", 0, "7  declined", ""},
		{"version", 0, "backstay 1.2.3", ""},
		{"-version", 0, "backstay 1.2.3", ""},
		{"version -json", 0, `"version":"1.2.3"`, ""},
		{"-chdir nowhere validate", 1, "", "no such folder"},
	} {
		d := newDesk(&fake{}, c.line)
		wants(t, d, Run(&d.World), c.exit, c.out, c.err)
		if c.exit == 64 && d.out.Len() > 0 || c.exit == 0 && d.err.Len() > 0 {
			t.Errorf("%q writes to the other stream: %q %q", c.line, d.out.String(), d.err.String())
		}
	}
}

func TestExitCodes(t *testing.T) {
	failure := diag.List{{Severity: diag.Error, Code: "x", Summary: "X"}}
	warning := diag.List{{Severity: diag.Warning, Code: "x", Summary: "X"}}
	for _, c := range []struct {
		outcomes []engine.Outcome
		ds       diag.List
		want     int
	}{
		{nil, nil, 0},
		{[]engine.Outcome{engine.Done}, warning, 0},
		{[]engine.Outcome{engine.Done}, failure, 1},
		{[]engine.Outcome{engine.Changes}, nil, 2},
		{[]engine.Outcome{engine.Changes, engine.Partial}, nil, 6},
		{[]engine.Outcome{engine.Partial, engine.Denied}, nil, 3},
		{[]engine.Outcome{engine.Denied, engine.Stale}, nil, 4},
		{[]engine.Outcome{engine.Stale}, failure, 4},
		{[]engine.Outcome{engine.Stale, engine.Locked}, nil, 5},
		{[]engine.Outcome{engine.Locked, engine.Failed}, nil, 1},
		{[]engine.Outcome{engine.Failed, engine.Interrupted}, failure, 130},
		{[]engine.Outcome{engine.Declined}, nil, 7},
		{[]engine.Outcome{"never heard of"}, nil, 1},
	} {
		if got := code(overall(c.ds, c.outcomes...)); got != c.want {
			t.Errorf("%v with %v: %d, want %d", c.outcomes, c.ds, got, c.want)
		}
	}
}

func TestValidateEndsAsTheEngineSays(t *testing.T) {
	for outcome, want := range map[engine.Outcome]int{engine.Done: 0, engine.Denied: 3, engine.Failed: 1} {
		f := &fake{validate: func(context.Context) (*engine.ValidateResult, diag.List) {
			return &engine.ValidateResult{Valid: outcome == engine.Done, Outcome: outcome}, nil
		}}
		d := newDesk(f, "validate -json")
		wants(t, d, Run(&d.World), want, `"outcome":"`+string(outcome)+`"`, "")
	}
}

func TestEnvironmentAndFlags(t *testing.T) {
	f := &fake{validate: func(context.Context) (*engine.ValidateResult, diag.List) {
		return &engine.ValidateResult{Valid: true, Outcome: engine.Done}, nil
	}}
	d := newDesk(f, "validate -var a=b")
	d.env["BACKSTAY_POLICY_SET"] = "org"
	d.env["BACKSTAY_VAR_x"] = "y"
	wants(t, d, Run(&d.World), 0, "The configuration is valid", "")
	value, _ := f.options.Language.Env("BACKSTAY_VAR_x")
	if f.options.PolicySet != "org" || f.options.Language.Vars[0].Value != "b" || value != "y" || f.options.Version != "1.2.3" {
		t.Errorf("%+v", f.options)
	}
	d = newDesk(f, "validate -policy-set mine")
	d.env["BACKSTAY_POLICY_SET"] = "org"
	if Run(&d.World); f.options.PolicySet != "mine" {
		t.Errorf("the flag does not win: %q", f.options.PolicySet)
	}
	d = newDesk(f, "validate")
	d.env["BACKSTAY_LOG"] = "loud"
	wants(t, d, Run(&d.World), 0, "", `BACKSTAY_LOG is "loud"`)
}

func TestLogGoesToStderr(t *testing.T) {
	f := &fake{}
	f.validate = func(context.Context) (*engine.ValidateResult, diag.List) {
		f.options.Logger.Debug("looking")
		return &engine.ValidateResult{Valid: true, Outcome: engine.Done}, nil
	}
	d := newDesk(f, "-log-level debug validate")
	wants(t, d, Run(&d.World), 0, "", "[DEBUG] backstay: looking")
	d = newDesk(f, "validate")
	Run(&d.World)
	if d.err.Len() > 0 {
		t.Errorf("logged without being asked: %s", d.err.String())
	}
}

func TestPanicIsAShortMessageAndOne(t *testing.T) {
	f := &fake{validate: func(context.Context) (*engine.ValidateResult, diag.List) { panic("broken invariant") }}
	d := newDesk(f, "validate")
	wants(t, d, Run(&d.World), 1, "", "internal error: broken invariant")
	if n := strings.Count(d.err.String(), "\n"); n > 4 {
		t.Errorf("%d lines:\n%s", n, d.err.String())
	}
	d = newDesk(f, "validate")
	d.env["BACKSTAY_LOG"] = "debug"
	wants(t, d, Run(&d.World), 1, "", "goroutine ")
}

func TestOutputThatIsNotWritten(t *testing.T) {
	f := &fake{validate: func(context.Context) (*engine.ValidateResult, diag.List) {
		return &engine.ValidateResult{Valid: true, Outcome: engine.Done}, nil
	}}
	d := newDesk(f, "validate")
	r, w := io.Pipe()
	_ = r.CloseWithError(errors.New("no space left"))
	d.Stdout.W = w
	wants(t, d, Run(&d.World), 1, "", "no space left")
}

// Every format that the command line takes is written by somebody.
func TestFormats(t *testing.T) {
	d := newDesk(&fake{}, "validate -format=none")
	names := format.Names()
	all := append([]string{"text", "json"}, names...)
	wants(t, d, Run(&d.World), 64, "", "it is one of ")
	_, listed, _ := strings.Cut(strings.SplitN(d.err.String(), "\n", 2)[0], "it is one of ")
	if got := strings.Split(listed, ", "); len(got) != len(all) {
		t.Errorf("the command line takes %v, and %v are written", got, all)
	}
	for _, name := range names {
		for outcome, want := range map[engine.Outcome]int{engine.Done: 0, engine.Denied: 3, engine.Failed: 1} {
			f := &fake{validate: func(context.Context) (*engine.ValidateResult, diag.List) {
				if outcome == engine.Failed {
					return nil, diag.List{{Severity: diag.Error, Code: "x", Summary: "Broken thing"}}
				}
				return &engine.ValidateResult{Outcome: outcome}, nil
			}}
			d := newDesk(f, "-chdir=below validate -format="+name)
			d.Chdir = func(string) error { return nil }
			wants(t, d, Run(&d.World), want, "", "")
			if d.out.Len() == 0 {
				t.Errorf("%s wrote nothing", name)
			}
		}
	}
}
