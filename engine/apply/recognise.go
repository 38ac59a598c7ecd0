package apply

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// recognise finds at its destination what would be copied there: an object under
// the very key, that nobody recorded, with the bytes of which the source's system
// keeps checksums. It is read where it lies, which proves it, and nothing is read
// from the source. That is worth a look only where looking costs nothing: at
// places on this machine. Nil, without an error, means to copy.
func (w *work) recognise(ctx context.Context, c *plan.Change, row record.Copy) (*put, error) {
	src, err := w.sourceOf(c)
	if err != nil {
		return nil, err
	}
	f, ok := src.(storage.Fingerprinted)
	if _, local := storage.Ability[storage.Located](w.s.Driver); !ok || !local || c.Object.Kind != plan.File {
		return nil, nil
	}
	o, found := w.sized(ctx, row.Key, c.Object.Size)
	if !found {
		return nil, nil
	}
	e := entry(&c.Object)
	parts, err := f.Fingerprint(ctx, e)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	p := &put{op: record.OpAdopt, row: row, object: o, done: true, whole: true, method: method(w.s.Driver)}
	if p.row.Digest, err = w.compareParts(ctx, c, row.Key, parts); err != nil {
		if errors.Is(err, errMismatch) || errors.Is(err, storage.ErrNotExist) {
			return nil, nil // another object: the copy goes beside it
		}
		return nil, err
	}
	d, err := src.Details(ctx, e)
	if err != nil {
		return nil, err
	}
	p.row.Size = o.Size
	describe(&p.row, &c.Object, d)
	return p, nil
}

// sized finds an object of a size under a key that no row names. Of anything else
// there is nothing to recognise; copying tells what is wrong, if anything is.
func (w *work) sized(ctx context.Context, key string, size int64) (o storage.Object, found bool) {
	o, err := w.s.Driver.Stat(ctx, key)
	if err != nil || o.Size != size {
		return o, false
	}
	known, err := w.recorded(ctx, key)
	return o, err == nil && !known
}

// compareParts reads what lies under a key, compares it part by part, and gives
// its digest.
func (w *work) compareParts(ctx context.Context, c *plan.Change, key string, parts []storage.Part) (string, error) {
	r, _, err := w.s.Driver.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	through, err := digest.NewReader(w.s.r.Terms.algorithm(c), digest.Until(ctx, r), c.Object.Size)
	if err != nil {
		return "", err
	}
	defer through.Close()
	k := &partChecker{parts: parts, sum: md5.New()}
	if _, err := io.Copy(k, through); err != nil {
		return "", err
	}
	if err := k.end(); err != nil {
		return "", err
	}
	sum, n, whole := through.Sum()
	if !whole || n != c.Object.Size {
		return "", fmt.Errorf("%w: %d of %d bytes", errMismatch, n, c.Object.Size)
	}
	return sum, nil
}

// partChecker compares bytes with the checksums of parts as they pass.
type partChecker struct {
	parts []storage.Part
	sum   hash.Hash
	n     int64 // bytes of the first part that passed
}

func (k *partChecker) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		if len(k.parts) == 0 {
			return done, fmt.Errorf("%w: there are more bytes", errMismatch)
		}
		n := min(int64(len(p)-done), k.parts[0].Size-k.n)
		_, _ = k.sum.Write(p[done : done+int(n)]) // a hash takes everything
		k.n += n
		done += int(n)
		if k.n == k.parts[0].Size {
			if err := k.next(); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

func (k *partChecker) next() error {
	if got := hex.EncodeToString(k.sum.Sum(nil)); got != k.parts[0].MD5 {
		return fmt.Errorf("%w: md5 %s, not %s", errMismatch, got, k.parts[0].MD5)
	}
	k.sum.Reset()
	k.parts, k.n = k.parts[1:], 0
	return nil
}

// end tells, once all bytes passed, whether parts are left; empty ones may be.
func (k *partChecker) end() error {
	for len(k.parts) > 0 {
		if k.parts[0].Size != k.n {
			return fmt.Errorf("%w: bytes are missing", errMismatch)
		}
		if err := k.next(); err != nil {
			return err
		}
	}
	return nil
}
