package view

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/plan"
)

// costLine is what a plan costs, in one line: what it adds a month, what is paid
// once, and the prices that are missing. It is empty where nothing is paid for
// anything, and where nothing was worked out.
func costLine(c *plan.Cost) string {
	if c.Currency == "" {
		return ""
	}
	parts := monthly(c)
	for _, once := range []struct {
		name   string
		amount float64
	}{
		{"egress", c.Egress}, {"requests", c.Requests}, {"retrieval", c.Retrieval}, {"early deletion", c.EarlyDeletion},
	} {
		if once.amount != 0 {
			parts = append(parts, once.name+" "+money(once.amount, c.Currency)+" once")
		}
	}
	text := strings.Join(parts, ", ")
	if c.Exposure > 0 {
		text += fmt.Sprintf("; leaving early would cost %s more, until %s", money(c.Exposure, c.Currency), c.ExposureUntil)
	}
	if n := len(c.Missing); n > 0 {
		if text == "" {
			text = "unknown"
		}
		text += "; " + plural(int64(n), "price unknown: ", "prices unknown: ") + printable(few(c.Missing))
	}
	if text != "" && c.ListedOn != "" {
		text += " (list prices, the oldest of " + c.ListedOn + ")"
	}
	return text
}

// monthly is what storage costs a month, and by how much the plan changes that.
func monthly(c *plan.Cost) []string {
	switch change := c.StorageMonth - c.StorageBefore; {
	case change > 0:
		return []string{plus(money(change, c.Currency)) + " a month"}
	case change < 0:
		return []string{minus(money(change, c.Currency)) + " a month"}
	case c.StorageMonth != 0:
		return []string{money(c.StorageMonth, c.Currency) + " a month as before"}
	}
	return nil
}

// money is an amount to two places; one that is too small for that is not shown
// as nothing.
func money(n float64, currency string) string {
	text := fmt.Sprintf("%.2f", n)
	if strings.Trim(text, "-0.") == "" && n != 0 {
		return "less than 0.01 " + currency
	}
	return text + " " + currency
}

// plus gives an amount its sign; words need another.
func plus(amount string) string {
	if strings.HasPrefix(amount, "less") {
		return amount + " more"
	}
	return "+" + amount
}

func minus(amount string) string {
	if strings.HasPrefix(amount, "less") {
		return amount + " less"
	}
	return amount // it has its own
}

// fewNames is how many names of a list a line shows.
const fewNames = 4

// few is the first of a list of names, and how many there are besides.
func few(names []string) string {
	if len(names) <= fewNames {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:fewNames], ", ") + fmt.Sprintf(" and %d more", len(names)-fewNames)
}
