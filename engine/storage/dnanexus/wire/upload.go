package wire

import (
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/backstay/backstay/engine/internal/guard"
)

const (
	// partSize is that of parts while a file fits into maxParts of them. It is
	// above the platform's least, 5 MiB.
	partSize = 8 << 20
	maxParts = 10_000
	// growEvery is after how many parts of a file of unknown size the next
	// ones are twice as large.
	growEvery = 1000
	// What is copied from one file to another is cut as it was, if its parts are
	// within these: the platform's least, and what memory is spent on for one.
	leastPart = 5 << 20
	mostPart  = 16 << 20
	// partCost is what a small part counts in the budget of memory, so that it
	// also bounds how many are under way.
	partCost = 4 << 20
)

// partOf gives the size of part index (from 1) of a file of size bytes, -1
// unknown.
func partOf(index int, size int64) int64 {
	if size < 0 {
		return partSize << min((index-1)/growEvery, 9)
	}
	const unit = 1 << 20
	least := (size/(maxParts-1) + unit) / unit * unit
	return max(partSize, least)
}

// Sent is a part as it went out.
type Sent struct {
	Size int64
	MD5  string // hex
}

// Upload is the bytes of one new file on their way. Parts leave in parallel,
// those of all uploads of a client within one bound of memory.
type Upload struct {
	c    *Client
	ctx  context.Context
	stop context.CancelCauseFunc
	file func() (string, error) // makes the file, once
	made atomic.Bool            // or about to be
	wg   sync.WaitGroup

	mu    sync.Mutex
	parts []Sent
	err   error // the first
}

// Upload begins to send a file, which create makes and names; it is called once,
// not before the first part is full. The context bounds the upload as a whole.
// Whoever begins an upload waits for it (Wait).
func (c *Client) Upload(ctx context.Context, create func(context.Context) (string, error)) *Upload {
	inner, stop := context.WithCancelCause(ctx)
	u := &Upload{c: c, ctx: inner, stop: stop}
	// The file is made in the outer context: an upload that is stopped still
	// learns which file it leaves.
	u.file = sync.OnceValues(func() (string, error) {
		u.made.Store(true)
		return create(ctx)
	})
	return u
}

// ReadAll takes content in to its end and gives its length; size is a hint, -1
// unknown. Parts may still be on their way when it returns. The error is that of
// content, or what stopped the upload. Of content that comes from another file,
// and was compared with its checksums, from says the parts; else it is nil.
func (u *Upload) ReadAll(content io.Reader, size int64, from Summed) (int64, error) {
	var total int64
	for index := 1; ; index++ {
		n, last, err := u.readPart(content, index, size, total, from)
		total += n
		if err != nil {
			u.stop(err)
			return total, err
		}
		if last {
			return total, nil
		}
	}
}

// readPart fills a part and lets it go. The last one is the first that is not
// full; it is empty only if the file is.
func (u *Upload) readPart(content io.Reader, index int, size, before int64, from Summed) (n int64, last bool, err error) {
	limit := partOf(index, size)
	known := "" // the checksum of a whole part
	if from != nil && size >= 0 {
		was, sum, ok := from.PartAt(before)
		if ok && was <= mostPart && (was >= leastPart || before+was == size) {
			limit, known = was, sum
		}
	}
	expect := limit
	if left := size - before; size >= 0 && left < limit {
		expect = max(left, 0)
	}
	cost, err := u.c.memory.take(u.ctx, max(expect, partCost))
	if err != nil {
		return 0, false, err
	}
	buffer := takeBuffer(min(expect+1, limit)) // room to see the end
	n, last, err = buffer.fill(content, limit)
	if err == nil && index > maxParts {
		err = fmt.Errorf("a file of more than %d parts cannot be sent", maxParts)
	}
	if err != nil || n == 0 && index > 1 {
		buffer.release()
		u.c.memory.give(cost)
		return n, last, err
	}
	if known != "" && (n != limit || from.Compared() < before+n) {
		known = ""
	}
	u.wg.Go(func() {
		defer guard.Recover()
		defer u.c.memory.give(cost)
		defer buffer.release()
		u.send(index, buffer.b, known)
	})
	return n, last, nil
}

// send sends one part and notes it. Its checksum may be known: it was compared
// when the bytes were read, and the platform refuses others than it says.
func (u *Upload) send(index int, data []byte, known string) {
	part := Sent{Size: int64(len(data)), MD5: known}
	if known == "" {
		sum := md5.Sum(data)
		part.MD5 = hex.EncodeToString(sum[:])
	}
	err := context.Cause(u.ctx)
	if err == nil {
		var file string
		if file, err = u.file(); err == nil {
			err = u.c.putPart(u.ctx, file, index, part, data)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if err != nil {
		if u.err == nil {
			u.err = err
		}
		u.stop(err)
		return
	}
	for len(u.parts) < index {
		u.parts = append(u.parts, Sent{})
	}
	u.parts[index-1] = part
}

// File waits for the file to be made, and names it.
func (u *Upload) File() (string, error) { return u.file() }

// Wait waits for all parts and gives the file and what was sent, in order of
// parts. With an error the file may be there all the same; its id is given if it
// is known.
func (u *Upload) Wait() (file string, parts []Sent, err error) {
	u.wg.Wait()
	defer u.stop(nil)
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.made.Load() {
		return "", nil, cmp.Or(u.err, context.Cause(u.ctx))
	}
	if file, err = u.file(); u.err != nil {
		err = u.err
	}
	return file, u.parts, err
}

// Stop ends an upload early; Wait then gives the cause.
func (u *Upload) Stop(cause error) { u.stop(cause) }

// putPart asks for a place for one part and sends it there; both again if the
// store refuses or does not answer, since an address lives for a short time.
func (c *Client) putPart(ctx context.Context, file string, index int, part Sent, data []byte) error {
	ask := map[string]any{"index": index, "size": part.Size, "md5": part.MD5}
	return c.again(ctx, true, func() error {
		var place struct {
			URL     string            `json:"url"`
			Headers map[string]string `json:"headers"`
		}
		if err := c.Call(ctx, file, "upload", ask, &place); err != nil {
			return err
		}
		err := c.put(ctx, fmt.Sprintf("part %d of %s", index, file), place.URL, place.Headers, data)
		var refused *Error
		if errors.As(err, &refused) {
			refused.again = true // expired, slow or damaged on the way: a new address helps
		}
		return err
	})
}

func (c *Client) put(ctx context.Context, what, address string, headers map[string]string, data []byte) error {
	try, cancel := context.WithTimeoutCause(ctx, callTimeout, errSlow)
	defer cancel()
	r, err := http.NewRequestWithContext(try, http.MethodPut, address, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("send %s: %w", what, c.clean(err))
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	if length, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil && length != int64(len(data)) {
		return fmt.Errorf("send %s: the platform expects %d bytes, not %d", what, length, len(data))
	}
	r.Header.Del("Content-Length") // it is sent from the length of the data
	answer, err := c.http.Do(r)
	if err != nil {
		return c.lost(ctx, "send "+what, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return c.refusal("send "+what, answer)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxRefusal)) // for the connection's sake
	return nil
}
