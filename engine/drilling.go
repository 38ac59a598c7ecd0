package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// defaultSample is how many objects a restore test brings back where the
// configuration does not say (compliance.md, TEST-2, min_sample).
const defaultSample = 20

// Drill runs restore tests: a sample of each backup plan is restored from each
// destination into a folder of its own, compared, handed to the plan's own
// command, and removed again. The outcome is evidence.
func (e *Engine) Drill(ctx context.Context, r DrillRequest) (*DrillResult, diag.List) {
	res := &DrillResult{}
	l, ds := e.loadWhole(ctx)
	if ds.HasErrors() {
		return res.end(Failed), ds
	}
	woken, more := e.wakeSamples(ctx, l, r)
	if ds = append(ds, more...); more.HasErrors() {
		return res.settle(ctx, ds), ds
	}
	w, more := e.openWriter(ctx, l, false)
	if ds = append(ds, more...); w == nil {
		return res.end(lockedOutcome(ds)), ds
	}
	defer w.close()
	res.Run = w.runID
	if ds = append(ds, w.open(false)...); ds.HasErrors() {
		return res.end(Failed), ds
	}
	d := &drilling{writer: w, r: r, res: res, woken: woken}
	ds = append(ds, d.run()...)
	return res.settle(ctx, ds), ds
}

// drilling is one Drill under way.
type drilling struct {
	*writer
	r        DrillRequest
	res      *DrillResult
	recorder *apply.Recorder
	woken    *woken
}

func (d *drilling) run() (ds diag.List) {
	fail := func(err error) diag.List {
		return append(ds, problem(err, "drill_failed", "Restore test stopped", runAgain))
	}
	var err error
	if err = d.begin(state.Run{Command: "drill", ConfigDigest: d.l.cfg.Digest}); err != nil {
		return fail(err)
	}
	if d.recorder, err = apply.NewRecorder(d.request()); err != nil {
		return fail(err)
	}
	tested := drilled(d.l.cfg, d.r)
	for _, b := range tested {
		if err := d.backup(b); err != nil {
			return fail(err)
		}
	}
	if len(tested) == 0 {
		ds = append(ds, nothingToDrill(d.r.Backup))
	}
	ds = append(ds, d.archiveAgain()...)
	if err := errors.Join(d.recorder.Close(d.ctx), d.end(d.res.settle(d.ctx, ds).Outcomes, nil, nil)); err != nil {
		return fail(err)
	}
	return ds
}

// backup tests one backup plan at each of its destinations.
func (d *drilling) backup(b *schema.Backup) error {
	for _, c := range b.Copies {
		p := d.places.byName(c.To.Instance())
		if p == nil {
			continue
		}
		ev, err := d.test(b, p)
		if err != nil {
			return err
		}
		if err := d.recorder.Evidence(d.ctx, ev); err != nil {
			return err
		}
		d.res.Tests = append(d.res.Tests, ev)
	}
	return nil
}

// test restores a sample from one destination and removes it again.
func (d *drilling) test(b *schema.Backup, p *place) (ev record.Evidence, err error) {
	ev = record.Evidence{Kind: "restore_test", Run: d.runID, Destination: p.name, Backup: b.Addr.String(), Method: "restore", Outcome: "fail"}
	if p.driver == nil {
		ev.At, ev.Detail = d.e.clock.Now().UnixMilli(), "the destination is not there"
		return ev, nil
	}
	dir, err := d.folder(b)
	if err != nil {
		return ev, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sample, err := d.sample(b, p)
	if err != nil {
		return ev, err
	}
	got, err := d.restore(b, p, dir, sample)
	if err != nil {
		return ev, err
	}
	ev.At, ev.Objects, ev.Bytes, ev.Failed = d.e.clock.Now().UnixMilli(), got.Restored.Objects, got.Restored.Bytes, got.Failed
	switch {
	case got.Failed > 0:
		ev.Detail = fmt.Sprintf("%d objects did not come back", got.Failed)
	case got.Restored.Objects == 0:
		ev.Detail = "there was no copy to restore"
	default:
		ev.Outcome, ev.Detail = d.command(b, dir)
	}
	if n := d.woken.of(b, p.name); n > 0 {
		ev.Detail += fmt.Sprintf("; %d copies were brought back from the archive for it", n)
	}
	return ev, nil
}

// folder is a new folder for the sample, never inside a source.
func (d *drilling) folder(b *schema.Backup) (string, error) {
	base := ""
	if b.RestoreTest != nil && b.RestoreTest.Target != "" {
		base = b.RestoreTest.Target
		if !filepath.IsAbs(base) {
			base = filepath.Join(d.l.cfg.Dir, base)
		}
		if err := reserved(base, d.l.cfg); err != nil {
			return "", err
		}
		if err := os.MkdirAll(base, 0o700); err != nil {
			return "", fmt.Errorf("make the folder of the restore test: %w", err)
		}
	}
	dir, err := os.MkdirTemp(base, "backstay-drill-")
	if err != nil {
		return "", fmt.Errorf("make the folder of the restore test: %w", err)
	}
	return dir, nil
}

// sample is what was brought back for the test; else objects are chosen, others
// in each run.
func (d *drilling) sample(b *schema.Backup, p *place) (map[string]bool, error) {
	if chosen := d.woken.samples[b.Addr.String()+"\x00"+p.name]; chosen != nil {
		return chosen, nil
	}
	return sampleOf(d.ctx, d.st, b, p.name, d.r, d.runID)
}

func sampleOf(ctx context.Context, st *state.State, b *schema.Backup, place string, r DrillRequest, seed string) (map[string]bool, error) {
	n := r.Sample
	if n == 0 && b.RestoreTest != nil {
		n = b.RestoreTest.Sample
	}
	if n == 0 {
		n = defaultSample
	}
	return sampled(st.Copies(ctx, b.Source.Instance()), n, seed, func(row *record.Copy) bool {
		return row.Destination == place && row.Kind == "file" && row.Current() && row.GoneAt == 0 && claimedBy(row, b.Addr.String())
	}, func(row *record.Copy) string { return row.Path })
}

func (d *drilling) restore(b *schema.Backup, p *place, dir string, sample map[string]bool) (restore.Result, error) {
	root, err := filesystem.OpenRestore(dir, true)
	if err != nil {
		return restore.Result{}, err
	}
	defer d.e.closing("restore target", root.Close)
	got, err := restore.Run(d.ctx, restore.Request{
		Sources: []restore.Source{{Name: b.Source.Instance(), Copies: d.st.Copies(d.ctx, b.Source.Instance())}},
		Stores:  map[string]storage.Destination{p.name: p.driver}, Root: root, Clock: d.e.clock,
		Want:    func(c *record.Copy) bool { return sample[c.Path] },
		Observe: d.e.restoreEvent,
	})
	for _, pr := range got.Problems {
		d.res.Problems = append(d.res.Problems, Problem{
			Destination: p.address, Source: pr.Source, Path: pr.Path, Key: pr.Key, What: string(pr.What), Detail: pr.Detail,
		})
	}
	return got, err
}

// command runs the backup plan's own test over the restored sample; its exit
// code is evidence.
func (d *drilling) command(b *schema.Backup, dir string) (outcome, detail string) {
	if b.RestoreTest == nil || len(b.RestoreTest.Command) == 0 {
		return "pass", "digests compared"
	}
	args := append(append([]string{}, b.RestoreTest.Command[1:]...), dir)
	c := exec.CommandContext(d.ctx, b.RestoreTest.Command[0], args...)
	c.Dir = d.l.cfg.Dir
	c.Env = append(c.Environ(), "BACKSTAY_RESTORED="+dir)
	out, err := c.CombinedOutput()
	if err != nil {
		return "fail", fmt.Sprintf("digests compared; %s: %v: %s", b.RestoreTest.Command[0], err, lastLine(out))
	}
	return "pass", fmt.Sprintf("digests compared; %s: exit 0", b.RestoreTest.Command[0])
}

// lastLine is what a command said last, shortened.
func lastLine(out []byte) string {
	const most = 200
	text := []rune(string(out))
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return string(text)
}

func nothingToDrill(backup string) diag.Diagnostic {
	detail := "No backup plan has a restore_test block."
	if backup != "" {
		detail = fmt.Sprintf("There is no backup plan %q.", backup)
	}
	return diag.Diagnostic{Severity: diag.Error, Code: "nothing_to_drill", Summary: "No restore test to run", Detail: detail}
}

func (r *DrillResult) end(o ...Outcome) *DrillResult {
	r.Outcomes = append(r.Outcomes, o...)
	return r
}

func (r *DrillResult) settle(ctx context.Context, ds diag.List) *DrillResult {
	r.Outcomes = nil
	failed := ds.HasErrors()
	for _, t := range r.Tests {
		failed = failed || t.Outcome != "pass"
	}
	switch {
	case ctx.Err() != nil:
		return r.end(Interrupted)
	case failed:
		return r.end(Failed)
	}
	return r.end(Done)
}
