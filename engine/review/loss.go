package review

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// concerned are the kinds of change that recorded objects may lose by.
var concerned = []Kind{
	BackupRemoved, CopyLost, ScopeShrunk, RetentionShorter, RetireAdded, EligibleEarlier, HoldReleased, DestinationMoved, SourceChanged,
}

// cause is a change that copies lose by: its kind and address.
type cause struct {
	kind    Kind
	address string
}

// losses asks both sides about every recorded copy and adds what is lost to the
// changes that it is lost by. A loss that no change explains becomes a change of
// its own. Without fates it says that nothing is known.
func (r *reviewer) losses(ctx context.Context) error {
	t := &toll{r: r, sums: map[cause]*sum{}, purse: r.purse()}
	known := r.base.Fates != nil && r.head.Fates != nil
	if known {
		if err := t.walk(ctx); err != nil {
			return err
		}
	}
	told := map[cause]bool{}
	slices.SortStableFunc(r.changes, order) // the first change of a cause carries its loss
	for i := range r.changes {
		c := &r.changes[i]
		if !c.Weakens() || !slices.Contains(concerned, c.Kind) {
			continue
		}
		key := cause{c.Kind, c.Address}
		switch {
		case told[key]:
		case !known:
			c.Loss = &Loss{}
		default:
			c.Loss, c.Money = t.sums[key].loss(), t.sums[key].money(t.purse)
		}
		told[key] = true
	}
	t.rest(told)
	t.purse.spend(r.changes)
	return nil
}

// sum is what is lost by one cause.
type sum struct {
	objects, eligible plan.Count
	from              schema.Until
	last              string // the object that was counted last
	paid              string // the copy that was priced last
	basket            *cost.Basket
}

func (s *sum) loss() *Loss {
	l := &Loss{Known: true, Objects: &plan.Count{}, Eligible: &plan.Count{}}
	if s != nil {
		l.Objects, l.Eligible, l.From = &s.objects, &s.eligible, s.from
	}
	return l
}

// toll counts by causes.
type toll struct {
	r     *reviewer
	sums  map[cause]*sum
	purse *purse
}

func (t *toll) of(k Kind, address string) *sum {
	key := cause{k, address}
	if t.sums[key] == nil {
		t.sums[key] = &sum{}
	}
	return t.sums[key]
}

// object counts a living object once, however many copies it has.
func (s *sum) object(f *Fate) {
	if name := f.Source + "\x00" + f.Path; name != s.last {
		s.last = name
		s.objects.Add(f.Size)
	}
}

func (s *sum) copy(f *Fate, from schema.Until) {
	s.eligible.Add(f.Size)
	if s.from == schema.UntilNone || from < s.from {
		s.from = from
	}
}

// walk goes through both sides in step.
func (t *toll) walk(ctx context.Context) error {
	next, stop := iter.Pull2(t.r.head.Fates)
	defer stop()
	for b, err := range t.r.base.Fates {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		h, err, ok := next()
		if err != nil {
			return err
		}
		if !ok || h.Path != b.Path || h.Source != b.Source || h.Destination != b.Destination || h.Seq != b.Seq {
			return errors.New("the two sides of the review do not see the same record: this is a bug")
		}
		t.copy(&b, &h)
	}
	if _, err, more := next(); more || err != nil {
		return cmpError(err, errors.New("the new side of the review sees more of the record: this is a bug"))
	}
	return nil
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// copy weighs one recorded copy.
func (t *toll) copy(b, h *Fate) {
	t.purse.add(b, h)
	lost := cause{}
	for _, claim := range b.Wanted {
		if now := t.r.moves.claim(claim); !slices.Contains(h.Wanted, now) {
			lost = t.reason(now)
			t.of(lost.kind, lost.address).object(b)
			t.of(lost.kind, lost.address).pay(t.purse, b)
			if lost.kind == BackupRemoved {
				continue
			}
		} else if backup, _ := plan.SplitClaim(now); t.r.shorter(backup) {
			t.of(RetentionShorter, backup).object(b)
		}
	}
	if undated(h.Until) || !undated(b.Until) && h.Until >= b.Until {
		return
	}
	for _, c := range t.why(b, h, lost) {
		t.of(c.kind, c.address).copy(b, h.Until)
		t.of(c.kind, c.address).pay(t.purse, b)
	}
}

// undated tells that no date ends it.
func undated(u schema.Until) bool { return u >= schema.UntilOpen }

// reason tells by what a claim no longer wants an object.
func (t *toll) reason(claim string) cause {
	backup, label := plan.SplitClaim(claim)
	for _, x := range t.r.head.Config.Backups {
		if x.Addr.String() != backup {
			continue
		}
		for _, c := range x.Copies {
			if c.Name == label {
				if t.r.redirected(backup, label) {
					return cause{CopyLost, backup + ".copy." + label}
				}
				return cause{ScopeShrunk, backup}
			}
		}
		return cause{CopyLost, backup + ".copy." + label}
	}
	return cause{BackupRemoved, backup}
}

// redirected tells that a copy block leads elsewhere now.
func (r *reviewer) redirected(backup, label string) bool {
	return slices.ContainsFunc(r.changes, func(c Change) bool {
		return c.Kind == CopyLost && c.Address == backup+".copy."+label && c.Attribute == "to"
	})
}

// shorter tells that copies which a backup plan makes from now on are kept for
// less than before.
func (r *reviewer) shorter(backup string) bool {
	return slices.ContainsFunc(r.changes, func(c Change) bool {
		return c.Kind == RetentionShorter && c.Address == backup && c.Weakens()
	})
}

// why tells by what a copy may go earlier.
func (t *toll) why(b, h *Fate, lost cause) []cause {
	if h.GivenUp != "" && b.GivenUp == "" {
		return []cause{{RetireAdded, h.GivenUp}}
	}
	var ended []cause
	for _, name := range b.Held {
		if !slices.Contains(h.Held, name) {
			ended = append(ended, cause{HoldReleased, t.release(name)})
		}
	}
	switch {
	case len(ended) > 0:
		return ended
	case lost != cause{}:
		return []cause{lost}
	}
	var out []cause
	for _, claim := range b.Claimed {
		backup, _ := plan.SplitClaim(t.r.moves.claim(claim))
		c := cause{EligibleEarlier, backup}
		if t.r.shorter(backup) {
			c.kind = RetentionShorter
		}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		out = append(out, cause{EligibleEarlier, "source." + b.Source})
	}
	return out
}

// release is the block that ends a hold.
func (t *toll) release(hold string) string {
	for _, rel := range t.r.head.Config.Releases {
		if strings.TrimPrefix(rel.Hold, "hold.") == hold {
			return rel.Addr.String()
		}
	}
	return "hold." + hold
}

// rest makes changes of losses that no change carries.
func (t *toll) rest(told map[cause]bool) {
	var left []cause
	for c, s := range t.sums {
		if !told[c] && s.objects.Objects+s.eligible.Objects > 0 {
			left = append(left, c)
		}
	}
	slices.SortFunc(left, func(a, b cause) int { return strings.Compare(a.address+string(a.kind), b.address+string(b.kind)) })
	for _, c := range left {
		change := Change{
			Kind: c.kind, Effect: Weakened, Address: c.address, Loss: t.sums[c].loss(), Money: t.sums[c].money(t.purse),
			Message: fmt.Sprintf("Recorded objects of %s are protected less than before, by other changes of the configuration.", c.address),
		}
		for _, x := range t.r.head.Config.Backups {
			if x.Addr.String() == c.address {
				change.Range = place(x.Origin, "", x.Origin)
			}
		}
		t.r.add(change)
	}
}
