package state

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema/addr"
)

// row is one row of an answer, whichever reader it comes from.
type row interface {
	// bytes is a text or blob, empty for NULL; the next call overwrites it.
	bytes(column int) []byte
	number(column int) int64
}

// The columns of queryScan, and of copyColumns.
const (
	scanPath = iota
	scanFacts
)

const (
	copySource = iota
	copyPath
	copyFacts
	copyKey
	copyID
	copyDigest
	copyMethod
	copyReason
	copyRun
	copyExtra
	copyCount
)

// repeated keeps a name that row after row has in common.
type repeated struct{ text string }

func (r *repeated) of(b []byte) string {
	if string(b) != r.text {
		r.text = string(b)
	}
	return r.text
}

// decoder makes copies of rows. It is used by one goroutine.
type decoder struct {
	words  *wordReader
	source repeated
}

// scanned reads a row of queryScan over c, which is used again and again.
func (d *decoder) scanned(r row, c *record.Copy) error {
	c.Path = string(r.bytes(scanPath))
	w, err := readFacts(r.bytes(scanFacts), c)
	if err != nil {
		return damagedRow(c, err)
	}
	if !addr.CheckPath(c.Path) {
		return damagedRow(c, errors.New("the path leads out of its source"))
	}
	return d.words.fill(c, w)
}

// whole reads a row of copyColumns. A row that does not validate is damage: it
// could name a path outside its root.
func (d *decoder) whole(r row) (c record.Copy, err error) {
	c.Source = d.source.of(r.bytes(copySource))
	c.Path = string(r.bytes(copyPath))
	w, err := readFacts(r.bytes(copyFacts), &c)
	if err != nil {
		return c, damagedRow(&c, err)
	}
	if err := d.words.fill(&c, w); err != nil {
		return c, err
	}
	c.Key = unpackKey(r.bytes(copyKey), c.Source, c.Path)
	c.ID = string(r.bytes(copyID))
	c.Digest = unpackDigest(r.bytes(copyDigest))
	if extra := r.bytes(copyExtra); len(extra) > 0 {
		if err := record.ParseExtra(extra, &c); err != nil {
			return c, damagedRow(&c, err)
		}
	}
	if err := c.Validate(); err != nil {
		return c, damagedRow(&c, err)
	}
	return c, d.words.fillRest(&c, r.number(copyMethod), r.number(copyReason), r.number(copyRun))
}

func (r *wordReader) fillRest(c *record.Copy, method, reason, run int64) (err error) {
	if c.VerifyMethod, err = r.text(method); err != nil {
		return err
	}
	if c.TermReason, err = r.text(reason); err != nil {
		return err
	}
	c.Run, err = r.text(run)
	return err
}

func damagedRow(c *record.Copy, err error) error {
	return fmt.Errorf("%w: copy %d of %q of %s at %s: %w", ErrDamaged, c.Seq, c.Path, c.Source, c.Destination, err)
}

// plainRow is a row of database/sql.
type plainRow struct {
	values [copyCount]any
	dest   []any
}

func newPlainRow(columns int) *plainRow {
	r := &plainRow{dest: make([]any, columns)}
	for i := range r.dest {
		r.dest[i] = &r.values[i]
	}
	return r
}

func (r *plainRow) scan(rows *sql.Rows) error { return rows.Scan(r.dest...) }

func (r *plainRow) bytes(column int) []byte {
	switch v := r.values[column].(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

func (r *plainRow) number(column int) int64 {
	v, _ := r.values[column].(int64) // STRICT tables hold nothing else there
	return v
}
