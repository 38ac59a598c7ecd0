package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// rebuildGap is how far the serial of a rebuilt state lies above the highest
// that a head names. A run that died raised the serial by one for each batch of
// up to 1,000 objects without a head to tell; no run has a thousand million.
const rebuildGap = 1 << 20

// StateRebuild makes the state anew from the catalogues of all destinations
// that can be opened. A state that lies there is kept beside it. Objects that no
// catalogue knows are adopted. A damaged catalogue gives what is left of it if
// another one is whole, and then the outcome is Partial.
func (e *Engine) StateRebuild(ctx context.Context) (*RebuildResult, diag.List) {
	res := &RebuildResult{Outcome: Failed}
	l, ds := e.loadWhole(ctx)
	if ds.HasErrors() {
		return res, ds
	}
	found, more := e.readCatalogues(ctx, l.cfg)
	defer found.close(e)
	ds = append(ds, more...)
	if ds.HasErrors() {
		return res, ds
	}
	more = e.rebuildFrom(ctx, l.cfg, found, res)
	if ds = append(ds, more...); ds.HasErrors() {
		return res, ds
	}
	more = e.adoptUncatalogued(ctx, l.without(res), res)
	if ds = append(ds, more...); !ds.HasErrors() {
		if res.Outcome = Done; len(res.Damaged) > 0 {
			res.Outcome = Partial
		}
	}
	return res, ds
}

// rebuildFrom folds what the catalogues tell into a new state. Damage shows on
// the way: then it begins again, with what is left of the damaged one.
func (e *Engine) rebuildFrom(ctx context.Context, cfg *schema.Configuration, found catalogues, res *RebuildResult) diag.List {
	for range len(found) + 1 {
		if ds := found.salvage(ctx); ds.HasErrors() {
			return ds
		}
		in, ds := found.rebuilding(ctx)
		if ds.HasErrors() {
			return ds
		}
		done, err := state.Rebuild(ctx, statePath(cfg), in, e.clock.Now())
		if err == nil {
			res.Lineage, res.Serial, res.Copies, res.Holds = in.Lineage, in.Serial, done.Copies, done.Holds
			return append(ds, found.told(res)...)
		}
		if !slices.ContainsFunc(found, func(c *opened) bool { return c.damage != nil && !c.examined }) {
			return append(ds, problem(err, "rebuild_failed", "State could not be rebuilt", readAgain))
		}
	}
	return diag.List{problem(errors.New("damage shows up again and again: the destination changes while it is read"), "rebuild_failed", "State could not be rebuilt", readAgain)}
}

// opened is a destination's catalogue, opened.
type opened struct {
	d      *schema.Destination
	driver storage.Destination
	book   *catalogue.Catalogue // nil if it is too damaged to be opened

	damage   error // what was found first
	examined bool  // left was looked for
	left     *catalogue.Salvage
}

type catalogues []*opened

// readCatalogues opens what can be opened. A destination that is not there is a
// warning; one whose catalogue is damaged is noted, since a state without its
// copies would take them for foreign.
func (e *Engine) readCatalogues(ctx context.Context, cfg *schema.Configuration) (found catalogues, ds diag.List) {
	for _, d := range cfg.Destinations {
		driver, err := e.openDestination(ctx, d, false)
		if err != nil {
			w := storeDiagnostic(err, "destination_unreadable", "Destination cannot be opened", d.Addr.String(), d.Origin.Block)
			w.Severity = diag.Warning
			ds = append(ds, w)
			continue
		}
		c := &opened{d: d, driver: driver}
		c.book, err = catalogue.Open(ctx, apply.Files(driver))
		switch {
		case errors.Is(err, catalogue.ErrNoMarker):
			ds = append(ds, diag.Diagnostic{
				Severity: diag.Warning, Code: "no_marker", Summary: "Destination has no catalogue",
				Detail:  "There is no marker at this destination: it was never used, or another disk is mounted in its place. Its copies, if there are any, are not in the rebuilt state.",
				Address: d.Addr.String(), Range: at(d.Origin.Block),
			})
			e.closeStores(map[string]storage.Destination{d.Addr.Instance(): driver})
		case errors.Is(err, catalogue.ErrDamaged):
			c.book, c.damage = nil, err
			found = append(found, c)
		case err != nil:
			ds = append(ds, storeDiagnostic(err, "catalogue_damaged", "Catalogue cannot be read", d.Addr.String(), d.Origin.Block))
			e.closeStores(map[string]storage.Destination{d.Addr.Instance(): driver})
		default:
			found = append(found, c)
		}
	}
	if len(found) == 0 && !ds.HasErrors() {
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Error, Code: "no_catalogue", Summary: "No catalogue to rebuild from",
			Detail: "None of the configured destinations has a marker and a catalogue. Mount the disk that holds one, or run \"backstay init\" if nothing was ever copied.",
		})
	}
	return found, ds
}

func (cs catalogues) close(e *Engine) {
	for _, c := range cs {
		e.closeStores(map[string]storage.Destination{c.d.Addr.Instance(): c.driver})
	}
}

// rebuilding makes the request of all catalogues; they must be of one lineage.
func (cs catalogues) rebuilding(ctx context.Context) (in state.Rebuilding, ds diag.List) {
	var told []string
	for _, c := range cs {
		if c.book == nil {
			continue // nothing of it can be used
		}
		name := c.d.Addr.Instance()
		if in.Lineage == "" {
			in.Lineage = c.book.Marker.Lineage
		}
		told = append(told, fmt.Sprintf("%s has %s", c.d.Addr, c.book.Marker.Lineage))
		if in.Lineage != c.book.Marker.Lineage {
			return in, diag.List{{
				Severity: diag.Error, Code: "lineages_differ", Summary: "Destinations belong to different states",
				Detail: "The catalogues are of different lineages: " + strings.Join(told, ", ") + ". One state cannot be made of them. Take the stranger out of the configuration, rebuild, and take it over with \"backstay destination adopt\".",
			}}
		}
		in.Streams = append(in.Streams, state.RebuildStream{Destination: name, Events: c.events(ctx)})
		if h := c.book.Head; h != nil {
			in.Serial = max(in.Serial, h.Serial)
			in.Heads = append(in.Heads, stateHead(name, h))
		}
	}
	in.Serial += rebuildGap
	return in, cs.audit(ctx, &in)
}

// stateHead is what the state records of a head.
func stateHead(destination string, h *catalogue.Head) state.Head {
	out := state.Head{
		Destination: destination, MarkerID: h.Marker, N: h.N, Digest: h.Digest,
		Segments: h.Segments, Records: h.Records,
	}
	if h.Checkpoint != nil {
		out.Checkpoint, out.CheckpointRecords = h.Checkpoint.Covers, h.Checkpoint.Records
	}
	return out
}
