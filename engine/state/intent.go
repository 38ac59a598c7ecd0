package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// Intents are packed: fields with their length before them, four an intent
// (kind, destination, digest, key), and then either an empty one or the
// columns of its copy, in the order of copyColumns, numbers as varints. As
// JSON they were three times as long and half of a batch's work. schema.md
// specifies them.

func (u *unit) packIntents(ctx context.Context, list []Intent) ([]byte, error) {
	dst := make([]byte, 0, 256*len(list))
	for i := range list {
		in := &list[i]
		for _, field := range [...]string{in.Kind, in.Destination, in.Digest, in.Key} {
			dst = appendField(dst, field)
		}
		if in.Copy == nil {
			dst = appendField(dst, "")
			continue
		}
		var err error
		if dst, err = u.appendRow(ctx, dst, in); err != nil {
			return nil, fmt.Errorf("intent for %q: %w", in.Key, err)
		}
	}
	return dst, nil
}

func (u *unit) appendRow(ctx context.Context, dst []byte, in *Intent) ([]byte, error) {
	c := in.Copy
	if err := c.Validate(); err != nil {
		return nil, err
	}
	p, err := u.pack(ctx, c)
	if err != nil {
		return nil, err
	}
	dst = appendField(dst, c.Source)
	dst = appendField(dst, c.Path)
	dst = appendField(dst, p.facts)
	dst = appendField(dst, p.key)
	dst = appendField(dst, c.ID)
	dst = appendField(dst, p.digest)
	for _, id := range [...]int64{p.method, p.reason, p.run} {
		var number [binary.MaxVarintLen64]byte
		dst = appendField(dst, binary.AppendVarint(number[:0], id))
	}
	return appendField(dst, p.extra), nil
}

func appendField[T string | []byte](dst []byte, field T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(field)))
	return append(dst, field...)
}

// fields is the row of an intent's copy.
type fields [copyCount][]byte

var _ row = (*fields)(nil)

func (f *fields) bytes(column int) []byte { return f[column] }

func (f *fields) number(column int) int64 {
	v, n := binary.Varint(f[column])
	if n != len(f[column]) {
		return -1 // no word has this id
	}
	return v
}

// unpackIntents calls yield for each intent until it returns false, which
// gives errStopped.
func unpackIntents(b []byte, d *decoder, yield func(Intent) bool) error {
	r := fieldReader{b: slices.Clone(b)}
	for len(r.b) > 0 && !r.bad {
		i := Intent{
			Kind: string(r.next()), Destination: string(r.next()), Digest: string(r.next()), Key: string(r.next()),
		}
		var f fields
		if f[copySource] = r.next(); len(f[copySource]) > 0 {
			for n := copyPath; n < copyCount; n++ {
				f[n] = r.next()
			}
			c, err := d.whole(&f)
			if err != nil {
				return fmt.Errorf("intent: %w", err)
			}
			i.Copy = &c
		}
		if !r.bad && !yield(i) {
			return errStopped
		}
	}
	if r.bad {
		return fmt.Errorf("%w: an intent is cut off", ErrDamaged)
	}
	return nil
}

// fieldReader reads one field after the other; bad is set once one is cut off.
type fieldReader struct {
	b   []byte
	bad bool
}

func (r *fieldReader) next() []byte {
	size, n := binary.Uvarint(r.b)
	if n <= 0 || size > uint64(len(r.b)-n) {
		r.bad, r.b = true, nil
		return nil
	}
	field := r.b[n : n+int(size)]
	r.b = r.b[n+int(size):]
	return field
}
