package diff

import (
	"math"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/scope"
)

// owners is what the recorded claims of a copy are today.
type owners struct {
	claims   []*claim // those that exist, in configuration order
	names    []string // their names, sorted
	anchored bool
	moved    bool // one was recorded under an old name
	expired  int64
	archive  int64
	live     bool
}

// owners resolves a row's claims: a claim counts while its copy block exists,
// reads the row's source and leads to its destination. Old names of moved
// blocks count. Names that no longer exist stay in the record, so that a retire
// block can name the copies of a removed backup plan.
func (s *source) owners(row *record.Copy) *owners {
	key := row.Destination + "\x00" + strings.Join(row.Claims, "\x00")
	o := s.owned[key]
	if o == nil {
		o = s.d.plans.resolve(s.name, row)
		s.owned[key] = o
	}
	return o
}

func (p *plans) resolve(source string, row *record.Copy) *owners {
	o := &owners{expired: noScrub, archive: math.MaxInt64}
	for _, name := range row.Claims {
		present, old := p.moved[name]
		if !old {
			present = name
		}
		c := p.claims[present]
		if c == nil || c.dest.name != row.Destination || c.backup.Source.Instance() != source || slices.Contains(o.claims, c) {
			continue
		}
		o.claims = append(o.claims, c)
		o.names = append(o.names, c.name)
		o.moved = o.moved || old
		o.anchored = o.anchored || c.rule.Anchor != ""
		o.expired = max(o.expired, c.expired)
		o.archive, o.live = min(o.archive, c.archive), o.live || c.live
	}
	if len(o.claims) == 0 {
		o.archive = neverDue
	}
	slices.Sort(o.names)
	slices.SortFunc(o.claims, func(a, b *claim) int { return a.order - b.order })
	return o
}

// terms gives the claims of an object as retention wants them, with the events
// that were reported for it.
func terms(claims []*claim, o *scope.Object) []retention.Claim {
	list := make([]retention.Claim, len(claims))
	for i, c := range claims {
		list[i] = retention.Claim{Rule: c.rule, Event: c.backup.event(o)}
	}
	return list
}

// event is the latest report for an object, in ms; zero: none.
func (b *backup) event(o *scope.Object) int64 {
	var at int64
	for i := range b.attests {
		if a := &b.attests[i]; a.at > at && (a.match == nil || a.match.Match(o)) {
			at = a.at
		}
	}
	return at
}
