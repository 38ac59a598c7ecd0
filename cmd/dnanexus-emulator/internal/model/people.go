package model

import (
	"maps"
	"slices"
)

// Public stands for everybody in a project's permissions.
const Public = "PUBLIC"

// User is somebody who holds a token.
type User struct {
	ID      string `json:"id"`
	First   string `json:"first"`
	Last    string `json:"last"`
	Email   string `json:"email"`
	BillTo  string `json:"billTo"`
	Token   string `json:"token"`
	Licence bool   `json:"licence"` // may archive in projects that this user pays
}

// Member is what belonging to an organisation brings.
type Member struct {
	Admin         bool  `json:"admin"`
	Billable      bool  `json:"billable"`
	ProjectAccess Level `json:"projectAccess"`
	AppAccess     bool  `json:"appAccess"`
}

// Org is a group of users that can pay.
type Org struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Members map[string]Member `json:"members"`
	Licence bool              `json:"licence"` // of the archival service
	PHI     bool              `json:"phi"`
	Regions []string          `json:"regions"` // empty: all
	Blocked bool              `json:"blocked"` // spending limit reached
}

// Level is the member's level as the platform names it; "" for others.
func (o *Org) Level(user string) string {
	member, ok := o.Members[user]
	switch {
	case !ok:
		return ""
	case member.Admin:
		return "ADMIN"
	}
	return "MEMBER"
}

// Access is the most that an organisation's share of a project can bring to one
// of its members.
func (m Member) Access() Level {
	if m.Admin {
		return Administer
	}
	return m.ProjectAccess
}

// Payer finds out who may be billed: an organisation that the user may spend
// for, or the user. A nil error means yes.
func (w *World) mayBill(user, payer string) bool {
	if payer == user {
		return true
	}
	org := w.Orgs[payer]
	if org == nil {
		return false
	}
	member, ok := org.Members[user]
	return ok && (member.Admin || member.Billable)
}

// Licensed tells whether a payer may use the archival service.
func (w *World) Licensed(payer string) bool {
	if org := w.Orgs[payer]; org != nil {
		return org.Licence
	}
	user := w.Users[payer]
	return user != nil && user.Licence
}

// Governs tells whether a user decides for a payer: an ADMIN of the
// organisation, or the very user.
func (w *World) Governs(user, payer string) bool {
	if org := w.Orgs[payer]; org != nil {
		return org.Members[user].Admin
	}
	return user == payer && user != ""
}

// ByToken finds who a token belongs to; nil when nobody.
func (w *World) ByToken(token string) *User { return w.tokens[token] }

// AddUser makes or replaces a user.
func (w *World) AddUser(u *User) {
	if old := w.Users[u.ID]; old != nil {
		delete(w.tokens, old.Token)
	}
	w.Users[u.ID] = u
	w.tokens[u.Token] = u
	w.touch("user", u.ID, u)
}

// AddOrg makes or replaces an organisation.
func (w *World) AddOrg(o *Org) {
	w.Orgs[o.ID] = o
	w.touch("org", o.ID, o)
}

// Sorted gives the keys of a map in order.
func Sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
