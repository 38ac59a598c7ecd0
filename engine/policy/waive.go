package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/schema"
)

// waiverUse is what one waiver has let through so far, by target.
type waiverUse struct{ targets map[string]bool }

// waive lets an overridable finding pass where a waiver in force covers it, and
// writes the waiver beside it. A waiver is in force while it is complete, not
// expired, and expires within the limit: what CHG-5 says of waivers in words
// holds here whether or not a pack chose CHG-5.
func (e *Engine) waive(f *Finding, addresses []string, now time.Time) {
	if f.Result != Fail && f.Result != Unknown {
		return
	}
	for _, w := range e.cfg.Waivers {
		if !strings.EqualFold(w.Control, f.Control) {
			continue
		}
		covered := e.covers(w, addresses)
		if !covered || f.Severity == Mandatory || !e.inForce(w, now) {
			continue
		}
		f.Result = Waived
		f.Waiver = e.note(w, now)
		return
	}
}

// covers tells whether a waiver names one of the addresses or a block that they
// lie in, and notes which targets were needed.
func (e *Engine) covers(w *schema.Waiver, addresses []string) bool {
	use := e.uses[w.Addr.String()]
	if use == nil {
		use = &waiverUse{targets: map[string]bool{}}
		e.uses[w.Addr.String()] = use
	}
	covered := false
	for _, target := range w.Targets {
		if slices.ContainsFunc(addresses, func(a string) bool { return under(a, target) }) {
			use.targets[target] = true
			covered = true
		}
	}
	return covered
}

// under tells whether an address is a block or lies inside it.
func under(address, block string) bool {
	rest, ok := strings.CutPrefix(address, block)
	return ok && block != "" && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func (e *Engine) inForce(w *schema.Waiver, now time.Time) bool {
	end, ok := endOfDay(w.Expires)
	if !ok || !now.Before(end) || w.Reason == "" || len(w.ApprovedBy) == 0 {
		return false
	}
	limit := schema.Term{Count: 90, Unit: schema.Days}
	if c := e.control("CHG-5"); c != nil {
		if s, ok := c.params["waiver_max"].(string); ok {
			if t, err := schema.ParseTerm(s); err == nil {
				limit = t
			}
		}
		if c.params["verified_approvals"] == true && !e.note(w, now).Verified {
			return false
		}
	}
	latest, bounded := limit.From(now).Time()
	return !bounded || !end.After(latest.AddDate(0, 0, 1))
}

func (e *Engine) note(w *schema.Waiver, now time.Time) *WaiverNote {
	n := &WaiverNote{Name: w.Addr.Instance(), Address: w.Addr.String(), Reason: w.Reason, Ticket: w.Ticket, Expires: w.Expires, Verified: len(w.ApprovedBy) > 0}
	for _, a := range e.signers.of(w.ApprovedBy, WaiverStatement(w), now) {
		n.ApprovedBy = append(n.ApprovedBy, a.By)
		n.Verified = n.Verified && a.Verified
	}
	return n
}

// waiverUses are the facts of input.waivers in the phase that is closing.
func (e *Engine) waiverUses(now time.Time) []WaiverUse {
	var out []WaiverUse
	for _, w := range e.cfg.Waivers {
		end, ok := endOfDay(w.Expires)
		u := WaiverUse{Name: w.Addr.Instance(), Address: w.Addr.String(), Control: w.Control, Expired: ok && !now.Before(end), Decided: e.decided(w.Control)}
		use := e.uses[u.Address]
		for _, target := range w.Targets {
			if use != nil && use.targets[target] {
				u.Used = append(u.Used, target)
			} else {
				u.Unused = append(u.Unused, target)
			}
		}
		out = append(out, u)
	}
	return out
}

// decided tells whether every phase in which a control decides has run.
func (e *Engine) decided(id string) bool {
	c := e.control(id)
	if c == nil {
		return false
	}
	for _, p := range Phases {
		if c.runsIn(p) && !e.ran[p] {
			return false
		}
	}
	return true
}
