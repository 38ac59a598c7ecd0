package review

import (
	"strconv"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// Money is what a change means for money, as far as the record tells: a new
// file, or one that has no copy at all, is not in it. Known is false where a
// price is missing, and then the amounts are not claims.
type Money struct {
	Currency string `json:"currency"`
	Known    bool   `json:"known"`
	// Month is storage: of new copies what they will cost, of weakened ones what
	// is paid for them today.
	Month   float64  `json:"month"`
	Once    float64  `json:"once"` // to send new copies
	Missing []string `json:"missing,omitempty"`
}

// purse holds the prices of both sides, and the copies that are new.
type purse struct {
	was, will *cost.Forecast
	added     []*addition
}

// addition is a copy block that the new side has and the old one had not.
type addition struct {
	address string // of the copy block
	backup  string
	copy    *schema.Copy
	basket  *cost.Basket
	last    string // the object that was counted last
}

// purse prices storage a month; that does not hang on the day.
func (r *reviewer) purse() *purse {
	p := &purse{was: cost.New(r.base.Config, time.Time{}), will: cost.New(r.head.Config, time.Time{})}
	for _, b := range r.head.Config.Backups {
		for _, c := range b.Copies {
			if address := b.Addr.String() + ".copy." + c.Name; r.brings(address) && r.reaches(c) {
				p.added = append(p.added, &addition{address: address, backup: b.Addr.String(), copy: c, basket: p.will.Basket()})
			}
		}
	}
	return p
}

// brings tells whether a block is new.
func (r *reviewer) brings(address string) bool {
	for i := range r.changes {
		if c := &r.changes[i]; c.Kind == BlockAdded && c.Address == address {
			return true
		}
	}
	return false
}

// reaches tells whether the destination of a copy block is configured.
func (r *reviewer) reaches(c *schema.Copy) bool {
	for _, d := range r.head.Config.Destinations {
		if d.Addr == c.To {
			return true
		}
	}
	return false
}

// add counts a living object for every new copy block of a backup plan that
// wants it, once each.
func (p *purse) add(b, h *Fate) {
	if !b.Live {
		return
	}
	for _, a := range p.added {
		name := b.Source + "\x00" + b.Path
		for _, claim := range h.Wanted {
			if backup, _ := plan.SplitClaim(claim); backup == a.backup && a.last != name {
				a.last = name
				a.basket.Send(b.Source, a.copy.To.Instance(), plan.Claim(a.backup, a.copy.Name), b.Size)
			}
		}
	}
}

// pay counts a copy that is on record for a cause, once.
func (s *sum) pay(p *purse, f *Fate) {
	name := strings.Join([]string{f.Source, f.Path, f.Destination, strconv.Itoa(f.Seq)}, "\x00")
	if !f.Stored || name == s.paid {
		return
	}
	if s.paid = name; s.basket == nil {
		s.basket = p.was.Basket()
	}
	claim := ""
	if len(f.Claimed) > 0 {
		claim = f.Claimed[0]
	}
	s.basket.Keep(f.Destination, claim, f.Tier, f.Size)
}

// money is what the copies of a cause cost today.
func (s *sum) money(p *purse) *Money {
	if s == nil {
		return nil
	}
	return moneyOf(p.was, s.basket)
}

// moneyOf is what a basket costs; nil where that is nothing.
func moneyOf(f *cost.Forecast, b *cost.Basket) *Money {
	if b == nil {
		return nil
	}
	month, once, missing := b.Sum()
	if month.Sign() == 0 && once.Sign() == 0 && len(missing) == 0 {
		return nil
	}
	return &Money{
		Currency: f.Currency(), Known: len(missing) == 0, Month: month.Number(cost.Places), Once: once.Number(cost.Places), Missing: missing,
	}
}

// spend gives the changes that bring copies what these cost.
func (p *purse) spend(changes []Change) {
	for _, a := range p.added {
		for i := range changes {
			if c := &changes[i]; c.Kind == BlockAdded && c.Address == a.address && c.Attribute == "" {
				c.Money = moneyOf(p.will, a.basket)
			}
		}
	}
}
