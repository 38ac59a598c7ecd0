package dnanexus

import (
	"context"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

var (
	_ storage.Telling = (*Source)(nil)
	_ storage.Telling = (*Destination)(nil)
)

// contribute is the level that deletes in a project that is not protected.
const contribute = "CONTRIBUTE"

// flags are what a project's description says of its protection. The platform
// encrypts what it stores, and has no call that says so.
type flags struct {
	ContainsPHI *bool             `json:"containsPHI"`
	Restricted  *bool             `json:"restricted"`
	Protected   *bool             `json:"protected"`
	Permissions map[string]string `json:"permissions"`
}

// Tell asks what the project that is read holds to.
func (s *Source) Tell(ctx context.Context) (storage.Told, error) {
	var me struct {
		ID string `json:"id"`
	}
	if err := s.c.Call(ctx, "system", "whoami", nil, &me); err != nil {
		return storage.Told{}, fmt.Errorf("ask who asks: %w", err)
	}
	return tell(ctx, s.c, s.project.ID, me.ID)
}

// Tell asks what the project that keeps the copies holds to.
func (d *Destination) Tell(ctx context.Context) (storage.Told, error) {
	return tell(ctx, d.c, d.project, d.operator)
}

func tell(ctx context.Context, c *wire.Client, project, operator string) (storage.Told, error) {
	var f flags
	if err := c.Call(ctx, project, "describe", wire.Fields("containsPHI", "restricted", "protected", "permissions"), &f); err != nil {
		return storage.Told{}, fmt.Errorf("ask what project %s holds to: %w", project, err)
	}
	out := storage.Told{PHI: f.ContainsPHI, Restricted: f.Restricted, Protected: f.Protected}
	if f.Permissions == nil || f.Protected == nil {
		return out, nil
	}
	out.Deleters = []string{}
	for who, level := range f.Permissions {
		if who != operator && (level == administer || level == contribute && !*f.Protected) {
			out.Deleters = append(out.Deleters, who)
		}
	}
	slices.Sort(out.Deleters)
	return out, nil
}
