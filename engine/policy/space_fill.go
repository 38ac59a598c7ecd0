package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// fill gives what nothing chose the values that such a change usually has, so
// that a reader sees a change as plans have them.
func (s *changeSpace) fill(chosen func(dim string) bool) {
	usual := s.usual(chosen)
	set := func(name string, to func()) {
		if !chosen(name) {
			to()
		}
	}
	c := &s.change
	set("reason", func() { c.Reason = usual.Reason })
	set("backup", func() { c.Backup = usual.Backup })
	set("copy", func() { c.Copy = usual.Copy })
	set("destination", func() { c.Destination = usual.Destination })
	o := &c.Object
	set("object.source", func() { o.Source = usual.Object.Source })
	set("object.path", func() { o.Path = usual.Object.Path })
	set("object.kind", func() { o.Kind = usual.Object.Kind })
	set("object.size", func() { o.Size = usual.Object.Size })
	set("object.id", func() { o.ID = "" })
	set("object.class", func() { o.Class = "" })
	set("object.live", func() { o.Live = usual.Object.Live })
	set("remaining", func() { c.Remaining = usual.Remaining })
	set("copies_before", func() { c.CopiesBefore = usual.CopiesBefore })
	set("copies_after", func() { c.CopiesAfter = usual.CopiesAfter })
	s.fillCopy("before", usual.Before, chosen)
	s.fillCopy("after", usual.After, chosen)
	set("before", func() { c.Before = given(usual.Before != nil || s.anyOf("before", chosen), &s.before) })
	set("after", func() { c.After = given(usual.After != nil || s.anyOf("after", chosen), &s.after) })
	if !chosen("address") || s.mark("address").plain() {
		if c.Address = plan.Address(c.Backup, c.Copy, c.Object.Path); c.Backup == "" {
			c.Address = plan.OrphanAddress(c.Destination, c.Object.Path)
		}
	}
}

func given(there bool, f *plan.CopyFacts) *plan.CopyFacts {
	if !there {
		return nil
	}
	return f
}

func (s *changeSpace) anyOf(side string, chosen func(string) bool) bool {
	return slices.ContainsFunc(s.dims, func(d dim) bool { return strings.HasPrefix(d.name, side+".") && chosen(d.name) })
}

func (s *changeSpace) fillCopy(side string, usual *plan.CopyFacts, chosen func(string) bool) {
	if usual == nil {
		usual = s.usualCopy()
	}
	f := s.copyOf(side)
	set := func(name string, to func()) {
		if !chosen(side + "." + name) {
			to()
		}
	}
	set("key", func() { f.Key = usual.Key })
	set("seq", func() { f.Seq = usual.Seq })
	set("status", func() { f.Status = usual.Status })
	set("size", func() { f.Size = usual.Size })
	set("digest", func() { f.Digest = usual.Digest })
	set("copied_at", func() { f.CopiedAt = usual.CopiedAt })
	set("verified_at", func() { f.VerifiedAt = usual.VerifiedAt })
	set("retain_until", func() { f.RetainUntil = usual.RetainUntil })
	set("term_reason", func() { f.TermReason = usual.TermReason })
	set("retired_at", func() { f.RetiredAt = usual.RetiredAt })
	set("claims", func() { f.Claims = usual.Claims })
	set("held", func() { f.Held = nil })
	set("locked_until", func() { f.LockedUntil = schema.UntilNone })
}

// usualCopy is a copy that was verified and is kept.
func (s *changeSpace) usualCopy() *plan.CopyFacts {
	return &plan.CopyFacts{
		Key: "docs/file.txt", Seq: 1, Status: "verified", Size: 4096, Digest: "sha256:" + strings.Repeat("0", 64),
		CopiedAt: s.now.AddDate(-1, 0, 0), VerifiedAt: s.now.AddDate(0, -1, 0),
		RetainUntil: schema.UntilAt(s.now.AddDate(6, 0, 0)), TermReason: "keep",
	}
}

// usual is a change of the chosen action, as a diff would make it.
func (s *changeSpace) usual(chosen func(string) bool) *plan.Change {
	if !chosen("action") {
		s.change.Action = plan.Tag
	}
	c := &plan.Change{
		Backup: "backup.docs", Copy: "vault", Destination: "destination.filesystem.vault", Reason: plan.TermRaised,
		Object:    plan.Object{Source: "docs", Path: "folder/file.txt", Kind: plan.File, Size: 4096, Live: true},
		Remaining: 2, CopiesBefore: 3, CopiesAfter: 3, Before: s.usualCopy(), After: s.usualCopy(),
	}
	if s.config != nil && len(s.config.Backups) > 0 {
		b := s.config.Backups[0]
		c.Backup = b.Address
		if len(b.Copies) > 0 {
			c.Copy, c.Destination = b.Copies[0].Name, b.Copies[0].To
		}
		for _, src := range s.config.Sources {
			if src.Address == b.Source {
				c.Object.Source = src.Name
			}
		}
	}
	switch s.change.Action {
	case plan.Copy:
		c.Reason, c.Before, c.After.Status, c.After.VerifiedAt, c.Remaining = plan.NewObject, nil, "written", time.Time{}, 0
	case plan.Retire:
		c.Reason, c.Before.RetainUntil, c.Object.Live = plan.TermOver, schema.UntilAt(s.now.AddDate(0, 0, -1)), false
		c.After.Status, c.After.RetiredAt = "retired", s.now
	case plan.Expire:
		c.Reason, c.Before.RetainUntil, c.Object.Live = plan.QuarantineOver, schema.UntilAt(s.now.AddDate(0, 0, -40)), false
		c.Before.Status, c.Before.RetiredAt, c.After = "retired", s.now.AddDate(0, 0, -35), nil
	case plan.Adopt:
		c.Reason, c.Before = plan.EqualCopyThere, nil
	}
	switch {
	case chosen("object.path") && addr.IsFolder(s.change.Object.Path) || chosen("object.kind") && s.change.Object.Kind == plan.Directory:
		c.Object.Kind, c.Object.Path, c.Object.Size = plan.Directory, "folder/", 0
	}
	return c
}
