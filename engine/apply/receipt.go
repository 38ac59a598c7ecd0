package apply

import (
	"context"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// checksum is how evidence names a store's own comparison of what it received.
const checksum = "store-checksum"

// prove shows that what was staged is what went through the digest: by the
// store's own checksums where it keeps them, else, and where these do not agree,
// by reading it back.
func (w *work) prove(ctx context.Context, p *put) (how string, err error) {
	if c, ok := storage.BatchAbility[storage.Checked](w.store); ok && c.Receipt(ctx, p.staged) == nil {
		return checksum, nil
	}
	return method(w.s.Driver), w.rereadOne(ctx, p)
}

// tell hands on where staged content comes from, to a store that keeps such
// facts.
func (w *work) tell(ctx context.Context, p *put, facts *storage.Facts) error {
	d, ok := storage.BatchAbility[storage.Described](w.store)
	if !ok {
		return nil
	}
	row := &p.row
	err := d.Describe(ctx, p.staged, storage.Provenance{
		Source: row.Source, System: w.s.r.Systems[row.Source], Path: row.Path, ID: row.SourceID,
		Digest: row.Digest, Size: row.Size, MTime: row.MTime, Run: w.s.r.Run, Facts: facts,
	})
	if err != nil {
		return fmt.Errorf("describe the copy: %w", err)
	}
	return nil
}

// both names the methods that two bodies of evidence rest on.
func both(a, b string) string {
	if a == "" || strings.Contains(a, b) {
		return max(a, b)
	}
	return min(a, b) + ", " + max(a, b)
}

// verified marks a row as proven at an instant by what its put was proven by.
func (p *put) verified(row *record.Copy, at int64) {
	row.Status, row.VerifiedAt, row.VerifyMethod = record.Verified, at, p.method
}
