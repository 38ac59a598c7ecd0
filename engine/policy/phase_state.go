package policy

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/schema"
)

// StateSession judges what exists, subject by subject, in constant memory.
type StateSession struct {
	tally    *tally
	copies   *native
	objects  *native
	standing standing
}

// NewState opens the state phase: is it true today?
func (e *Engine) NewState(ctx context.Context, now time.Time) (*StateSession, error) {
	s := &StateSession{tally: newTally(e.newAsker(PhaseState, now))}
	if err := s.tally.everyControl(ctx, onceScope); err != nil {
		return nil, err
	}
	s.standing = standing{config: &s.tally.config, known: map[string]place{}}
	var err error
	if s.copies, err = s.tally.translate(ctx, copyScope, "input.copy", copyTable().fieldTable); err != nil {
		return nil, fmt.Errorf("translate policies for copies: %w", err)
	}
	if s.objects, err = s.tally.translate(ctx, objectScope, "input.object", objectTable().fieldTable); err != nil {
		return nil, fmt.Errorf("translate policies for objects: %w", err)
	}
	return s, nil
}

// Copy judges one recorded copy.
func (s *StateSession) Copy(ctx context.Context, c *CopySubject) ([]Finding, error) {
	return s.tally.subject(ctx, s.copies, structFacts{reflect.ValueOf(c).Elem(), copyTable()}, func() subject {
		related := append([]string{c.Address}, c.Backups...)
		return subject{c.Address, pair("copy", encode(c)), nonEmpty(append(related, c.Destination, s.tally.sourceAddress(c.Source))...)}
	})
}

// Object judges one object with the totals of its copies. It fills in what the
// configuration says of the places they lie at.
func (s *StateSession) Object(ctx context.Context, o *ObjectSubject) ([]Finding, error) {
	s.standing.fill(o)
	return s.tally.subject(ctx, s.objects, structFacts{reflect.ValueOf(o).Elem(), objectTable()}, func() subject {
		return subject{o.Address, pair("object", encode(o)), nonEmpty(o.Address, o.Backup, s.tally.sourceAddress(o.Source))}
	})
}

// End judges the totals and closes the phase.
func (s *StateSession) End(ctx context.Context, totals *StateTotals) (Report, error) {
	t := s.tally
	t.native += s.copies.decided + s.objects.decided
	if err := t.everyControl(ctx, totalsScope, pair("totals", encode(totals))); err != nil {
		return Report{}, err
	}
	return t.close(ctx)
}

// standing knows where the copies of an object lie, for every set of
// destinations that it met.
type standing struct {
	config *Config
	known  map[string]place
}

type place struct {
	kinds            []string
	offSite, unknown int
}

func (s *standing) fill(o *ObjectSubject) {
	key := o.Source + "\x00" + o.Backup + "\x00" + strings.Join(o.Destinations, "\x00")
	if o.Live {
		key += "\x00\x00live"
	}
	p, ok := s.known[key]
	if !ok {
		p = s.placeOf(o)
		s.known[key] = p
	}
	o.StorageKinds, o.OffSite, o.SiteUnknown = p.kinds, p.offSite, p.unknown
}

func (s *standing) placeOf(o *ObjectSubject) place {
	var p place
	kinds := map[string]bool{}
	var from schema.Place
	for _, src := range s.config.Sources {
		if src.Name == o.Source {
			from = schema.Place(src.ConfigPlace)
			if o.Live && src.StorageKind != "" {
				kinds[src.StorageKind] = true
			}
		}
	}
	for _, d := range s.config.Destinations {
		if !slices.Contains(o.Destinations, d.Address) {
			continue
		}
		if d.StorageKind != "" {
			kinds[d.StorageKind] = true
		}
		switch apart := offSite(from, schema.Place(d.ConfigPlace)); {
		case apart == nil:
			p.unknown++
		case *apart:
			p.offSite++
		}
	}
	p.kinds = sortedKeys(kinds)
	return p
}
