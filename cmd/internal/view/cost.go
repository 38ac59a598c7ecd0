package view

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/schema/diag"
)

// Cost shows what copies cost.
type Cost interface {
	Result(r *engine.CostResult, ds diag.List) error
}

// NewCost gives the view that the output asks for.
func NewCost(o *Output) Cost {
	if o.JSON {
		return &costJSON{o}
	}
	return &costText{o}
}

type costText struct{ o *Output }

// Result prints what is stored, the plan in one line, what leaving early would
// cost, and the prices that all this rests on.
func (v *costText) Result(r *engine.CostResult, _ diag.List) error {
	if r.Outcome == engine.Failed {
		return nil
	}
	t := &text{s: &v.o.Out}
	if len(r.Rows) == 0 && r.Total.Known {
		t.printf("Nothing that is stored, and nothing that the plan does, costs anything.\n")
		return v.o.flush(t)
	}
	t.stored(r)
	t.exposures(r)
	t.prices(r)
	if line := costLine(&r.Total); line != "" {
		t.printf("Cost: %s.\n", line)
	}
	if r.Refused {
		t.printf("The plan is refused: apply would not carry it out as it is.\n")
	}
	return v.o.flush(t)
}

// stored prints the rows as a table.
func (t *text) stored(r *engine.CostResult) {
	cells := [][]string{{"Where", "Class", "Backup plan", "Copies", "A month", "Once", "Then a month"}}
	for i := range r.Rows {
		row := &r.Rows[i]
		month, once, then := figure(row.Month), figure(row.Once), figure(row.Then)
		if len(row.Missing) > 0 {
			month, once, then = "unknown", "unknown", "unknown"
		}
		cells = append(cells, []string{
			printable(row.Place), orNone(row.Tier), orNone(row.Backup), number(row.Copies.Objects) + weight(row.Copies.Bytes), month, once, then,
		})
	}
	t.printf("%s\n\n", t.s.paint(bold, "What is stored, and what the plan makes of it, in "+r.Total.Currency))
	t.table(cells, 3)
	t.printf("\n")
}

// figure is an amount in a table: nothing is a dash, and what is too small for
// two places is not nothing.
func figure(a cost.Amount) string {
	text := a.Decimal(2)
	switch {
	case a.Sign() == 0:
		return "-"
	case strings.Trim(text, "0.") == "":
		return "< 0.01"
	}
	return text
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return printable(s)
}

// table prints cells in columns; from one column on they are figures, and end
// below each other.
func (t *text) table(cells [][]string, figures int) {
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	for _, row := range cells {
		var line strings.Builder
		for i, c := range row {
			if i >= figures {
				fmt.Fprintf(&line, "  %*s", width[i], c)
			} else {
				fmt.Fprintf(&line, "  %-*s", width[i], c)
			}
		}
		t.printf("%s\n", strings.TrimRight(line.String(), " "))
	}
}

func (t *text) exposures(r *engine.CostResult) {
	for i := range r.Exposures {
		e := &r.Exposures[i]
		name := printable(e.Place) + " " + printable(e.Tier)
		if len(e.Missing) > 0 {
			t.printf("Leaving %s before %s is billed for the rest of its minimum stay, at a price that is unknown.\n", name, e.Until)
			continue
		}
		t.printf("Leaving %s early would cost %s %s today, and %s with what the plan adds; nothing from %s on.\n",
			name, e.Now.Decimal(2), r.Total.Currency, e.After.Decimal(2), e.Until)
		for _, d := range e.ByDate {
			t.printf("  on %s  %s\n", d.Date, d.Amount.Decimal(2))
		}
	}
	if len(r.Exposures) > 0 {
		t.printf("\n")
	}
}

// prices prints those that are not nothing.
func (t *text) prices(r *engine.CostResult) {
	cells := [][]string{{"Price of", "for", "in " + r.Total.Currency, "from"}}
	for i := range r.Prices {
		if p := &r.Prices[i]; p.Price.Sign() != 0 {
			cells = append(cells, []string{printable(p.Place) + " " + printable(p.Tier), p.Kind + ", " + unit(p.Unit), p.Price.String(), origin(p)})
		}
	}
	if len(cells) > 1 {
		t.table(cells, len(cells[0]))
		t.printf("\n")
	}
}

func unit(u string) string {
	if strings.HasPrefix(u, "1") {
		return "for " + u
	}
	return "a " + u
}

func origin(p *cost.Used) string {
	if !p.List {
		return "a prices block"
	}
	return "the list price of " + p.Date
}

type costJSON struct{ o *Output }

func (v *costJSON) Result(r *engine.CostResult, ds diag.List) error {
	d := newDocument(v.o)
	d.member("outcome", r.Outcome)
	if r.Outcome != engine.Failed {
		d.member("as_of", r.AsOf)
		d.member("changes", r.Changes)
		d.member("refused", r.Refused)
		d.member("cost", &r.Total)
	}
	items(d, "storage", r.Rows)
	items(d, "exposure", r.Exposures)
	items(d, "prices", r.Prices)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
