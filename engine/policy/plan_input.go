package policy

import (
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// ChangeInput makes input.change of a change, as rules see it at an instant.
func ChangeInput(c *plan.Change, now time.Time) Change {
	path, b64 := addr.PathJSON(c.Object.Path)
	return Change{
		Address: readable(c.Address), Backup: c.Backup, Copy: c.Copy, Destination: c.Destination,
		Action: string(c.Action), Reason: string(c.Reason), Removes: c.Action.Removes(), Bytes: c.Bytes(),
		Object: ChangeObject{
			Source: c.Object.Source, Path: path, PathB64: b64, Kind: string(c.Object.Kind),
			Size: c.Object.Size, ID: c.Object.ID, Class: c.Object.Class, Live: c.Object.Live,
		},
		Before: copyInput(c.Before, now), After: copyInput(c.After, now),
		TermChange: termChange(c), LockChange: lockChange(c),
		Remaining: c.Remaining, CopiesBefore: c.CopiesBefore, CopiesAfter: c.CopiesAfter,
	}
}

func readable(s string) string {
	text, _ := addr.PathJSON(s)
	return text
}

func copyInput(c *plan.CopyFacts, now time.Time) *ChangeCopy {
	if c == nil {
		return nil
	}
	return &ChangeCopy{
		Key: readable(c.Key), Seq: c.Seq, Status: c.Status, Size: c.Size, Digest: c.Digest,
		CopiedAt: when(c.CopiedAt), VerifiedAt: when(c.VerifiedAt), RetainUntil: until(c.RetainUntil),
		TermOver: termOver(c, now), TermReason: c.TermReason, RetiredAt: when(c.RetiredAt),
		RetiredDays: retiredDays(c, now), Claims: c.Claims, Held: c.Held, LockedUntil: until(c.LockedUntil), Locked: locked(c, now),
		Tier: c.Tier, TieredAt: when(c.TieredAt),
	}
}

func termOver(c *plan.CopyFacts, now time.Time) bool {
	return c.RetainUntil != schema.UntilNone && c.RetainUntil.Passed(now)
}

func locked(c *plan.CopyFacts, now time.Time) bool {
	return c.LockedUntil != schema.UntilNone && !c.LockedUntil.Passed(now)
}

func retiredDays(c *plan.CopyFacts, now time.Time) *int64 {
	if c.RetiredAt.IsZero() {
		return nil
	}
	days := int64(now.Sub(c.RetiredAt) / (24 * time.Hour))
	return &days
}

func termChange(c *plan.Change) string {
	before, after := sameCopy(c)
	if before == nil || after == nil {
		return "none"
	}
	return moved(before.RetainUntil, after.RetainUntil)
}

// sameCopy gives one copy before and after a change. Where a new version takes a
// copy's place, that copy is what counts: the new one promises nothing yet.
func sameCopy(c *plan.Change) (before, after *plan.CopyFacts) {
	if c.Superseded != nil {
		return c.Before, c.Superseded
	}
	return c.Before, c.After
}

func lockChange(c *plan.Change) string {
	before, after := sameCopy(c)
	if before == nil || after == nil {
		return "none"
	}
	return moved(before.LockedUntil, after.LockedUntil)
}

func moved(before, after schema.Until) string {
	switch {
	case before == after:
		return "same"
	case before < after:
		return "raised"
	}
	return "lowered"
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return instant(t)
}

func until(u schema.Until) string {
	if u == schema.UntilNone {
		return ""
	}
	return u.String()
}
