package cost

import (
	"math/big"
	"slices"

	"github.com/backstay/backstay/plan"
)

// cell is what one backup plan has and asks for in one class at one place.
type cell struct {
	lane         *lane
	backup       string
	copies       plan.Count // as recorded
	more         plan.Count // what a plan adds, or takes away
	egress       big.Int
	retrieved    big.Int
	early        big.Int // byte-days
	writes, read int64
	doubts       []string // names of what is not known beside prices
}

func (c *cell) name() string {
	return c.lane.place.address + "\x00" + c.lane.class + "\x00" + c.backup
}

func (c *cell) add(u *usage) {
	c.more.Objects += u.copies
	c.more.Bytes += u.stored
	if u.had != 0 {
		c.copies.Add(u.had)
	}
	if u.doubt != "" && !slices.Contains(c.doubts, u.doubt) {
		c.doubts = append(c.doubts, u.doubt)
	}
	c.writes += u.writes
	c.read += u.reads
	var n big.Int
	c.egress.Add(&c.egress, n.SetInt64(u.egress))
	c.retrieved.Add(&c.retrieved, n.SetInt64(u.retrieved))
	c.early.Add(&c.early, n.SetInt64(u.early))
	if u.stays != 0 {
		c.lane.staysMore[u.staysUntil] += u.stays
	}
}

const gib = 1 << 30

// daysPerMonth is how a month is taken where days are paid for.
const daysPerMonth = 30

// sum is money, and the names of what is not in it.
type sum struct {
	before, after                             Amount // storage a month
	egress, requests, retrieval, early, stays Amount
	staysUntil                                int64 // day; 0 none
	missing                                   []string
}

// of is the price of n units; a price that is missing is named, unless nothing
// is asked for.
func (s *sum) of(l *lane, k Kind, n *big.Int, per int64) Amount {
	if n.Sign() == 0 {
		return Amount{}
	}
	if p := l.prices[k]; p != nil {
		return p.Amount.times(n, per)
	}
	s.lacks(l.name(k.String()))
	return Amount{}
}

func (s *sum) lacks(name string) {
	if i, found := slices.BinarySearch(s.missing, name); !found {
		s.missing = slices.Insert(s.missing, i, name)
	}
}

// usage adds what one change asks for.
func (s *sum) usage(u *usage, today int64) {
	l := u.lane
	c := cell{lane: l, writes: u.writes, read: u.reads}
	c.egress.SetInt64(u.egress)
	c.retrieved.SetInt64(u.retrieved)
	c.early.SetInt64(u.early)
	s.once(&c)
	s.after = s.after.Plus(s.of(l, Storage, big.NewInt(u.stored), gib))
	if u.doubt != "" {
		s.lacks(u.doubt)
	}
	if u.stays != 0 {
		n := big.NewInt(u.stays)
		s.staysUntil = max(s.staysUntil, u.staysUntil)
		s.stays = s.stays.Plus(s.of(l, Storage, n.Mul(n, big.NewInt(u.staysUntil-today)), gib*daysPerMonth))
	}
}

// cell adds what a cell has and asks for.
func (s *sum) cell(c *cell) {
	s.before = s.before.Plus(s.of(c.lane, Storage, big.NewInt(c.copies.Bytes), gib))
	s.after = s.after.Plus(s.of(c.lane, Storage, big.NewInt(c.copies.Bytes+c.more.Bytes), gib))
	s.once(c)
	for _, d := range c.doubts {
		s.lacks(d)
	}
}

// once adds what is paid once.
func (s *sum) once(c *cell) {
	l := c.lane
	s.egress = s.egress.Plus(s.of(l, Egress, &c.egress, gib))
	s.retrieval = s.retrieval.Plus(s.of(l, Retrieval, &c.retrieved, gib))
	s.requests = s.requests.Plus(s.of(l, Writes, big.NewInt(c.writes), 1000)).Plus(s.of(l, Reads, big.NewInt(c.read), 1000))
	s.early = s.early.Plus(s.of(l, Storage, &c.early, gib*daysPerMonth))
}

// stay adds what it would cost if everything left on a day; bytes are by the day
// until which they are to stay.
func (s *sum) stay(l *lane, bytes map[int64]int64, today int64) {
	var n, all big.Int
	for day, b := range bytes {
		if b != 0 && day > today {
			s.staysUntil = max(s.staysUntil, day)
			all.Add(&all, n.Mul(big.NewInt(b), big.NewInt(day-today)))
		}
	}
	s.stays = s.stays.Plus(s.of(l, Storage, &all, gib*daysPerMonth))
}

// cost is the sum as a plan shows it.
func (s *sum) cost(currency string, places int) *plan.Cost {
	c := &plan.Cost{
		Currency: currency, Known: len(s.missing) == 0, StorageBefore: s.before.Number(places), StorageMonth: s.after.Number(places),
		Egress: s.egress.Number(places), Requests: s.requests.Number(places), Retrieval: s.retrieval.Number(places),
		EarlyDeletion: s.early.Number(places), Exposure: s.stays.Number(places), Missing: s.missing,
	}
	if s.staysUntil != 0 {
		c.ExposureUntil = dateOf(s.staysUntil)
	}
	return c
}
