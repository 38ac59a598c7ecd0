package diff

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// prepare compiles the configuration and lines the sources up by name: those
// that are configured, and those that only the record knows.
func prepare(ctx context.Context, r *Request, emit func(*plan.Change) error) (*run, error) {
	d := &run{ctx: ctx, r: r, now: r.Now.UnixMilli(), emit: emit}
	d.total.Actions = map[plan.Action]plan.Count{}
	var err error
	if d.plans, err = compilePlans(r.Config, r.Now); err != nil {
		return nil, err
	}
	if err = d.plans.addHolds(r.Config, r.Holds, r.Now); err != nil {
		return nil, err
	}
	if d.filter, err = compileFilter(r.Targets, r.Excludes); err != nil {
		return nil, err
	}
	for _, c := range r.Config.Sources {
		d.source(c.Addr.Instance()).addr = c.Addr.String()
	}
	for _, name := range r.RecordedSources {
		d.source(name)
	}
	for _, b := range d.plans.backups {
		if err := d.source(b.Source.Instance()).read(b); err != nil {
			return nil, err
		}
	}
	if err = d.addArchives(r.Config.Archives); err != nil {
		return nil, err
	}
	slices.SortFunc(d.sources, func(a, b *source) int { return strings.Compare(a.name, b.name) })
	return d, nil
}

func (d *run) source(name string) *source {
	for _, s := range d.sources {
		if s.name == name {
			return s
		}
	}
	s := &source{
		d: d, name: name, addr: "source." + name, loss: -1, change: -1,
		owned: map[string]*owners{}, known: map[mask]*want{},
	}
	s.totals.Source = name
	d.sources = append(d.sources, s)
	return s
}

// read adds a backup plan that reads the source.
func (s *source) read(b *backup) error {
	for _, c := range b.claims {
		if c.bit = len(s.claims); c.bit >= maxClaims {
			return fmt.Errorf("source %s is read by more than %d copy blocks", s.name, maxClaims)
		}
		b.bits.set(c.bit)
		s.claims = append(s.claims, c)
	}
	s.backups = append(s.backups, b)
	s.loss = stricter(s.loss, b.Limits.SourceLoss, schema.DefaultLimits.SourceLoss)
	s.change = stricter(s.change, b.Limits.SourceChange, schema.DefaultLimits.SourceChange)
	return nil
}

// strictest merges the limits of one more backup plan into those of a
// destination; a figure below zero is absent and takes the default.
func strictest(l, more schema.Limits) schema.Limits {
	l.RetireRatio = stricter(l.RetireRatio, more.RetireRatio, schema.DefaultLimits.RetireRatio)
	l.RetireObjects = stricter(l.RetireObjects, more.RetireObjects, schema.DefaultLimits.RetireObjects)
	l.RetireBytes = stricter(l.RetireBytes, more.RetireBytes, schema.DefaultLimits.RetireBytes)
	return l
}

func stricter[T cmp.Ordered](have, more, standard T) T {
	var zero T
	if more < zero {
		more = standard
	}
	if have < zero {
		return more
	}
	return min(have, more)
}

// summary is the totals in order of names.
func (d *run) summary() *plan.Summary {
	t := d.total
	for _, s := range d.sources {
		t.Sources = append(t.Sources, s.totals)
	}
	for _, b := range d.plans.backups {
		t.Backups = append(t.Backups, b.totals())
	}
	slices.SortFunc(t.Backups, func(a, b plan.BackupTotals) int { return strings.Compare(a.Backup, b.Backup) })
	for _, p := range d.plans.order {
		p.totals.Destination = p.addr
		t.Destinations = append(t.Destinations, p.totals)
	}
	slices.SortFunc(t.Destinations, func(a, b plan.DestinationTotals) int { return strings.Compare(a.Destination, b.Destination) })
	return &t
}

func (b *backup) totals() plan.BackupTotals {
	t := plan.BackupTotals{Backup: b.addr}
	for i, n := range b.includes {
		t.Matched.Objects += n.Objects
		t.Matched.Bytes += n.Bytes
		if len(b.Scope.Includes) == 0 {
			continue
		}
		t.ByInclude = append(t.ByInclude, n.Objects)
		if class := b.Scope.Includes[i].Class; class != "" && n.Objects > 0 {
			if t.ByClass == nil {
				t.ByClass = map[string]plan.Count{}
			}
			sum := t.ByClass[class]
			t.ByClass[class] = plan.Count{Objects: sum.Objects + n.Objects, Bytes: sum.Bytes + n.Bytes}
		}
	}
	if b.oldest != math.MaxInt64 {
		t.OldestWaiting = time.Unix(0, b.oldest).UTC()
	}
	return t
}

// fewObjects is how many objects a source must have for a share of them to say
// something. All of any number is said in any case.
const fewObjects = 10

// brakes compares the totals with the limits.
func (d *run) brakes() []Brake {
	var list []Brake
	for _, s := range d.sources {
		list = append(list, s.brakes()...)
	}
	for _, p := range d.plans.order {
		list = append(list, p.brakes()...)
	}
	return list
}

func (s *source) brakes() []Brake {
	var list []Brake
	t := &s.totals
	if s.loss >= 0 && (t.Recorded.Objects > fewObjects && over(t.Lost, t.Recorded, s.loss) ||
		t.Lost.Objects > 0 && t.Lost.Objects == t.Recorded.Objects) {
		list = append(list, Brake{
			Name: SourceLossBrake, Address: s.addr, Limit: share(s.loss), Count: t.Lost, Of: t.Recorded,
			Message: fmt.Sprintf("%d of the %d objects that were recorded for %s are not there any more; the limit is %s. An unmounted disk looks like this.",
				t.Lost.Objects, t.Recorded.Objects, s.addr, share(s.loss)),
		})
	}
	if s.change >= 0 && t.Recorded.Objects > fewObjects && over(t.Changed, t.Recorded, s.change) {
		list = append(list, Brake{
			Name: SourceChangeBrake, Address: s.addr, Limit: share(s.change), Count: t.Changed, Of: t.Recorded,
			Message: fmt.Sprintf("%d of the %d objects that were recorded for %s have other content; the limit is %s. Ransomware looks like this.",
				t.Changed.Objects, t.Recorded.Objects, s.addr, share(s.change)),
		})
	}
	return list
}

func (p *destination) brakes() []Brake {
	l := p.limits
	if l.RetireRatio < 0 { // no backup plan leads here: the limits of none are the defaults
		l = schema.DefaultLimits
	}
	t := &p.totals
	limit := ""
	switch {
	case t.Retire.Objects > l.RetireObjects:
		limit = strconv.FormatInt(l.RetireObjects, 10) + " objects"
	case t.Retire.Bytes > l.RetireBytes:
		limit = strconv.FormatInt(l.RetireBytes, 10) + " bytes"
	case over(t.Retire, t.Copies, l.RetireRatio):
		limit = share(l.RetireRatio)
	default:
		return nil
	}
	return []Brake{{
		Name: RetireBrake, Address: p.addr, Limit: limit, Count: t.Retire, Of: t.Copies,
		Message: fmt.Sprintf("%d of the %d copies at %s (%d bytes) would be retired; the limit is %s.",
			t.Retire.Objects, t.Copies.Objects, p.addr, t.Retire.Bytes, limit),
	}}
}

func over(part, whole plan.Count, limit float64) bool {
	return part.Objects > 0 && float64(part.Objects) > limit*float64(whole.Objects)
}

func share(ratio float64) string { return strconv.FormatFloat(100*ratio, 'f', -1, 64) + "%" }
