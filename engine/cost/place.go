package cost

import (
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// place is where objects lie: a source or a destination.
type place struct {
	f         *Forecast
	address   string
	providers []string // whose prices hold, in the order in which they are tried
	region    string
	kind      string // type of the block; "" for a place that is not configured
	home      string // class that objects get where nobody names one
	free      bool   // nothing costs anything here
	lanes     []*lane
}

// usual is the class of an object that nobody chose one for; archives the one
// that archiving leads to.
var (
	usual    = map[string]string{"s3": "STANDARD", "azure": "Hot", "gcs": "STANDARD", "dnanexus": "live"}
	archives = map[string]string{"s3": "GLACIER", "azure": "Archive", "gcs": "ARCHIVE", "dnanexus": "archived"}
)

func (f *Forecast) place(address, kind string, at schema.Place, options map[string]any) *place {
	endpoint, _ := options["endpoint"].(string)
	p := &place{f: f, address: address, providers: providersOf(kind, at.Provider, endpoint), region: at.Region, kind: kind, home: usual[kind]}
	p.free = kind == "filesystem" && p.lane(p.home).costsNothing()
	f.free = f.free && p.free
	return p
}

// providersOf says whose prices hold. A bucket behind an endpoint of its own is
// not the big provider's; a project is paid to the platform, wherever it lies;
// and a mounted folder costs nothing unless somebody says what.
func providersOf(kind, provider, endpoint string) []string {
	switch {
	case kind == "dnanexus":
		return []string{"dnanexus"}
	case kind == "filesystem" && provider != "":
		return []string{canonical(provider), kind}
	case provider != "":
		return []string{canonical(provider)}
	case kind == "s3" && endpoint == "":
		return []string{"aws"}
	case kind == "azure" && endpoint != "", kind == "gcs" && endpoint != "":
		return []string{kind + " at " + endpoint}
	}
	return []string{kind}
}

// stranger is a place that the configuration does not have: nobody knows what
// it costs.
func (f *Forecast) stranger(name string) *place {
	p := f.byName[name]
	if p == nil {
		p = &place{f: f, address: name}
		f.byName[name] = p
	}
	return p
}

// destination is the place of an address.
func (f *Forecast) destination(address string) *place {
	if p := f.byAddr[address]; p != nil {
		return p
	}
	name := address
	if a, err := addr.ParseResource(address); err == nil {
		name = a.Instance()
	}
	return f.stranger(name)
}

// source is the place of a source's instance name.
func (f *Forecast) source(name string) *place {
	p := f.sources[name]
	if p == nil {
		p = &place{f: f, address: "source " + name}
		f.sources[name] = p
	}
	return p
}

// classOf is the storage class of a copy: by its tier where it was moved, else
// by the copy block that asks for it, else by its destination.
func (f *Forecast) classOf(p *place, claim, tier string) string {
	home := p.home
	if t := f.tiers[claim]; t != "" && !p.moves() {
		home = t
	}
	switch storage.Tier(tier) {
	case storage.TierArchived, storage.TierUnarchiving:
		return p.cold(home)
	}
	return home // what waits for its archiving is still in standard storage
}

// moves tells whether objects come to the place in its usual class whatever is
// asked for, and are moved to another one afterwards.
func (p *place) moves() bool { return p.kind == "dnanexus" }

// cold is the class that archiving leads to from another one; what is archived
// by its class stays there.
func (p *place) cold(class string) string {
	c := archives[p.kind]
	if p.kind == "" {
		return string(storage.TierArchived) // of a stranger nothing is known, but that it is another class
	}
	if c == "" || class == "DEEP_ARCHIVE" {
		return class
	}
	return c
}

// lane is one class at one place, with its prices.
type lane struct {
	place  *place
	class  string
	prices [kinds]*Price
	stay   *int64 // minimum stay in days; nil where nobody says
	// Bytes by the day on which their minimum stay ends, as recorded and what a
	// plan adds to that. There are as many days as the longest stay has.
	staysNow, staysMore map[int64]int64
}

// lane is looked for in a row: a place has few.
func (p *place) lane(class string) *lane {
	for _, l := range p.lanes {
		if l.class == class {
			return l
		}
	}
	b := p.f.book
	l := &lane{place: p, class: class, stay: b.stay(p.providers, p.region, class), staysNow: map[int64]int64{}, staysMore: map[int64]int64{}}
	for k := range kinds {
		l.prices[k] = b.price(p.providers, p.region, class, k)
	}
	p.lanes = append(p.lanes, l)
	return l
}

func (l *lane) costsNothing() bool {
	for _, p := range l.prices {
		if p == nil || p.Amount.Sign() != 0 {
			return false
		}
	}
	return true
}

// name is how a price of the lane is called where it is missing.
func (l *lane) name(what string) string {
	p := l.place
	if p.kind == "" {
		return what + " at " + p.address + ", which is not configured"
	}
	text := p.providers[0]
	region := p.region
	if region == "" {
		region = "in no named region"
	}
	text += " " + region
	if l.class != "" {
		text += " " + l.class
	}
	return text + " " + what
}

const dayMillis = 24 * 60 * 60 * 1000

// dayOf counts days from 1970-01-01, UTC.
func dayOf(t time.Time) int64 {
	ms := t.UnixMilli()
	if ms < 0 {
		ms -= dayMillis - 1
	}
	return ms / dayMillis
}

// dateOf is a day as it is shown.
func dateOf(day int64) string { return time.UnixMilli(day * dayMillis).UTC().Format("2006-01-02") }

// stayEnds is the day on which what came at an instant may leave for nothing,
// counted in days by date, UTC. False without a minimum stay.
func (l *lane) stayEnds(since time.Time) (day int64, ok bool) {
	if l.stay == nil || *l.stay == 0 {
		return 0, false
	}
	return dayOf(since) + *l.stay, true
}
