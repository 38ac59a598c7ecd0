package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/backstay/backstay/engine/internal/atomicfile"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/plan/planfile"
	"github.com/backstay/backstay/schema/diag"
)

// planMode keeps a plan from other users: it names files.
const planMode fs.FileMode = 0o600

// sink is a plan file being written. It shows up under its name whole or not at
// all.
type sink struct {
	*planfile.Writer
	file *atomicfile.File
	path string
	keep bool // false: a file for this result alone, removed by its Close
}

// newSink makes the file of a plan: the one that was asked for, or one beside
// the state that is removed again.
func newSink(out, stateDir string, h plan.Header) (*sink, error) {
	s := &sink{path: out, keep: out != ""}
	if s.keep {
		if err := mayReplace(out); err != nil {
			return nil, err
		}
	} else {
		f, err := os.CreateTemp(stateDir, "plan-*.tmp")
		if err != nil {
			return nil, fmt.Errorf("make a temporary plan file: %w", err)
		}
		s.path = f.Name()
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	var err error
	if s.file, err = atomicfile.Create(s.path, planMode); err != nil {
		return nil, fmt.Errorf("write plan file: %w", err)
	}
	if s.Writer, err = planfile.NewWriter(s.file, h); err != nil {
		s.file.Abort()
		return nil, err
	}
	return s, nil
}

// mayReplace refuses to write a plan over anything but a plan.
func mayReplace(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return badOut(path, "its folder is not there")
		}
		return nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return badOut(path, "something other than a file has that name")
	}
	old, err := os.Open(path)
	if err != nil {
		return badOut(path, "it cannot be read")
	}
	_, err = planfile.Open(old, info.Size())
	if err := old.Close(); err != nil {
		return badOut(path, "it cannot be read")
	}
	if errors.Is(err, planfile.ErrNotPlan) && info.Size() > 0 {
		return badOut(path, "a file that is not a plan has that name, and it would be lost")
	}
	return nil
}

func badOut(path, why string) error {
	return diag.Fail(diag.Diagnostic{
		Severity: diag.Error, Code: "plan_unwritable", Summary: "Plan file cannot be written",
		Detail: fmt.Sprintf("The plan was to be written to %q, but %s. Give -out another name.", path, why),
	})
}

// finish writes the trailer and gives the file its name.
func (s *sink) finish(sum plan.Summary, findings []policy.Finding) error {
	raw := make([]json.RawMessage, 0, len(findings))
	for i := range findings {
		line, err := json.Marshal(&findings[i])
		if err != nil {
			return fmt.Errorf("write plan file: %w", err)
		}
		raw = append(raw, line)
	}
	if err := s.Writer.Close(sum, raw); err != nil {
		s.abort()
		return fmt.Errorf("write plan file: %w", err)
	}
	if err := s.file.Commit(); err != nil {
		s.abort()
		return fmt.Errorf("write plan file: %w", err)
	}
	return nil
}

func (s *sink) abort() {
	s.file.Abort()
	if !s.keep {
		_ = os.Remove(s.path) // only ever the empty temporary one
	}
}

// openPlan reads a plan file: every digest in it is checked before this
// returns.
func openPlan(path string) (*PlanResult, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, planProblem(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(planProblem(path, err), f.Close())
	}
	r, err := planfile.Open(f, info.Size())
	if err != nil {
		return nil, errors.Join(planProblem(path, err), f.Close())
	}
	res := &PlanResult{
		Header: r.Header(), Summary: r.Summary(), Digest: r.Digest(), Path: path, kept: path, close: f.Close,
		changes: func(context.Context) iter.Seq2[*plan.Change, error] { return r.Changes() },
	}
	for _, raw := range r.Findings() {
		var finding policy.Finding
		if err := json.Unmarshal(raw, &finding); err != nil {
			return nil, errors.Join(planProblem(path, fmt.Errorf("%w: a finding cannot be read", planfile.ErrDamaged)), f.Close())
		}
		res.Findings = append(res.Findings, finding)
		res.Blocked = res.Blocked || finding.Blocks()
	}
	res.Outcome = planOutcome(res)
	return res, nil
}

func planOutcome(r *PlanResult) Outcome {
	switch {
	case r.Blocked:
		return Denied
	case r.Summary.Changes() > 0:
		return Changes
	}
	return Done
}

func planProblem(path string, err error) error {
	d := diag.Diagnostic{Severity: diag.Error, Address: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Code, d.Summary = "plan_missing", "Plan file does not exist"
		d.Detail = fmt.Sprintf("There is no plan file %q. Make one with \"backstay plan -out %s\".", path, filepath.Base(path))
	case errors.Is(err, planfile.ErrNewer):
		d.Code, d.Summary = "plan_newer", "Plan file was written by a later Backstay"
		d.Detail = fmt.Sprintf("%v. Apply it with the version that made it, or plan again with this one.", err)
	case errors.Is(err, planfile.ErrNotPlan):
		d.Code, d.Summary = "plan_foreign", "File is not a plan"
		d.Detail = fmt.Sprintf("The file %q is not a plan file. Make one with \"backstay plan -out FILE\".", path)
	case errors.Is(err, planfile.ErrDamaged):
		d.Code, d.Summary = "plan_damaged", "Plan file is damaged"
		d.Detail = fmt.Sprintf("The file %q is not a plan as Backstay wrote it: %v. Its bytes changed since it was made, so what it says is not what was reviewed, and nothing was done. Plan again.", path, err)
	default:
		d.Code, d.Summary = "plan_unreadable", "Plan file cannot be read"
		d.Detail = fmt.Sprintf("The plan file %q cannot be read: %v.", path, err)
	}
	return diag.Fail(d)
}

// Show reads a plan file.
func (e *Engine) Show(ctx context.Context, path string) (*PlanResult, diag.List) {
	res, err := openPlan(path)
	if err != nil {
		return nil, diag.List{diag.FromError(err, "plan_unreadable", "Plan file cannot be read")}
	}
	if l, ds := e.load(ctx); !ds.HasErrors() && l.cfg.Digest == res.Header.ConfigDigest {
		res.sources = l.sources // snippets only where they are still the ones it was made from
	}
	return res, nil
}

// removing closes a plan file and removes it.
func removing(closer func() error, path string) func() error {
	return func() error { return errors.Join(closer(), os.Remove(path)) }
}
