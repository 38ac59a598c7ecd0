package server

import (
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func invite(c *call) (any, error) {
	invitee, level := c.in.NeedText("invitee"), c.level("level")
	p, err := c.project(model.Administer)
	if err != nil {
		return nil, err
	}
	if strings.Contains(invitee, "@") {
		if invitee, err = c.byEmail(invitee); err != nil {
			return nil, err
		}
	}
	if err := c.somebody(invitee); err != nil {
		return nil, err
	}
	if p.Permissions[invitee] < level {
		c.w.SetPermission(p, invitee, level, c.now)
	}
	return hash{"id": p.ID, "state": "accepted"}, nil
}

// somebody refuses whom nobody knows.
func (c *call) somebody(member string) error {
	if member != model.Public && c.w.Users[member] == nil && c.w.Orgs[member] == nil {
		return wire.NotFound("%q could not be found", member)
	}
	return nil
}

// level reads a level that must be there; NONE is none.
func (c *call) level(key string) model.Level {
	level, ok := model.ParseLevel(c.in.NeedText(key))
	if !ok || level == model.None {
		c.in.Fail(wire.InvalidInput("Expected key %q of input to be one of VIEW, UPLOAD, CONTRIBUTE and ADMINISTER", key))
	}
	return level
}

// byEmail finds the user with an address.
func (c *call) byEmail(address string) (string, error) {
	for _, id := range model.Sorted(c.w.Users) {
		if c.w.Users[id].Email == address {
			return id, nil
		}
	}
	return "", wire.NotFound("%q could not be found", address)
}

// decreasePermissions lowers or removes members; it never raises one.
func decreasePermissions(c *call) (any, error) {
	c.in.Bool("suppressEmailNotification", false)
	p, err := c.project(model.Administer)
	if err != nil {
		return nil, err
	}
	wanted := map[string]model.Level{}
	for member, raw := range c.in.Keys() {
		if member == "suppressEmailNotification" {
			continue
		}
		name, isText := raw.(string)
		level, known := model.ParseLevel(name)
		if raw != nil && (!isText || !known) {
			return nil, wire.InvalidInput("Expected key %q of input to be a level or null", member)
		}
		if _, there := p.Permissions[member]; !there { // one who was forgotten can be removed still
			if err := c.somebody(member); err != nil {
				return nil, err
			}
		}
		wanted[member] = level
	}
	before := p.Permissions
	p.Permissions = map[string]model.Level{}
	for member, level := range before {
		if lower, ok := wanted[member]; ok {
			level = min(level, lower)
		}
		if level > model.None {
			p.Permissions[member] = level
		}
	}
	if c.w.Headless(p) {
		p.Permissions = before
		return nil, wire.InvalidState("%s would be left without anybody to ADMINISTER it", p.ID)
	}
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}

func leave(c *call) (any, error) {
	p, err := c.project(model.None)
	if err != nil {
		return nil, err
	}
	mine, ok := p.Permissions[c.user]
	if !ok {
		return nil, wire.InvalidState("%s is not a member of %s", c.user, p.ID)
	}
	delete(p.Permissions, c.user)
	if c.w.Headless(p) {
		p.Permissions[c.user] = mine
		return nil, wire.InvalidState("%s would be left without anybody to ADMINISTER it", p.ID)
	}
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}

// join raises the caller to a level of their own: an ADMIN of the organisation
// that pays to any, others to what they have by other ways.
func join(c *call) (any, error) {
	level := c.level("level")
	p, err := c.project(model.None)
	if err != nil {
		return nil, err
	}
	if err := c.known(); err != nil {
		return nil, err
	}
	if c.w.Level(c.user, p) < level && !c.w.Governs(c.user, p.BillTo) {
		return nil, wire.PermissionDenied("%s permission required in %s to perform this action", level, p.ID)
	}
	if p.Permissions[c.user] < level {
		c.w.SetPermission(p, c.user, level, c.now)
	}
	return hash{"id": p.ID}, nil
}

// transfer offers to let somebody else pay, who must accept.
func transfer(c *call) (any, error) {
	invitee := c.in.NeedText("invitee")
	p, err := c.project(model.Administer)
	if err != nil {
		return nil, err
	}
	if strings.Contains(invitee, "@") {
		if invitee, err = c.byEmail(invitee); err != nil {
			return nil, err
		}
	}
	if c.w.Users[invitee] == nil && c.w.Orgs[invitee] == nil {
		return nil, wire.NotFound("%q could not be found", c.in.Text("invitee", ""))
	}
	p.PendingTransfer = invitee
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}

func acceptTransfer(c *call) (any, error) {
	payer := c.in.Text("billTo", "")
	p, err := c.project(model.None)
	if err != nil {
		return nil, err
	}
	if p.PendingTransfer == "" {
		return nil, wire.InvalidState("%s has no pending transfer", p.ID)
	}
	if p.PendingTransfer != c.user && !c.w.Governs(c.user, p.PendingTransfer) {
		return nil, wire.PermissionDenied("the transfer of %s is not for %s", p.ID, c.user)
	}
	if payer == "" {
		payer = p.PendingTransfer
	}
	if err := c.w.CheckBillTo(c.user, payer); err != nil {
		return nil, err
	}
	p.PendingTransfer = ""
	c.w.SetBillTo(p, payer, c.now)
	c.w.SetPermission(p, c.user, model.Administer, c.now)
	return hash{"id": p.ID}, nil
}

// updateSponsorship lets somebody else pay until an instant, or ends that.
func updateSponsorship(c *call) (any, error) {
	sponsor, until := c.in.Text("sponsor", ""), c.in.Int("sponsoredUntil", 0, 0, 1<<53)
	p, err := c.project(model.View)
	if err != nil {
		return nil, err
	}
	if sponsor == "" {
		sponsor = p.Sponsor
	}
	if until > c.now {
		if sponsor == "" {
			return nil, wire.InvalidInput("Expected key \"sponsor\" of input to be a user or an org")
		}
		if err := c.w.CheckBillTo(c.user, sponsor); err != nil {
			return nil, err
		}
	} else if c.w.Level(c.user, p) < model.Administer && !c.w.Governs(c.user, p.Sponsor) {
		return nil, wire.PermissionDenied("ADMINISTER permission required in %s to perform this action", p.ID)
	}
	c.w.SetSponsor(p, sponsor, until, c.now)
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}
