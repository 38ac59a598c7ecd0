package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/audit"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/diag"
)

// link makes the next link of the log of runs, of a run that ends.
func (w *writer) link(ctx context.Context, r *state.Run, end state.RunEnd) (state.AuditEntry, error) {
	last, err := w.st.AuditHead(ctx)
	if err != nil {
		return state.AuditEntry{}, err
	}
	id := w.st.Identity()
	link, _, err := audit.Next(last, audit.Entry{
		Lineage: id.Lineage, Run: r.ID, Command: r.Command, User: r.User, Host: r.Host, Program: w.e.o.Version,
		Started: r.StartedAt, Ended: end.EndedAt, ConfigDigest: r.ConfigDigest, PolicyDigest: r.PolicyDigest,
		PlanDigest: r.PlanDigest, AsOf: r.AsOf, Decisions: w.decisions, Allow: r.Allow, Outcome: end.Outcome,
		ExitCode: Outcome(end.Outcome).ExitCode(), Counts: end.Counts, SerialBefore: w.serial, SerialAfter: id.Serial,
	})
	w.serial = id.Serial
	return link, err
}

// spreadAudit writes to each destination what it lacks of the chain. A
// destination that cannot take it now gets it after the next run.
func (w *writer) spreadAudit(ctx context.Context) error {
	heads, err := w.st.Heads(ctx)
	if err != nil {
		return err
	}
	for _, p := range w.places.list {
		if _, known := heads[p.name]; !known || p.driver == nil || p.brake != "" {
			continue
		}
		if err := w.putAudit(ctx, p.driver); err != nil {
			w.e.notice("The log of runs could not be written to %s (%v); the next run writes it.", p.address, err)
		}
	}
	return nil
}

func (w *writer) putAudit(ctx context.Context, d storage.Destination) (err error) {
	b, err := d.Begin(ctx, w.runID+"-audit")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Discard(context.WithoutCancel(ctx))) }()
	var staged []storage.Staged
	for f, err := range audit.Missing(ctx, w.st.AuditEntries(ctx), apply.Files(d)) {
		if err != nil {
			return err
		}
		s, err := b.Stage(ctx, f.Key, strings.NewReader(string(f.Data)), int64(len(f.Data)))
		if err != nil {
			return err
		}
		staged = append(staged, s)
	}
	if len(staged) == 0 {
		return nil
	}
	if err := b.Sync(ctx); err != nil {
		return err
	}
	for _, s := range staged {
		if _, err := b.Commit(ctx, s); err != nil {
			return err
		}
	}
	return b.Finish(ctx)
}

// decided are a judgement's decisions as the log of runs keeps them.
func decided(j *Judgement) (out []audit.Decision) {
	for _, c := range j.Controls {
		for _, n := range []struct {
			result policy.Result
			count  int64
		}{{policy.Fail, c.Fail}, {policy.Unknown, c.Unknown}, {policy.Warn, c.Warn}, {policy.Waived, c.Waived}} {
			if n.count > 0 {
				out = append(out, audit.Decision{Control: c.Control, Result: string(n.result), Count: n.count, Waiver: waiverOf(j, c.Control, n.result)})
			}
		}
	}
	return out
}

func waiverOf(j *Judgement, control string, result policy.Result) string {
	if result != policy.Waived {
		return ""
	}
	for i := range j.Findings {
		if f := &j.Findings[i]; f.Control == control && f.Waiver != nil {
			return f.Waiver.Name
		}
	}
	return ""
}

// AuditVerify follows the chain of runs in the state and at every destination,
// and compares them.
func (e *Engine) AuditVerify(ctx context.Context) (*AuditResult, diag.List) {
	res := &AuditResult{Outcome: Failed}
	l, st, ds := e.openRecord(ctx)
	if st == nil {
		return res, ds
	}
	defer e.closing("state", st.Close)
	chains, more := e.openChains(ctx, l)
	defer chains.close(e)
	ds = append(ds, more...)
	own, err := audit.Verify(st.AuditEntries(ctx), chains.anchors()...)
	if err != nil {
		return res, append(ds, problem(err, "audit_unreadable", "Log of runs cannot be read", readAgain))
	}
	res.Entries, res.First, res.Last = own.Entries, own.First, own.Last
	if own.Break != nil {
		res.Broken = "in the state, " + own.Break.String()
	} else if res.Broken, err = unlogged(ctx, st, chains); err != nil {
		return res, append(ds, problem(err, "audit_unreadable", "Log of runs cannot be read", readAgain))
	}
	res.Places = append(res.Places, AuditPlace{Place: "state", Entries: own.Entries, Head: headOf(own), Agrees: own.Break == nil})
	for _, c := range chains {
		place, broken := comparePlace(ctx, st, c, own)
		res.Places = append(res.Places, place)
		if broken != "" && res.Broken == "" {
			res.Broken = broken
		}
	}
	if res.Broken == "" {
		res.Outcome = Done
	}
	return res, ds
}

// unlogged finds a destination whose latest head names a run that is not in the
// log: its entry was taken away at the end, where no later one would miss it.
func unlogged(ctx context.Context, st *state.State, chains catalogues) (string, error) {
	logged := map[string]bool{}
	for link, err := range st.AuditEntries(ctx) {
		if err != nil {
			return "", err
		}
		if entry, err := audit.Parse(link.Entry); err == nil {
			logged[entry.Run] = true
		}
	}
	open, err := st.OpenRun(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range chains {
		h := c.book.Head
		if h == nil {
			continue
		}
		run, settled := strings.CutSuffix(h.Run, "-settle")
		if !settled && !logged[run] && (open == nil || open.ID != run) {
			return fmt.Sprintf("run %s wrote to %s and is not in the log", run, c.d.Addr), nil
		}
	}
	return "", nil
}

func headOf(r audit.Report) string {
	if r.Head == nil {
		return ""
	}
	return r.Head.Digest
}

// comparePlace verifies a destination's chain. One that is shorter, because the
// destination was out of reach or what it lacks are checks, agrees as far as it
// goes; one that differs does not.
func comparePlace(ctx context.Context, st *state.State, c *opened, own audit.Report) (AuditPlace, string) {
	place := AuditPlace{Place: c.d.Addr.String()}
	got, err := audit.Verify(audit.FromStore(ctx, apply.Files(c.driver)))
	place.Entries, place.Head = got.Entries, headOf(got)
	switch {
	case err != nil:
		return place, fmt.Sprintf("at %s, %v", c.d.Addr, err)
	case got.Break != nil:
		return place, fmt.Sprintf("at %s, %s", c.d.Addr, got.Break)
	case got.Entries > own.Entries:
		return place, fmt.Sprintf("%s has %d entries, the state %d: entries are missing in the state", c.d.Addr, got.Entries, own.Entries)
	case c.book.Head != nil && c.book.Head.Audit != nil && got.Entries < c.book.Head.Audit.N:
		return place, fmt.Sprintf("%s has lost entries: its own catalogue names entry %d, and it has %d", c.d.Addr, c.book.Head.Audit.N, got.Entries)
	case got.Entries < own.Entries: // the next run that writes there adds the rest
		agrees, err := sameUpTo(ctx, st, got)
		if place.Agrees = agrees; err != nil || !agrees {
			return place, fmt.Sprintf("%s has another entry %d than the state", c.d.Addr, got.Entries)
		}
		return place, ""
	case got.Entries == own.Entries && place.Head != headOf(own):
		return place, fmt.Sprintf("%s has another last entry than the state", c.d.Addr)
	}
	place.Agrees = true
	return place, ""
}

// sameUpTo tells whether the state's chain has the last entry of a shorter one.
func sameUpTo(ctx context.Context, st *state.State, shorter audit.Report) (bool, error) {
	if shorter.Entries == 0 {
		return true, nil
	}
	for link, err := range st.AuditEntries(ctx) {
		if err != nil {
			return false, err
		}
		if link.N == shorter.Entries {
			return link.Digest == headOf(shorter), nil
		}
	}
	return false, nil
}

// openChains opens the destinations that have a catalogue; others have no log.
func (e *Engine) openChains(ctx context.Context, l *loaded) (catalogues, diag.List) {
	found, ds := e.readCatalogues(ctx, l.cfg)
	found = slices.DeleteFunc(found, func(c *opened) bool {
		if c.damage == nil {
			return false
		}
		ds = append(ds, c.diagnostic(c.damage))
		e.closeStores(map[string]storage.Destination{c.d.Addr.Instance(): c.driver})
		return true
	})
	return found, slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "no_marker" || d.Code == "no_catalogue" })
}

// anchors are the last entries that the destinations' heads name.
func (cs catalogues) anchors() (out []catalogue.AuditRef) {
	for _, c := range cs {
		if h := c.book.Head; h != nil && h.Audit != nil {
			out = append(out, *h.Audit)
		}
	}
	return out
}

// auditTotals verifies the chain for a check. Replicas are destinations that
// hold it to the last run that did more than check.
func (k *checking) auditTotals(ctx context.Context) (policy.StateAudit, error) {
	chains, _ := k.e.openChains(ctx, k.l)
	defer chains.close(k.e)
	own, err := audit.Verify(k.st.AuditEntries(ctx), chains.anchors()...)
	if err != nil {
		return policy.StateAudit{}, err
	}
	out := policy.StateAudit{Checked: true, Entries: own.Entries, Intact: own.Break == nil, Replicas: []string{}}
	if own.Break != nil {
		out.Detail = own.Break.String()
	}
	needed, err := k.lastAct(ctx)
	if err != nil {
		return policy.StateAudit{}, err
	}
	for _, c := range chains {
		place, broken := comparePlace(ctx, k.st, c, own)
		if broken == "" && place.Agrees && place.Entries >= needed {
			out.Replicas = append(out.Replicas, place.Place)
		}
	}
	return out, nil
}

// audit finds the longest chain of runs that holds, for a rebuilt state.
func (cs catalogues) audit(ctx context.Context, in *state.Rebuilding) (ds diag.List) {
	best := int64(0)
	for _, c := range cs {
		files := apply.Files(c.driver)
		got, err := audit.Verify(audit.FromStore(ctx, files))
		if err != nil || got.Break != nil {
			ds = append(ds, brokenLog(c, got, err))
			continue
		}
		if got.Entries > best {
			best, in.Audit, in.PolicySet = got.Entries, audit.FromStore(ctx, files), got.PolicySet
		}
	}
	return ds
}

func brokenLog(c *opened, got audit.Report, err error) diag.Diagnostic {
	what := fmt.Sprint(err)
	if err == nil {
		what = got.Break.String()
	}
	return diag.Diagnostic{
		Severity: diag.Warning, Code: "audit_broken", Summary: "Log of runs does not hold",
		Detail:  fmt.Sprintf("The chain of runs at %s is broken: %s. It is not taken into the rebuilt state; the copies are not touched by this.", c.d.Addr, what),
		Address: c.d.Addr.String(),
	}
}
