package plan

import (
	"encoding/json"
	"strconv"
)

// appendJSON writes a cost as the summary does. Reflection is no burden here:
// what costs something goes over a network.
func (c *Cost) appendJSON(b []byte) []byte {
	text, err := json.Marshal(c)
	if err != nil {
		return append(b, "null"...) // an amount without end; Check of a reader refuses it
	}
	return append(b, text...)
}

func (d *Decoder) cost(bit uint32) *Cost {
	c := new(Cost)
	d.nested(bit, func() { d.amounts(c) })
	return c
}

func (d *Decoder) amounts(c *Cost) {
	for ok := d.s.member(); ok; ok = d.s.next() {
		switch string(d.s.name) {
		case "currency":
			c.Currency = d.word(1 << 0)
		case "known":
			c.Known = d.bool(1 << 1)
		case "storage_month":
			c.StorageMonth = d.number(1 << 2)
		case "storage_month_before":
			c.StorageBefore = d.number(1 << 3)
		case "egress":
			c.Egress = d.number(1 << 4)
		case "requests":
			c.Requests = d.number(1 << 5)
		case "retrieval":
			c.Retrieval = d.number(1 << 6)
		case "early_deletion":
			c.EarlyDeletion = d.number(1 << 7)
		case "exposure":
			c.Exposure = d.number(1 << 8)
		case "exposure_until":
			c.ExposureUntil = d.word(1 << 9)
		case "missing":
			c.Missing = d.list(1 << 10)
		case "listed_on":
			c.ListedOn = d.word(1 << 11)
		default:
			d.s.skip()
		}
	}
}

func (d *Decoder) number(bit uint32) float64 {
	d.s.once(bit)
	d.s.space()
	from := d.s.i
	d.s.number()
	n, err := strconv.ParseFloat(string(d.s.b[from:d.s.i]), 64)
	if err != nil {
		d.s.fail("a number is out of range")
	}
	return n
}
