package cost

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/backstay/backstay/schema"
)

// Kind is what a price is for.
type Kind int

// The kinds of price.
const (
	Storage   Kind = iota // a GiB and month
	Egress                // a GiB that leaves its region
	Retrieval             // a GiB that is read from its class
	Writes                // 1,000 requests that write or list
	Reads                 // 1,000 requests that read
	kinds
)

// kindNames are the attributes of a prices block.
var kindNames = [kinds]string{"storage", "egress", "retrieval", "writes", "reads"}

// minStay names the price that is no price: how long a class wants to be paid.
const minStay = "min_stay"

// String is the attribute of a prices block.
func (k Kind) String() string { return kindNames[k] }

// Price is one figure of the price book.
type Price struct {
	Amount   Amount
	Currency string
	List     bool   // the provider's public price, not the customer's own
	Source   string // where a list price was published; "" for one of the configuration
	Date     string // when it was read there, 2006-01-02
}

// entry is one line of the price book, or one prices block: what it says of a
// provider, of all its regions where region is empty and of all classes where
// tier is. A region that ends in "*" stands for all that begin so.
type entry struct {
	provider, region, tier string
	prices                 [kinds]*Price
	minStay                *int64 // days
}

// book answers for a provider, region and class. The configuration's lines come
// first; within each, the one that says more: class and region, then class,
// then region.
type book struct {
	currency  string
	own, list []entry
}

//go:embed prices.json
var listFile []byte

// listed are the list prices that come with the program.
var listed = func() []entry {
	entries, err := parseList(listFile)
	if err != nil {
		panic("cost: bug: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return entries
}()

// listLine is a line of prices.json. Prices are decimals in quotes, so that no
// reader makes them binary.
type listLine struct {
	Provider string            `json:"provider"`
	Regions  []string          `json:"regions"`
	Tier     string            `json:"tier"`
	Prices   map[string]string `json:"prices"`
	MinStay  *int64            `json:"min_stay_days"`
	Source   string            `json:"source"`
	Date     string            `json:"date"`
}

// DefaultCurrency is that of the list prices, and of a configuration that names
// none.
const DefaultCurrency = "USD"

func parseList(text []byte) (entries []entry, err error) {
	var file struct {
		Format   int        `json:"format"`
		Currency string     `json:"currency"`
		Lines    []listLine `json:"lines"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("the price book: %w", err)
	}
	if file.Format != 1 || file.Currency != DefaultCurrency {
		return nil, fmt.Errorf("the price book has format %d in %q", file.Format, file.Currency)
	}
	for _, l := range file.Lines {
		if len(l.Regions) == 0 {
			l.Regions = []string{""}
		}
		for _, region := range l.Regions {
			e := entry{provider: l.Provider, region: region, tier: l.Tier, minStay: l.MinStay}
			for name, text := range l.Prices {
				k := kindOf(name)
				amount, ok := ParseAmount(text)
				if k < 0 || !ok || amount.Sign() < 0 {
					return nil, fmt.Errorf("the price book: %s of %s %s is %q", name, l.Provider, l.Tier, text)
				}
				e.prices[k] = &Price{Amount: amount, Currency: file.Currency, List: l.Date != "", Source: l.Source, Date: l.Date}
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}

func kindOf(name string) Kind {
	for k, n := range kindNames {
		if n == name {
			return Kind(k)
		}
	}
	return -1
}

// newBook lays the configuration's prices over the list.
func newBook(own []*schema.Price) *book {
	b := &book{currency: DefaultCurrency, list: listed}
	for _, p := range own {
		if c, ok := p.Options["currency"].(string); ok {
			b.currency = c // one for all, or the configuration has errors
		}
	}
	for _, p := range own {
		e := entry{provider: canonical(p.Provider), region: p.Region, tier: p.Tier}
		for k := range kinds {
			if v, ok := p.Options[k.String()].(float64); ok {
				// The shortest decimal that is this number is the one that was written.
				amount, _ := ParseAmount(strconv.FormatFloat(v, 'f', -1, 64))
				e.prices[k] = &Price{Amount: amount, Currency: b.currency}
			}
		}
		e.minStay = stayOf(p.Options[minStay])
		b.own = append(b.own, e)
	}
	return b
}

// stayOf is the minimum stay of a prices block in days, nil where it says none.
func stayOf(v any) *int64 {
	text, _ := v.(string)
	t, err := schema.ParseTerm(text)
	if err != nil {
		return nil
	}
	days := t.WholeDays()
	if t.IsForever() || days > foreverDays {
		days = foreverDays
	}
	return &days
}

// foreverDays stands for a stay without an end: a century.
const foreverDays = 36525

// canonical is a provider as the price book spells it.
func canonical(provider string) string {
	switch p := strings.ToLower(provider); p {
	case "amazon":
		return "aws"
	case "gcp", "google":
		return "gcs"
	case "microsoft":
		return "azure"
	default:
		return p
	}
}

// weight tells how much an entry says of a class; -1 if it says nothing.
func (e *entry) weight(provider, region, tier string) int {
	if e.provider != provider || e.tier != "" && e.tier != tier || !e.covers(region) {
		return -1
	}
	w := 0
	if e.tier != "" {
		w += 2
	}
	if e.region != "" {
		w++
	}
	return w
}

func (e *entry) covers(region string) bool {
	if prefix, ok := strings.CutSuffix(e.region, "*"); ok {
		return strings.HasPrefix(region, prefix)
	}
	return e.region == "" || e.region == region
}

// find is the entry that says most among those that have what is asked for.
func find(entries []entry, provider, region, tier string, has func(*entry) bool) *entry {
	var best *entry
	most := -1
	for i := range entries {
		e := &entries[i]
		if w := e.weight(provider, region, tier); w > most && has(e) {
			best, most = e, w
		}
	}
	return best
}

// price is the price of a kind, or nil; providers are tried in their order.
func (b *book) price(providers []string, region, tier string, k Kind) *Price {
	for _, p := range providers {
		for _, entries := range [][]entry{b.own, b.list} {
			if e := find(entries, p, region, tier, func(e *entry) bool { return e.prices[k] != nil && b.usable(e.prices[k]) }); e != nil {
				return e.prices[k]
			}
		}
	}
	return nil
}

// usable tells whether a price can be added to the others: nothing converts
// currencies, and nothing is nothing in each of them.
func (b *book) usable(p *Price) bool { return p.Currency == b.currency || p.Amount.Sign() == 0 }

// stay is the minimum stay in days, or nil. A provider that only the
// configuration prices has none unless it says so.
func (b *book) stay(providers []string, region, tier string) *int64 {
	for _, p := range providers {
		for _, entries := range [][]entry{b.own, b.list} {
			if e := find(entries, p, region, tier, func(e *entry) bool { return e.minStay != nil }); e != nil {
				return e.minStay
			}
		}
		own := find(b.own, p, region, tier, func(e *entry) bool { return e.prices[Storage] != nil })
		if own != nil && !slices.ContainsFunc(b.list, func(e entry) bool { return e.provider == p }) {
			return new(int64)
		}
	}
	return nil
}
