package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/internal/gittree"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/review"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

// ReviewRequest asks what a change of the configuration means.
type ReviewRequest struct {
	Base  string // what it is compared with: a folder, or else a commit of git
	Set   string // the organisation's own controls on the base's side: a folder or bundle; "" the one of now, NoSet none
	State string // file written by state pull; "": objects and bytes are unknown
}

// ReviewResult is the answer of Review.
type ReviewResult struct {
	Judgement                 // of the new configuration, config phase
	Base      string          // as asked
	Commit    string          // full name of the base's commit; "" for a folder
	Known     bool            // a state was at hand
	Changes   []review.Change // what weakens first
	Weakened  int             // how many of them weaken, the unknown included
	Outcome   Outcome
}

// Review compares the configuration with a base by meaning. It reads two
// configurations, two policy sets and a copy of the state, and neither a source
// nor a destination, so that it needs no credentials.
func (e *Engine) Review(ctx context.Context, r ReviewRequest) (*ReviewResult, diag.List) {
	res := &ReviewResult{Base: r.Base, Known: r.State != "", Outcome: Failed}
	l, ds := e.loadJudged(ctx)
	if ds.HasErrors() {
		return res, ds
	}
	base, more := e.loadBase(ctx, r.Base, r.Set)
	if ds = append(ds, more...); more.HasErrors() {
		return res, ds
	}
	res.Commit = base.commit
	v := &reviewing{e: e, now: e.clock.Now(), base: base, head: &sideOf{loaded: l, files: os.DirFS(e.o.Dir)}}
	defer v.close()
	if r.State != "" {
		if more := v.open(ctx, r.State); more.HasErrors() {
			return res, append(ds, more...)
		}
	}
	got, report, err := v.run(ctx)
	if err != nil {
		return res, append(ds, diag.FromError(err, "review_failed", "Review stopped"))
	}
	res.Judgement, res.Changes, res.Weakened = l.judgement(report), got.Changes, len(got.Weakened())
	res.Outcome = Done
	if res.Weakened > 0 {
		res.Outcome = Denied
	}
	return res, append(ds, l.illustrate(report.Diagnostics)...)
}

// sideOf is one side of a review, loaded.
type sideOf struct {
	*loaded
	files  fs.FS
	commit string
}

// NoSet says, as the organisation's set on the base's side, that there was none.
const NoSet = "none"

// baseSet is the organisation's set on the base's side: as asked, else the one
// that holds now. It lies outside what a base is, so that no commit has it.
func (e *Engine) baseSet(asked string) string {
	switch asked {
	case "":
		return e.o.PolicySet
	case NoSet:
		return ""
	}
	return asked
}

// loadBase reads the side that is compared with. A base without any
// configuration is an empty one: everything is new then.
func (e *Engine) loadBase(ctx context.Context, base, set string) (*sideOf, diag.List) {
	s := &sideOf{loaded: &loaded{}}
	if info, err := os.Stat(base); err == nil && info.IsDir() {
		s.files = os.DirFS(base)
	} else {
		tree, err := gittree.Open(ctx, e.o.Dir, base)
		if err != nil {
			return nil, diag.List{noBase(base, err)}
		}
		s.files, s.commit = tree, tree.Commit
	}
	// Relative paths count from the same folder on both sides: that the base lies
	// elsewhere is no difference.
	abs, err := filepath.Abs(e.o.Dir)
	if err != nil {
		return nil, diag.List{noBase(base, err)}
	}
	o := e.o.Language
	o.Version, o.ReadFile = e.o.Version, s.variables
	cfg, sources, ds := lang.LoadFS(s.files, abs, o)
	if len(ds) > 0 && ds[0].Code == "no_configuration" {
		s.cfg = &schema.Configuration{Dir: abs}
	} else if s.cfg, s.sources = cfg, sources; ds.HasErrors() {
		return nil, s.foreign(base, ds)
	}
	engine, ds := policy.Compile(ctx, policy.Set{Config: s.cfg, OrgDir: e.baseSet(set), Files: s.files, NativeOff: e.o.PolicyNativeOff})
	if ds.HasErrors() {
		return nil, s.foreign(base, ds)
	}
	s.policies = engine
	if s.sources == nil {
		return s, diag.List{{
			Severity: diag.Warning, Code: "base_empty", Summary: "Base has no configuration",
			Detail: fmt.Sprintf("At %q this folder has no configuration, so everything in the new one is an addition and nothing can be weakened.", base),
		}}
	}
	return s, nil
}

// variables reads files of variables: those of a relative name from the base,
// where it has them, as they are part of what changes; others from the disk.
func (s *sideOf) variables(name string) ([]byte, error) {
	if inside := filepath.ToSlash(filepath.Clean(name)); fs.ValidPath(inside) {
		text, err := fs.ReadFile(s.files, inside)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return os.ReadFile(name)
}

// foreign marks diagnostics as those of the base: their lines are in files that
// the reader does not have open.
func (s *sideOf) foreign(base string, ds diag.List) (out diag.List) {
	for _, d := range ds {
		if d.Severity != diag.Error {
			continue
		}
		if d.Range != nil {
			if d.Snippet == nil {
				d.Snippet = s.sources.Snippet(*d.Range)
			}
			r := *d.Range
			r.Filename, d.Range = base+":"+r.Filename, &r
		}
		d.Detail = fmt.Sprintf("In the base %q: %s", base, d.Detail)
		out = append(out, d)
	}
	return out
}

func noBase(base string, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Severity: diag.Error, Code: "no_base", Summary: "Base of the review cannot be read",
		Detail: fmt.Sprintf("%q is no folder, and as a commit of git it cannot be read: %v.", base, err),
	}
	switch {
	case errors.Is(err, gittree.ErrNoCommit):
		d.Detail = fmt.Sprintf("%q is neither a folder nor a commit that this clone has. In CI, clones are often shallow: fetch the commit first (actions/checkout with fetch-depth: 0, GitLab with GIT_DEPTH: \"0\").", base)
	case errors.Is(err, gittree.ErrNoGit):
		d.Detail = fmt.Sprintf("%q is no folder, and the program git, which reads commits, cannot be run: %v.", base, err)
	}
	return d
}

// reviewing is one Review under way.
type reviewing struct {
	e          *Engine
	now        time.Time
	base, head *sideOf
	st         *state.State
	names      []string
	holds      []record.Hold
	meaning    *policy.Comparison // of the two policy sets
}

func (v *reviewing) open(ctx context.Context, path string) diag.List {
	st, err := state.Open(ctx, path, state.Options{ReadOnly: true, Now: v.now, Clock: v.e.clock})
	if err == nil {
		v.st = st
		if v.names, err = st.SourceNames(ctx); err == nil {
			v.holds, err = st.Holds(ctx)
		}
	}
	if err != nil {
		return diag.List{problem(err, "state_unreadable", "State cannot be read", stateAgain)}
	}
	return nil
}

func (v *reviewing) close() {
	if v.st != nil {
		v.e.closing("state", v.st.Close)
	}
}

func (v *reviewing) run(ctx context.Context) (*review.Result, policy.Report, error) {
	base, _, err := v.side(ctx, v.base)
	if err != nil {
		return nil, policy.Report{}, err
	}
	head, report, err := v.side(ctx, v.head)
	if err != nil {
		return nil, policy.Report{}, err
	}
	if v.meaning, err = policy.Compare(ctx, v.base.policies, v.head.policies, v.now); err != nil {
		return nil, policy.Report{}, diag.Fail(policy.Problem(err))
	}
	head.Meaning = v.meaning
	got, err := review.Run(ctx, base, head)
	return got, report, err
}

// side asks the policies of one side about its intent, and makes it ready to be
// compared.
func (v *reviewing) side(ctx context.Context, s *sideOf) (review.Side, policy.Report, error) {
	report, err := s.policies.Config(ctx, v.now)
	if err != nil {
		return review.Side{}, report, diag.Fail(policy.Problem(err))
	}
	out := review.Side{Config: s.cfg, Controls: s.policies.Controls(), Findings: report.Findings, Fates: v.fates(ctx, s.cfg)}
	if out.Brought, err = s.policies.Brought(); err != nil {
		return out, report, err
	}
	if name := s.cfg.Settings.AllowedSigners; name != "" {
		text, err := fs.ReadFile(s.files, filepath.ToSlash(filepath.Clean(name)))
		if err != nil {
			return out, report, fmt.Errorf("read the allowed signers: %w", err)
		}
		sum := sha256.Sum256(text)
		out.Signers = "sha256:" + hex.EncodeToString(sum[:])
	}
	return out, report, nil
}

// fates is what a configuration means for every recorded copy; nil without a
// state.
func (v *reviewing) fates(ctx context.Context, cfg *schema.Configuration) iter.Seq2[review.Fate, error] {
	if v.st == nil {
		return nil
	}
	prospects := diff.Prospects(ctx, diff.ProspectRequest{
		Config: cfg, Now: v.now, Sources: v.names, Holds: v.holds,
		Recorded: func(name string) iter.Seq2[*record.Copy, error] { return v.st.Scan(ctx, name) },
	})
	return func(yield func(review.Fate, error) bool) {
		for p, err := range prospects {
			if err != nil {
				yield(review.Fate{}, err)
				return
			}
			c := p.Copy
			if !yield(review.Fate{
				Source: c.Source, Path: c.Path, Destination: c.Destination, Seq: c.Seq, Size: c.Size, Live: p.Live,
				Wanted: p.Wanted, Claimed: p.Claimed, Held: p.Held, GivenUp: p.GivenUp, Until: p.Until, Tier: c.Tier, Stored: cost.TakesRoom(c),
			}, nil) {
				return
			}
		}
	}
}
