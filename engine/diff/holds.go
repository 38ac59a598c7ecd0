package diff

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// hold keeps what it matches, until a release ends it. A recorded hold outlives
// its block.
type hold struct {
	name     string
	match    *scope.Selector // nil: every object
	targets  []string        // addresses; empty: all copies
	releases [][]string      // targets of releases; an empty list ends it everywhere
	over     bool            // recorded as released, and no block sets it again
}

// retire is a retire block: it gives copies up.
type retire struct {
	addr    string
	match   *scope.Selector
	targets []string
}

func addresses(list []addr.Resource) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.String()
	}
	return out
}

// shortened tells whether a shorten block covers a copy: its term may come down
// to what the backup plans ask for now.
func (p *plans) shortened(s *subject) bool {
	return slices.ContainsFunc(p.shortens, s.covers)
}

// subject is what targets are held against: a copy, or one that will be made.
type subject struct {
	source      string // address
	destination string // address
	claims      []string
}

// covers tells whether a list of addresses names the subject: its source, its
// destination, a backup plan that claims it, or a copy block of one.
func (s *subject) covers(targets []string) bool {
	for _, t := range targets {
		if t == s.source || t == s.destination {
			return true
		}
		for _, c := range s.claims {
			if b, label := plan.SplitClaim(c); t == b || t == b+".copy."+label {
				return true
			}
		}
	}
	return false
}

// addHolds brings configured and recorded holds together. A hold that cannot be
// read is an error: it must not shrink to nothing.
func (p *plans) addHolds(cfg *schema.Configuration, recorded []record.Hold, now time.Time) error {
	byName := map[string]*hold{}
	for _, r := range recorded {
		s, err := scope.Decode(r.Selector)
		if err != nil {
			return fmt.Errorf("hold %q: %w", r.Name, err)
		}
		h := &hold{name: r.Name, targets: r.Targets, over: r.ReleasedAt != 0}
		if h.match, err = compileMatch(s, now); err != nil {
			return fmt.Errorf("hold %q: %w", r.Name, err)
		}
		byName[h.name] = h
		p.holds = append(p.holds, h)
	}
	for _, c := range cfg.Holds {
		name := c.Addr.Instance()
		h := &hold{name: name}
		for _, t := range c.Targets {
			h.targets = append(h.targets, t.String())
		}
		var err error
		if h.match, err = compileMatch(c.Match, now); err != nil {
			return fmt.Errorf("%s: %w", c.Addr, err)
		}
		if old := byName[name]; old != nil && old.over {
			*old = *h
			continue
		}
		p.holds = append(p.holds, h)
	}
	for _, r := range cfg.Releases {
		targets := []string{}
		for _, t := range r.Targets {
			targets = append(targets, t.String())
		}
		for _, h := range p.holds {
			if h.name == strings.TrimPrefix(r.Hold, "hold.") {
				h.releases = append(h.releases, targets)
			}
		}
	}
	return nil
}

func compileMatch(s *schema.Selector, now time.Time) (*scope.Selector, error) {
	if s == nil {
		return nil, nil
	}
	return scope.CompileSelector(s, now)
}

// held gives the names of holds that a copy is under from now on, sorted, given
// those that are recorded on it. A recorded name that nobody knows stays.
func (p *plans) held(recorded []string, s *subject, o *scope.Object) []string {
	if len(p.holds) == 0 {
		return recorded
	}
	names := slices.DeleteFunc(slices.Clone(recorded), func(name string) bool { return p.released(name, s) })
	for _, h := range p.holds {
		if !slices.Contains(names, h.name) && h.selects(s, o) && !p.released(h.name, s) {
			names = append(names, h.name)
		}
	}
	slices.Sort(names)
	return names
}

func (h *hold) selects(s *subject, o *scope.Object) bool {
	return (len(h.targets) == 0 || s.covers(h.targets)) && (h.match == nil || h.match.Match(o))
}

// released tells whether every hold of a name has ended for a copy.
func (p *plans) released(name string, s *subject) bool {
	known := false
	for _, h := range p.holds {
		if h.name != name {
			continue
		}
		known = true
		ended := h.over || slices.ContainsFunc(h.releases, func(targets []string) bool {
			return len(targets) == 0 || s.covers(targets)
		})
		if !ended {
			return false
		}
	}
	return known
}

func (p *plans) addRetires(blocks []*schema.Retire, now time.Time) error {
	for _, b := range blocks {
		m, err := compileMatch(b.Match, now)
		if err != nil {
			return fmt.Errorf("%s: %w", b.Addr, err)
		}
		p.retires = append(p.retires, &retire{addr: b.Addr.String(), match: m, targets: b.Targets})
	}
	return nil
}

// voided takes the claims that a retire block gives up out of a mask.
func (s *source) voided(m *mask, o *scope.Object) {
	for _, r := range s.d.plans.retires {
		if r.match != nil && !r.match.Match(o) {
			continue
		}
		for _, c := range s.claims {
			if m.has(c.bit) && s.subject(c.dest, []string{c.name}).covers(r.targets) {
				m.clear(c.bit)
			}
		}
	}
}

// givenUp gives the retire block that gives up a copy: one that names it, and
// no claim is left beside those that the blocks give up.
func (s *source) givenUp(row *record.Copy, o *scope.Object) string {
	if len(s.d.plans.retires) == 0 {
		return ""
	}
	own := s.owners(row)
	dest := s.d.plans.destination(row.Destination)
	left := slices.Clone(own.claims)
	block := ""
	for _, r := range s.d.plans.retires {
		if r.match != nil && !r.match.Match(o) {
			continue
		}
		if block == "" && s.subject(dest, append(slices.Clone(row.Claims), own.names...)).covers(r.targets) {
			block = r.addr
		}
		left = slices.DeleteFunc(left, func(c *claim) bool { return s.subject(dest, []string{c.name}).covers(r.targets) })
	}
	if len(left) > 0 {
		return ""
	}
	return block
}

func (s *source) subject(d *destination, claims []string) *subject {
	return &subject{source: s.addr, destination: d.addr, claims: claims}
}
