package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// scopes compares what backup plans protect. Selectors are compared as texts:
// which objects of the record a difference concerns is counted afterwards, so a
// scope that may have shrunk is weakened whether or not an object is lost today.
func (r *reviewer) scopes() {
	before := map[string]*schema.Backup{}
	for _, b := range r.base.Config.Backups {
		before[r.moves.now(b.Addr.String())] = b
	}
	for _, h := range r.head.Config.Backups {
		if b := before[h.Addr.String()]; b != nil {
			r.scope(b, h)
		}
	}
}

func (r *reviewer) scope(b, h *schema.Backup) {
	d := scopeDifference{from: b, to: h}
	d.shared()
	d.includes()
	d.excludes()
	d.describe()
	if len(d.said) == 0 {
		return
	}
	if d.at == nil {
		d.at = place(h.Scope.Origin, "", h.Origin)
	}
	r.add(Change{
		Kind: ScopeShrunk, Effect: d.effect(), Address: h.Addr.String(), Attribute: "scope",
		Message: strings.Join(d.said, " "), Range: d.at, BaseRange: place(b.Scope.Origin, "", b.Origin),
	})
}

// scopeDifference gathers what is said about one scope.
type scopeDifference struct {
	from, to            *schema.Backup
	said                []string
	shrank, grew, moved bool
	at                  *diag.Range // the first place that shrinks it
}

func (d *scopeDifference) effect() Effect {
	switch {
	case d.shrank:
		return Weakened
	case d.moved:
		return Unknown
	case d.grew:
		return Strengthened
	}
	return Neutral
}

func (d *scopeDifference) say(format string, args ...any) {
	d.said = append(d.said, fmt.Sprintf(format, args...))
}

func (d *scopeDifference) shrink(at *diag.Range) {
	d.shrank = true
	if d.at == nil {
		d.at = at
	}
}

func (d *scopeDifference) shared() {
	was, is := d.from.Scope.Shared == "include", d.to.Scope.Shared == "include"
	switch {
	case was && !is:
		d.say("Objects that others own are no longer in scope.")
		d.shrink(place(d.to.Scope.Origin, "shared", d.to.Origin))
	case is && !was:
		d.say("Objects that others own are in scope now.")
		d.grew = true
	}
}

// includes: the first one narrows a scope of everything, another widens it.
func (d *scopeDifference) includes() {
	was, is := d.from.Scope.Includes, d.to.Scope.Includes
	lost, won := difference(was, is)
	for _, s := range won {
		if len(was) == 0 {
			d.say("Only %s is in scope; everything was.", selection(s))
			d.shrink(place(s.Origin, "", d.to.Origin))
		} else {
			d.say("%s is in scope now.", capital(selection(s)))
			d.grew = true
		}
	}
	for _, s := range lost {
		if len(is) == 0 {
			d.say("Everything is in scope, not only %s.", selection(s))
			d.grew = true
		} else {
			d.say("%s is no longer included.", capital(selection(s)))
			d.shrink(nil)
		}
	}
}

func (d *scopeDifference) excludes() {
	lost, won := difference(d.from.Scope.Excludes, d.to.Scope.Excludes)
	for _, s := range won {
		d.say("%s is excluded now.", capital(selection(s)))
		d.shrink(place(s.Origin, "", d.to.Origin))
	}
	for _, s := range lost {
		d.say("%s is no longer excluded.", capital(selection(s)))
		d.grew = true
	}
}

// describe compares what selectors say beside what they select: the class sets
// floors and may loosen them, and includes match in order; why something is
// excluded is for people.
func (d *scopeDifference) describe() {
	classes := func(list []*schema.Selector) (out []string) {
		for _, s := range list {
			out = append(out, scope.Encode(s)+" "+s.Class)
		}
		return out
	}
	was, is := d.from.Scope.Includes, d.to.Scope.Includes
	lost, won := difference(was, is)
	if len(lost)+len(won) == 0 && !slices.Equal(classes(was), classes(is)) {
		d.say("Classes of what is included, or the order in which they are given, changed.")
		d.moved = true
	}
	reasons := func(list []*schema.Selector) (out []string) {
		for _, s := range list {
			out = append(out, strings.Join(append([]string{scope.Encode(s), s.Class, s.Reason, s.Owner, s.Method}, s.Inputs...), "\x00"))
		}
		slices.Sort(out)
		return out
	}
	lost, won = difference(d.from.Scope.Excludes, d.to.Scope.Excludes)
	if len(lost)+len(won) == 0 && (!slices.Equal(reasons(d.from.Scope.Excludes), reasons(d.to.Scope.Excludes)) ||
		len(d.said) == 0 && !slices.Equal(reasons(was), reasons(is))) {
		d.say("What is said about selectors (reason, owner, method, inputs) changed.")
	}
}

// difference gives the selectors of one list that the other lacks, both ways;
// equal texts pair off one by one.
func difference(was, is []*schema.Selector) (lost, won []*schema.Selector) {
	count := map[string]int{}
	for _, s := range was {
		count[scope.Encode(s)]++
	}
	for _, s := range is {
		if key := scope.Encode(s); count[key] > 0 {
			count[key]--
		} else {
			won = append(won, s)
		}
	}
	for _, s := range slices.Backward(was) { // the last of equal ones are left over
		if key := scope.Encode(s); count[key] > 0 {
			count[key]--
			lost = append(lost, s)
		}
	}
	slices.Reverse(lost)
	return lost, won
}

// selection says what a selector selects: "paths /tmp/**, names *.bam".
func selection(s *schema.Selector) string {
	var members map[string]any
	if err := json.Unmarshal([]byte(scope.Encode(s)), &members); err != nil || len(members) == 0 {
		return "everything"
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		v := members[name]
		if list, ok := v.([]any); ok {
			var parts []string
			for _, e := range list {
				parts = append(parts, fmt.Sprint(e))
			}
			v = strings.Join(parts, " ")
		}
		if f, ok := v.(float64); ok {
			v = number(f).text
		}
		names[i] += fmt.Sprintf(" %v", v)
	}
	return strings.Join(names, ", ")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
