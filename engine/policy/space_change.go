package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// changeSpace is the space of changes. What a rule reads of a change is partly
// made from the rest (input.change.removes from the action, term_over from
// retain_until and the clock), so the dimensions are the members of plan.Change,
// and the marks of what is made become marks of what it is made from.
type changeSpace struct {
	*space
	change        plan.Change
	before, after plan.CopyFacts
	now           time.Time
	config        *Config
	marks         map[string]*marks // by path
}

// made names what a derived member of input.change is made from.
var made = map[string][]string{
	"removes":     {"action"},
	"bytes":       {"action", "before", "before.size", "object.kind", "object.size"},
	"term_change": {"before", "after", "before.retain_until", "after.retain_until"},
	"lock_change": {"before", "after", "before.locked_until", "after.locked_until"},
	"object":      {},
}

// madeOfCopy names what a derived member of before and after is made from.
var madeOfCopy = map[string]string{
	"term_over": "retain_until", "locked": "locked_until", "retired_days": "retired_at",
}

// dimsOf are the dimensions that a path of input.change depends on.
func dimsOf(path string) []string {
	if from, ok := made[path]; ok {
		return from
	}
	side, member, inside := strings.Cut(path, ".")
	if !inside || side == "object" {
		return []string{path}
	}
	if from, ok := madeOfCopy[member]; ok {
		member = from
	}
	return []string{side, side + "." + member}
}

// newChangeSpace makes the space that the marks ask for.
func newChangeSpace(m *markTable, config *Config, now time.Time) *changeSpace {
	s := &changeSpace{now: now, config: config, marks: map[string]*marks{}, space: &space{uncut: map[int]bool{}}}
	s.facts = &changeFacts{&s.change, now}
	for id, f := range changeFields {
		if m.of[id] != nil {
			s.marks[f.path] = m.of[id]
		}
	}
	groups := s.groups()
	s.plainDims()
	for _, side := range []string{"before", "after"} {
		s.copyDims(side, groups)
	}
	s.numberDims(groups)
	s.textDims(groups)
	s.reads = make([][]int, len(changeFields))
	for id, f := range changeFields {
		for _, name := range dimsOf(f.path) {
			if i := s.index(name); i >= 0 {
				s.reads[id] = append(s.reads[id], i)
			} else {
				s.uncut[id] = true
			}
		}
	}
	s.allowed = s.possible
	return s
}

// cut adds a dimension; one that cells do not cover is left out, and the fields
// that depend on it are not compared exactly.
func (s *changeSpace) cut(name string, exact bool, size int, set func(i int)) {
	if exact {
		s.dims = append(s.dims, dim{name, size, set})
	}
}

// plainDims are the dimensions whose every value is listed.
func (s *changeSpace) plainDims() {
	shape := inputShape().props["change"]
	reasons, kinds := shape.props["reason"].enum, shape.props["object"].props["kind"].enum
	s.cut("action", s.listed("action"), len(plan.Actions), func(i int) { s.change.Action = plan.Actions[i] })
	s.cut("reason", s.listed("reason"), len(reasons), func(i int) { s.change.Reason = plan.Reason(reasons[i]) })
	s.cut("object.kind", s.listed("object.kind"), len(kinds), func(i int) { s.change.Object.Kind = plan.Kind(kinds[i]) })
	s.cut("object.live", true, 2, func(i int) { s.change.Object.Live = i == 0 })
	s.cut("before", true, 2, func(i int) { s.change.Before = pickFacts(i, &s.before) })
	s.cut("after", true, 2, func(i int) { s.change.After = pickFacts(i, &s.after) })
}

// listed tells whether a member with listed values is compared with nothing but
// constants: a peer could have any value.
func (s *changeSpace) listed(path string) bool {
	return s.marks[path] == nil || len(s.marks[path].peers) == 0
}

func pickFacts(i int, f *plan.CopyFacts) *plan.CopyFacts {
	if i == 0 {
		return f
	}
	return nil
}

func (s *changeSpace) copyOf(side string) *plan.CopyFacts {
	if side == "before" {
		return &s.before
	}
	return &s.after
}

// copyDims are those of a copy before or after the change that are no figure
// and no free text.
func (s *changeSpace) copyDims(side string, groups map[string]*group) {
	f := s.copyOf(side)
	statuses := append([]string{""}, inputShape().props["change"].props["before"].props["status"].enum...)
	s.cut(side+".status", s.listed(side+".status"), len(statuses), func(i int) { f.Status = statuses[i] })
	for name, list := range map[string]*[]string{"claims": &f.Claims, "held": &f.Held} {
		cells, ok := s.mark(side + "." + name).listCells()
		s.cut(side+"."+name, ok, len(cells), func(i int) { *list = cells[i] })
	}
	for name, at := range map[string]*time.Time{"copied_at": &f.CopiedAt, "verified_at": &f.VerifiedAt, "retired_at": &f.RetiredAt} {
		cells, ok := s.instants(side, name, groups)
		s.cut(side+"."+name, ok, len(cells)+1, func(i int) {
			if *at = (time.Time{}); i < len(cells) {
				*at = time.UnixMilli(cells[i]).UTC()
			}
		})
	}
	for name, at := range map[string]*schema.Until{"retain_until": &f.RetainUntil, "locked_until": &f.LockedUntil} {
		cells, ok := s.instants(side, name, groups)
		named := []schema.Until{schema.UntilForever, schema.UntilOpen, schema.UntilNone}
		s.cut(side+"."+name, ok, len(cells)+len(named), func(i int) {
			if i < len(cells) {
				*at = schema.Until(cells[i])
			} else {
				*at = named[i-len(cells)]
			}
		})
	}
	slices.SortFunc(s.dims, func(a, b dim) int { return strings.Compare(a.name, b.name) })
}

// instants are the cells of a moment: around now, around whole days before it,
// and apart from the moments that it is compared with.
func (s *changeSpace) instants(side, name string, groups map[string]*group) ([]int64, bool) {
	g := groups[side+"."+name]
	now := s.now.UnixMilli()
	var around []int64
	if g.marks.now {
		around = append(around, now)
	}
	for _, n := range g.marks.numbers { // of retired_days
		if n > 100_000 || n < -100_000 {
			return nil, false
		}
		around = append(around, now-(n-1)*dayMillis, now-n*dayMillis, now-(n+1)*dayMillis)
	}
	plain := len(g.marks.ordered)+len(g.marks.prefixes)+len(g.marks.suffixes)+len(g.marks.inside)+len(g.marks.counts) == 0
	for _, t := range g.marks.texts {
		plain = plain && (t == "open" || t == "forever")
	}
	return instantCells(around, now, g.size), plain && !g.marks.odd
}

// numberDims are counts and sizes, which are never negative. The least value of
// one is a mark of all that are compared with it: what is above it there must
// have room here.
func (s *changeSpace) numberDims(groups map[string]*group) {
	type figure struct {
		name string
		low  int64
		set  func(int64)
	}
	figures := []figure{
		{"remaining", 0, func(n int64) { s.change.Remaining = int(n) }},
		{"copies_before", 0, func(n int64) { s.change.CopiesBefore = int(n) }},
		{"copies_after", 0, func(n int64) { s.change.CopiesAfter = int(n) }},
		{"object.size", 0, func(n int64) { s.change.Object.Size = n }},
	}
	for _, side := range []string{"before", "after"} {
		f := s.copyOf(side)
		figures = append(figures,
			figure{side + ".size", 0, func(n int64) { f.Size = n }},
			figure{side + ".seq", 1, func(n int64) { f.Seq = int(n) }})
	}
	for _, f := range figures {
		if g := groups[f.name]; g.size > 1 {
			g.marks.numbers = append(g.marks.numbers, f.low)
		}
	}
	for _, f := range figures {
		g := groups[f.name]
		cells := numberCells(g.marks.numbers, f.low, g.size)
		s.cut(f.name, !g.marks.odd && len(cells) <= maxCells, len(cells), func(i int) { f.set(cells[i]) })
	}
}

// textDims are names, paths and digests.
func (s *changeSpace) textDims(groups map[string]*group) {
	add := func(name string, to *string, optional bool, nice ...string) {
		g := groups[name]
		cells, ok := g.marks.textCells(g.size, nice...)
		if optional {
			cells = append(cells, "")
		}
		if name == "object.path" || strings.HasSuffix(name, ".key") {
			cells = slices.DeleteFunc(cells, func(p string) bool { return p != "" && !addr.CheckPath(p) })
		}
		s.cut(name, ok, len(cells), func(i int) { *to = cells[i] })
	}
	c := &s.change
	groups["object.path"].marks.suffixes = append(groups["object.path"].marks.suffixes, "/")
	add("address", &c.Address, false)
	add("backup", &c.Backup, true, append(s.names(func(c *Config) (out []string) {
		for _, b := range c.Backups {
			out = append(out, b.Address)
		}
		return out
	}), "backup.other")...)
	add("copy", &c.Copy, true, "other")
	add("destination", &c.Destination, true, append(s.names(func(c *Config) (out []string) {
		for _, d := range c.Destinations {
			out = append(out, d.Address)
		}
		return out
	}), "destination.filesystem.other")...)
	add("object.source", &c.Object.Source, false, append(s.names(func(c *Config) (out []string) {
		for _, x := range c.Sources {
			out = append(out, x.Name)
		}
		return out
	}), "other")...)
	add("object.path", &c.Object.Path, false, "folder/file.txt", "folder/")
	add("object.id", &c.Object.ID, true, "file-1")
	add("object.class", &c.Object.Class, true, "other")
	for _, side := range []string{"before", "after"} {
		f := s.copyOf(side)
		add(side+".key", &f.Key, true, "docs/file.txt")
		add(side+".digest", &f.Digest, true, "sha256:"+strings.Repeat("0", 64))
		add(side+".term_reason", &f.TermReason, true, "keep")
	}
}

func (s *changeSpace) names(of func(*Config) []string) []string {
	if s.config == nil {
		return nil
	}
	return of(s.config)
}

func (s *changeSpace) mark(path string) *marks {
	if m := s.marks[path]; m != nil {
		return m
	}
	return &marks{}
}

// possible refuses what no change can be: a folder without a folder's path.
func (s *changeSpace) possible(chosen func(string) bool) bool {
	return !chosen("object.kind") || !chosen("object.path") ||
		(s.change.Object.Kind == plan.Directory) == addr.IsFolder(s.change.Object.Path)
}
