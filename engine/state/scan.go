package state

import (
	"context"
	"fmt"
	"iter"

	"github.com/backstay/backstay/engine/record"
)

// Scan streams the copies of a source's objects for the plan's merge, in the
// order of (path, destination, seq), from one moment of the state.
//
// The row is used again for the next step: copy what must last (Path may be
// kept). Lists in it are shared and not to be changed. These fields are empty;
// Object has them: Key, ID, Digest, HardLink, Target, Xattrs, VerifyMethod,
// TermReason, Run.
func (s *State) Scan(ctx context.Context, source string) iter.Seq2[*record.Copy, error] {
	return func(yield func(*record.Copy, error) bool) {
		if err := scan(ctx, &fastReader{path: s.path}, source, func(c *record.Copy) bool { return yield(c, nil) }); err != nil {
			yield(nil, explain(fmt.Errorf("scan copies of %s: %w", source, err), s.path))
		}
	}
}

func scan(ctx context.Context, reader rowReader, source string, yield func(*record.Copy) bool) error {
	c := record.Copy{Source: source}
	q := query{queryScan, scanFacts + 1, []any{source}}
	return reader.read(ctx, q, func(d *decoder, r row) (bool, error) {
		if err := d.scanned(r, &c); err != nil {
			return false, err
		}
		return yield(&c), nil
	})
}
