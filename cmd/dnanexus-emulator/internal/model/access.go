package model

import (
	"cmp"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Level is the effective level of a user: the greater of the user's own, of
// what each organisation's share brings, and of what everybody has.
func (w *World) Level(user string, p *Project) Level {
	return max(w.Explicit(user, p), p.Permissions[Public])
}

// Explicit is the level without what everybody has. Nobody is the user "".
func (w *World) Explicit(user string, p *Project) Level {
	if user == "" {
		return None
	}
	level := p.Permissions[user]
	for id, share := range p.Permissions {
		if org := w.Orgs[id]; org != nil {
			if member, ok := org.Members[user]; ok {
				level = max(level, min(share, member.Access()))
			}
		}
	}
	return level
}

// Sources lists where a user's level comes from, in order.
func (w *World) Sources(user string, p *Project) []string {
	sources := []string{}
	for _, id := range Sorted(p.Permissions) {
		org := w.Orgs[id]
		if id == user || id == Public || org != nil && org.Level(user) != "" {
			sources = append(sources, id)
		}
	}
	return sources
}

// Require finds a project and refuses a caller whose level is too low.
func (w *World) Require(user, id string, level Level) (*Project, error) {
	p := w.Projects[id]
	if p == nil {
		return nil, wire.NotFound("The specified project %q could not be found", id)
	}
	if have := w.Level(user, p); have < level {
		return nil, wire.PermissionDenied("%s permission required in %s to perform this action", level, id)
	}
	return p, nil
}

// Find gives the copy of an object that a caller gets to see: the hinted
// project's if it has one, else that of the visible project that is first by
// level, then by age. What the caller cannot see does not exist.
func (w *World) Find(user, id, hint string) (*Copy, error) {
	o := w.Objects[id]
	if o == nil {
		return nil, missing(id)
	}
	if c := o.CopyIn(hint); c != nil && w.Level(user, c.Project) >= View {
		return c, nil
	}
	var best *Copy
	for _, c := range o.Copies {
		level := w.Level(user, c.Project)
		if level < View {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(w.Level(user, best.Project), level), cmp.Compare(c.Project.Created, best.Project.Created)) < 0 {
			best = c
		}
	}
	if best == nil {
		return nil, missing(id)
	}
	return best, nil
}

func missing(id string) error { return wire.NotFound("%q could not be found", id) }

// In finds the copy that a named project holds.
func (w *World) In(p *Project, id string) (*Copy, error) {
	if o := w.Objects[id]; o != nil {
		if c := o.CopyIn(p.ID); c != nil {
			return c, nil
		}
	}
	return nil, wire.NotFound("%q could not be found in %q", id, p.ID)
}

// SetPermission gives a member a level; None removes.
func (w *World) SetPermission(p *Project, member string, level Level, now int64) {
	if level == None {
		delete(p.Permissions, member)
	} else {
		p.Permissions[member] = level
	}
	w.Stamp(p, now)
}

// Headless tells whether nobody could ever administer a project again: no
// member has the level, and no organisation pays whose ADMIN could join.
func (w *World) Headless(p *Project) bool {
	if w.Orgs[p.BillTo] != nil {
		return false
	}
	return !slices.ContainsFunc(Sorted(p.Permissions), func(id string) bool { return p.Permissions[id] == Administer })
}

// CheckBillTo refuses a payer that does not exist or that the caller may not
// spend for.
func (w *World) CheckBillTo(user, payer string) error {
	switch {
	case w.Users[payer] == nil && w.Orgs[payer] == nil:
		return wire.NotFound("The specified billTo %q could not be found", payer)
	case !w.mayBill(user, payer):
		return wire.PermissionDenied("%s may not perform billable activities on behalf of %s", user, payer)
	case w.Orgs[payer] != nil && w.Orgs[payer].Blocked:
		return wire.SpendingLimitExceeded("%s has reached its spending limit", payer)
	}
	return nil
}
