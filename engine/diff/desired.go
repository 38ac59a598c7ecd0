package diff

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// run is one comparison: the configuration made ready, and the totals.
type run struct {
	ctx     context.Context
	r       *Request
	now     int64 // ms
	emit    func(*plan.Change) error
	filter  *filter
	plans   *plans
	sources []*source
	total   plan.Summary

	to, from pairStream // what moved at its source
}

// plans is a configuration seen by source, claim and destination.
type plans struct {
	backups      []*backup // in configuration order
	claims       map[string]*claim
	moved        map[string]string // claim under its old name -> its present one
	destinations map[string]*destination
	order        []*destination // by instance name
	holds        []*hold
	retires      []*retire
	shortens     [][]string // targets of shorten blocks
}

// backup is one backup plan with its totals.
type backup struct {
	*schema.Backup
	addr     string
	match    *scope.Matcher
	claims   []*claim
	bits     mask
	attests  []attest
	includes []plan.Count // one for each include, or one for a scope without
	oldest   int64        // ns: modification of the oldest object that waits for a copy
}

// claim is one copy block: who wants a copy, where, for how long.
type claim struct {
	backup  *backup
	label   string
	name    string // backup.runs/vault
	order   int    // in the configuration
	bit     int    // in the masks of its source
	dest    *destination
	rule    *retention.Rule
	expired int64 // ms: what was verified before is due for a scrub; minimum: never
	archive int64 // ms: what was copied up to here is due for the archive; minimum: never
	live    bool  // copies are to be live
}

// destination is a place of copies with its totals and limits. One that is
// recorded and no longer configured has no limits.
type destination struct {
	name string
	addr string
	// configured is false for one that only the record knows: nobody can reach
	// it, so its copies are counted and left alone.
	configured bool
	totals     plan.DestinationTotals
	limits     schema.Limits
}

// attest is a reported event that terms count from.
type attest struct {
	match *scope.Selector // nil: every object
	at    int64           // ms
}

const noScrub = math.MinInt64

func compilePlans(cfg *schema.Configuration, now time.Time) (*plans, error) {
	p := &plans{
		claims: map[string]*claim{}, moved: map[string]string{},
		destinations: map[string]*destination{},
	}
	for _, d := range cfg.Destinations {
		known := p.destination(d.Addr.Instance())
		known.addr, known.configured = d.Addr.String(), true
	}
	for _, b := range cfg.Backups {
		if err := p.addBackup(cfg, b, now); err != nil {
			return nil, err
		}
	}
	p.addMoves(cfg.Moves)
	for _, s := range cfg.Shortens {
		p.shortens = append(p.shortens, addresses(s.Targets))
	}
	return p, p.addRetires(cfg.Retires, now)
}

func (p *plans) destination(name string) *destination {
	d := p.destinations[name]
	if d == nil {
		d = &destination{name: name, addr: "destination." + name, limits: schema.Limits{RetireRatio: -1, RetireObjects: -1, RetireBytes: -1}}
		p.destinations[name] = d
		i, _ := slices.BinarySearchFunc(p.order, name, func(d *destination, n string) int { return strings.Compare(d.name, n) })
		p.order = slices.Insert(p.order, i, d)
	}
	return d
}

func (p *plans) addBackup(cfg *schema.Configuration, s *schema.Backup, now time.Time) error {
	m, err := scope.Compile(s, now)
	if err != nil {
		return err
	}
	b := &backup{Backup: s, addr: s.Addr.String(), match: m, oldest: math.MaxInt64, includes: make([]plan.Count, max(1, len(s.Scope.Includes)))}
	if b.attests, err = attests(cfg, s.Retention.Anchor, now); err != nil {
		return err
	}
	for _, c := range s.Copies {
		k := &claim{
			backup: b, label: c.Name, name: plan.Claim(b.addr, c.Name), order: len(p.claims),
			dest: p.destination(c.To.Instance()), expired: noScrub,
		}
		k.rule = retention.Compile(k.name, &s.Retention)
		if s.Verify.Scrub != nil {
			k.expired = before(now, *s.Verify.Scrub)
		}
		k.archive, k.live = archiveBefore(c, now)
		k.dest.limits = strictest(k.dest.limits, s.Limits)
		p.claims[k.name] = k
		b.claims = append(b.claims, k)
	}
	p.backups = append(p.backups, b)
	return nil
}

// before is the instant, in ms, from which a term ends now.
func before(now time.Time, t schema.Term) int64 {
	if t.IsForever() {
		return noScrub
	}
	day := 24 * time.Hour
	switch now = now.UTC(); t.Unit {
	case schema.Years:
		return now.AddDate(-int(t.Count), 0, 0).UnixMilli()
	case schema.Months:
		return now.AddDate(0, -int(t.Count), 0).UnixMilli()
	case schema.Weeks, schema.Days:
		return now.UnixMilli() - t.WholeDays()*day.Milliseconds()
	}
	end, _ := t.From(time.UnixMilli(0)).Time()
	return now.UnixMilli() - end.UnixMilli()
}

// attests gives the events of a fact that happened before now and whose
// attestation still holds.
func attests(cfg *schema.Configuration, fact string, now time.Time) ([]attest, error) {
	if fact == "" || fact == "created" {
		return nil, nil
	}
	var list []attest
	for _, a := range cfg.Attests {
		if a.Fact != fact {
			continue
		}
		at, err := date(a.Date)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Addr, err)
		}
		if a.Expires != "" {
			end, err := date(a.Expires)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.Addr, err)
			}
			if !now.Before(end.AddDate(0, 0, 1)) {
				continue
			}
		}
		if at.After(now) {
			continue
		}
		made := attest{at: at.UnixMilli()}
		if a.Match != nil {
			if made.match, err = scope.CompileSelector(a.Match, now); err != nil {
				return nil, fmt.Errorf("%s: %w", a.Addr, err)
			}
		}
		list = append(list, made)
	}
	return list, nil
}

func date(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a date", s)
	}
	return t, nil
}

// addMoves gives claims their old names as well. Chains of moves are followed.
func (p *plans) addMoves(moves []*schema.Moved) {
	for range moves {
		for _, m := range moves {
			for _, c := range p.claims {
				for _, now := range append(p.oldNames(c.name), c.name) {
					if old, ok := rename(now, m); ok && p.claims[old] == nil {
						p.moved[old] = c.name
					}
				}
			}
		}
	}
}

func (p *plans) oldNames(name string) []string {
	var names []string
	for old, now := range p.moved {
		if now == name {
			names = append(names, old)
		}
	}
	slices.Sort(names)
	return names
}

// rename gives a claim's name as it was before a move, where the move is of its
// backup plan or of its copy block.
func rename(name string, m *schema.Moved) (string, bool) {
	b, label := plan.SplitClaim(name)
	if b == m.To {
		return plan.Claim(m.From, label), true
	}
	if b+".copy."+label == m.To {
		if i := strings.LastIndex(m.From, ".copy."); i >= 0 {
			return plan.Claim(m.From[:i], m.From[i+len(".copy."):]), true
		}
	}
	return "", false
}
