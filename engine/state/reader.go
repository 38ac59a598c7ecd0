package state

import (
	"context"
	"fmt"

	fastlite "zombiezen.com/go/sqlite"
)

// rowReader streams the rows of a query. There are two: one over database/sql,
// for answers of a few rows, and one over the same engine without it, which
// costs a connection and is then several times as fast. The first can stand in
// for the second.
type rowReader interface {
	// read calls f with one reused row after the other until it returns false
	// or an error; false is no error.
	read(ctx context.Context, query query, f func(*decoder, row) (bool, error)) error
}

// query is a SELECT of copies: its text, how many columns it has, and its
// arguments, which are strings or blobs.
type query struct {
	text    string
	columns int
	args    []any
}

var (
	_ rowReader = (*fastReader)(nil)
	_ rowReader = (*plainReader)(nil)
)

// plainReader is the reader that needs nothing but database/sql.
type plainReader struct{ s *State }

func (r *plainReader) read(ctx context.Context, q query, f func(*decoder, row) (bool, error)) error {
	rows, err := r.s.reader.QueryContext(ctx, q.text, q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	d := &decoder{words: newWordReader(r.s.find(ctx, r.s.reader))}
	at := newPlainRow(q.columns)
	for rows.Next() {
		if err := at.scan(rows); err != nil {
			return err
		}
		if more, err := f(d, at); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// fastReader reads through a connection of its own.
type fastReader struct {
	path string

	conn *fastlite.Conn
	stmt *fastlite.Stmt
	buf  []byte
}

func (r *fastReader) read(ctx context.Context, q query, f func(*decoder, row) (bool, error)) (err error) {
	r.conn, err = fastlite.OpenConn(r.path, fastlite.OpenReadOnly)
	if err != nil {
		return fastError(err)
	}
	defer r.conn.Close()
	r.conn.SetInterrupt(ctx.Done())
	if r.stmt, _, err = r.conn.PrepareTransient(q.text); err != nil {
		return fastError(err)
	}
	defer r.stmt.Finalize()
	for i, arg := range q.args {
		switch v := arg.(type) {
		case string:
			r.stmt.BindText(i+1, v)
		case []byte:
			r.stmt.BindBytes(i+1, v)
		}
	}
	d := &decoder{words: newWordReader(r.word)}
	for {
		more, err := r.stmt.Step()
		if err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil || !more {
			return fastError(err)
		}
		if more, err := f(d, r); err != nil || !more {
			return err
		}
	}
}

var _ row = (*fastReader)(nil)

func (r *fastReader) number(column int) int64 { return r.stmt.ColumnInt64(column) }

func (r *fastReader) bytes(column int) []byte {
	n := r.stmt.ColumnBytes(column, r.buf)
	if n == len(r.buf) {
		// It may have been cut: ask for its length and read it again.
		n = r.stmt.ColumnLen(column)
		r.buf = make([]byte, max(2*n, 1024))
		n = r.stmt.ColumnBytes(column, r.buf)
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
