package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// fact is one attribute of a block, with the way in which it protects.
type fact struct {
	name  string
	kind  Kind
	way   direction
	value value
	ranks []string // of more: words from the weakest to the strongest
	at    *diag.Range
}

// block is what is compared under one address.
type block struct {
	address string
	origin  schema.Origin
	facts   []fact
	gone    Kind   // what it is called if it is no longer there
	left    Effect // and what that does
	came    Kind   // what it is called if it is new
	joined  Effect
}

// fact adds an attribute. It stands in the block's own origin unless at says
// where its inner block is.
func (b *block) fact(name string, kind Kind, way direction, v value) {
	b.within("", b.origin, name, kind, way, v)
}

// within adds an attribute of an inner block.
func (b *block) within(inner string, o schema.Origin, name string, kind Kind, way direction, v value) {
	f := fact{name: name, kind: kind, way: way, value: v, at: place(o, name, b.origin)}
	if inner != "" {
		f.name = inner + "." + name
	}
	b.facts = append(b.facts, f)
}

// ranked adds an attribute whose words are ordered; absent is the first word.
func (b *block) ranked(inner string, o schema.Origin, name string, kind Kind, word string, ranks ...string) {
	if word == "" {
		word = ranks[0]
	}
	b.within(inner, o, name, kind, more, value{set: true, text: word})
	b.facts[len(b.facts)-1].ranks = ranks
}

// place is where an attribute was written, or its block, or what the block is in.
func place(o schema.Origin, name string, outer schema.Origin) *diag.Range {
	for _, r := range []diag.Range{o.At(name), o.Block, outer.Block} {
		if !r.IsZero() {
			return &r
		}
	}
	return nil
}

// blocks compares everything that has an address.
func (r *reviewer) blocks() {
	before, after := map[string]*block{}, map[string]*block{}
	var order []string
	for _, b := range describe(r.base) {
		address := r.moves.now(b.address)
		b.rename(r.moves)
		before[address] = b
		order = append(order, address)
	}
	for _, b := range describe(r.head) {
		after[b.address] = b
		if before[b.address] == nil {
			order = append(order, b.address)
		}
	}
	for _, address := range order {
		switch b, a := before[address], after[address]; {
		case a == nil:
			r.gone(address, b, after)
		case b == nil:
			r.came(a)
		default:
			r.compare(b, a)
		}
	}
	r.deferred()
}

// rename gives what the old side refers to its present labels, so that a moved
// block is no difference wherever it is named.
func (b *block) rename(m moves) {
	if len(m) == 0 {
		return
	}
	for i := range b.facts {
		v := &b.facts[i].value
		if strings.ContainsRune(v.text, '.') && len(v.list) == 0 {
			v.text = m.now(v.text)
		}
		if len(v.list) > 0 {
			for j := range v.list {
				v.list[j] = m.now(v.list[j])
			}
			*v = words(v.list)
		}
	}
}

func (r *reviewer) compare(b, a *block) {
	for i := range a.facts {
		is := &a.facts[i]
		j := slices.IndexFunc(b.facts, func(f fact) bool { return f.name == is.name })
		was := fact{}
		if j >= 0 {
			was = b.facts[j]
		}
		r.differs(a.address, &was, is)
	}
	for i := range b.facts {
		was := &b.facts[i]
		if !slices.ContainsFunc(a.facts, func(f fact) bool { return f.name == was.name }) {
			r.differs(a.address, was, &fact{name: was.name, kind: was.kind, way: was.way, at: place(a.origin, was.name, a.origin)})
		}
	}
}

// differs adds the change from one value of an attribute to another.
func (r *reviewer) differs(address string, was, is *fact) {
	if was.value.same(is.value) {
		return
	}
	c := Change{
		Kind: is.kind, Effect: is.way.compare(was.value, is.value, is.ranks), Address: address, Attribute: is.name,
		Before: was.value.text, After: is.value.text, Range: is.at, BaseRange: was.at, Message: sentence(is.name, was.value, is.value),
	}
	if is.way == free {
		c.Kind = Described
	}
	r.add(c)
}

func sentence(name string, was, is value) string {
	switch {
	case !was.set:
		return fmt.Sprintf("%s is now %s; it was not set.", name, is.text)
	case !is.set:
		return fmt.Sprintf("%s is no longer set; it was %s.", name, was.text)
	}
	return fmt.Sprintf("%s goes from %s to %s.", name, was.text, is.text)
}

// gone adds a block that is no longer there. Of inner blocks nothing is said
// where the outer one is gone too.
func (r *reviewer) gone(address string, b *block, after map[string]*block) {
	if outer, _, inner := strings.Cut(address, ".copy."); inner && after[outer] == nil {
		return
	}
	c := Change{
		Kind: b.gone, Effect: b.left, Address: address, Message: address + " is no longer there.", BaseRange: place(b.origin, "", b.origin),
	}
	if outer, _, inner := strings.Cut(address, ".copy."); inner {
		c.Range = place(after[outer].origin, "", after[outer].origin)
	}
	if b.gone == HoldRemoved {
		c.Message += " What it held stays held until a release; what comes later is not held."
		for _, rel := range r.head.Config.Releases {
			if strings.TrimPrefix(rel.Hold, "hold.") == strings.TrimPrefix(address, "hold.") {
				c.Effect, c.Message = Neutral, address+" is no longer there; "+rel.Addr.String()+" ended it."
			}
		}
	}
	r.add(c)
}

func (r *reviewer) came(a *block) {
	c := Change{
		Kind: a.came, Effect: a.joined, Address: a.address, Message: a.address + " is new.", Range: place(a.origin, "", a.origin),
	}
	var shown []string
	for _, f := range a.facts {
		if c.Weakens() && f.value.set {
			shown = append(shown, f.name+" "+f.value.text)
		}
	}
	if len(shown) > 0 {
		c.Message = a.address + " is new: " + strings.Join(shown, "; ") + "."
	}
	r.add(c)
}

// deferred lists what waits for a lookup: it is in neither configuration, and
// nobody can say that it is the same.
func (r *reviewer) deferred() {
	if r.base.Config.Digest == r.head.Config.Digest && r.head.Config.Digest != "" {
		return
	}
	seen := map[string]bool{}
	for _, side := range []*schema.Configuration{r.head.Config, r.base.Config} {
		for _, d := range side.Deferred {
			if address := d.Addr.String(); !seen[address] {
				seen[address] = true
				c := Change{
					Kind: NotComparable, Effect: Unknown, Address: address,
					Message: address + " needs the answer of a data block, which a review does not ask for.",
				}
				if side == r.head.Config {
					c.Range = place(d.Origin, "", d.Origin)
				} else {
					c.BaseRange = place(d.Origin, "", d.Origin)
				}
				r.add(c)
			}
		}
	}
}
