package review

import (
	"strings"

	"github.com/backstay/backstay/schema"
)

// backup describes a backup plan but for its scope and its copies.
func backup(x *schema.Backup) *block {
	b := &block{address: x.Addr.String(), origin: x.Origin, gone: BackupRemoved, left: Weakened, came: BlockAdded, joined: Strengthened}
	b.fact("source", SourceChanged, kept, text(x.Source.String()))
	b.fact("owner", Described, free, text(x.Owner))
	b.fact("reviewed", Described, free, date(x.Reviewed))
	b.fact("regimes", RetentionShorter, all, words(x.Regimes))
	b.fact("every", ObjectiveLowered, less, term(x.Every))
	b.fact("personal", SourceChanged, yes, tri(x.Personal))
	b.retention(&x.Retention)
	b.within("objective", x.Objective.Origin, "rpo", ObjectiveLowered, less, term(x.Objective.RPO))
	b.within("objective", x.Objective.Origin, "rto", ObjectiveLowered, less, term(x.Objective.RTO))
	v := x.Verify
	b.within("verify", v.Origin, "block", VerifyWeakened, yes, yesNo(v.Present))
	b.within("verify", v.Origin, "algorithm", Described, free, text(v.Algorithm))
	b.within("verify", v.Origin, "scrub", VerifyWeakened, less, term(v.Scrub))
	b.tests(x)
	b.duties(x)
	b.limits(x.Limits)
	return b
}

func (b *block) retention(r *schema.Retention) {
	add := func(name string, way direction, v value) {
		b.within("retention", r.Origin, name, RetentionShorter, way, v)
	}
	add("keep", more, term(r.Keep))
	add("keep_max", fixed, term(r.KeepMax))
	add("keep_last", more, number(float64(r.KeepLast)))
	add("keep_daily", more, number(float64(r.KeepDaily)))
	add("keep_weekly", more, number(float64(r.KeepWeekly)))
	add("keep_monthly", more, number(float64(r.KeepMonthly)))
	add("keep_yearly", more, number(float64(r.KeepYearly)))
	add("keep_superseded", more, always(r.KeepSuperseded))
	add("quarantine", more, always(r.Quarantine))
	add("anchor", fixed, text(r.Anchor))
}

func (b *block) tests(x *schema.Backup) {
	t := x.RestoreTest
	if t == nil {
		b.within("restore_test", x.Origin, "every", RestoreTestWeaker, less, value{})
		return
	}
	b.within("restore_test", t.Origin, "every", RestoreTestWeaker, less, always(t.Every))
	b.within("restore_test", t.Origin, "sample", RestoreTestWeaker, more, number(float64(t.Sample)))
	b.within("restore_test", t.Origin, "command", RestoreTestWeaker, fixed, text(strings.Join(t.Command, " ")))
	b.within("restore_test", t.Origin, "target", Described, free, text(t.Target))
}

// duties are the blocks about people and money.
func (b *block) duties(x *schema.Backup) {
	if a := x.Approvals; a != nil {
		b.within("approvals", a.Origin, "delete", ApprovalWeakened, more, number(float64(a.Delete)))
	}
	if a := x.Alert; a != nil {
		b.within("alert", a.Origin, "to", ObjectiveLowered, all, words(a.To))
	}
	if e := x.Erasure; e != nil {
		b.within("erasure", e.Origin, "max_lag", ObjectiveLowered, less, term(e.MaxLag))
		b.within("erasure", e.Origin, "list", RetireAdded, fixed, text(e.List))
	}
	if m := x.Budget; m != nil {
		b.within("budget", m.Origin, "month", Described, free, number(m.Month))
		b.within("budget", m.Origin, "egress", Described, free, number(m.Egress))
		b.within("budget", m.Origin, "retrieval", Described, free, number(m.Retrieval))
	}
}

func (b *block) limits(l schema.Limits) {
	d := schema.DefaultLimits
	add := func(name string, v value) { b.within("limits", l.Origin, name, LimitLoosened, less, v) }
	add("retire_ratio", limit(l.RetireRatio, d.RetireRatio))
	add("retire_objects", limit(float64(l.RetireObjects), float64(d.RetireObjects)))
	add("retire_bytes", limit(float64(l.RetireBytes), float64(d.RetireBytes)))
	add("source_loss", limit(l.SourceLoss, d.SourceLoss))
	add("source_change", limit(l.SourceChange, d.SourceChange))
}

// copyBlock describes one copy of a backup plan.
func copyBlock(x *schema.Backup, c *schema.Copy) *block {
	b := &block{
		address: x.Addr.String() + ".copy." + c.Name, origin: c.Origin,
		gone: CopyLost, left: Weakened, came: BlockAdded, joined: Strengthened,
	}
	b.fact("to", CopyLost, kept, text(c.To.String()))
	b.fact("purpose", SettingChanged, fixed, text(c.Purpose))
	b.fact("tier", Described, free, text(c.Tier))
	b.fact("archive_after", Described, free, term(c.ArchiveAfter))
	b.fact("deep", SettingChanged, yes, yesNo(c.Deep))
	b.fact("metadata", SettingChanged, yes, yesNo(c.Metadata))
	l := c.Lock
	if l == nil {
		l = &schema.Lock{Origin: c.Origin}
	}
	b.ranked("lock", l.Origin, "mode", LockWeakened, l.Mode, "none", "governance", "compliance")
	if c.Lock != nil {
		b.within("lock", l.Origin, "for", LockWeakened, more, always(l.For))
	}
	return b
}
