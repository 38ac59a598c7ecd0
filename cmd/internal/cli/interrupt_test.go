package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

func TestFirstSignalDrainsApply(t *testing.T) {
	f := &fake{}
	d := newDesk(f, "-chdir=a'b apply p.plan -var x=1 -partial -allow retire -parallelism 3")
	d.Chdir = func(string) error { return nil }
	f.apply = func(ctx context.Context, r engine.ApplyRequest) (*engine.ApplyResult, diag.List) {
		d.signals <- os.Interrupt
		<-r.Drain
		if ctx.Err() != nil {
			t.Error("the first signal cancels the context")
		}
		return &engine.ApplyResult{Run: "r1", Resume: "yes", Outcomes: []engine.Outcome{engine.Interrupted}}, nil
	}
	wants(t, d, Run(&d.World), 130, "Apply was interrupted", "finishing the batches")
	const resume = `backstay '-chdir=a'\''b' apply -resume -var=x=1 -allow=retire -partial -parallelism=3`
	if !strings.Contains(d.err.String(), resume) {
		t.Errorf("stderr lacks %s:\n%s", resume, d.err.String())
	}
}

func TestSecondSignalStopsApply(t *testing.T) {
	f := &fake{}
	d := newDesk(f, "apply p.plan -json")
	f.apply = func(ctx context.Context, r engine.ApplyRequest) (*engine.ApplyResult, diag.List) {
		d.signals <- os.Interrupt
		<-r.Drain
		d.signals <- os.Interrupt
		<-ctx.Done()
		return &engine.ApplyResult{Run: "r1"}, diag.List{
			diag.FromError(fmt.Errorf("copy a.txt: %w", context.Cause(ctx)), "x", "Apply stopped"),
			{Severity: diag.Error, Code: "y", Summary: "Disk is full", Detail: "No space."},
		}
	}
	wants(t, d, Run(&d.World), 130, `"outcome":"interrupted"`, "stopping")
	if got := d.err.String(); strings.Contains(got, "Apply stopped") || !strings.Contains(got, "Disk is full") {
		t.Errorf("the interruption itself is told as an error, or another error is not:\n%s", got)
	}
}

func TestThirdSignalEndsTheProcess(t *testing.T) {
	f := &fake{}
	d := newDesk(f, "apply p.plan")
	f.apply = func(ctx context.Context, r engine.ApplyRequest) (*engine.ApplyResult, diag.List) {
		for range 3 {
			d.signals <- os.Interrupt
		}
		if code := <-d.killed; code != 130 {
			t.Errorf("killed with %d", code)
		}
		return &engine.ApplyResult{}, nil
	}
	wants(t, d, Run(&d.World), 130, "", "")
}

// What has nothing to drain stops at the first signal.
func TestFirstSignalStopsVerify(t *testing.T) {
	f := &fake{}
	d := newDesk(f, "verify")
	f.verify = func(ctx context.Context, _ engine.VerifyRequest) (*engine.VerifyResult, diag.List) {
		d.signals <- os.Interrupt
		<-ctx.Done()
		return &engine.VerifyResult{}, nil
	}
	wants(t, d, Run(&d.World), 130, "Verify interrupted", "stopping")
}

func TestRestoreCarriesOnWithTheSameCommand(t *testing.T) {
	f := &fake{}
	d := newDesk(f, "restore -to back -path a/*")
	f.restore = func(ctx context.Context, _ engine.RestoreRequest) (*engine.RestoreResult, diag.List) {
		d.signals <- os.Interrupt
		<-ctx.Done()
		return &engine.RestoreResult{}, nil
	}
	wants(t, d, Run(&d.World), 130, "", "backstay restore -to back -path 'a/*'")
}

func TestSignalAfterTheEndChangesNothing(t *testing.T) {
	f := &fake{}
	d := newDesk(f, "apply p.plan")
	f.apply = func(context.Context, engine.ApplyRequest) (*engine.ApplyResult, diag.List) {
		return &engine.ApplyResult{
			Run: "r", Done: map[plan.Action]plan.Count{plan.Copy: {Objects: 1}}, Outcomes: []engine.Outcome{engine.Done},
		}, nil
	}
	wants(t, d, Run(&d.World), 0, "Apply complete", "")
	d.signals <- os.Interrupt
}
