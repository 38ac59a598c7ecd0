package state

import (
	"context"
	"fmt"
	"iter"

	fastlite "zombiezen.com/go/sqlite"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema/addr"
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
		var reader rowReader = &fastReader{path: s.path}
		err := reader.read(ctx, source, func(c *record.Copy) bool { return yield(c, nil) })
		if err != nil {
			yield(nil, explain(fmt.Errorf("scan copies of %s: %w", source, err), s.path))
		}
	}
}

// rowReader reads what Scan yields. There are two: one over database/sql, and
// one over the same engine without it, three times as fast.
type rowReader interface {
	// read calls yield with one reused row after the other until it returns
	// false, which is no error.
	read(ctx context.Context, source string, yield func(*record.Copy) bool) error
}

var (
	_ rowReader = (*fastReader)(nil)
	_ rowReader = (*plainReader)(nil)
)

// plainReader is the reader that needs nothing but database/sql.
type plainReader struct{ s *State }

func (r *plainReader) read(ctx context.Context, source string, yield func(*record.Copy) bool) error {
	rows, err := r.s.reader.QueryContext(ctx, queryScan, source)
	if err != nil {
		return err
	}
	defer rows.Close()
	words := newWordReader(r.s.find(ctx, r.s.reader))
	c := record.Copy{Source: source}
	for rows.Next() {
		var path, facts []byte
		if err := rows.Scan(&path, &c.Destination, &c.Seq, &facts); err != nil {
			return err
		}
		c.Path = string(path)
		if err := fillScanned(&c, facts, words); err != nil {
			return err
		}
		if !yield(&c) {
			return nil
		}
	}
	return rows.Err()
}

// fillScanned sets what facts and words say, and refuses a path that leads out
// of its root.
func fillScanned(c *record.Copy, facts []byte, words *wordReader) error {
	w, err := readFacts(facts, c)
	if err != nil {
		return damagedRow(c, err)
	}
	if !addr.CheckPath(c.Path) {
		return damagedRow(c, fmt.Errorf("the path leads out of its source"))
	}
	return words.fill(c, w)
}

// fastReader reads through a connection of its own.
type fastReader struct {
	path string
	conn *fastlite.Conn

	buf         []byte
	destination string
}

func (r *fastReader) read(ctx context.Context, source string, yield func(*record.Copy) bool) (err error) {
	r.conn, err = fastlite.OpenConn(r.path, fastlite.OpenReadOnly)
	if err != nil {
		return fastError(err)
	}
	defer r.conn.Close()
	defer r.conn.SetInterrupt(r.conn.SetInterrupt(ctx.Done()))
	stmt, _, err := r.conn.PrepareTransient(queryScan)
	if err != nil {
		return fastError(err)
	}
	defer stmt.Finalize()
	stmt.BindText(1, source)
	words := newWordReader(r.word)
	c := record.Copy{Source: source}
	for {
		more, err := stmt.Step()
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fastError(err)
		}
		if !more {
			return nil
		}
		if err := r.fill(stmt, &c, words); err != nil {
			return err
		}
		if !yield(&c) {
			return nil
		}
	}
}

func (r *fastReader) fill(stmt *fastlite.Stmt, c *record.Copy, words *wordReader) error {
	c.Path = string(r.bytes(stmt, 0))
	if d := r.bytes(stmt, 1); string(d) != r.destination {
		r.destination = string(d)
	}
	c.Destination = r.destination
	c.Seq = int(stmt.ColumnInt64(2))
	return fillScanned(c, r.bytes(stmt, 3), words)
}

// bytes copies a column into the buffer, which the next call overwrites.
func (r *fastReader) bytes(stmt *fastlite.Stmt, column int) []byte {
	n := stmt.ColumnBytes(column, r.buf)
	if n == len(r.buf) {
		// It may have been cut: ask for its length and read it again.
		n = stmt.ColumnLen(column)
		r.buf = make([]byte, max(2*n, 1024))
		n = stmt.ColumnBytes(column, r.buf)
	}
	return r.buf[:n]
}

func (r *fastReader) word(id int64) (string, error) {
	stmt, _, err := r.conn.PrepareTransient(queryWord)
	if err != nil {
		return "", err
	}
	defer stmt.Finalize()
	stmt.BindInt64(1, id)
	more, err := stmt.Step()
	if err != nil {
		return "", err
	}
	if !more {
		return "", fmt.Errorf("%w: it is not there", ErrDamaged)
	}
	return stmt.ColumnText(0), nil
}

// fastError gives errors of the direct API the shape that explain knows.
func fastError(err error) error {
	switch fastlite.ErrCode(err).ToPrimary() {
	case fastlite.ResultCorrupt, fastlite.ResultNotADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
