package cost

import (
	"math/big"

	"github.com/backstay/backstay/engine/record"
)

// Basket adds up what some copies cost that are of one concern, by the prices
// of a forecast and beside it.
type Basket struct {
	f     *Forecast
	cells map[*lane]*cell
}

// Basket gives an empty one.
func (f *Forecast) Basket() *Basket { return &Basket{f, map[*lane]*cell{}} }

// TakesRoom tells whether the bytes of a recorded copy lie at its destination.
func TakesRoom(r *record.Copy) bool { return takesRoom(r.Status, r.RetiredFrom) }

// Keep adds a copy that is stored at a destination, by its instance name. claim
// is who wants it, tier where it was moved to; both may be empty.
func (b *Basket) Keep(destination, claim, tier string, bytes int64) {
	p := b.f.byName[destination]
	if p == nil {
		p = b.f.stranger(destination)
	}
	b.cell(p.lane(b.f.classOf(p, claim, tier))).copies.Add(bytes)
}

// Send adds an object that goes from a source to a destination, both by their
// instance names, to be stored there.
func (b *Basket) Send(source, destination, claim string, bytes int64) {
	b.Keep(destination, claim, "", bytes)
	from, to := b.f.source(source), b.f.byName[destination]
	u := reading(from.lane(from.home), bytes)
	b.cell(u.lane).add(&u)
	b.cell(to.lane(b.f.classOf(to, claim, ""))).writes += uploads(bytes)
}

func (b *Basket) cell(l *lane) *cell {
	c := b.cells[l]
	if c == nil {
		c = &cell{lane: l}
		b.cells[l] = c
	}
	return c
}

// Sum is storage a month, what is paid once, and the names of the prices that
// are missing, sorted: then neither amount is a claim.
func (b *Basket) Sum() (month, once Amount, missing []string) {
	var s sum
	for _, c := range b.cells {
		s.before = s.before.Plus(s.of(c.lane, Storage, big.NewInt(c.copies.Bytes), gib))
		s.once(c)
	}
	return s.before, s.egress.Plus(s.requests).Plus(s.retrieval), s.missing
}
