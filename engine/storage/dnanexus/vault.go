package dnanexus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// destinationProperty marks the projects that the driver made, by the name they
// were made for.
const destinationProperty = "backstay_destination"

// vault is what a destination needs to know of its project.
type vault struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Region      string            `json:"region"`
	BillTo      string            `json:"billTo"`
	Level       string            `json:"level"`
	Created     int64             `json:"created"` // ms
	Protected   bool              `json:"protected"`
	Restricted  bool              `json:"restricted"`
	ContainsPHI bool              `json:"containsPHI"`
	Properties  map[string]string `json:"properties"`
	Permissions map[string]string `json:"permissions"`
}

var vaultFields = []string{"id", "name", "region", "billTo", "level", "created", "properties"}

// OpenDestination opens a project. One named by id must be there; one named by
// name is made if it is not there and Create says so, else that is ErrNotExist.
// A project that is not where the options say is an error, and so is one that is
// not paid by whom they say, unless it is to be locked down: then that is drift.
// What is there is not changed.
func OpenDestination(ctx context.Context, c *wire.Client, o DestinationOptions) (*Destination, error) {
	if err := c.Settings().LoggedIn(); err != nil {
		return nil, err
	}
	d := &Destination{c: c, clock: c.Clock(), o: o, scratch: o.Scratch, batches: map[*batch]struct{}{}}
	var me struct {
		ID string `json:"id"`
	}
	if err := c.Call(ctx, "system", "whoami", nil, &me); err != nil {
		return nil, fmt.Errorf("log in to %s: %w", c.Settings(), err)
	}
	d.operator = me.ID
	v, err := d.findVault(ctx, o)
	if err != nil {
		return nil, err
	}
	d.project = v.ID
	if err := v.fits(o); err != nil {
		return nil, err
	}
	return d, nil
}

// isProject tells an id from a name.
func isProject(text string) bool {
	id, ok := strings.CutPrefix(text, "project-")
	return ok && len(id) == idLength && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

func (d *Destination) findVault(ctx context.Context, o DestinationOptions) (vault, error) {
	if isProject(o.Project) {
		var v vault
		if err := d.c.Call(ctx, o.Project, "describe", wire.Fields(vaultFields...), &v); err != nil {
			return v, fmt.Errorf("project %s: %w", o.Project, err)
		}
		return v, nil
	}
	v, err := d.named(ctx, o.Project)
	if err == nil || !o.Create || !errors.Is(err, storage.ErrNotExist) {
		return v, err
	}
	return d.makeVault(ctx, o)
}

// named finds the project of a name. Of several the one that was made for
// copies is meant, the first made one if an answer was lost once; several that
// people made are an error.
func (d *Destination) named(ctx context.Context, name string) (vault, error) {
	var all []vault
	ask := map[string]any{"name": name, "level": "VIEW", "describe": wire.Fields(vaultFields...)}
	for row, err := range wire.Pages[struct {
		ID       string `json:"id"`
		Describe vault  `json:"describe"`
	}](ctx, d.c, "system", "findProjects", ask) {
		if err != nil {
			return vault{}, fmt.Errorf("look for project %q: %w", name, err)
		}
		row.Describe.ID = row.ID
		all = append(all, row.Describe)
	}
	slices.SortFunc(all, func(a, b vault) int { return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID)) })
	if i := slices.IndexFunc(all, func(v vault) bool { return v.Properties[destinationProperty] == name }); i >= 0 {
		return all[i], nil
	}
	switch len(all) {
	case 0:
		return vault{}, fmt.Errorf("no project that this user can see is named %q: %w", name, storage.ErrNotExist)
	case 1:
		return all[0], nil
	}
	return vault{}, fmt.Errorf("%d projects are named %q, %s and %s among them: name the one that is meant by its id", len(all), name, all[0].ID, all[1].ID)
}

// makeVault makes a project. The call takes no nonce: after a lost answer the
// project is looked for before it is made again.
func (d *Destination) makeVault(ctx context.Context, o DestinationOptions) (vault, error) {
	in := map[string]any{
		"name": o.Project, "properties": map[string]string{destinationProperty: o.Project},
		"summary": "Copies made by Backstay; what they are is told in .backstay/catalogue.",
	}
	if o.BillTo != "" {
		in["billTo"] = o.BillTo
	}
	if o.Region != "" {
		in["region"] = o.Region
	}
	for name, on := range d.meant() {
		if on {
			in[name] = true
		}
	}
	const attempts = 3
	for try := 1; ; try++ {
		err := d.c.Call(ctx, "project", "new", in, nil)
		if err != nil && (!errors.Is(err, wire.ErrOutcome) || try == attempts) {
			return vault{}, fmt.Errorf("make project %q: %w", o.Project, err)
		}
		v, lookErr := d.named(ctx, o.Project)
		if lookErr == nil {
			d.created = true
			return v, nil
		}
		if err == nil || !errors.Is(lookErr, storage.ErrNotExist) {
			return vault{}, fmt.Errorf("project %q was made: %w", o.Project, lookErr)
		}
	}
}

// fits tells whether a project is what the options say.
func (v *vault) fits(o DestinationOptions) error {
	switch {
	case o.Region != "" && v.Region != o.Region:
		return fmt.Errorf("project %s (%s) lies in region %s, not in %s, and a project cannot be moved: name another project", v.ID, v.Name, v.Region, o.Region)
	case o.BillTo != "" && v.BillTo != o.BillTo && !o.Lockdown: // else it is drift, which a plan shows
		return fmt.Errorf("project %s (%s) is billed to %s, not to %s: change bill_to, or the project's billing", v.ID, v.Name, v.BillTo, o.BillTo)
	}
	return nil
}

// Skew is how far the platform's clock is ahead of this program's, by the answer
// to one call.
func (d *Destination) Skew(ctx context.Context) (time.Duration, error) {
	if err := d.c.Call(ctx, "system", "whoami", nil, nil); err != nil {
		return 0, fmt.Errorf("ask the platform's time: %w", err)
	}
	ahead, told := d.c.Skew()
	if !told {
		return 0, errors.New("the platform's answers do not tell the time")
	}
	return ahead, nil
}

// Place tells where the project lies.
func (d *Destination) Place(ctx context.Context) (storage.Place, error) {
	var v vault
	if err := d.c.Call(ctx, d.project, "describe", wire.Fields("region", "billTo"), &v); err != nil {
		return storage.Place{}, fmt.Errorf("project %s: %w", d.project, err)
	}
	provider, _, _ := strings.Cut(v.Region, ":")
	return storage.Place{Region: v.Region, Provider: provider, Container: d.project, BillTo: v.BillTo}, nil
}
