package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// openSources opens every source that a backup plan or an archive block reads.
// One whose folder is not there and that has copies on record is lost, which is
// a brake; without copies it is an error.
func (p *planning) openSources(ctx context.Context) (ds diag.List) {
	for _, name := range readSources(p.l.cfg) {
		s := sourceNamed(p.l.cfg, name)
		if _, done := p.sources[name]; done || s == nil {
			continue
		}
		driver, err := p.e.openSource(ctx, s)
		if err != nil {
			if gone(err) && p.recorded(name) {
				p.sources[name] = nil
				continue
			}
			ds = append(ds, storeDiagnostic(err, "source_unreadable", "Source cannot be opened", s.Addr.String(), placeAt(s)))
			continue
		}
		p.sources[name] = driver
	}
	return ds
}

func gone(err error) bool {
	return errors.Is(err, storage.ErrNotExist) || errors.Is(err, fs.ErrNotExist)
}

func (p *planning) recorded(name string) bool {
	names, err := p.st.SourceNames(context.Background())
	return err == nil && slices.Contains(names, name)
}

// lost names the sources whose place is not there, sorted.
func (p *planning) lost() (names []string) {
	for name, s := range p.sources {
		if s == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// refuseLost makes a plan without changes, refused by the brakes of its lost
// sources: what is known of one source says nothing of another that cannot be
// seen.
func (p *planning) refuseLost(ctx context.Context, names []string) (policy.Report, *plan.Summary, error) {
	brakes := p.places.brakes(p.r.Allow)
	for _, name := range names {
		brakes = append(brakes, p.lostSource(name))
	}
	sum := &plan.Summary{Actions: map[plan.Action]plan.Count{}}
	report, err := p.session.End(ctx, sum, brakes)
	if err != nil {
		return policy.Report{}, nil, diag.Fail(policy.Problem(err))
	}
	return report, sum, nil
}

// lostSource is the brake of a source whose place is not there. It cannot be let
// pass: what cannot be listed is not gone.
func (p *planning) lostSource(name string) policy.Brake {
	s := sourceNamed(p.l.cfg, name)
	return policy.Brake{
		Name: diff.SourceLossBrake, Address: s.Addr.String(), Final: true,
		Message: fmt.Sprintf("%s cannot be listed: its place %s is not there, and copies of it are on record. An unmounted disk looks just like this. All copies are kept. Mount it, or give the source its right path.",
			s.Addr, cmp.Or(option(s.Options, "path"), option(s.Options, "project"))),
	}
}

// inventory streams a source, and tells the observer how far it is.
func (p *planning) inventory(ctx context.Context, name string, w *watching) iter.Seq2[storage.Entry, error] {
	s := p.sources[name]
	if s == nil {
		return nil
	}
	p.e.keepListing(p.l.cfg, p.st, name, s, p.whole[name] || p.r.Refresh == "deep")
	return p.e.outside(p.l.cfg, s, p.e.remarked(name, s, counted(s.List(ctx), w)))
}

func (p *planning) closeSources() { p.e.closeSources(p.sources) }

func (e *Engine) closeSources(sources map[string]storage.Source) {
	for name, s := range sources {
		if c, ok := s.(interface{ Close() error }); ok && s != nil {
			e.closing("source "+name, c.Close)
		}
	}
}
