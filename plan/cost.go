package plan

import "strconv"

// appendJSON writes the cost of a change: as a summary does, but without amounts
// that are nothing, as most of them are.
func (c *Cost) appendJSON(b []byte) []byte {
	b = appendMember(b, '{', "currency", c.Currency)
	b = strconv.AppendBool(appendName(b, ',', "known"), c.Known)
	b = appendAmount(b, "storage_month", c.StorageMonth)
	b = appendAmount(b, "storage_month_before", c.StorageBefore)
	b = appendAmount(b, "egress", c.Egress)
	b = appendAmount(b, "requests", c.Requests)
	b = appendAmount(b, "retrieval", c.Retrieval)
	b = appendAmount(b, "early_deletion", c.EarlyDeletion)
	b = appendAmount(b, "exposure", c.Exposure)
	b = appendText(b, "exposure_until", c.ExposureUntil)
	if len(c.Missing) > 0 {
		b = appendList(b, "missing", c.Missing)
	}
	return append(appendText(b, "listed_on", c.ListedOn), '}')
}

func appendAmount(b []byte, name string, n float64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendFloat(appendName(b, ',', name), n, 'f', -1, 64)
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
