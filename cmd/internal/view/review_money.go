package view

import (
	"fmt"

	"github.com/backstay/backstay/engine/review"
)

// MoneyNote says what a change means for money; it is empty where that is
// nothing, or where nothing is on record.
func MoneyNote(c *review.Change) string {
	m := c.Money
	switch {
	case m == nil:
		return ""
	case !m.Known:
		return "What this costs is unknown: no price for " + clean(few(m.Missing)) + "."
	case c.Weakens():
		return fmt.Sprintf("The copies that this concerns cost %s a month today.", money(m.Month, m.Currency))
	}
	text := fmt.Sprintf("Its copies of what is on record will cost %s a month", money(m.Month, m.Currency))
	if m.Once != 0 {
		text += ", and " + money(m.Once, m.Currency) + " once to make"
	}
	return text + "."
}
