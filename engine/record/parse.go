package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrMalformed is wrapped by every error of ParseEvent.
var ErrMalformed = errors.New("malformed record")

// ParseEvent reads what AppendEvent wrote. Members that it does not know are
// ignored, so that later versions may add some. What it returns has passed
// Validate: no path or key in it leads out of its root.
func ParseEvent(line []byte) (Event, error) {
	var w wireEvent
	if err := unmarshal(line, &w); err != nil {
		return Event{}, err
	}
	e := Event{Op: w.Op, Run: w.Run, Evidence: w.Evidence.evidence(), Hold: w.Hold.hold(), Tombstone: w.Tombstone.tombstone()}
	if w.At != 0 {
		e.At = time.UnixMilli(int64(w.At)).UTC()
	}
	if w.Copy != nil {
		c, err := w.Copy.copy()
		if err != nil {
			return Event{}, err
		}
		e.Copy = c
	}
	return e, e.Validate()
}

// ParseCopy reads what AppendCopy wrote, with the same promises as ParseEvent.
func ParseCopy(line []byte) (*Copy, error) {
	var w wireCopy
	if err := unmarshal(line, &w); err != nil {
		return nil, err
	}
	c, err := w.copy()
	if err != nil {
		return nil, err
	}
	return c, c.Validate()
}

// ParseExtra sets the facts that AppendExtra wrote.
func ParseExtra(text []byte, c *Copy) error {
	var w wireCopy
	if err := unmarshal(text, &w); err != nil {
		return err
	}
	extra, err := w.copy()
	if err != nil {
		return err
	}
	c.HardLink, c.Target, c.Xattrs = extra.HardLink, extra.Target, extra.Xattrs
	return nil
}

func unmarshal(line []byte, into any) error {
	if err := json.Unmarshal(line, into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}
