package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// Restore brings versions back into a folder, or in place.
func (e *Engine) Restore(ctx context.Context, r RestoreRequest) (*RestoreResult, diag.List) {
	res := &RestoreResult{To: r.To, Run: e.runID()}
	l, ds := e.loadWhole(ctx)
	if ds.HasErrors() {
		return res.end(Failed), ds
	}
	st, more := e.openState(ctx, l.cfg, state.Options{ReadOnly: true})
	ds = append(ds, more...)
	if st == nil {
		return res.end(Failed), ds
	}
	defer e.closing("state", st.Close)
	want, more := restoreFilter(r, l.cfg)
	if more.HasErrors() {
		return res.end(Failed), append(ds, more...)
	}
	stores, closeAll, more := e.openForReading(ctx, l.cfg, r.From)
	defer closeAll()
	ds = append(ds, more...)
	if len(stores) == 0 {
		return res.end(Failed), ds
	}
	names, err := st.SourceNames(ctx)
	if err != nil {
		return res.end(Failed), append(ds, problem(err, "state_unreadable", "State cannot be read", stateAgain))
	}
	names, more = chosen(names, r.Source)
	if more.HasErrors() {
		return res.end(Failed), append(ds, more...)
	}
	learnt := &learnt{}
	if more := e.wakeFor(ctx, l, restoreJob{r: r, cfg: l.cfg, st: st, stores: stores, want: want}, names, res); len(more) > 0 {
		return res.settle(ctx, more), append(ds, more...)
	}
	for _, name := range names {
		if !r.InPlace && r.To == "" && r.ToProject == "" {
			return res.end(Failed), append(ds, noTarget())
		}
		more, stop := e.restoreSource(ctx, restoreJob{r: r, cfg: l.cfg, st: st, stores: stores, want: want, name: name, learnt: learnt}, res)
		ds = append(ds, more...)
		if stop {
			break
		}
	}
	ds = append(ds, e.recordLearnt(ctx, l, learnt)...)
	if res.Restored.Objects+res.Present.Objects+res.Entries+res.Failed == 0 && !ds.HasErrors() {
		ds = append(ds, nothingMatches())
	}
	return res.settle(ctx, ds), ds
}

// restoreToProject restores one source into a project of the platform: objects
// come back as what they were, with new ids, in the folders that they lay in.
func (e *Engine) restoreToProject(ctx context.Context, j restoreJob, res *RestoreResult) (diag.List, bool) {
	res.To = j.r.ToProject
	if j.r.DryRun {
		return e.restoreInto(ctx, j, res, nil, "")
	}
	root, err := e.openProject(ctx, j)
	if err != nil {
		return diag.List{problem(err, "restore_target", "Restore target cannot be opened", readAgain)}, true
	}
	defer e.closing("restore target", root.Close)
	return e.restoreInto(ctx, j, res, root, "")
}

// openProject opens the project that is restored into, as whoever reads the
// source.
func (e *Engine) openProject(ctx context.Context, j restoreJob) (*dnanexus.Restorer, error) {
	var options map[string]any
	var credentials map[string]string
	if s := sourceNamed(j.cfg, j.name); s != nil && s.Addr.Type == "dnanexus" {
		options, credentials = s.Options, s.Credentials
	}
	c, err := e.connect(options, credentials).Client()
	if err != nil {
		return nil, err
	}
	root, err := dnanexus.OpenRestorer(ctx, c, j.r.ToProject)
	if err != nil {
		c.Close()
		return nil, err
	}
	return root, nil
}

// restoreJob is one source of a restore.
type restoreJob struct {
	r      RestoreRequest
	cfg    *schema.Configuration
	st     *state.State
	stores map[string]storage.Destination
	want   func(*record.Copy) bool
	name   string
	learnt *learnt
}

// restoreSource restores one source; stop says that nothing further can be done.
func (e *Engine) restoreSource(ctx context.Context, j restoreJob, res *RestoreResult) (ds diag.List, stop bool) {
	if j.r.ToProject != "" {
		return e.restoreToProject(ctx, j, res)
	}
	dir, prefix := j.r.To, sourceFolder(j.name)+"/"
	if j.r.InPlace {
		s := sourceNamed(j.cfg, j.name)
		if s == nil {
			return diag.List{gonePlace(j.name)}, false
		}
		dir, prefix = option(s.Options, "path"), ""
		res.To = dir
	}
	if err := reserved(filepath.Join(dir, filepath.FromSlash(prefix)), j.cfg); err != nil {
		return diag.List{problem(err, "restore_target", "Restore target cannot be used", readAgain)}, true
	}
	root, done, err := e.openTarget(dir, j.r.DryRun)
	if err != nil {
		return diag.List{problem(err, "restore_target", "Restore target cannot be opened", readAgain)}, true
	}
	defer done()
	return e.restoreInto(ctx, j, res, root, prefix)
}

// restoreInto restores one source below a root.
func (e *Engine) restoreInto(ctx context.Context, j restoreJob, res *RestoreResult, root storage.Restorer, prefix string) (ds diag.List, stop bool) {
	past, err := bygoneOf(ctx, j.st, j.name, j.r.At)
	if err != nil {
		return diag.List{problem(err, "state_unreadable", "State cannot be read", stateAgain)}, true
	}
	own, err := j.root(ctx)
	if err != nil {
		return diag.List{problem(err, "state_unreadable", "State cannot be read", stateAgain)}, true
	}
	got, err := restore.Run(ctx, restore.Request{
		Sources: []restore.Source{{Name: j.name, Prefix: prefix, Copies: copiesOf(ctx, j.st, j.name), Root: own}},
		Stores:  j.stores, Root: root, Want: j.want, At: j.r.At, Gone: j.r.Gone,
		Overwrite: j.r.Overwrite, DryRun: j.r.DryRun, Parallelism: j.r.Parallelism,
		Clock: e.clock, Observe: e.restoreEvent, Bad: j.learnt.add, Buried: past.ask(),
	})
	res.take(got)
	if err != nil && ctx.Err() == nil {
		return diag.List{problem(err, "restore_failed", "Restore stopped", runAgain)}, true
	}
	return past.told(j.name, &got, res), ctx.Err() != nil
}

// openTarget opens the folder that is restored into, and makes it if need be. A
// dry run has none: it touches nothing.
func (e *Engine) openTarget(dir string, dry bool) (storage.Restorer, func(), error) {
	if dry {
		return nil, func() {}, nil
	}
	root, err := filesystem.OpenRestore(dir, true)
	if err != nil {
		return nil, nil, err
	}
	return root, func() { e.closing("restore target", root.Close) }, nil
}

func copiesOf(ctx context.Context, st *state.State, name string) iter.Seq2[record.Copy, error] {
	return st.Copies(ctx, name)
}

func (r *RestoreResult) take(got restore.Result) {
	r.Restored.Objects += got.Restored.Objects
	r.Restored.Bytes += got.Restored.Bytes
	r.Present.Objects += got.Present.Objects
	r.Present.Bytes += got.Present.Bytes
	r.Entries += got.Entries
	r.Failed += got.Failed
	for _, p := range append(got.Problems, got.Notes...) {
		r.Problems = append(r.Problems, Problem{
			Destination: p.Destination, Source: p.Source, Path: p.Path, Key: p.Key,
			What: string(p.What), Detail: p.Detail,
		})
	}
}

func (r *RestoreResult) end(o ...Outcome) *RestoreResult {
	r.Outcomes = append(r.Outcomes, o...)
	return r
}

// settle makes the outcome of counts and diagnostics.
func (r *RestoreResult) settle(ctx context.Context, ds diag.List) *RestoreResult {
	switch {
	case ctx.Err() != nil:
		return r.end(Interrupted)
	case ds.HasErrors() || r.Failed > 0:
		return r.end(Failed)
	}
	return r.end(Done)
}

// sourceFolder is the folder of a source below a restore's target: its instance
// name, with what no folder name may hold escaped as in a URL's path.
func sourceFolder(name string) string {
	escaped := url.PathEscape(name)
	if escaped == "." || escaped == ".." {
		return strings.ReplaceAll(escaped, ".", "%2E")
	}
	return escaped
}

func restoreFilter(r RestoreRequest, cfg *schema.Configuration) (func(*record.Copy) bool, diag.List) {
	var glob *scope.Glob
	if r.Path != "" {
		g, err := scope.CompileGlob(r.Path)
		if err != nil {
			return nil, diag.List{badGlob(r.Path, err)}
		}
		glob = &g
	}
	backup := backupAddress(r.Backup)
	return func(c *record.Copy) bool {
		return (glob == nil || glob.Match(strings.TrimSuffix(c.Path, "/"))) && (backup == "" || claimedBy(c, backup))
	}, nil
}

func badGlob(pattern string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "bad_glob", Summary: "Invalid path pattern",
		Detail: fmt.Sprintf("The pattern %q cannot be read: %v. Patterns match whole paths from the source's root, for example \"/runs/**/*.fastq.gz\".", pattern, err),
	}
}

// backupAddress takes "runs" and "backup.runs" for the same thing.
func backupAddress(name string) string {
	if name == "" || strings.HasPrefix(name, string(addr.Backup)+".") {
		return name
	}
	return string(addr.Backup) + "." + name
}

func claimedBy(c *record.Copy, backup string) bool {
	for _, claim := range c.Claims {
		if b, _ := plan.SplitClaim(claim); b == backup {
			return true
		}
	}
	return false
}

func sourceNamed(cfg *schema.Configuration, name string) *schema.Source {
	for _, s := range cfg.Sources {
		if s.Addr.Instance() == name {
			return s
		}
	}
	return nil
}

// chosen narrows recorded sources to one, named by address or instance name.
func chosen(names []string, want string) ([]string, diag.List) {
	if want == "" {
		return names, nil
	}
	instance := want
	if r, err := addr.ParseResource(want); err == nil && r.Kind == addr.Source {
		instance = r.Instance()
	}
	for _, n := range names {
		if n == instance {
			return []string{n}, nil
		}
	}
	return nil, diag.List{{
		Severity: diag.Error, Code: "unknown_source", Summary: "No such source on record",
		Detail: fmt.Sprintf("The state holds no copies of a source %q. Recorded sources: %s.", want, strings.Join(names, ", ")),
	}}
}

// openForReading opens the destinations that can be reached; the others are
// warnings, since a restore reads whichever copy is there.
func (e *Engine) openForReading(ctx context.Context, cfg *schema.Configuration, only string) (map[string]storage.Destination, func(), diag.List) {
	stores := map[string]storage.Destination{}
	var ds diag.List
	for _, d := range cfg.Destinations {
		if only != "" && only != d.Addr.String() && only != d.Addr.Instance() {
			continue
		}
		driver, err := e.openDestination(ctx, d, false)
		if err != nil {
			w := storeDiagnostic(err, "destination_unreadable", "Destination cannot be opened", d.Addr.String(), d.Origin.Block)
			w.Severity = diag.Warning
			ds = append(ds, w)
			continue
		}
		stores[d.Addr.Instance()] = driver
	}
	if len(stores) == 0 {
		ds = append(ds, noDestination(only))
	}
	return stores, func() { e.closeStores(stores) }, ds
}

func (e *Engine) closeStores(stores map[string]storage.Destination) {
	for name, s := range stores {
		if c, ok := s.(interface{ Close() error }); ok {
			e.closing("destination "+name, c.Close)
		}
	}
}

// closing closes something that was only read; a failure is worth a log line.
func (e *Engine) closing(what string, closer func() error) {
	if err := closer(); err != nil && !errors.Is(err, context.Canceled) {
		e.log.Warn("close", "what", what, "error", err)
	}
}

func noTarget() diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "no_restore_target", Summary: "No restore target",
		Detail: "A restore needs a place to write to: give -to DIR, -to-project PROJECT, or -in-place to restore into the sources' own folders.",
	}
}

func noDestination(only string) diag.Diagnostic {
	detail := "None of the configured destinations can be opened, so no copy can be read."
	if only != "" {
		detail = fmt.Sprintf("No destination %q that can be opened is configured, so no copy can be read.", only)
	}
	return diag.Diagnostic{Severity: diag.Error, Code: "no_destination", Summary: "No destination to read from", Detail: detail}
}

func nothingMatches() diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "nothing_to_restore", Summary: "Nothing to restore",
		Detail: "No recorded copy matches. \"backstay state list\" shows what is recorded; -gone adds objects that vanished from their source, and -at shows an earlier time.",
	}
}

func gonePlace(name string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "source_not_configured", Summary: "Source is not configured",
		Detail: fmt.Sprintf("Copies of %q are recorded, but the configuration has no such source, so there is no place to restore into. Restore with -to DIR instead.", name),
	}
}
