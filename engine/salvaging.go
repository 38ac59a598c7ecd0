package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// salvage looks for what is left of the catalogues that turned out to be
// damaged. With none that is whole it is an error: what is left of one alone may
// lack a hold, and nothing else would know it.
func (cs catalogues) salvage(ctx context.Context) (ds diag.List) {
	whole := slices.ContainsFunc(cs, func(c *opened) bool { return c.damage == nil })
	for _, c := range cs {
		switch {
		case c.damage == nil:
		case !whole:
			ds = append(ds, c.diagnostic(c.damage))
		case !c.examined:
			c.examined = true
			left, err := catalogue.OpenDamaged(ctx, apply.Files(c.driver))
			switch {
			case err == nil:
				c.left, c.book = left, left.Catalogue
			case errors.Is(err, catalogue.ErrDamaged):
				c.damage, c.book = err, nil
			default:
				ds = append(ds, c.diagnostic(err))
			}
		}
	}
	return ds
}

func (c *opened) diagnostic(err error) diag.Diagnostic {
	return storeDiagnostic(err, "catalogue_damaged", "Catalogue cannot be read", c.d.Addr.String(), c.d.Origin.Block)
}

// events are those of the catalogue, or of what is left of it. Damage that is met
// is noted.
func (c *opened) events(ctx context.Context) iter.Seq2[record.Event, error] {
	if c.left != nil {
		return c.left.Events(ctx)
	}
	return func(yield func(record.Event, error) bool) {
		for e, err := range c.book.Events(ctx) {
			if errors.Is(err, catalogue.ErrDamaged) {
				c.damage = err
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// told fills in from where the state was rebuilt, and what of it is missing.
func (cs catalogues) told(res *RebuildResult) (ds diag.List) {
	for _, c := range cs {
		address := c.d.Addr.String()
		if c.book != nil {
			res.Destinations = append(res.Destinations, address)
		}
		if c.damage == nil {
			continue
		}
		d := RebuildDamage{Destination: address, Unread: c.left == nil}
		if d.Unread {
			d.Files = []string{c.damage.Error()}
		} else {
			for _, l := range c.left.Losses {
				d.Files, d.Records = append(d.Files, l.Err.Error()), d.Records+max(0, l.Records)
			}
		}
		res.Damaged = append(res.Damaged, d)
		ds = append(ds, c.warning(&d))
	}
	return ds
}

// namedLosses is how many damaged files a warning names.
const namedLosses = 10

func (c *opened) warning(d *RebuildDamage) diag.Diagnostic {
	w := diag.Diagnostic{
		Severity: diag.Warning, Code: "catalogue_damaged", Summary: "Catalogue is damaged",
		Address: d.Destination, Range: at(c.d.Origin.Block),
	}
	if d.Unread {
		w.Detail = d.Files[0] + ". Nothing of this catalogue could be used, so that no copy there is in the rebuilt state, and none is claimed. Nothing was changed there. Bring the file back from a copy of the destination and rebuild again, or begin anew at another place."
		return w
	}
	named := strings.Join(d.Files[:min(len(d.Files), namedLosses)], "; ")
	if more := len(d.Files) - namedLosses; more > 0 {
		named += fmt.Sprintf("; and %d more files", more)
	}
	w.Detail = fmt.Sprintf("%s. The records that only these files held, %d as far as is known, are not in the rebuilt state: copies that nothing else tells of, terms and holds that were put on copies, the numbers of removed versions. Nothing is claimed of them. Objects that are at the destination are adopted from its listing, or compared by the next plan; copies that the lost records may have spoken of count as not verified until the next apply has read them. Compare the holds (\"backstay state show\") with what you know. The catalogue begins anew with what is known now.",
		named, d.Records)
	return w
}

func (r *RebuildResult) damagedAt(address string) bool {
	return slices.ContainsFunc(r.Damaged, func(d RebuildDamage) bool { return d.Destination == address })
}

// without is the configuration without the destinations whose catalogue could
// not be used at all: nothing is to be written there.
func (l *loaded) without(res *RebuildResult) *loaded {
	less, cfg := *l, *l.cfg
	cfg.Destinations = slices.DeleteFunc(slices.Clone(cfg.Destinations), func(d *schema.Destination) bool {
		return slices.ContainsFunc(res.Damaged, func(m RebuildDamage) bool { return m.Unread && m.Destination == d.Addr.String() })
	})
	less.cfg = &cfg
	return &less
}
