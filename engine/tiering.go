package engine

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// What a configuration asks and a type of storage can never do is an error
// before anything is opened.

// plainFiles are the types whose files lie on disks: no tiers, nobody's rights.
var plainFiles = []string{"filesystem", "sftp"}

// able refuses tiers and lockdown of places that have none.
func able(cfg *schema.Configuration) (ds diag.List) {
	lacks := func(code, summary, detail string, a addr.Resource, at diag.Range) {
		ds = append(ds, diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary, Detail: detail, Address: a.String(), Range: &at})
	}
	for _, b := range cfg.Backups {
		for _, c := range b.Copies {
			attr := "archive_after"
			if c.Tier == string(storage.TierLive) || c.Tier == string(storage.TierArchived) {
				attr = "tier"
			} else if c.ArchiveAfter == nil {
				continue
			}
			if slices.Contains(plainFiles, c.To.Type) {
				lacks("no_tiers", "Destination has no tiers", fmt.Sprintf("The copy %q of %s asks for a tier, and %s is of type %q, whose files always lie where they are. Nothing would ever be archived. Remove the attribute, or name a destination whose store archives.",
					c.Name, b.Addr, c.To, c.To.Type), b.Addr, c.Origin.At(attr))
			}
		}
	}
	for _, d := range cfg.Destinations {
		if d.Lockdown == schema.True && slices.Contains(plainFiles, d.Addr.Type) {
			lacks("no_lockdown", "Destination cannot be locked down", fmt.Sprintf("lockdown is asked of %s, and a place of type %q cannot tell who has access, nor take it away. Remove the attribute; the system that holds the files decides who reaches them.",
				d.Addr, d.Addr.Type), d.Addr, d.Origin.At("lockdown"))
		}
	}
	for _, a := range cfg.Archives {
		if slices.Contains(plainFiles, a.Source.Type) {
			lacks("no_tiers", "Source has no tiers", fmt.Sprintf("%s moves objects of %s in place, and a source of type %q has no tiers to move them to.", a.Addr, a.Source, a.Source.Type), a.Addr, a.Origin.At("source"))
		}
	}
	return ds
}

// readSources names the sources that a plan lists: those of backup plans, and
// those whose objects an archive block moves.
func readSources(cfg *schema.Configuration) (names []string) {
	for _, b := range cfg.Backups {
		names = union(names, []string{b.Source.Instance()})
	}
	for _, a := range cfg.Archives {
		names = union(names, []string{a.Source.Instance()})
	}
	return names
}

// rights are what others have at destinations that are locked down: one call a
// destination, whatever it holds. One that is not there yet has none.
func (ps *places) rights(ctx context.Context) (out []diff.Right, err error) {
	for _, p := range ps.list {
		if p.d.Lockdown != schema.True || p.driver == nil || p.brake != "" && !p.allowed {
			continue
		}
		guarded, ok := storage.Ability[storage.Guarded](p.driver)
		if !ok {
			return nil, diag.Fail(diag.Diagnostic{
				Severity: diag.Error, Code: "no_lockdown", Summary: "Destination cannot be locked down", Address: p.address,
				Detail: fmt.Sprintf("lockdown is asked of %s, which cannot tell who has access.", p.address), Range: at(p.d.Origin.At("lockdown")),
			})
		}
		grants, err := guarded.Grants(ctx)
		if err != nil {
			return nil, fmt.Errorf("look who has access to %s: %w", p.address, err)
		}
		for _, g := range grants {
			out = append(out, diff.Right{Destination: p.address, Grant: g})
		}
	}
	slices.SortStableFunc(out, func(a, b diff.Right) int { return strings.Compare(a.Destination, b.Destination) })
	return out, nil
}

// lookGroup is how many copies a deep refresh asks tiers of at once.
const lookGroup = 1000

// looked compares recorded copies of a source with their destinations, in the
// order of the record: what is there, in which size, and in which tier.
func (p *planning) looked(ctx context.Context, source string) iter.Seq2[diff.Deviation, error] {
	return func(yield func(diff.Deviation, error) bool) {
		var group []record.Copy
		give := func() bool {
			tiers, err := p.tiersOf(ctx, group)
			if err != nil {
				yield(diff.Deviation{}, err)
				return false
			}
			for i := range group {
				dev, bad, err := p.deviation(ctx, &group[i])
				if !bad && err == nil && tiers[i] != "" {
					r := &group[i]
					dev, bad = diff.Deviation{Path: r.Path, Destination: r.Destination, Seq: r.Seq, Tier: tiers[i]}, true
				}
				if (bad || err != nil) && !yield(dev, err) || err != nil {
					return false
				}
			}
			group = group[:0]
			return true
		}
		for row, err := range p.st.Copies(ctx, source) {
			if err != nil {
				yield(diff.Deviation{}, err)
				return
			}
			if group = append(group, row); len(group) == lookGroup && !give() {
				return
			}
		}
		give()
	}
}

// tiersOf gives the tiers of copies that lie elsewhere than recorded, "" for the
// others.
func (p *planning) tiersOf(ctx context.Context, rows []record.Copy) ([]storage.Tier, error) {
	out := make([]storage.Tier, len(rows))
	for _, place := range p.places.list {
		if place.driver == nil || p.r.Refresh != "deep" && !p.places.doubted(place.name) {
			continue
		}
		tiered, ok := storage.Ability[storage.Tiered](place.driver)
		if !ok {
			continue
		}
		var objects []storage.Object
		var index []int
		for i := range rows {
			if r := &rows[i]; r.Destination == place.name && r.Key != "" {
				objects, index = append(objects, storage.Object{Key: r.Key, ID: r.ID, Size: r.Size}), append(index, i)
			}
		}
		if len(objects) == 0 {
			continue
		}
		tiers, err := tiered.Tiers(ctx, objects)
		if err != nil {
			return nil, fmt.Errorf("ask %s where copies lie: %w", place.address, err)
		}
		for n, i := range index {
			recorded := storage.Tier(rows[i].Tier)
			if recorded == "" {
				recorded = storage.TierLive
			}
			if tiers[n] != recorded {
				out[i] = tiers[n]
			}
		}
	}
	return out, nil
}

// readying gathers what is to be archived in place, and asks what will not come
// about: once for each thousand objects.
type readying struct {
	p       *planning
	objects map[string][]storage.Object // by source
	found   map[string]*obstacle
}

func (p *planning) readying() *readying {
	return &readying{p: p, objects: map[string][]storage.Object{}, found: map[string]*obstacle{}}
}

// obstacle is one kind of thing in the way at one source.
type obstacle struct {
	source string
	storage.Ready
	count int64
	bytes int64
	keys  []string // the first
}

const namedObstacles = 3

// add takes a change of an archive block.
func (r *readying) add(ctx context.Context, c *plan.Change) error {
	if c.Reason != plan.CostMeasure || c.Action != plan.Archive {
		return nil
	}
	name := c.Object.Source
	r.objects[name] = append(r.objects[name], storage.Object{Key: c.Object.Path, ID: c.Object.ID, Size: c.Object.Size})
	if len(r.objects[name]) < lookGroup {
		return nil
	}
	return r.ask(ctx, name)
}

func (r *readying) ask(ctx context.Context, name string) error {
	objects := r.objects[name]
	delete(r.objects, name)
	driver, ok := r.p.sources[name].(storage.Readied)
	if !ok {
		r.note(name, storage.Ready{What: "readiness", Result: "unknown", Detail: "the source cannot tell before whether its objects can be archived"})
		return nil
	}
	list, err := driver.Readiness(ctx, objects)
	if err != nil {
		return fmt.Errorf("ask source %s what can be archived: %w", name, err)
	}
	for _, f := range list {
		r.note(name, f)
	}
	return nil
}

func (r *readying) note(name string, f storage.Ready) {
	key := name + "\x00" + f.What + "\x00" + f.Result
	o := r.found[key]
	if o == nil {
		o = &obstacle{source: name, Ready: f}
		r.found[key] = o
	}
	if f.Key == "" {
		return // said once for all, with every group
	}
	o.count++
	o.bytes += f.Bytes
	if len(o.keys) < namedObstacles {
		o.keys = append(o.keys, f.Key)
	}
}

// end asks for the rest and tells what was found, each kind once.
func (r *readying) end(ctx context.Context) (diag.List, error) {
	for _, name := range slices.Sorted(maps.Keys(r.objects)) {
		if err := r.ask(ctx, name); err != nil {
			return nil, err
		}
	}
	var ds diag.List
	for _, key := range slices.Sorted(maps.Keys(r.found)) {
		d := r.found[key].diagnostic()
		d.Detail += r.staying(r.found[key])
		ds = append(ds, d)
	}
	return ds, nil
}

// passed takes note of what a block leaves where it is.
func (r *readying) passed(p diff.Passed) {
	detail := map[string]string{
		"empty":   p.Block + " leaves them alone: nothing would be saved",
		"waiting": p.Block + " leaves them alone until every copy that is asked for is made and verified: what is archived cannot be copied",
	}[p.Why]
	r.note(p.Source, storage.Ready{Key: p.Path, What: p.Why, Result: "passed", Detail: detail, Bytes: p.Bytes})
}

func (o *obstacle) diagnostic() diag.Diagnostic {
	summary := map[string]string{"fail": "Cannot be archived", "warn": "Archiving saves less", "unknown": "Not known whether it can be archived", "passed": "Not archived yet"}[o.Result]
	detail := o.Detail + "."
	if o.count > 0 {
		if detail = fmt.Sprintf("%d objects", o.count); o.count == 1 {
			detail = "1 object"
		}
		if o.bytes > 0 {
			detail += fmt.Sprintf(" (%d bytes)", o.bytes)
		}
		detail += fmt.Sprintf(", first of all %s: %s.", strings.Join(o.keys, ", "), o.Detail)
	}
	return diag.Diagnostic{Severity: diag.Warning, Code: "archive_" + o.What, Summary: summary, Detail: detail, Address: "source." + o.source}
}

// everywhere are the archive blocks that move copies in other places, too.
func everywhere(cfg *schema.Configuration) map[string]bool {
	out := map[string]bool{}
	for _, a := range cfg.Archives {
		if a.AllCopies {
			out[a.Addr.String()] = true
		}
	}
	return out
}
