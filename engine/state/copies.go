package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/backstay/backstay/engine/record"
)

// Copies streams every copy of a source's objects, whole, in the order of
// (path, destination, seq). Rows of one stream come from one moment of the
// state. Lists in them are shared between rows and not to be changed.
func (s *State) Copies(ctx context.Context, source string) iter.Seq2[record.Copy, error] {
	return s.copies(ctx, &fastReader{path: s.path}, queryCopies, source)
}

// CopiesAt streams every copy at a destination, whole, in the order of
// (source, path, seq): what a checkpoint of its catalogue holds. It reads past
// the rows of other destinations.
func (s *State) CopiesAt(ctx context.Context, destination string) iter.Seq2[record.Copy, error] {
	return s.copies(ctx, &fastReader{path: s.path}, queryCopiesAt, destination)
}

// Object lists all copies of one object in the order of (destination, seq).
func (s *State) Object(ctx context.Context, source, path string) ([]record.Copy, error) {
	return collect(s.copies(ctx, &plainReader{s}, queryObject, source, []byte(path)))
}

func (s *State) copies(ctx context.Context, reader rowReader, text string, args ...any) iter.Seq2[record.Copy, error] {
	return func(yield func(record.Copy, error) bool) {
		err := reader.read(ctx, query{text, copyCount, args}, func(d *decoder, r row) (bool, error) {
			c, err := d.whole(r)
			return err == nil && yield(c, nil), err
		})
		if err != nil {
			yield(record.Copy{}, explain(fmt.Errorf("read copies: %w", err), s.path))
		}
	}
}

// SourceNames lists every source that has copies, sorted.
func (s *State) SourceNames(ctx context.Context) ([]string, error) {
	var names []string
	for last := ""; ; {
		var next sql.NullString
		if err := s.reader.QueryRowContext(ctx, queryNextSource, last).Scan(&next); err != nil {
			return nil, explain(fmt.Errorf("list sources: %w", err), s.path)
		}
		if !next.Valid {
			return names, nil
		}
		names = append(names, next.String)
		last = next.String
	}
}

// LastSeq is the highest version number that was ever given to an object at a
// destination, expired copies included; 0 if none was.
func (s *State) LastSeq(ctx context.Context, source, path, destination string) (int, error) {
	var live, dead int
	hash := nameHash(s.Identity().Lineage, source, path)
	err := errors.Join(
		s.reader.QueryRowContext(ctx, queryLastSeq, source, []byte(path), destination).Scan(&live),
		s.reader.QueryRowContext(ctx, queryLastTombstone, destination, source, hash).Scan(&dead),
	)
	if err != nil {
		return 0, explain(fmt.Errorf("find the last version number: %w", err), s.path)
	}
	return max(live, dead), nil
}

// Total is how many copies of one sort a destination has of a source.
type Total struct {
	Destination string
	Source      string
	Kind        string
	Status      record.Status
	Superseded  bool
	Copies      int64
	Bytes       int64
}

// Totals counts copies by destination, source, kind, status and whether a
// later version took their place, in that order. It reads every row.
func (s *State) Totals(ctx context.Context) ([]Total, error) {
	var list []Total
	err := s.each(ctx, queryTotals, nil, func(rows *sql.Rows) error {
		var t Total
		var kind, status int
		if err := rows.Scan(&t.Destination, &t.Source, &kind, &status, &t.Superseded, &t.Copies, &t.Bytes); err != nil {
			return err
		}
		if kind < 1 || kind >= len(kinds) || status < 1 || status >= len(statuses) {
			return fmt.Errorf("%w: kind %d, status %d", ErrDamaged, kind, status)
		}
		t.Kind, t.Status = kinds[kind], statuses[status]
		list = append(list, t)
		return nil
	})
	return list, err
}

// each runs a query and calls f for every row of its answer.
func (s *State) each(ctx context.Context, query string, args []any, f func(*sql.Rows) error) error {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return explain(err, s.path)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return explain(err, s.path)
		}
	}
	return explain(rows.Err(), s.path)
}
