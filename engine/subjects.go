package engine

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/report"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// What the record says becomes what state-phase rules read.

func (k *checking) destinationAddress(name string) string { return destinationAddress(k.l.cfg, name) }

func destinationAddress(cfg *schema.Configuration, name string) string {
	for _, d := range cfg.Destinations {
		if d.Addr.Instance() == name {
			return d.Addr.String()
		}
	}
	return string(addr.Destination) + "." + name
}

func (k *checking) addresses(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = k.destinationAddress(n)
	}
	return out
}

func (k *checking) objectSubject(o *report.Object) *policy.ObjectSubject {
	path, b64 := addr.PathJSON(o.Path)
	s := &policy.ObjectSubject{
		Address: o.Backup.Addr.String() + ":" + path, Backup: o.Backup.Addr.String(), Source: o.Source,
		Path: path, PathB64: b64, Class: o.Class, Size: o.Size, Live: o.Live,
		Verified: len(o.Verified), Written: len(o.Written), Copies: len(o.Verified),
		Destinations: k.addresses(o.Verified), Held: o.Held, NewestHours: k.hours(millis(o.Newest)),
	}
	if o.Live {
		s.Copies++
		if len(o.Verified)+len(o.Written) < len(o.Wanted) {
			s.WaitingHours = k.hours(time.Unix(0, o.MTime))
		}
	}
	return s
}

func (k *checking) copySubject(c *report.Copy) *policy.CopySubject {
	path, b64 := addr.PathJSON(c.Path)
	s := &policy.CopySubject{
		Address:     fmt.Sprintf("%s:%s/%s, version %d", k.destinationAddress(c.Destination), c.Source, path, c.Seq),
		Destination: k.destinationAddress(c.Destination), Source: c.Source, Path: path, PathB64: b64,
		Kind: c.Kind, Class: c.Class, Seq: c.Seq, Status: string(c.Status), Size: c.Size, Digest: c.Digest,
		SourceID: c.SourceID, ID: c.ID, Current: c.Current(), Live: c.Live, Replaced: c.Replaced, MetadataEqual: c.MetadataEqual,
		CopiedAt: instant(c.CopiedAt), CopiedDays: k.days(c.CopiedAt), VerifyMethod: c.VerifyMethod,
		VerifiedAt: instant(c.VerifiedAt), VerifiedDays: k.days(c.VerifiedAt), LockMode: c.LockMode, Held: c.Holds,
		Tier: c.Tier, TieredAt: instant(c.TieredAt),
	}
	for _, claim := range c.Claims {
		backup, _ := plan.SplitClaim(claim)
		s.Backups = append(s.Backups, backup)
	}
	k.term(s, &c.Copy)
	return s
}

// term tells the end of a copy's term and its length from the anchor, the
// version's own time.
func (k *checking) term(s *policy.CopySubject, c *record.Copy) {
	if c.RetainUntil != schema.UntilNone {
		s.RetainUntil = c.RetainUntil.String()
		if end, ok := c.RetainUntil.Time(); ok {
			days := int64(math.Ceil(end.Sub(time.Unix(0, c.MTime)).Hours() / 24))
			s.RetainDays = &days
		}
	}
	if c.LockedUntil != schema.UntilNone {
		s.LockedUntil = c.LockedUntil.String()
		if end, ok := c.LockedUntil.Time(); ok {
			days := int64(math.Floor(end.Sub(k.now).Hours() / 24))
			s.LockedDays = &days
		}
	}
}

func instant(ms int64) string {
	if ms == 0 {
		return ""
	}
	return millis(ms).Format(time.RFC3339)
}

// days are whole days since an instant, rounded up; nil where there is none.
func (k *checking) days(ms int64) *int64 {
	if ms == 0 {
		return nil
	}
	d := int64(math.Ceil(k.now.Sub(millis(ms)).Hours() / 24))
	return &d
}

func (k *checking) hours(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	h := max(0, int64(math.Ceil(k.now.Sub(t).Hours())))
	return &h
}

// totals are what the state says as a whole.
func (k *checking) totals(ctx context.Context, got *report.Result) (*policy.StateTotals, error) {
	t := &policy.StateTotals{}
	for _, s := range got.Sources {
		t.Sources = append(t.Sources, k.sourceTotals(s))
	}
	for i := range got.Coverage {
		b, err := k.backupTotals(ctx, &got.Coverage[i])
		if err != nil {
			return nil, err
		}
		t.Backups = append(t.Backups, b)
	}
	if err := k.destinationTotals(ctx, t); err != nil {
		return nil, err
	}
	t.Projects = k.projects(ctx)
	t.Trail, t.Erasure = k.trail.totals(k.now), k.erasure.totals()
	return t, k.facts(ctx, t)
}

func (k *checking) sourceTotals(s plan.SourceTotals) policy.SummarySource {
	out := policy.SummarySource{
		Source: s.Source, Live: policyCount(s.Live), InScope: policyCount(s.InScope),
		Excluded: policyCount(s.Excluded), Uncovered: policyCount(s.Uncovered), Special: s.Special,
	}
	if k.sources[s.Source] != nil {
		left := policyCount(s.LeftScope)
		out.LeftScope = &left
	}
	if src := sourceNamed(k.l.cfg, s.Source); src != nil {
		out.Address = src.Addr.String()
	}
	if s.Live.Objects > 0 {
		out.UncoveredRatio = float64(s.Uncovered.Objects) / float64(s.Live.Objects)
	}
	return out
}

func (k *checking) backupTotals(ctx context.Context, c *report.Coverage) (policy.StateBackup, error) {
	out := policy.StateBackup{
		Backup: c.Backup.Addr.String(), Listed: c.Listed, Matched: policyCount(c.Objects),
		Unprotected: policyCount(plan.Count{Objects: c.Partly.Objects + c.Unprotected.Objects, Bytes: c.Partly.Bytes + c.Unprotected.Bytes}),
		ByClass:     map[string]policy.Count{},
		Cost:        k.storedCost(c.Backup.Addr.String()),
	}
	for class, n := range c.ByClass {
		out.ByClass[class] = policyCount(n)
	}
	if c.Listed {
		var now int64
		out.ListedHours = &now
	}
	if c.OldestWaiting != 0 {
		out.WaitingHours = k.hours(time.Unix(0, c.OldestWaiting))
	}
	for i := range c.Backup.Copies {
		out.Reach = append(out.Reach, k.reach(ctx, c.Backup, &c.Backup.Copies[i].To))
	}
	base, err := k.st.Baseline(ctx, c.Backup.Source.Instance())
	if err == nil && base != nil {
		out.NewestHours = k.hours(base.AppliedAt)
	}
	return out, err
}

// destinationTotals sums the record by destination; a destination counts as
// verified at the last evidence of a verification that found nothing wrong.
func (k *checking) destinationTotals(ctx context.Context, t *policy.StateTotals) error {
	totals, err := k.st.Totals(ctx)
	if err != nil {
		return err
	}
	verified := map[string]int64{}
	for ev, err := range k.st.Evidence(ctx, "verify") {
		if err != nil {
			return err
		}
		if ev.Outcome == "pass" && ev.Detail != record.Partial {
			verified[ev.Destination] = max(verified[ev.Destination], ev.At)
		}
	}
	for _, d := range k.l.cfg.Destinations {
		sum := policy.StateDestination{
			Destination: d.Addr.String(), VerifiedDays: k.days(verified[d.Addr.Instance()]), Store: k.store(ctx, d.Addr.Instance()),
		}
		for _, n := range totals {
			if n.Destination != d.Addr.Instance() || n.Status == record.Entry {
				continue
			}
			sum.Copies.Objects += n.Copies
			sum.Copies.Bytes += n.Bytes
			if n.Status == record.Damaged || n.Status == record.Missing {
				sum.Damaged.Objects += n.Copies
				sum.Damaged.Bytes += n.Bytes
			}
		}
		t.Destinations = append(t.Destinations, sum)
	}
	return nil
}
