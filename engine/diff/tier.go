package diff

import (
	"fmt"
	"math"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// neverDue is the cut-off of what is never archived.
const neverDue = math.MinInt64

// Rested is how long a copy that was brought back stays live before a plan
// archives it again: whoever asked for it is to have time to read it.
const Rested = 7 * 24 * time.Hour

// archiveBefore is the instant, in ms, up to which copies of a copy block are
// due for the archive, and whether the block wants them live.
func archiveBefore(c *schema.Copy, now time.Time) (due int64, live bool) {
	switch {
	case c.Tier == string(storage.TierLive):
		return neverDue, true
	case c.ArchiveAfter != nil:
		return before(now, *c.ArchiveAfter), false
	case c.Tier == string(storage.TierArchived):
		return now.UnixMilli(), false
	}
	return neverDue, false
}

// cold tells tiers from which nothing is read soon. What is unarchiving is on
// its way, and counts as live once it has rested.
func cold(tier string) bool {
	return tier == string(storage.TierArchived) || tier == string(storage.TierArchival)
}

// asleep tells whether a copy cannot be counted on to be readable: what was asked
// back has come once it has rested.
func (d *run) asleep(r *record.Copy) bool {
	return cold(r.Tier) || r.Tier == string(storage.TierUnarchiving) && r.TieredAt > d.now-Rested.Milliseconds()
}

// moves tells quickly whether a verified file's tier may need a change.
func (d *wanted) moves(r *record.Copy) bool {
	if cold(r.Tier) {
		return d.live
	}
	return r.CopiedAt <= d.archive && r.Size > 0
}

// tier proposes where a copy should lie, beside what else is to be done to it: a
// verified file that nothing holds. Who shares a copy must all want it archived. A
// superseded version costs what a current one does, and goes to the archive like
// it; it is not brought back for being there.
func (g *group) tier(it *item) {
	r := it.row
	if it.leaves || it.gave != "" || !it.current && r.SupersededAt == 0 || r.Kind != string(plan.File) || !g.stays(it) {
		return
	}
	due, live := it.own.archive, it.own.live && it.current
	if it.wanted != nil && it.current {
		due, live = it.wanted.archive, it.wanted.live
	}
	switch {
	case cold(r.Tier) && live:
		g.move(it, plan.Unarchive, plan.TierAsked, "", storage.TierUnarchiving)
	case cold(r.Tier) || r.CopiedAt > due || r.Size == 0 || len(it.held)+len(r.Holds) > 0:
	case r.Tier != "" && moment(r.TieredAt).Add(Rested).After(g.s.d.r.Now):
	default:
		g.move(it, plan.Archive, plan.ArchiveDue, "copied on "+day(r.CopiedAt), storage.TierArchival)
	}
}

// stays tells whether a copy is verified, or will be by this plan, and not made
// again.
func (g *group) stays(it *item) bool {
	proven := it.row.Status == record.Verified
	for _, p := range g.changes {
		switch {
		case p.item != it:
		case p.change.Action == plan.Recopy:
			return false
		case p.change.Action == plan.Verify:
			proven = true
		}
	}
	return proven && it.status == it.row.Status
}

func (g *group) move(it *item, a plan.Action, r plan.Reason, detail string, to storage.Tier) {
	c := g.change(it, a, r, detail)
	c.Before, c.After = facts(it.row), g.said(it)
	c.After.Tier, c.After.TieredAt = string(to), g.s.d.r.Now
	g.changes = append(g.changes, placed{it.dest.name, c, it})
}

// said is what the record of a copy becomes by the changes so far.
func (g *group) said(it *item) *plan.CopyFacts {
	after := it.after()
	for _, p := range g.changes {
		switch {
		case p.item != it:
		case p.change.Superseded != nil:
			*after = *p.change.Superseded
		case p.change.After != nil:
			*after = *p.change.After
		}
	}
	return after
}

// archive is an archive block: it moves objects of one source in place.
type archive struct {
	addr  string
	match *scope.Selector // nil: every object
	due   int64           // ms: made up to here is old enough
	live  bool            // the block brings back
}

// addArchives gives the sources their archive blocks, in configuration order.
func (d *run) addArchives(blocks []*schema.Archive) error {
	for _, b := range blocks {
		a := &archive{addr: b.Addr.String(), due: math.MaxInt64, live: b.Tier == string(storage.TierLive)}
		if b.After != nil {
			a.due = before(d.r.Now, *b.After)
		}
		var err error
		if a.match, err = compileMatch(b.Match, d.r.Now); err != nil {
			return fmt.Errorf("%s: %w", b.Addr, err)
		}
		s := d.source(b.Source.Instance())
		s.archives = append(s.archives, a)
	}
	return nil
}

// Passed is an object that an archive block matches and does not move.
type Passed struct {
	Block  string // address
	Source string // instance name
	Path   string
	Bytes  int64
	Why    string // "waiting" for a copy to be made and verified, or "empty"
}

func (s *source) pass(g *group, a *archive, why string) {
	if s.d.r.Passed != nil {
		s.d.r.Passed(Passed{Block: a.addr, Source: s.name, Path: g.entry.Path, Bytes: g.entry.Size, Why: why})
	}
}

// inPlace moves an object at its source, where a block asks for it and every
// copy that is wanted of it exists: what is archived cannot be copied. waits
// says that some copy is still to be made or read.
func (s *source) inPlace(g *group, waits bool) error {
	e := g.entry
	if len(s.archives) == 0 || e.Kind != storage.File || e.Facts == nil || e.Facts.Class != "" && e.Facts.Class != "file" {
		return nil
	}
	for _, a := range s.archives {
		if a.match != nil && !a.match.Match(&g.object) || e.MTime/1e6 > a.due {
			continue
		}
		switch {
		case a.live && cold(string(e.Facts.Tier)):
			return s.giveInPlace(g, a, plan.Unarchive)
		case a.live || e.Facts.Tier != storage.TierLive:
		case e.Size == 0:
			s.pass(g, a, "empty")
		case waits:
			s.pass(g, a, "waiting")
		default:
			return s.giveInPlace(g, a, plan.Archive)
		}
		return nil
	}
	return nil
}

func (s *source) giveInPlace(g *group, a *archive, action plan.Action) error {
	c := g.named(nil, &destination{})
	c.Address, c.Action, c.Reason = plan.InPlaceAddress(a.addr, c.Object.Path), action, plan.CostMeasure
	c.CopiesBefore = 1
	for i := range g.rows {
		if r := &g.rows[i]; r.Current() && proved(r.Status) {
			c.CopiesBefore++
		}
	}
	c.CopiesAfter, c.Remaining = c.CopiesBefore, c.CopiesBefore-1
	return s.d.give(s.addr, c)
}

// Right is what somebody has at a destination that nobody else should reach, or
// a setting of it that drifted.
type Right struct {
	Destination string // address
	Grant       storage.Grant
}

// revokes proposes that rights be taken away and settings put right, before anything else is done.
func (d *run) revokes() error {
	for _, r := range d.r.Rights {
		if !addr.CheckPath(r.Grant.Who) || addr.IsFolder(r.Grant.Who) {
			return fmt.Errorf("%s: a right is given to %q, which is no name", r.Destination, r.Grant.Who)
		}
		c := &plan.Change{
			Address: plan.AccessAddress(r.Destination, r.Grant.Who), Destination: r.Destination, Action: plan.Revoke,
			Reason: plan.AccessDrift, Detail: "has " + r.Grant.Level,
			Object: plan.Object{Kind: plan.Access, Path: r.Grant.Who},
		}
		if r.Grant.Want != "" {
			c.Address, c.Reason = plan.SettingAddress(r.Destination, r.Grant.Who), plan.SettingDrift
			c.Detail = "is " + r.Grant.Level + ", meant to be " + r.Grant.Want
		}
		if err := d.give("", c); err != nil {
			return err
		}
	}
	return nil
}

// give hands a change on that belongs to no copy, if -target and -exclude leave
// it.
func (d *run) give(source string, c *plan.Change) error {
	if !d.filter.takes(source, c) {
		return nil
	}
	d.tally(c)
	return d.emit(c)
}
