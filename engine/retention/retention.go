// Package retention says how long copies are kept, and why.
//
// In go rules (a backup plan's retention block), the versions of one object
// with what happened to them, and an instant; out come the end of each
// version's term, whether it may be retired or expired, and the reason. The
// package is pure: it reads no clock, stores nothing, and never makes a term
// shorter than the one that is stored.
//
// The term of a version ends at the latest of
//
//   - its anchor + keep: the anchor is the version's creation, or an attested
//     event; while that event is not attested the term is open;
//   - the moment it was copied + 30 days;
//   - the moment it was superseded, or its source object went, + keep_superseded;
//   - the end that is stored for it, unless a shorten block lets it come down.
//
// keep_max is a ceiling, counted like keep: neither that a version was superseded,
// or its source went, nor a count keeps it longer. The 30 days, a hold, a lock
// and the last copy do.
//
// Apart from its term it stays while it is the current version of a live
// object, while keep_last, keep_daily and so on select it, while it is held or
// locked, while no backup plan claims it, and while it is the last verified
// copy of an object that lives or whose term runs. Of several claims the
// latest end wins.
package retention

import (
	"strconv"
	"time"

	"github.com/backstay/backstay/schema"
)

// MinimumStay is how long every copy is kept from the moment it was made, and
// MinimumQuarantine how long a retired one lies before it is removed, whatever
// a configuration says.
const (
	MinimumStay       = 30 * 24 * time.Hour
	MinimumQuarantine = 7 * 24 * time.Hour
)

// defaultQuarantine is for copies that no backup plan claims any more.
var defaultQuarantine = schema.Term{Count: 30, Unit: schema.Days}

// Rule is the compiled retention of one claim. Compare rules by pointer.
type Rule struct {
	Claim      string // "backup.runs/vault", for reasons
	Anchor     string // "" is creation, else the fact that must be attested
	keep       *span
	ceiling    *span // keep_max
	superseded span
	quarantine span
	counts     [5]int // last, daily, weekly, monthly, yearly

	// Reasons are made once: a first backup stores one with every copy.
	kept, open, early, wasSuperseded, wasGone, capped string
}

// Compile makes a rule of a retention block.
func Compile(claim string, r *schema.Retention) *Rule {
	rule := &Rule{
		Claim:      claim,
		superseded: compileSpan(r.KeepSuperseded),
		quarantine: compileSpan(r.Quarantine),
		counts:     [5]int{r.KeepLast, r.KeepDaily, r.KeepWeekly, r.KeepMonthly, r.KeepYearly},
	}
	anchor := "it was created"
	if r.Anchor != "" && r.Anchor != "created" {
		rule.Anchor = r.Anchor
		anchor = strconv.Quote(r.Anchor)
	}
	if r.Keep != nil {
		s := compileSpan(*r.Keep)
		rule.keep = &s
		rule.kept = "keep " + r.Keep.String() + " after " + anchor + " (" + claim + ")"
		if s.forever {
			rule.kept = "keep forever (" + claim + ")"
		}
		rule.early = "keep " + r.Keep.String() + " after it was created, which is later than " + anchor + " (" + claim + ")"
		rule.open = "keep " + r.Keep.String() + " after " + anchor + ", which is not reported yet (" + claim + ")"
	}
	if r.KeepMax != nil {
		s := compileSpan(*r.KeepMax)
		rule.ceiling = &s
		rule.capped = "keep_max " + r.KeepMax.String() + " after " + anchor + " (" + claim + ")"
	}
	rule.wasSuperseded = "keep_superseded " + r.KeepSuperseded.String() + " after it was superseded (" + claim + ")"
	rule.wasGone = "keep_superseded " + r.KeepSuperseded.String() + " after its source was gone (" + claim + ")"
	return rule
}

// stayReason is the reason of the 30 days that every copy has.
const stayReason = "30d after it was copied"

// asStored is the reason of an end that nobody asks for any more, where the
// caller does not know the reason that was stored with it.
const asStored = "as it was recorded; terms only rise"

// Claim is one backup plan's wish to keep a version. Event is when the rule's
// anchor happened, in milliseconds since the epoch; zero: not attested.
type Claim struct {
	Rule  *Rule
	Event int64
}

// Version is one copy as its term sees it. Times are milliseconds since the
// epoch, zero is absent; Created is nanoseconds.
type Version struct {
	Seq          int
	Created      int64
	CopiedAt     int64
	SupersededAt int64
	GoneAt       int64
	RetiredAt    int64
	Current      bool // the present version, at its destination, of a live object in scope
	Verified     bool // its bytes were proved, and nothing worse was found since
	GivenUp      bool // a retire block names it: neither term nor last copy keep it
	Stored       schema.Until
	StoredReason string
	Shortened    bool // a signed shorten block lets the stored end come down to what the claims ask for
	LockedUntil  schema.Until
	Held         []string
	Claims       []Claim // those of backup plans that exist; none: an orphan
}

// Floor is the end that keep alone asks for, whatever happened to the version:
// what is stored with a new copy, and raised when a configuration asks for more.
func Floor(v *Version) (schema.Until, string) {
	var end schema.Until
	var why string
	for i := range v.Claims {
		if u, w := v.Claims[i].floor(v.Created); u > end {
			end, why = u, w
		}
	}
	return end, why
}

func (c *Claim) floor(created int64) (schema.Until, string) {
	r := c.Rule
	switch {
	case r.keep == nil:
		return schema.UntilNone, ""
	case r.keep.forever:
		return schema.UntilForever, r.kept
	case r.Anchor == "":
		return r.keep.afterNano(created), r.kept
	case c.Event == 0:
		return schema.UntilOpen, r.open
	}
	// An event that is reported too early does not end a term before creation
	// would have.
	end, least := r.keep.after(c.Event), r.keep.afterNano(created)
	if least > end {
		return least, r.early
	}
	return end, r.kept
}

// capped is an end that is not beyond the claim's ceiling.
func (c *Claim) capped(end schema.Until, why string, created int64) (schema.Until, string) {
	if most := c.most(created); most < end {
		return most, c.Rule.capped
	}
	return end, why
}

// most is the end that keep_max sets: forever without one, and while the event
// that it counts from is not reported.
func (c *Claim) most(created int64) schema.Until {
	r := c.Rule
	switch {
	case r.ceiling == nil || r.Anchor != "" && c.Event == 0:
		return schema.UntilForever
	case r.Anchor == "":
		return r.ceiling.afterNano(created)
	}
	return max(r.ceiling.after(c.Event), r.ceiling.afterNano(created))
}

// Fits tells quickly whether a stored end needs no raise: it is not before what
// keep asks for. It is Floor without the reason.
func Fits(claims []Claim, created int64, stored schema.Until) bool {
	for i := range claims {
		if u, _ := claims[i].floor(created); u > stored {
			return false
		}
	}
	return stored != schema.UntilOpen || stillOpen(claims, created)
}

// Term is the end of a version's term and the rule that sets it. It is never
// before the stored end, with one exception: an open term closes once the event
// that a claim waits for is attested.
func Term(v *Version) (schema.Until, string) {
	end, why := v.Stored, v.StoredReason
	if end == schema.UntilOpen && !stillOpen(v.Claims, v.Created) || v.Shortened && len(v.Claims) > 0 {
		end, why = schema.UntilNone, ""
	}
	latest := func(u schema.Until, w string) {
		if u > end || u == end && why == "" {
			end, why = u, w
		}
	}
	latest(Floor(v))
	if v.CopiedAt != 0 {
		latest(span{ms: MinimumStay.Milliseconds()}.after(v.CopiedAt), stayReason)
	}
	for i := range v.Claims {
		c, r := &v.Claims[i], v.Claims[i].Rule
		if v.SupersededAt != 0 {
			latest(c.capped(r.superseded.after(v.SupersededAt), r.wasSuperseded, v.Created))
		}
		if v.GoneAt != 0 {
			latest(c.capped(r.superseded.after(v.GoneAt), r.wasGone, v.Created))
		}
	}
	if why == "" && end != schema.UntilNone {
		why = asStored
	}
	return end, why
}

// stillOpen tells whether a stored open end stays open: until every claim that
// waits for an event has it. Claims with another anchor never close it.
func stillOpen(claims []Claim, created int64) bool {
	waits := false
	for i := range claims {
		if claims[i].Rule.Anchor == "" || claims[i].Rule.keep == nil {
			continue
		}
		waits = true
		if u, _ := claims[i].floor(created); u == schema.UntilOpen {
			return true
		}
	}
	return !waits
}
