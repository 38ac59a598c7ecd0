package view

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/backstay/backstay/plan"
)

// maxExamples bounds what is shown of one action in one group. The screen and
// the memory of this view depend on the configuration, never on the number of
// changes.
const maxExamples = 10

// groups gathers a stream of changes by backup plan and destination.
type groups struct{ all map[groupKey]*group }

type groupKey struct{ backup, destination string }

type group struct {
	groupKey
	actions map[plan.Action]*examples
}

// examples are the first changes of one action, as lines.
type examples struct {
	plan.Count
	first []example
}

type example struct{ path, size, why string }

func newGroups() *groups { return &groups{all: map[groupKey]*group{}} }

// collect walks the changes; at an error it stops and returns it.
func (g *groups) collect(changes iter.Seq2[*plan.Change, error]) error {
	for c, err := range changes {
		if err != nil {
			return err
		}
		g.add(c)
	}
	return nil
}

func (g *groups) add(c *plan.Change) {
	k := keyOf(c)
	one := g.all[k]
	if one == nil {
		k = groupKey{strings.Clone(k.backup), strings.Clone(k.destination)}
		one = &group{k, map[plan.Action]*examples{}}
		g.all[k] = one
	}
	e := one.actions[c.Action]
	if e == nil {
		e = &examples{}
		one.actions[c.Action] = e
	}
	e.Add(c.Bytes())
	if len(e.first) < maxExamples {
		e.first = append(e.first, exampleOf(c))
	}
}

// keyOf is the heading that a change stands below: who wants it, and where.
func keyOf(c *plan.Change) groupKey {
	switch {
	case c.Object.Kind == plan.Access:
		return groupKey{"access", c.Destination}
	case c.Reason == plan.CostMeasure:
		block, _, _ := strings.Cut(c.Address, "[")
		return groupKey{block, "in place at " + c.Object.Source}
	}
	return groupKey{c.Backup, c.Destination}
}

func exampleOf(c *plan.Change) example {
	e := example{path: printable(c.Object.Path), why: why(c)}
	if c.Object.Kind == plan.File || c.Action.Removes() {
		e.size = size(c.Bytes())
	}
	return e
}

// sorted puts groups that remove something first, then by backup plan and
// destination.
func (g *groups) sorted() []*group {
	all := make([]*group, 0, len(g.all))
	for _, one := range g.all {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.backup, b.backup), cmp.Compare(a.destination, b.destination))
	})
	return all
}

func (g *group) rank() int {
	if g.actions[plan.Expire] != nil || g.actions[plan.Retire] != nil {
		return 0
	}
	return 1
}

func (t *text) groups(g *groups) {
	for _, one := range g.sorted() {
		backup := one.backup
		if backup == "" {
			backup = "orphans"
		}
		t.printf("%s\n", t.s.paint(bold, printable(backup)+" -> "+printable(one.destination)))
		for _, a := range displayOrder {
			if e := one.actions[a]; e != nil {
				t.examples(a, e)
			}
		}
		t.printf("\n")
	}
}

func (t *text) examples(a plan.Action, e *examples) {
	words := actionWords[a]
	t.printf("  %s\n", task(a, e.Count))
	width := 0
	for _, x := range e.first {
		width = max(width, min(utf8.RuneCountInString(x.path), 48))
	}
	for _, x := range e.first {
		sign := t.s.paint(signColor(words.sign), words.sign)
		pad := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(x.path)))
		t.printf("    %s %s%s  %8s  %s\n", sign, x.path, pad, x.size, x.why)
	}
	if more := e.Objects - int64(len(e.first)); more > 0 {
		t.printf("      ... and %s more\n", number(more))
	}
}

func signColor(sign string) color {
	switch sign {
	case "+":
		return green
	case "-":
		return red
	}
	return yellow
}
