package engine

import (
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/schema"
)

// holdEvents are the holds that this run records: those that a block sets and
// the state does not know, and those that a release ends everywhere. A hold that
// is recorded stays as it was set: its block may be narrowed or taken away, and
// only a release ends it.
func (a *applying) holdEvents() ([]record.Event, error) {
	recorded, err := a.st.Holds(a.ctx)
	if err != nil {
		return nil, err
	}
	active := map[string]*record.Hold{}
	for i := range recorded {
		if recorded[i].ReleasedAt == 0 {
			active[recorded[i].Name] = &recorded[i]
		}
	}
	var events []record.Event
	for _, h := range a.l.cfg.Holds {
		if active[h.Addr.Instance()] != nil || a.releasing(h.Addr.Instance()) != nil {
			continue
		}
		events = append(events, record.Event{Op: record.OpHold, At: a.e.clock.Now(), Run: a.runID, Hold: a.newHold(h)})
	}
	for _, r := range a.l.cfg.Releases {
		h := active[holdName(r)]
		if h == nil || len(r.Targets) > 0 {
			continue
		}
		ended := *h
		ended.ReleasedAt, ended.ReleasedBy = a.e.clock.Now().UnixMilli(), approvers(r.ApprovedBy)
		events = append(events, record.Event{Op: record.OpRelease, At: a.e.clock.Now(), Run: a.runID, Hold: &ended})
	}
	return events, nil
}

func (a *applying) newHold(h *schema.Hold) *record.Hold {
	set := &record.Hold{
		Name: h.Addr.Instance(), Reason: h.Reason, Owner: h.Owner,
		SetAt: a.e.clock.Now().UnixMilli(), Selector: scope.Encode(h.Match),
	}
	for _, t := range h.Targets {
		set.Targets = append(set.Targets, t.String())
	}
	return set
}

// releasing is the release that ends a hold everywhere; nil if there is none.
func (a *applying) releasing(hold string) *schema.Release {
	for _, r := range a.l.cfg.Releases {
		if holdName(r) == hold && len(r.Targets) == 0 {
			return r
		}
	}
	return nil
}

func holdName(r *schema.Release) string { return strings.TrimPrefix(r.Hold, "hold.") }

func approvers(list []schema.Approval) string {
	var names []string
	for _, a := range list {
		names = append(names, a.By)
	}
	return strings.Join(names, ", ")
}
