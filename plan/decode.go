package plan

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// Decoder reads changes back from their JSON. It keeps words that return in
// change after change (labels, actions, claims) once. It is used by one
// goroutine at a time; the changes it returns are the caller's.
type Decoder struct {
	s     scanner
	words map[string]string
	// file and copy are the times read last of either: mtime and ctime mostly are
	// one, and a plan's copies of one moment.
	file, copy moment
}

// moment is a time as it was read last.
type moment struct {
	text []byte
	at   time.Time
}

// Change reads one change. Members that it does not know are skipped, as a
// later minor version may write them; a member given twice, a wrong type, or
// anything after the object is an error. What it returns has passed Check.
func (d *Decoder) Change(line []byte) (*Change, error) {
	c := new(Change)
	d.s.start(line)
	d.change(c)
	d.s.finish()
	if d.s.err != nil {
		return nil, fmt.Errorf("reading a change: %w", d.s.err)
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return c, nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Change) UnmarshalJSON(b []byte) error {
	var d Decoder
	read, err := d.Change(b)
	if err == nil {
		*c = *read
	}
	return err
}

// Check refuses a change that no diff could have made: a path that leads out
// of its root, an unknown action, a negative size or count.
func (c *Change) Check() error {
	switch {
	case !c.Action.known():
		return fmt.Errorf("change %q has the unknown action %q", c.Address, c.Action)
	case !addr.CheckPath(c.Object.Path):
		return fmt.Errorf("change %q has the unsafe path %q", c.Address, c.Object.Path)
	case (c.Object.Kind == Directory) != addr.IsFolder(c.Object.Path):
		return fmt.Errorf("change %q is of kind %q, which its path %q is not", c.Address, c.Object.Kind, c.Object.Path)
	case (c.Object.Kind == Access) != (c.Action == Revoke):
		return fmt.Errorf("change %q has the action %q, which is none of %q", c.Address, c.Action, c.Object.Kind)
	case c.Address == "" || c.Object.Source == "" && c.Object.Kind != Access || c.Object.Kind == "":
		return fmt.Errorf("change %q lacks its address, source or kind", c.Address)
	case c.From != "" && (!addr.CheckPath(c.From) || addr.IsFolder(c.From) || c.Action != Adopt || c.Before == nil):
		return fmt.Errorf("change %q cannot take a copy over from %q", c.Address, c.From)
	case c.Object.Size < 0 || c.Remaining < 0 || c.CopiesBefore < 0 || c.CopiesAfter < 0:
		return fmt.Errorf("change %q has a negative size or count", c.Address)
	}
	for _, f := range []*CopyFacts{c.Before, c.After, c.Superseded} {
		if err := f.check(); err != nil {
			return fmt.Errorf("change %q: %w", c.Address, err)
		}
	}
	return nil
}

func (f *CopyFacts) check() error {
	switch {
	case f == nil:
		return nil
	case f.Seq < 1 || f.Size < 0:
		return errors.New("a copy has no version number, or a negative size")
	case f.Key != "" && !addr.CheckPath(f.Key):
		return fmt.Errorf("a copy has the unsafe key %q", f.Key)
	}
	return nil
}

func (a Action) known() bool {
	for _, b := range Actions {
		if a == b {
			return true
		}
	}
	return false
}

func (d *Decoder) change(c *Change) {
	var from, b64 string
	for ok := d.s.member(); ok; ok = d.s.next() {
		switch string(d.s.name) {
		case "address":
			c.Address = d.text(1 << 0)
		case "backup":
			c.Backup = d.word(1 << 1)
		case "copy":
			c.Copy = d.word(1 << 2)
		case "destination":
			c.Destination = d.word(1 << 3)
		case "action":
			c.Action = Action(d.word(1 << 4))
		case "reason":
			c.Reason = Reason(d.word(1 << 5))
		case "detail":
			c.Detail = d.word(1 << 6)
		case "object":
			d.nested(1<<7, func() { d.object(&c.Object) })
		case "before":
			c.Before = d.facts(1 << 8)
		case "after":
			c.After = d.facts(1 << 9)
		case "superseded":
			c.Superseded = d.facts(1 << 10)
		case "remaining":
			c.Remaining = int(d.int(1 << 11))
		case "copies_before":
			c.CopiesBefore = int(d.int(1 << 12))
		case "copies_after":
			c.CopiesAfter = int(d.int(1 << 13))
		case "cost":
			c.Cost = d.cost(1 << 14)
		case "from":
			from = d.text(1 << 15)
		case "from_b64":
			b64 = d.text(1 << 16)
		default:
			d.s.skip()
		}
	}
	c.From = d.path(from, b64)
}

func (d *Decoder) object(o *Object) {
	var path, b64 string
	for ok := d.s.member(); ok; ok = d.s.next() {
		switch string(d.s.name) {
		case "source":
			o.Source = d.word(1 << 0)
		case "path":
			path = d.text(1 << 1)
		case "path_b64":
			b64 = d.text(1 << 2)
		case "kind":
			o.Kind = Kind(d.word(1 << 3))
		case "size":
			o.Size = d.int(1 << 4)
		case "mtime":
			o.MTime = d.instant(1 << 5)
		case "ctime":
			o.CTime = d.instant(1 << 6)
		case "inode":
			o.Inode = d.big(1 << 7)
		case "dev":
			o.Dev = d.big(1 << 8)
		case "mode":
			o.Mode = d.small(1 << 9)
		case "uid":
			o.UID = d.small(1 << 10)
		case "gid":
			o.GID = d.small(1 << 11)
		case "nlink":
			o.Nlink = d.small(1 << 12)
		case "id":
			o.ID = d.text(1 << 13)
		case "class":
			o.Class = d.word(1 << 14)
		case "live":
			o.Live = d.bool(1 << 15)
		default:
			d.s.skip()
		}
	}
	o.Path = d.path(path, b64)
}

func (d *Decoder) facts(bit uint32) *CopyFacts {
	if d.s.once(bit); d.s.null() {
		return nil
	}
	f := new(CopyFacts)
	d.nested(0, func() { d.copyFacts(f) })
	return f
}

func (d *Decoder) copyFacts(f *CopyFacts) {
	var key, b64 string
	for ok := d.s.member(); ok; ok = d.s.next() {
		switch string(d.s.name) {
		case "key":
			key = d.text(1 << 0)
		case "key_b64":
			b64 = d.text(1 << 1)
		case "seq":
			f.Seq = int(d.int(1 << 2))
		case "status":
			f.Status = d.word(1 << 3)
		case "size":
			f.Size = d.int(1 << 4)
		case "digest":
			f.Digest = d.text(1 << 5)
		case "copied_at":
			f.CopiedAt = d.time(1 << 6)
		case "verified_at":
			f.VerifiedAt = d.time(1 << 7)
		case "superseded_at":
			f.SupersededAt = d.time(1 << 8)
		case "gone_at":
			f.GoneAt = d.time(1 << 9)
		case "retired_at":
			f.RetiredAt = d.time(1 << 10)
		case "retain_until":
			f.RetainUntil = d.until(1 << 11)
		case "term_reason":
			f.TermReason = d.word(1 << 12)
		case "claims":
			f.Claims = d.list(1 << 13)
		case "held":
			f.Held = d.list(1 << 14)
		case "locked_until":
			f.LockedUntil = d.until(1 << 15)
		case "tier":
			f.Tier = d.word(1 << 16)
		case "tiered_at":
			f.TieredAt = d.time(1 << 17)
		default:
			d.s.skip()
		}
	}
	f.Key = d.path(key, b64)
}

// nested reads an object inside one; the members seen so far belong to the
// outer one.
func (d *Decoder) nested(bit uint32, read func()) {
	d.s.once(bit)
	seen := d.s.seen
	read()
	d.s.seen = seen
}

func (d *Decoder) text(bit uint32) string {
	d.s.once(bit)
	return string(d.s.str())
}

// maxWords bounds what a hostile file can make the decoder remember.
const maxWords = 512

func (d *Decoder) word(bit uint32) string {
	d.s.once(bit)
	b := d.s.str()
	if w, ok := d.words[string(b)]; ok {
		return w
	}
	w := string(b)
	if d.words == nil {
		d.words = make(map[string]string, 32)
	}
	if len(d.words) < maxWords {
		d.words[w] = w
	}
	return w
}

func (d *Decoder) list(bit uint32) []string {
	d.s.once(bit)
	var list []string
	for ok := d.s.element(); ok; ok = d.s.further() {
		list = append(list, d.word(0))
	}
	return list
}

func (d *Decoder) int(bit uint32) int64 {
	d.s.once(bit)
	return d.s.integer()
}

func (d *Decoder) small(bit uint32) uint32 {
	n := d.int(bit)
	if n < 0 || n > 1<<32-1 {
		d.s.fail("a number is out of range")
	}
	return uint32(n)
}

func (d *Decoder) big(bit uint32) uint64 {
	d.s.once(bit)
	n, err := strconv.ParseUint(string(d.s.str()), 10, 64)
	if err != nil {
		d.s.fail("a number is out of range")
	}
	return n
}

func (d *Decoder) bool(bit uint32) bool {
	d.s.once(bit)
	return d.s.boolean()
}

func (d *Decoder) instant(bit uint32) int64 {
	d.s.once(bit)
	t := d.moment(&d.file)
	if y := t.Year(); d.s.err == nil && (y < 1678 || y > 2261) {
		d.s.fail("a file time is out of range")
		return 0
	}
	return t.UnixNano()
}

func (d *Decoder) time(bit uint32) time.Time {
	d.s.once(bit)
	return d.moment(&d.copy)
}

// moment reads a time, unless it is the one that was read last.
func (d *Decoder) moment(m *moment) time.Time {
	text := d.s.str()
	if len(text) > 0 && bytes.Equal(m.text, text) {
		return m.at
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		d.s.fail("a time is not RFC 3339")
		return time.Time{}
	}
	m.text, m.at = append(m.text[:0], text...), t.UTC()
	return m.at
}

func (d *Decoder) until(bit uint32) schema.Until {
	d.s.once(bit)
	var u schema.Until
	if err := u.UnmarshalText(d.s.str()); err != nil {
		d.s.fail(err.Error())
	}
	return u
}

func (d *Decoder) path(text, b64 string) string {
	p, err := addr.PathFromJSON(text, b64)
	if err != nil {
		d.s.fail("a path is not base64")
	}
	return p
}
