package wire

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// store answers for one file: handle gets what is asked of its bytes.
func store(t *testing.T, content string, handle func(w http.ResponseWriter, from int64)) *Client {
	t.Helper()
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/download") {
			_, _ = fmt.Fprintf(w, `{"url":"http://%s/bytes?signature=%s","headers":{"X-Key":"k"}}`, r.Host, secret)
			return
		}
		if r.Header.Get("X-Key") != "k" || r.Header.Get("Authorization") != "" {
			t.Errorf("headers %v", r.Header)
		}
		from := int64(0)
		if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			from, _ = strconv.ParseInt(strings.TrimSuffix(text, "-"), 10, 64)
			w.Header().Set("Content-Length", strconv.FormatInt(int64(len(content))-from, 10))
			w.WriteHeader(http.StatusPartialContent)
		}
		handle(w, from)
	})
	return c
}

func parts(all ...string) map[string]Part {
	m := map[string]Part{}
	for i, text := range all {
		sum := md5.Sum([]byte(text))
		m[strconv.Itoa(i+1)] = Part{Size: int64(len(text)), MD5: hex.EncodeToString(sum[:])}
	}
	return m
}

func readAll(t *testing.T, c *Client, content Content) (string, error) {
	t.Helper()
	content.File = "file-x"
	r, err := c.Open(t.Context(), content)
	if err != nil {
		return "", err
	}
	got, err := io.ReadAll(r)
	return string(got), errors.Join(err, r.Close())
}

func TestReadingGoesOnWhereItBroke(t *testing.T) {
	const content = "0123456789"
	c := store(t, content, func(w http.ResponseWriter, from int64) {
		_, _ = io.WriteString(w, content[from:from+1]) // one byte for each connection
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	got, err := readAll(t, c, Content{Size: 10, Parts: parts("0123", "456789", "")})
	if got != content || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReadingEnds(t *testing.T) {
	why := errors.New("interrupted")
	for name, c := range map[string]struct {
		size   int64
		parts  map[string]Part
		handle func(w http.ResponseWriter, from int64)
		want   string
	}{
		"nothing comes": {size: 10, handle: func(w http.ResponseWriter, _ int64) {
			w.Header().Set("Content-Length", "10")
			panic(http.ErrAbortHandler)
		}, want: "did not answer"},
		"another size":    {size: 11, handle: func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, "0123456789") }, want: "offers 10 bytes"},
		"another content": {size: 3, parts: parts("abd"), handle: func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, "abc") }, want: "part 1 has md5"},
		"a part less":     {size: 3, parts: parts("abc", "d"), handle: func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, "abc") }, want: "part 2 is missing"},
		"a part more":     {size: 3, parts: parts("ab"), handle: func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, "abc") }, want: "more bytes"},
		"refused":         {size: 3, handle: func(w http.ResponseWriter, _ int64) { refuse(w, 403, "") }, want: "HTTP 403"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(t, store(t, "0123456789", c.handle), Content{Size: c.size, Parts: c.parts})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if c.parts != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is no damage", err)
			}
		})
	}
	c := store(t, "01", func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, "01") })
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := c.Open(ctx, Content{File: "file-x", Size: 2}); !errors.Is(err, why) {
		t.Errorf("interrupted: %v", err)
	}
}
