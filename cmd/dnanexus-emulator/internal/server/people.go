package server

import (
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/query"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func describeUser(c *call) (any, error) {
	u := c.w.Users[c.subject]
	if u == nil {
		return nil, wire.NotFound("%q could not be found", c.subject)
	}
	answer := c.userSheet(u, c.in)
	return answer, c.in.Err()
}

func (c *call) userSheet(u *model.User, in *wire.Input) hash {
	own := u.ID == c.user
	defaults := []string{"id", "class", "first", "last", "handle"}
	if own {
		defaults = append(defaults, "billTo", "email", "appsInstalled", "accountCreated")
	}
	s := newSheet(in, u.ID, defaults)
	for name, value := range (hash{"class": "user", "first": u.First, "last": u.Last, "handle": handle(u.ID)}) {
		s.set(name, value)
	}
	if own {
		s.set("billTo", u.BillTo)
		s.set("email", u.Email)
		s.set("appsInstalled", hash{})
		s.set("accountCreated", 0)
	}
	return s.out
}

func updateUser(c *call) (any, error) {
	u := c.w.Users[c.subject]
	switch {
	case u == nil:
		return nil, wire.NotFound("%q could not be found", c.subject)
	case u.ID != c.user:
		return nil, wire.PermissionDenied("only %s may change %s", u.ID, u.ID)
	}
	first, last, payer := c.in.Text("first", u.First), c.in.Text("last", u.Last), c.in.Text("billTo", u.BillTo)
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if err := c.w.CheckBillTo(c.user, payer); err != nil {
		return nil, err
	}
	u.First, u.Last, u.BillTo = first, last, payer
	c.w.AddUser(u)
	return hash{"id": u.ID}, nil
}

// org finds the subject, for its members.
func (c *call) org(admin bool) (*model.Org, error) {
	o := c.w.Orgs[c.subject]
	if o == nil {
		return nil, wire.NotFound("%q could not be found", c.subject)
	}
	level := o.Level(c.user)
	if level == "" {
		return nil, wire.PermissionDenied("%s is not a member of %s", c.user, o.ID)
	}
	if admin && level != "ADMIN" {
		return nil, wire.PermissionDenied("ADMIN level required in %s to perform this action", o.ID)
	}
	return o, c.in.Err()
}

func describeOrg(c *call) (any, error) {
	o, err := c.org(false)
	if err != nil {
		return nil, err
	}
	answer := c.orgSheet(o, c.in)
	return answer, c.in.Err()
}

func (c *call) orgSheet(o *model.Org, in *wire.Input) hash {
	s := newSheet(in, o.ID, []string{
		"id", "class", "name", "level", "allowBillableActivities", "projectAccess", "appAccess", "permittedRegions", "policies", "admins",
	})
	member := o.Members[c.user]
	regions := o.Regions
	if len(regions) == 0 {
		regions = c.w.Settings.Regions
	}
	admins := []string{}
	for _, id := range model.Sorted(o.Members) {
		if o.Members[id].Admin {
			admins = append(admins, id)
		}
	}
	for name, value := range (hash{
		"class": "org", "name": o.Name, "level": o.Level(c.user), "allowBillableActivities": member.Admin || member.Billable,
		"projectAccess": member.Access(), "appAccess": member.Admin || member.AppAccess, "permittedRegions": list(regions), "admins": admins,
		"policies": hash{"memberListVisibility": "MEMBER", "restrictProjectTransfer": "MEMBER"},
	}) {
		s.set(name, value)
	}
	return s.out
}

func newOrg(c *call) (any, error) {
	if err := c.known(); err != nil {
		return nil, err
	}
	name, word := c.in.NeedText("name"), c.in.NeedText("handle")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	id := "org-" + word
	if ids.Class(id) != "org" {
		return nil, wire.InvalidInput("Expected key \"handle\" of input to be a name of letters, digits, '.', '_' and '-'")
	}
	if c.w.Orgs[id] != nil {
		return nil, wire.InvalidInput("The handle in key \"handle\" of input is already taken")
	}
	c.w.AddOrg(&model.Org{ID: id, Name: name, Members: map[string]model.Member{c.user: {Admin: true}}})
	return hash{"id": id}, nil
}

func updateOrg(c *call) (any, error) {
	o, err := c.org(true)
	if err != nil {
		return nil, err
	}
	name := c.in.Text("name", o.Name)
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	o.Name = name
	c.w.AddOrg(o)
	return hash{"id": o.ID}, nil
}

func findMembers(c *call) (any, error) {
	o, err := c.org(false)
	if err != nil {
		return nil, err
	}
	wanted, level := query.Either(c.in, "id"), c.in.Choice("level", "", "ADMIN", "MEMBER")
	page, describe := c.pageOf(), describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	return page.of(model.Sorted(o.Members), func(id string) any {
		if wanted != nil && len(without([]string{id}, wanted)) > 0 || level != "" && o.Level(id) != level {
			return nil
		}
		m := o.Members[id]
		row := hash{
			"id": id, "level": o.Level(id), "allowBillableActivities": m.Admin || m.Billable,
			"projectAccess": m.Access(), "appAccess": m.Admin || m.AppAccess,
		}
		if describe != nil {
			row["describe"] = c.nameSheet(id)
		}
		return row
	}), nil
}

// findOrgProjects lists every project that an organisation pays, for its ADMIN.
func findOrgProjects(c *call) (any, error) {
	o, err := c.org(true)
	if err != nil {
		return nil, err
	}
	what, page, describe := query.ProjectOf(c.in), c.pageOf(), describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	return page.of(model.Sorted(c.w.Projects), func(id string) any {
		p := c.w.Projects[id]
		if p.Class != "project" || p.BillTo != o.ID || !what.Fits(p) {
			return nil
		}
		row := c.projectRow(p, describe)
		delete(row, "permissionSources")
		return row
	}), nil
}
