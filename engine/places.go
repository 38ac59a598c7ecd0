package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/retry"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// place is one destination of the configuration, opened, with what its marker
// and latest head say beside what the state knows.
type place struct {
	d       *schema.Destination
	name    string // instance name
	address string
	driver  storage.Destination // nil: not there yet
	brake   string              // why the state must not go on with it; "" it may
	absent  bool                // the place is not there, which nothing lets pass
	allowed bool                // -allow=destination
	was     string              // address before it was renamed, or ""
}

// places are all destinations of the configuration, in its order.
type places struct {
	e    *Engine
	st   *state.State
	list []*place
}

// openPlaces opens every destination and compares it with the state: constant
// work each. With create, one that was never used is made; one that was used is
// never made, since an unmounted disk looks just like it.
func (e *Engine) openPlaces(ctx context.Context, cfg *schema.Configuration, st *state.State, create bool) (*places, diag.List) {
	ps := &places{e: e, st: st}
	heads, err := st.Heads(ctx)
	if err != nil {
		return ps, diag.List{problem(err, "state_unreadable", "State cannot be read", stateAgain)}
	}
	mine, err := openIntents(ctx, st)
	if err != nil {
		return ps, diag.List{problem(err, "state_unreadable", "State cannot be read", stateAgain)}
	}
	var ds diag.List
	for _, d := range cfg.Destinations {
		p := &place{d: d, name: d.Addr.Instance(), address: d.Addr.String()}
		p.was = renamedFrom(cfg, d)
		head, known := heads[p.name]
		if err := p.open(ctx, e, head, known, create); err != nil {
			ds = append(ds, storeDiagnostic(err, "destination_unreadable", "Destination cannot be opened", p.address, d.Origin.Block))
			continue
		}
		if err := p.look(ctx, st.Identity().Lineage, head, known, mine); err != nil {
			ds = append(ds, storeDiagnostic(err, "destination_unreadable", "Destination cannot be read", p.address, d.Origin.Block))
		}
		ps.list = append(ps.list, p)
	}
	return ps, ds
}

// openIntents gathers what an earlier run may have left of markers and heads:
// their digests are ours although the state does not have them yet.
func openIntents(ctx context.Context, st *state.State) (map[string]bool, error) {
	mine := map[string]bool{}
	for i, err := range st.OpenIntents(ctx) {
		if err != nil {
			return nil, err
		}
		if i.Kind == state.IntentHead || i.Kind == state.IntentMarker {
			mine[i.Destination+"\x00"+i.Digest] = true
		}
	}
	return mine, nil
}

func (p *place) open(ctx context.Context, e *Engine, head state.Head, known, create bool) error {
	driver, err := e.openDestination(ctx, p.d, create && !known)
	switch {
	case errors.Is(err, storage.ErrNotExist) || errors.Is(err, fs.ErrNotExist):
		if known {
			p.absent = true
			p.brake = fmt.Sprintf("The state knows copies at %s up to head %d of its catalogue, but the place is not there. An unmounted disk looks just like this. Mount it, or give the destination its right path.", p.address, head.N)
		}
		return nil
	case err != nil:
		return err
	}
	p.driver = driver
	return ctx.Err()
}

// look compares marker and latest head with what the state knows.
func (p *place) look(ctx context.Context, lineage string, head state.Head, known bool, mine map[string]bool) error {
	if p.driver == nil {
		return nil
	}
	files := apply.Files(p.driver)
	m, err := catalogue.ReadMarker(ctx, files)
	if errors.Is(err, catalogue.ErrNoMarker) {
		if known {
			p.brake = fmt.Sprintf("The state knows copies at %s, but its marker (%s) is not there. An unmounted or exchanged disk looks just like this. Mount the right one; if it was replaced by an empty one, -allow=destination begins it anew and makes every copy again.", p.address, catalogue.MarkerKey)
		}
		return nil
	}
	if err != nil {
		return err
	}
	last, err := catalogue.LatestHead(ctx, files)
	if err != nil {
		return err
	}
	p.brake = p.compare(m, last, lineage, head, known, mine)
	return nil
}

const waysOut = "\"backstay state rebuild\" restores the state from the destination's catalogue; \"backstay destination adopt\" takes the destination over."

func (p *place) compare(m catalogue.Marker, last *catalogue.Head, lineage string, head state.Head, known bool, mine map[string]bool) string {
	if last != nil && mine[p.name+"\x00"+last.Digest] {
		return "" // an earlier run was killed here; it is settled before anything else
	}
	switch {
	case !known && m.Lineage != lineage:
		return fmt.Sprintf("%s belongs to another state (lineage %s, this state is %s): it holds copies that this state does not know. %s", p.address, m.Lineage, lineage, waysOut)
	case !known && last == nil:
		return ""
	case !known && p.was != "":
		return fmt.Sprintf("%s was %s, and the state has its copies under that name. \"backstay state rebuild\" takes the records over under the new one; no copy moves.", p.address, p.was)
	case !known:
		return fmt.Sprintf("%s has a catalogue up to head %d that this state knows nothing of: the state is older than the copies, or was lost. %s", p.address, last.N, waysOut)
	case m.ID != head.MarkerID:
		return fmt.Sprintf("The marker at %s is not the one that the state recorded: another disk lies in its place. Mount the right one. %s", p.address, waysOut)
	case last == nil || last.N < head.N:
		return fmt.Sprintf("The catalogue at %s has lost heads: the state knows head %d. The destination was set back to an earlier time. With -allow=destination the plan looks at every copy there and makes again what is missing.", p.address, head.N)
	case last.N > head.N:
		return fmt.Sprintf("The catalogue at %s is ahead of the state: it has head %d, the state knows %d. This state is an old one, or another machine wrote there. %s", p.address, last.N, head.N, waysOut)
	case last.Digest != head.Digest:
		return fmt.Sprintf("Head %d at %s is not the one that this state wrote: two states wrote to one destination. %s", last.N, p.address, waysOut)
	}
	return ""
}

// brakes are the destinations that the state must not go on with.
func (ps *places) brakes(allow []string) []policy.Brake {
	allowed := slices.Contains(allow, destinationBrake)
	var out []policy.Brake
	for _, p := range ps.list {
		if p.brake == "" {
			continue
		}
		p.allowed = allowed && !p.absent
		out = append(out, policy.Brake{Name: destinationBrake, Address: p.address, Message: p.brake, Allowed: p.allowed, Final: p.absent})
	}
	return out
}

// brakesAsErrors is for commands that judge no plan and write all the same.
func (ps *places) brakesAsErrors() (ds diag.List) {
	for _, b := range ps.brakes(nil) {
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Error, Code: "destination_brake", Summary: "Destination is not as the state knows it",
			Detail: b.Message, Address: b.Address,
		})
	}
	return ds
}

// targets are the destinations as apply takes them.
func (ps *places) targets() map[string]*apply.Target {
	out := map[string]*apply.Target{}
	for _, p := range ps.list {
		if p.driver != nil {
			out[p.address] = &apply.Target{Name: p.name, Driver: retry.Destination(p.driver, ps.e.clock), Keys: p.keys(), Allowed: p.allowed}
		}
	}
	return out
}

func (p *place) keys() *keymap.Map {
	return keymap.New(p.driver.Abilities(), option(p.d.Options, "prefix"))
}

// doubted tells whether a brake was let pass at a place: then nothing that is
// recorded of it is believed before it was looked at.
func (ps *places) doubted(name string) bool {
	p := ps.byName(name)
	return p != nil && p.brake != "" && p.allowed
}

// byName finds a destination by instance name; nil if it is not configured.
func (ps *places) byName(name string) *place {
	for _, p := range ps.list {
		if p.name == name {
			return p
		}
	}
	return nil
}

// expect is what the state records at some destinations, for progress.
func (ps *places) expect(ctx context.Context, names []string) plan.Count {
	var sum plan.Count
	totals, err := ps.st.Totals(ctx)
	if err != nil {
		ps.e.log.Warn("totals", "error", err)
		return sum
	}
	for _, t := range totals {
		if slices.Contains(names, t.Destination) {
			sum.Objects += t.Copies
			sum.Bytes += t.Bytes
		}
	}
	return sum
}

func (ps *places) close() {
	for _, p := range ps.list {
		if c, ok := p.driver.(interface{ Close() error }); ok && p.driver != nil {
			ps.e.closing(p.address, c.Close)
		}
	}
}
