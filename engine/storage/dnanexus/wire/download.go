package wire

import (
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
)

// Content names the bytes of a closed file.
type Content struct {
	Project string // that pays for the egress, and must hold the file
	File    string
	Size    int64
	Parts   map[string]Part // with them every part's checksum is compared; nil: none is
}

// Open opens a file's bytes. A connection that breaks is taken up again where
// it broke; a stream that ends early is an error, never a shorter file. Bytes of
// a part that is not what the platform's checksum says end in ErrDamaged, after
// some of them were handed out. The reader is for one goroutine.
func (c *Client) Open(ctx context.Context, content Content) (io.ReadCloser, error) {
	r := &reader{c: c, ctx: ctx, of: content}
	if content.Parts != nil {
		r.check = newChecker(content.Parts)
	}
	if err := c.again(ctx, true, r.connect); err != nil {
		return nil, err
	}
	return r, nil
}

// reader is a file's bytes, over as many connections as it takes.
type reader struct {
	c      *Client
	ctx    context.Context
	of     Content
	body   io.ReadCloser // nil: not connected
	at     int64
	broken int // connections in a row that brought nothing
	check  *checker
	err    error // for good
}

// connect asks for an address and begins to read where the last connection
// broke.
func (r *reader) connect() error {
	var place struct {
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	}
	ask := map[string]any{"duration": 24 * 60 * 60}
	if r.of.Project != "" {
		ask["project"] = r.of.Project
	}
	if err := r.c.Call(r.ctx, r.of.File, "download", ask, &place); err != nil {
		return err
	}
	q, err := http.NewRequestWithContext(r.ctx, http.MethodGet, place.URL, nil)
	if err != nil {
		return fmt.Errorf("read %s: %w", r.of.File, r.c.clean(err))
	}
	for name, value := range place.Headers {
		q.Header.Set(name, value)
	}
	if r.at > 0 {
		q.Header.Set("Range", "bytes="+strconv.FormatInt(r.at, 10)+"-")
	}
	answer, err := r.c.http.Do(q)
	if err != nil {
		return r.c.lost(r.ctx, "read "+r.of.File, err)
	}
	if err := r.accept(answer); err != nil {
		return errors.Join(err, answer.Body.Close())
	}
	r.body = answer.Body
	return nil
}

// accept tells whether an answer brings the bytes that were asked for.
func (r *reader) accept(answer *http.Response) error {
	want := http.StatusOK
	if r.at > 0 {
		want = http.StatusPartialContent
	}
	if answer.StatusCode != want {
		if answer.StatusCode/100 == 2 {
			return fmt.Errorf("read %s: the store answers %s to a range from byte %d", r.of.File, answer.Status, r.at)
		}
		return r.c.refusal("read "+r.of.File, answer)
	}
	if left := r.of.Size - r.at; answer.ContentLength >= 0 && answer.ContentLength != left {
		return fmt.Errorf("read %s: the store offers %d bytes from byte %d on, the file has %d there", r.of.File, answer.ContentLength, r.at, left)
	}
	return nil
}

// Read gives the next bytes.
func (r *reader) Read(p []byte) (int, error) {
	for r.err == nil {
		if r.at == r.of.Size {
			r.err = io.EOF
			if r.check != nil {
				r.err = cmp.Or(r.check.end(r.of.File), io.EOF)
			}
			break
		}
		if r.body == nil {
			if r.err = r.c.again(r.ctx, true, r.connect); r.err != nil {
				break
			}
		}
		n, err := r.body.Read(p[:min(int64(len(p)), r.of.Size-r.at)])
		if n > 0 {
			r.at += int64(n)
			r.broken = 0
			if r.check != nil {
				r.err = r.check.add(r.of.File, p[:n])
			}
			return n, r.err
		}
		if err != nil {
			r.err = r.interrupted(err)
		}
	}
	return 0, r.err
}

// interrupted lets go of a broken connection; nil tells to take up again.
func (r *reader) interrupted(err error) error {
	_ = r.body.Close() // it is broken already
	r.body = nil
	if cause := context.Cause(r.ctx); cause != nil {
		return cause
	}
	if r.broken++; r.broken < tries {
		return nil
	}
	return r.c.lost(r.ctx, fmt.Sprintf("read %s from byte %d on", r.of.File, r.at), err)
}

// Close lets go of the connection.
func (r *reader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}

// PartAt is the part of the file that begins at an offset, if its checksum is
// known and compared.
func (r *reader) PartAt(offset int64) (size int64, md5 string, ok bool) {
	if r.check == nil {
		return 0, "", false
	}
	i, ok := slices.BinarySearchFunc(r.check.all, offset, func(p numbered, at int64) int { return cmp.Compare(p.at, at) })
	if !ok || r.check.all[i].MD5 == "" || r.check.all[i].Size == 0 {
		return 0, "", false
	}
	return r.check.all[i].Size, r.check.all[i].MD5, true
}

// Compared is up to which offset what was read is what the checksums say.
func (r *reader) Compared() int64 {
	if r.check == nil {
		return 0
	}
	return r.check.done.Load()
}

// Summed are contents in parts whose checksums are compared as they are read;
// what Open gives is one.
type Summed interface {
	PartAt(offset int64) (size int64, md5 string, ok bool)
	Compared() int64
}

var _ Summed = (*reader)(nil)

// checker compares bytes with the checksums of parts, as they pass.
type checker struct {
	all   []numbered
	parts []numbered // that are not compared yet
	left  int64      // of the part under way
	sum   hash.Hash
	done  atomic.Int64 // offset up to which all were compared
}

type numbered struct {
	n  int
	at int64 // offset
	Part
}

func newChecker(parts map[string]Part) *checker {
	k := &checker{sum: md5.New()}
	for name, part := range parts {
		n, _ := strconv.Atoi(name)
		k.all = append(k.all, numbered{n: n, Part: part})
	}
	slices.SortFunc(k.all, func(a, b numbered) int { return cmp.Compare(a.n, b.n) })
	at := int64(0)
	for i := range k.all {
		k.all[i].at = at
		at += k.all[i].Size
	}
	k.parts = k.all
	if len(k.parts) > 0 {
		k.left = k.parts[0].Size
	}
	return k
}

func (k *checker) add(file string, p []byte) error {
	for len(p) > 0 {
		if len(k.parts) == 0 {
			return fmt.Errorf("read %s: there are more bytes than its parts have: %w", file, ErrDamaged)
		}
		n := min(int64(len(p)), k.left)
		_, _ = k.sum.Write(p[:n]) // a hash takes everything
		p, k.left = p[n:], k.left-n
		if k.left == 0 {
			if err := k.next(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// next ends a part. A part without a checksum of this kind is let pass.
func (k *checker) next(file string) error {
	part := k.parts[0]
	got := hex.EncodeToString(k.sum.Sum(nil))
	k.sum.Reset()
	if k.parts = k.parts[1:]; len(k.parts) > 0 {
		k.left = k.parts[0].Size
	}
	if part.MD5 != "" && part.MD5 != got {
		return fmt.Errorf("read %s: part %d has md5 %s, the platform keeps %s: %w", file, part.n, got, part.MD5, ErrDamaged)
	}
	k.done.Store(part.at + part.Size)
	return nil
}

// end tells, once all bytes passed, whether parts are missing; an empty part may
// stand at the end.
func (k *checker) end(file string) error {
	for len(k.parts) > 0 {
		if k.left > 0 {
			return fmt.Errorf("read %s: part %d is missing: %w", file, k.parts[0].n, ErrDamaged)
		}
		if err := k.next(file); err != nil {
			return err
		}
	}
	return nil
}
