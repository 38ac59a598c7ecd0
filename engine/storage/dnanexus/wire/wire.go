// Package wire speaks the DNAnexus platform's HTTP API: it makes calls, sends
// the bytes of files and fetches them.
//
// In go settings, a clock, and questions as Go values; out come answers, and
// errors that wrap what package storage calls them. A call that may be repeated
// is repeated after a lost answer, a call that makes an object carries a nonce,
// and a throttled one waits as it is told. Memory is bounded whatever the size
// of a file. The package never reads the environment, never logs, and never puts
// a token or a signed address into an error.
package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
)

const (
	apiVersion = "1.0.0"
	// callTimeout bounds one try of a call; the platform itself answers or
	// refuses within it.
	callTimeout = 15 * time.Minute
	// memoryBudget bounds the bytes of parts that are held at once.
	memoryBudget = 128 << 20
)

// Options adjust a client.
type Options struct {
	Clock clock.Clock  // nil: the system's
	HTTP  *http.Client // nil: one of its own
}

// Client makes calls as one user. It is safe for concurrent use.
type Client struct {
	s      Settings
	http   *http.Client
	clock  clock.Clock
	pace   *pace
	memory *budget
	skew   atomic.Pointer[time.Duration] // at the last answer that told the time
}

// New makes a client. It calls nobody yet.
func New(s Settings, o Options) *Client {
	c := &Client{s: s, http: o.HTTP, clock: o.Clock, memory: newBudget(memoryBudget)}
	if c.clock == nil {
		c.clock = clock.System()
	}
	c.pace = newPace()
	if c.http == nil {
		c.http = &http.Client{Transport: transport(s.roots)}
	}
	return c
}

func transport(roots *x509.CertPool) http.RoundTripper {
	return &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: roots},
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   30 * time.Second,
		ResponseHeaderTimeout: callTimeout,
		MaxIdleConns:          2 * maxCalls,
		MaxIdleConnsPerHost:   maxCalls,
		IdleConnTimeout:       90 * time.Second,
		DisableCompression:    true, // what is stored is compressed already, and ranges count stored bytes
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
}

// Settings are those that the client was made with.
func (c *Client) Settings() Settings { return c.s }

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call asks subject (an id, a class or "system") for a method. in becomes the
// JSON of the question, nil an empty one; the answer is decoded into out unless
// that is nil. Throttled calls and, where repeating is harmless, failed ones are
// tried again. The error is an *Error where the platform refused, and wraps
// ErrOutcome where nobody knows whether a call was carried out.
func (c *Client) Call(ctx context.Context, subject, method string, in, out any) error {
	if in == nil {
		in = struct{}{}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", subject, method, err)
	}
	safe := repeatable(subject, method)
	gate := false // closed by this call
	err = c.again(ctx, safe, func() error {
		if gate {
			c.pace.open()
		}
		if gate = false; c.pace.enter(ctx) != nil {
			return context.Cause(ctx)
		}
		err := c.once(ctx, subject, method, body, out)
		var refused *Error
		gate = c.pace.leave(errors.As(err, &refused) && refused.throttled())
		return err
	})
	if gate {
		c.pace.open()
	}
	return err
}

// Create makes an object of a class by its method "new", with a nonce, so that
// an answer that is lost does not make two of them.
func (c *Client) Create(ctx context.Context, class string, in map[string]any, out any) error {
	with := make(map[string]any, len(in)+1)
	for key, value := range in {
		with[key] = value
	}
	with["nonce"] = nonce()
	return c.Call(ctx, class, "new", with, out)
}

// once makes one try.
func (c *Client) once(ctx context.Context, subject, method string, body []byte, out any) error {
	call := route(subject, method)
	try, cancel := context.WithTimeoutCause(ctx, callTimeout, errSlow)
	defer cancel()
	r, err := http.NewRequestWithContext(try, http.MethodPost, c.s.base()+"/"+subject+"/"+method, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", call, c.clean(err))
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("DNAnexus-API", apiVersion)
	r.Header.Set("User-Agent", "backstay")
	if c.s.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.s.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return c.lost(ctx, call, err)
	}
	defer answer.Body.Close()
	if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		ahead := date.Sub(c.clock.Now())
		c.skew.Store(&ahead)
	}
	if answer.StatusCode/100 != 2 {
		return c.refusal(call, answer)
	}
	return c.read(ctx, call, answer.Body, out)
}

// read takes an answer in, to its end, so that the connection can be used again.
func (c *Client) read(ctx context.Context, call string, body io.Reader, out any) error {
	var raw json.RawMessage
	if err := json.NewDecoder(body).Decode(&raw); err != nil {
		return c.lost(ctx, call, fmt.Errorf("the answer broke off or is no JSON: %w", err))
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(body, 1<<10)); err != nil {
		return c.lost(ctx, call, err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s: the platform's answer has another shape than is documented: %w", call, err)
	}
	return nil
}

// Skew is how far the platform's clock was ahead of the client's at the last
// answer, to about a second; false before any answer told the time.
func (c *Client) Skew() (time.Duration, bool) {
	ahead := c.skew.Load()
	if ahead == nil {
		return 0, false
	}
	return *ahead, true
}

// Clock is the client's clock.
func (c *Client) Clock() clock.Clock { return c.clock }
