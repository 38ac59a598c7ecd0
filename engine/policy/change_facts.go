package policy

import (
	"time"

	"github.com/backstay/backstay/plan"
)

// changeFacts answers native predicates from a change as the diff made it,
// without the detour over an OPA value. A test compares every field with what
// ChangeInput encodes.
type changeFacts struct {
	c   *plan.Change
	now time.Time
}

var _ facts = (*changeFacts)(nil)

func (f *changeFacts) field(id int) value {
	var v value
	f.into(id, &v)
	return v
}

// into is field, into a value that another change filled: it sets what goes
// with the field's kind, or that there is nothing, and nothing else.
func (f *changeFacts) into(id int, v *value) { changeFields[id].set(f, v) }

type changeField struct {
	path string
	kind valueKind
	set  func(*changeFacts, *value)
}

var changeFields = append([]changeField{
	{"address", stringValue, func(f *changeFacts, v *value) { v.text(readable(f.c.Address)) }},
	{"backup", stringValue, func(f *changeFacts, v *value) { v.optional(f.c.Backup) }},
	{"copy", stringValue, func(f *changeFacts, v *value) { v.optional(f.c.Copy) }},
	{"destination", stringValue, func(f *changeFacts, v *value) { v.text(f.c.Destination) }},
	{"action", stringValue, func(f *changeFacts, v *value) { v.text(string(f.c.Action)) }},
	{"reason", stringValue, func(f *changeFacts, v *value) { v.text(string(f.c.Reason)) }},
	{"removes", boolValue, func(f *changeFacts, v *value) { v.flag(f.c.Action.Removes()) }},
	{"bytes", numberValue, func(f *changeFacts, v *value) { v.number(f.c.Bytes()) }},
	{"object", objectValue, func(_ *changeFacts, v *value) { v.object(true) }},
	{"object.source", stringValue, func(f *changeFacts, v *value) { v.text(f.c.Object.Source) }},
	{"object.path", stringValue, func(f *changeFacts, v *value) { v.text(readable(f.c.Object.Path)) }},
	{"object.kind", stringValue, func(f *changeFacts, v *value) { v.text(string(f.c.Object.Kind)) }},
	{"object.size", numberValue, func(f *changeFacts, v *value) { v.number(f.c.Object.Size) }},
	{"object.id", stringValue, func(f *changeFacts, v *value) { v.optional(f.c.Object.ID) }},
	{"object.class", stringValue, func(f *changeFacts, v *value) { v.optional(f.c.Object.Class) }},
	{"object.live", boolValue, func(f *changeFacts, v *value) { v.flag(f.c.Object.Live) }},
	{"term_change", stringValue, func(f *changeFacts, v *value) { v.text(termChange(f.c)) }},
	{"lock_change", stringValue, func(f *changeFacts, v *value) { v.text(lockChange(f.c)) }},
	{"remaining", numberValue, func(f *changeFacts, v *value) { v.number(int64(f.c.Remaining)) }},
	{"copies_before", numberValue, func(f *changeFacts, v *value) { v.number(int64(f.c.CopiesBefore)) }},
	{"copies_after", numberValue, func(f *changeFacts, v *value) { v.number(int64(f.c.CopiesAfter)) }},
}, append(
	copyFields("before", func(c *plan.Change) *plan.CopyFacts { return c.Before }),
	copyFields("after", func(c *plan.Change) *plan.CopyFacts { return c.After })...)...)

// copyFields are the fields of a change's copy before or after it.
func copyFields(side string, of func(*plan.Change) *plan.CopyFacts) []changeField {
	field := func(name string, k valueKind, set func(*plan.CopyFacts, time.Time, *value)) changeField {
		return changeField{side + "." + name, k, func(f *changeFacts, v *value) {
			if c := of(f.c); c != nil {
				set(c, f.now, v)
			} else {
				v.kind = undefined
			}
		}}
	}
	return []changeField{
		{side, objectValue, func(f *changeFacts, v *value) { v.object(of(f.c) != nil) }},
		field("key", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(readable(c.Key)) }),
		field("seq", numberValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.number(int64(c.Seq)) }),
		field("status", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(c.Status) }),
		field("size", numberValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.number(c.Size) }),
		field("digest", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(c.Digest) }),
		field("copied_at", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(when(c.CopiedAt)) }),
		field("verified_at", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(when(c.VerifiedAt)) }),
		field("retain_until", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(until(c.RetainUntil)) }),
		field("term_over", boolValue, func(c *plan.CopyFacts, now time.Time, v *value) { v.flag(termOver(c, now)) }),
		field("term_reason", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(c.TermReason) }),
		field("retired_at", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(when(c.RetiredAt)) }),
		field("retired_days", numberValue, func(c *plan.CopyFacts, now time.Time, v *value) {
			if days := retiredDays(c, now); days != nil {
				v.number(*days)
			} else {
				v.kind = undefined
			}
		}),
		field("claims", listValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.of(c.Claims) }),
		field("held", listValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.of(c.Held) }),
		field("locked_until", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(until(c.LockedUntil)) }),
		field("locked", boolValue, func(c *plan.CopyFacts, now time.Time, v *value) { v.flag(locked(c, now)) }),
		field("tier", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(c.Tier) }),
		field("tiered_at", stringValue, func(c *plan.CopyFacts, _ time.Time, v *value) { v.optional(when(c.TieredAt)) }),
	}
}

var changeTable = func() fieldTable {
	t := fieldTable{ids: map[string]int{}}
	for i, f := range changeFields {
		t.ids[f.path] = i
		t.kinds = append(t.kinds, f.kind)
	}
	return t.keyed("action", "removes")
}()
