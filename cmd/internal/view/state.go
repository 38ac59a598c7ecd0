package view

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// StateList shows recorded copies, one a line, as they come.
type StateList interface {
	// Copies shows the list; it is called at most once, and not where the state
	// could not be opened.
	Copies(all iter.Seq2[record.Copy, error]) error
	// Result ends the answer.
	Result(ds diag.List) error
}

// NewStateList gives the view that the output asks for.
func NewStateList(o *Output) StateList {
	if o.JSON {
		d := newDocument(o)
		d.array("copies")
		return &stateListJSON{d: d}
	}
	return &stateListText{o}
}

type stateListText struct{ o *Output }

// lineBuffer is how much of a long list is gathered before it is written.
const lineBuffer = 1 << 16

func (v *stateListText) Copies(all iter.Seq2[record.Copy, error]) error {
	t := &text{s: &v.o.Out}
	for c, err := range all {
		if err != nil {
			return cmp.Or(v.o.flush(t), err)
		}
		t.recorded(&c)
		if t.Len() >= lineBuffer {
			if err := v.o.flush(t); err != nil {
				return err
			}
		}
	}
	return v.o.flush(t)
}

func (v *stateListText) Result(diag.List) error { return nil }

func (t *text) recorded(c *record.Copy) {
	bytes := size(c.Size)
	if c.Status == record.Entry {
		bytes = c.Kind
	}
	tier := ""
	if c.Tier != "" {
		tier = ", " + c.Tier
	}
	t.printf("%s/%s at %s version %d, %s%s, %s, keep until %s\n", printable(c.Source), printable(c.Path),
		printable(c.Destination), c.Seq, c.Status, tier, bytes, until(c))
}

// until is the end of a copy's term, as a date or a word.
func until(c *record.Copy) string {
	if c.RetainUntil == 0 {
		return "its object goes"
	}
	if t, ok := c.RetainUntil.Time(); ok {
		return t.Format(time.DateOnly)
	}
	return c.RetainUntil.String()
}

type stateListJSON struct {
	d   *document
	err error // that cut the list off
}

func (v *stateListJSON) Copies(all iter.Seq2[record.Copy, error]) error {
	for c, err := range all {
		if err != nil {
			v.err = err
			break
		}
		if v.d.item(copyOf(&c)); v.d.err != nil {
			return v.d.err
		}
	}
	return v.err
}

func (v *stateListJSON) Result(ds diag.List) error {
	v.d.end()
	if v.err != nil {
		ds = append(ds, diag.FromError(v.err, "state_unreadable", "State cannot be read"))
	}
	items(v.d, "diagnostics", ds.Sorted())
	return v.d.close(v.err == nil)
}

// copyItem is a record.Copy as the list shows it.
type copyItem struct {
	Source      string    `json:"source"`
	Path        string    `json:"path"`
	PathB64     string    `json:"path_b64,omitempty"`
	Destination string    `json:"destination"`
	Seq         int       `json:"seq"`
	Kind        string    `json:"kind"`
	Status      string    `json:"status"`
	Key         string    `json:"key,omitempty"`
	KeyB64      string    `json:"key_b64,omitempty"`
	Size        int64     `json:"size"`
	Digest      string    `json:"digest,omitempty"`
	Claims      []string  `json:"claims"`
	Holds       []string  `json:"holds"`
	CopiedAt    time.Time `json:"copied_at,omitzero"`
	VerifiedAt  time.Time `json:"verified_at,omitzero"`
	RetiredAt   time.Time `json:"retired_at,omitzero"`
	GoneAt      time.Time `json:"gone_at,omitzero"`
	RetainUntil string    `json:"retain_until,omitempty"`
	Tier        string    `json:"tier,omitempty"`
	TieredAt    time.Time `json:"tiered_at,omitzero"`
}

func copyOf(c *record.Copy) copyItem {
	path, pathB64 := addr.PathJSON(c.Path)
	key, keyB64 := addr.PathJSON(c.Key)
	item := copyItem{
		Source: c.Source, Path: path, PathB64: pathB64, Destination: c.Destination, Seq: c.Seq, Kind: c.Kind,
		Status: string(c.Status), Key: key, KeyB64: keyB64, Size: c.Size, Digest: c.Digest,
		Claims: append([]string{}, c.Claims...), Holds: append([]string{}, c.Holds...),
		CopiedAt: millis(c.CopiedAt), VerifiedAt: millis(c.VerifiedAt), RetiredAt: millis(c.RetiredAt), GoneAt: millis(c.GoneAt),
		Tier: c.Tier, TieredAt: millis(c.TieredAt),
	}
	if c.RetainUntil != 0 {
		item.RetainUntil = c.RetainUntil.String()
	}
	return item
}

// millis is a recorded moment; zero stays zero.
func millis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// StateShow shows the head of the state.
type StateShow interface {
	Result(s *engine.StateInfo, ds diag.List) error
}

// NewStateShow gives the view that the output asks for.
func NewStateShow(o *Output) StateShow {
	if o.JSON {
		return &stateShowJSON{o}
	}
	return &stateShowText{o}
}

type stateShowText struct{ o *Output }

func (v *stateShowText) Result(s *engine.StateInfo, _ diag.List) error {
	if s == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	t.printf("State    %s\nLineage  %s\nSerial   %d\n", printable(s.Path), s.Lineage, s.Serial)
	for _, status := range slices.Sorted(maps.Keys(s.Copies)) {
		t.printf("%-8s %s\n", status, amount(s.Copies[status], "copy", "copies"))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Heads)) {
		t.printf("Catalogue of %s: head %d\n", printable(name), s.Heads[name])
	}
	for _, h := range s.Holds {
		t.printf("Hold %s since %s: %s (%s)\n", printable(h.Name), moment(millis(h.SetAt)), clean(h.Reason), clean(h.Owner))
		if h.ReleasedAt != 0 {
			t.printf("  released %s by %s\n", moment(millis(h.ReleasedAt)), clean(h.ReleasedBy))
		}
	}
	if s.Lease != "" {
		t.printf("Held by %s\n", clean(s.Lease))
	}
	return v.o.flush(t)
}

type stateShowJSON struct{ o *Output }

// hold is a record.Hold as JSON shows it.
type hold struct {
	Name   string    `json:"name"`
	Reason string    `json:"reason,omitempty"`
	Owner  string    `json:"owner,omitempty"`
	SetAt  time.Time `json:"set_at,omitzero"`

	ReleasedAt time.Time `json:"released_at,omitzero"`
	ReleasedBy string    `json:"released_by,omitempty"`
}

func (v *stateShowJSON) Result(s *engine.StateInfo, ds diag.List) error {
	if s == nil {
		s = &engine.StateInfo{}
	}
	d := newDocument(v.o)
	d.member("path", s.Path)
	d.member("lineage", s.Lineage)
	d.member("serial", s.Serial)
	d.member("copies", orEmpty(s.Copies))
	d.member("heads", orEmpty(s.Heads))
	d.array("holds")
	for _, h := range s.Holds {
		d.item(hold{h.Name, h.Reason, h.Owner, millis(h.SetAt), millis(h.ReleasedAt), h.ReleasedBy})
	}
	d.end()
	d.member("lease", s.Lease)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}

func orEmpty[V plan.Count | int64](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
