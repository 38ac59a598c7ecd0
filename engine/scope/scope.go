// Package scope tells which objects of a source a backup plan protects, under
// which class, and which it leaves out on purpose.
//
// In go a backup plan's scope and an instant, compiled once; then object after
// object; out comes a decision for each. The same selectors serve holds,
// retire blocks and attestations. The package lists nothing, remembers no
// object, and allocates nothing per object.
package scope

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
)

// Object is what a selector looks at. Path is raw bytes, a folder's ends in
// "/"; Kind is "file", "directory" or "symlink"; MTime is nanoseconds since the
// epoch.
type Object struct {
	Path  string
	Kind  string
	Size  int64
	MTime int64
	ID    string
	Facts *storage.Facts // nil on a file tree, and where a record is all there is
	// Recorded says that the object is known from its record alone, which has no
	// tags, types or properties: whoever asks for some cannot be told.
	Recorded bool
}

// ObjectOf is a listed entry as selectors see it.
func ObjectOf(e *storage.Entry) Object {
	return Object{Path: e.Path, Kind: e.Kind.String(), Size: e.Size, MTime: e.MTime, ID: e.ID, Facts: e.Facts}
}

// kind is what selectors call kind: on systems that are no file trees a file may
// be what stands for an applet, and then it is one of these.
func (o *Object) kind() string {
	if o.Facts != nil && o.Facts.Class != "" && o.Kind == "file" {
		return o.Facts.Class
	}
	return o.Kind
}

// Decision is what a backup plan's scope says of one object.
type Decision struct {
	In      bool
	Class   string           // of the include that matched
	Include int              // its index; -1 where the scope has none or nothing matched
	Exclude *schema.Selector // the exclude that matched, where an include did too or there is none
}

// Matcher is the compiled scope of one backup plan. It is safe for several
// goroutines.
type Matcher struct {
	includes []Selector
	excludes []Selector
	shared   *schema.Selector // stands for "shared = exclude"; nil where they are included
}

// sharedReason is why a scope leaves out what others own.
const sharedReason = "owned by others"

// Compile compiles a backup plan's scope; now is what older_than and
// newer_than count from. The error names the bad pattern.
func Compile(b *schema.Backup, now time.Time) (*Matcher, error) {
	m := new(Matcher)
	var err error
	if m.includes, err = compileAll(b.Scope.Includes, now); err != nil {
		return nil, fmt.Errorf("compiling the scope of %s: include: %w", b.Addr, err)
	}
	if m.excludes, err = compileAll(b.Scope.Excludes, now); err != nil {
		return nil, fmt.Errorf("compiling the scope of %s: exclude: %w", b.Addr, err)
	}
	if b.Scope.Shared != "include" {
		m.shared = &schema.Selector{Origin: b.Scope.Origin, LargerThan: -1, SmallerThan: -1, Reason: sharedReason, Owner: b.Owner}
	}
	return m, nil
}

// Match decides on one object. It is in scope if any include matches (or there
// is none) and no exclude does. Of an object that is known from its record
// alone, what cannot be told counts for keeping it in scope.
func (m *Matcher) Match(o *Object) Decision {
	d := Decision{In: len(m.includes) == 0, Include: -1}
	for i := range m.includes {
		if m.includes[i].matches(o, true) {
			d.In, d.Include = true, i
			break
		}
	}
	for i := range m.excludes {
		if m.excludes[i].Match(o) {
			d.In, d.Exclude = false, m.excludes[i].from
			return d
		}
	}
	if m.shared != nil && o.Facts != nil && o.Facts.Shared && d.In {
		d.In, d.Exclude = false, m.shared
		return d
	}
	if d.Include >= 0 {
		d.Class = m.includes[d.Include].from.Class
	}
	return d
}

// Selector is a compiled include, exclude, or match of a hold: attributes
// combine with and, the values of one attribute with or.
type Selector struct {
	from   *schema.Selector
	paths  []Glob
	names  []string
	sized  bool // sizes speak of files alone
	larger int64
	small  int64
	dated  bool  // ages speak of what is not a folder
	before int64 // ns: modified before
	after  int64 // ns: modified after
	labels bool  // asks for what a file tree does not have
}

func compileAll(selectors []*schema.Selector, now time.Time) ([]Selector, error) {
	compiled := make([]Selector, len(selectors))
	for i, s := range selectors {
		c, err := CompileSelector(s, now)
		if err != nil {
			return nil, err
		}
		compiled[i] = *c
	}
	return compiled, nil
}

// CompileSelector compiles one selector.
func CompileSelector(s *schema.Selector, now time.Time) (*Selector, error) {
	c := &Selector{
		from: s, names: s.Names, larger: -1, small: math.MaxInt64,
		before: math.MaxInt64, after: math.MinInt64,
		labels: len(s.Types)+len(s.Tags)+len(s.Properties) > 0,
	}
	for _, p := range s.Paths {
		g, err := CompileGlob(p)
		if err != nil {
			return nil, err
		}
		c.paths = append(c.paths, g)
	}
	for _, n := range s.Names {
		if n == "" || !doublestar.ValidatePattern(n) || strings.Contains(n, "/") {
			return nil, fmt.Errorf("%q is not a pattern for one name", n)
		}
	}
	if s.LargerThan >= 0 {
		c.sized, c.larger = true, s.LargerThan
	}
	if s.SmallerThan >= 0 {
		c.sized, c.small = true, s.SmallerThan
	}
	if s.OlderThan != nil {
		c.dated, c.before = true, ago(*s.OlderThan, now)
	}
	if s.NewerThan != nil {
		c.dated, c.after = true, ago(*s.NewerThan, now)
	}
	return c, nil
}

// ago is the instant a term before now, in ns; of forever it is before all time.
func ago(t schema.Term, now time.Time) int64 {
	const never = math.MinInt64
	n, now := int(t.Count), now.UTC()
	switch t.Unit {
	case schema.Forever:
		return never
	case schema.Years:
		now = now.AddDate(-n, 0, 0)
	case schema.Months:
		now = now.AddDate(0, -n, 0)
	case schema.Weeks:
		now = now.AddDate(0, 0, -7*n)
	case schema.Days:
		now = now.AddDate(0, 0, -n)
	default:
		unit := map[schema.Unit]time.Duration{schema.Hours: time.Hour, schema.Minutes: time.Minute, schema.Seconds: time.Second}[t.Unit]
		now = now.Add(-time.Duration(n) * unit)
	}
	if now.Year() < 1678 {
		return never
	}
	return now.UnixNano()
}

// Match tells whether the selector selects an object. Labels of one that is
// known from its record alone do not.
func (s *Selector) Match(o *Object) bool { return s.matches(o, false) }

// matches is Match with the answer for labels that nobody knows.
func (s *Selector) matches(o *Object, unknown bool) bool {
	if !s.matchPath(o.Path) {
		return false
	}
	if s.labels && !s.matchLabels(o, unknown) {
		return false
	}
	if len(s.names) > 0 && !s.matchName(o.Path) {
		return false
	}
	if len(s.from.Kinds) > 0 && !slices.Contains(s.from.Kinds, o.kind()) && !(unknown && o.Recorded) {
		return false
	}
	if s.sized && (o.kind() != "file" || o.Size <= s.larger || o.Size >= s.small) {
		return false
	}
	if s.dated && (o.Kind == "directory" || o.MTime >= s.before || o.MTime <= s.after) {
		return false
	}
	return len(s.from.IDs) == 0 || o.ID != "" && slices.Contains(s.from.IDs, o.ID)
}

// matchLabels compares types and tags, of which one has to be there, and
// properties, all of which have to be equal.
func (s *Selector) matchLabels(o *Object, unknown bool) bool {
	f := o.Facts
	if f == nil {
		return unknown && o.Recorded
	}
	if len(s.from.Types) > 0 && !overlap(s.from.Types, f.Types) || len(s.from.Tags) > 0 && !overlap(s.from.Tags, f.Tags) {
		return false
	}
	for name, value := range s.from.Properties {
		if has, ok := f.Properties[name]; !ok || has != value {
			return false
		}
	}
	return true
}

func overlap(wanted, has []string) bool {
	for _, w := range wanted {
		if slices.Contains(has, w) {
			return true
		}
	}
	return false
}

func (s *Selector) matchPath(path string) bool {
	if len(s.paths) == 0 {
		return true
	}
	for i := range s.paths {
		if s.paths[i].Match(path) {
			return true
		}
	}
	return false
}

func (s *Selector) matchName(path string) bool {
	name := strings.TrimSuffix(path, "/")
	name = name[strings.LastIndexByte(name, '/')+1:]
	for _, pattern := range s.names {
		if ext, ok := strings.CutPrefix(pattern, "*"); ok && plain(ext) {
			if strings.HasSuffix(name, ext) {
				return true
			}
			continue
		}
		if pattern == name && plain(pattern) || doublestar.MatchUnvalidated(pattern, name) {
			return true
		}
	}
	return false
}
