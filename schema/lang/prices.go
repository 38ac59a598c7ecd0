package lang

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// validatePrices refuses prices that cannot be added up, because nothing
// converts currencies, and those of which nobody could tell which one holds.
func (l *loader) validatePrices(all []*schema.Price) {
	var first *schema.Price
	said := map[string]diag.Range{}
	for _, p := range all {
		if c, ok := p.Options["currency"].(string); ok {
			l.validateCurrency(p, first, c)
			if first == nil {
				first = p
			}
		}
		for _, a := range prices.attrs[4:] {
			if _, ok := p.Options[a.name]; !ok {
				continue
			}
			key := strings.Join([]string{strings.ToLower(p.Provider), p.Region, p.Tier, a.name}, "\x00")
			if at, twice := said[key]; twice {
				l.fail(p.Origin.At(a.name), "contradiction", "Attributes contradict each other",
					fmt.Sprintf("The price %q of the same provider, region and tier stands in line %d of %s already, and nobody could tell which one holds. Remove one.", a.name, at.Start.Line, at.Filename))
			} else {
				said[key] = p.Origin.At(a.name)
			}
		}
	}
}

func (l *loader) validateCurrency(p, first *schema.Price, c string) {
	switch {
	case len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		l.fail(p.Origin.At("currency"), "invalid_value", "Invalid value",
			fmt.Sprintf("The attribute \"currency\" must be three capital letters as in ISO 4217, for example \"EUR\", not %q.", c))
	case first != nil && first.Options["currency"] != c:
		at := first.Origin.At("currency")
		l.fail(p.Origin.At("currency"), "contradiction", "Attributes contradict each other",
			fmt.Sprintf("Prices are in %q here and in %q in line %d of %s. Nothing converts currencies, so that their sum would mean nothing. Write all prices in one.", c, first.Options["currency"], at.Start.Line, at.Filename))
	}
}
