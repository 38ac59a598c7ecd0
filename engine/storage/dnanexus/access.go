package dnanexus

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// administer is the level that can take rights away.
const administer = "ADMINISTER"

// Grants are the rights of all but the operator and, where the project is to be
// locked down, its settings that are not so.
func (d *Destination) Grants(ctx context.Context) ([]storage.Grant, error) {
	_, grants, err := d.members(ctx)
	return grants, err
}

// members tells the operator's own level, and what others have.
func (d *Destination) members(ctx context.Context) (own string, others []storage.Grant, err error) {
	var v vault
	if err := d.c.Call(ctx, d.project, "describe", wire.Fields(slices.Concat([]string{"permissions", "billTo"}, d.switches())...), &v); err != nil {
		return "", nil, fmt.Errorf("ask who has access to project %s: %w", d.project, err)
	}
	others = d.drift(&v)
	for who, level := range v.Permissions {
		if who == d.operator {
			own = level
		} else if level != "" && level != "NONE" {
			others = append(others, storage.Grant{Who: who, Level: level})
		}
	}
	slices.SortFunc(others, func(a, b storage.Grant) int { return strings.Compare(a.Who, b.Who) })
	return own, others, nil
}

// Revoke takes rights away and puts settings right. The operator's own right is never taken, and where they have it
// through an organisation alone nothing is done: taking that would shut them
// out.
func (d *Destination) Revoke(ctx context.Context, grants []storage.Grant) error {
	own, have, err := d.members(ctx)
	if err != nil {
		return err
	}
	if own != administer {
		return fmt.Errorf("revoke access to project %s: %s has no ADMINISTER of their own there, and would be shut out: %w", d.project, d.operator, storage.ErrPermission)
	}
	less := map[string]any{}
	for _, g := range grants {
		if g.Who != d.operator && slices.ContainsFunc(have, func(h storage.Grant) bool { return h.Who == g.Who && h.Want == "" }) {
			less[g.Who] = nil
		}
	}
	if len(less) > 0 {
		less["suppressEmailNotification"] = true
		if err := d.c.Call(ctx, d.project, "decreasePermissions", less, nil); err != nil {
			return fmt.Errorf("revoke access to project %s: %w", d.project, err)
		}
	}
	return d.putRight(ctx, grants, have)
}
