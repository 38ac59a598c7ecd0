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

func (f *changeFacts) field(id int) value { return changeFields[id].get(f) }

type changeField struct {
	path string
	kind valueKind
	get  func(*changeFacts) value
}

var changeFields = append([]changeField{
	{"address", stringValue, func(f *changeFacts) value { return textOf(readable(f.c.Address)) }},
	{"backup", stringValue, func(f *changeFacts) value { return optional(f.c.Backup) }},
	{"copy", stringValue, func(f *changeFacts) value { return optional(f.c.Copy) }},
	{"destination", stringValue, func(f *changeFacts) value { return textOf(f.c.Destination) }},
	{"action", stringValue, func(f *changeFacts) value { return textOf(string(f.c.Action)) }},
	{"reason", stringValue, func(f *changeFacts) value { return textOf(string(f.c.Reason)) }},
	{"removes", boolValue, func(f *changeFacts) value { return boolOf(f.c.Action.Removes()) }},
	{"bytes", numberValue, func(f *changeFacts) value { return numberOf(f.c.Bytes()) }},
	{"object", objectValue, func(*changeFacts) value { return objectIf(true) }},
	{"object.source", stringValue, func(f *changeFacts) value { return textOf(f.c.Object.Source) }},
	{"object.path", stringValue, func(f *changeFacts) value { return textOf(readable(f.c.Object.Path)) }},
	{"object.kind", stringValue, func(f *changeFacts) value { return textOf(string(f.c.Object.Kind)) }},
	{"object.size", numberValue, func(f *changeFacts) value { return numberOf(f.c.Object.Size) }},
	{"object.id", stringValue, func(f *changeFacts) value { return optional(f.c.Object.ID) }},
	{"object.class", stringValue, func(f *changeFacts) value { return optional(f.c.Object.Class) }},
	{"object.live", boolValue, func(f *changeFacts) value { return boolOf(f.c.Object.Live) }},
	{"term_change", stringValue, func(f *changeFacts) value { return textOf(termChange(f.c)) }},
	{"lock_change", stringValue, func(f *changeFacts) value { return textOf(lockChange(f.c)) }},
	{"remaining", numberValue, func(f *changeFacts) value { return numberOf(int64(f.c.Remaining)) }},
	{"copies_before", numberValue, func(f *changeFacts) value { return numberOf(int64(f.c.CopiesBefore)) }},
	{"copies_after", numberValue, func(f *changeFacts) value { return numberOf(int64(f.c.CopiesAfter)) }},
}, append(
	copyFields("before", func(c *plan.Change) *plan.CopyFacts { return c.Before }),
	copyFields("after", func(c *plan.Change) *plan.CopyFacts { return c.After })...)...)

// copyFields are the fields of a change's copy before or after it.
func copyFields(side string, of func(*plan.Change) *plan.CopyFacts) []changeField {
	field := func(name string, k valueKind, get func(*plan.CopyFacts, time.Time) value) changeField {
		return changeField{side + "." + name, k, func(f *changeFacts) value {
			c := of(f.c)
			if c == nil {
				return value{}
			}
			return get(c, f.now)
		}}
	}
	return []changeField{
		{side, objectValue, func(f *changeFacts) value { return objectIf(of(f.c) != nil) }},
		field("key", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(readable(c.Key)) }),
		field("seq", numberValue, func(c *plan.CopyFacts, _ time.Time) value { return numberOf(int64(c.Seq)) }),
		field("status", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(c.Status) }),
		field("size", numberValue, func(c *plan.CopyFacts, _ time.Time) value { return numberOf(c.Size) }),
		field("digest", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(c.Digest) }),
		field("copied_at", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(when(c.CopiedAt)) }),
		field("verified_at", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(when(c.VerifiedAt)) }),
		field("retain_until", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(until(c.RetainUntil)) }),
		field("term_over", boolValue, func(c *plan.CopyFacts, now time.Time) value { return boolOf(termOver(c, now)) }),
		field("term_reason", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(c.TermReason) }),
		field("retired_at", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(when(c.RetiredAt)) }),
		field("retired_days", numberValue, func(c *plan.CopyFacts, now time.Time) value {
			days := retiredDays(c, now)
			if days == nil {
				return value{}
			}
			return numberOf(*days)
		}),
		field("claims", listValue, func(c *plan.CopyFacts, _ time.Time) value { return listOf(c.Claims) }),
		field("held", listValue, func(c *plan.CopyFacts, _ time.Time) value { return listOf(c.Held) }),
		field("locked_until", stringValue, func(c *plan.CopyFacts, _ time.Time) value { return optional(until(c.LockedUntil)) }),
		field("locked", boolValue, func(c *plan.CopyFacts, now time.Time) value { return boolOf(locked(c, now)) }),
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
