package state

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"

	"github.com/backstay/backstay/engine/record"
)

// nameHash stands for an object's name in a tombstone, which must not tell
// the name itself: the first 16 bytes of SHA-256 over lineage, source and
// path, a zero byte between them.
func nameHash(lineage, source, path string) []byte {
	h := sha256.New()
	h.Write([]byte(lineage + "\x00" + source + "\x00" + path))
	return h.Sum(nil)[:16]
}

// bury turns the row of a copy that expired, or that another object took over, into
// a tombstone. Of the latter nothing is gone, and no time says so.
func (u *unit) bury(ctx context.Context, e *record.Event) error {
	c := e.Copy
	if _, err := u.tx.ExecContext(ctx, execDeleteCopy, c.Source, []byte(c.Path), c.Destination, c.Seq); err != nil {
		return fmt.Errorf("remove the row of %q: %w", c.Path, err)
	}
	lineage, err := u.lineage(ctx)
	if err != nil {
		return err
	}
	t := &record.Tombstone{
		Destination: c.Destination, Source: c.Source, Seq: c.Seq, Size: c.Size, Digest: c.Digest,
		NameHash: hex.EncodeToString(nameHash(lineage, c.Source, c.Path)), ExpiredAt: e.At.UnixMilli(), Run: e.Run,
	}
	if e.Op == record.OpMove {
		t.ExpiredAt = 0
	}
	return u.addTombstone(ctx, t)
}

func (u *unit) lineage(ctx context.Context) (lineage string, err error) {
	err = u.tx.QueryRowContext(ctx, queryMeta, "lineage").Scan(&lineage)
	return lineage, err
}

func (u *unit) addTombstone(ctx context.Context, t *record.Tombstone) error {
	hash, err := hex.DecodeString(t.NameHash)
	if err != nil {
		return fmt.Errorf("%w: name hash %q", record.ErrMalformed, t.NameHash)
	}
	_, err = u.tx.ExecContext(ctx, execTombstone,
		t.Destination, t.Source, hash, t.Seq, t.Size, packDigest(t.Digest), t.ExpiredAt, t.Run)
	if err != nil {
		return fmt.Errorf("record a tombstone: %w", err)
	}
	return nil
}

// Tombstones streams what is left of expired copies at a destination, or with
// "" at all of them.
func (s *State) Tombstones(ctx context.Context, destination string) iter.Seq2[record.Tombstone, error] {
	query, args := queryTombstones, []any(nil)
	if destination != "" {
		query, args = queryTombstonesAt, []any{destination}
	}
	return stream(ctx, s, query, args, func(rows *sql.Rows) (t record.Tombstone, err error) {
		var hash, digest []byte
		err = rows.Scan(&t.Destination, &t.Source, &hash, &t.Seq, &t.Size, &digest, &t.ExpiredAt, &t.Run)
		t.NameHash, t.Digest = hex.EncodeToString(hash), unpackDigest(digest)
		return t, err
	})
}

// Buried tells whether a copy of an object, at any of the destinations, was removed
// after an instant (ms).
func (s *State) Buried(ctx context.Context, source, path string, destinations []string, after int64) (bool, error) {
	hash := nameHash(s.Identity().Lineage, source, path)
	for _, d := range destinations {
		var found bool
		if err := s.reader.QueryRowContext(ctx, queryBuried, d, source, hash, after).Scan(&found); err != nil {
			return false, explain(fmt.Errorf("look for a tombstone: %w", err), s.path)
		}
		if found {
			return true, nil
		}
	}
	return false, nil
}

// BuriedNames counts the objects of a source of which a copy was removed after an
// instant (ms).
func (s *State) BuriedNames(ctx context.Context, source string, after int64) (n int64, err error) {
	if err = s.reader.QueryRowContext(ctx, queryBuriedNames, source, after).Scan(&n); err != nil {
		return 0, explain(fmt.Errorf("count tombstones: %w", err), s.path)
	}
	return n, nil
}

// stream yields one value a row.
func stream[T any](ctx context.Context, s *State, query string, args []any, scan func(*sql.Rows) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := s.each(ctx, query, args, func(rows *sql.Rows) error {
			v, err := scan(rows)
			if err == nil && !yield(v, nil) {
				return errStopped
			}
			return err
		})
		if err != nil && err != errStopped {
			var zero T
			yield(zero, err)
		}
	}
}

// collect is stream for what is short by nature.
func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var list []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}
