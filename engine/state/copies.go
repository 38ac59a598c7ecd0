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
	return s.copies(ctx, queryCopies, source)
}

// CopiesAt streams every copy at a destination, whole, in the order of
// (source, path, seq): what a checkpoint of its catalogue holds. It reads past
// the rows of other destinations.
func (s *State) CopiesAt(ctx context.Context, destination string) iter.Seq2[record.Copy, error] {
	return s.copies(ctx, queryCopiesAt, destination)
}

// Object lists all copies of one object in the order of (destination, seq).
func (s *State) Object(ctx context.Context, source, path string) ([]record.Copy, error) {
	var list []record.Copy
	for c, err := range s.copies(ctx, queryObject, source, []byte(path)) {
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (s *State) copies(ctx context.Context, query string, args ...any) iter.Seq2[record.Copy, error] {
	return func(yield func(record.Copy, error) bool) {
		fail := func(err error) { yield(record.Copy{}, explain(fmt.Errorf("read copies: %w", err), s.path)) }
		rows, err := s.reader.QueryContext(ctx, query, args...)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		words := newWordReader(s.find(ctx, s.reader))
		for rows.Next() {
			c, err := scanCopy(rows, words)
			if err != nil {
				fail(err)
				return
			}
			if !yield(*c, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}

// scanCopy reads a row of copyColumns. A row that does not validate is damage:
// it could name a path outside its root.
func scanCopy(rows *sql.Rows, words *wordReader) (*record.Copy, error) {
	var (
		c                        record.Copy
		path, facts, key, digest sql.RawBytes
		extra                    sql.RawBytes
		method, reason, run      int64
	)
	err := rows.Scan(&c.Source, &path, &c.Destination, &c.Seq, &facts, &key, &c.ID, &digest, &method, &reason, &run, &extra)
	if err != nil {
		return nil, err
	}
	c.Path = string(path)
	w, err := readFacts(facts, &c)
	if err != nil {
		return nil, damagedRow(&c, err)
	}
	c.Key = unpackKey(key, c.Source, c.Path)
	c.Digest = unpackDigest(digest)
	if extra != nil {
		if err := record.ParseExtra(extra, &c); err != nil {
			return nil, damagedRow(&c, err)
		}
	}
	if err := c.Validate(); err != nil {
		return nil, damagedRow(&c, err)
	}
	if err := words.fill(&c, w); err != nil {
		return nil, err
	}
	return &c, words.fillRest(&c, method, reason, run)
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
