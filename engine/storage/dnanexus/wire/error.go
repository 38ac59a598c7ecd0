package wire

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

var (
	// ErrOutcome says that the answer to a call was lost which must not be
	// repeated: it may have been carried out, or not.
	ErrOutcome = errors.New("nobody knows whether it was done")
	// ErrDamaged says that bytes arrived that are not those which the platform
	// keeps checksums of.
	ErrDamaged = errors.New("bytes differ from the platform's checksum")

	errSlow = errors.New("no answer in time")
)

// Error is a refusal in the platform's words.
type Error struct {
	Call    string // "file-xxxx/close"
	Type    string // "InvalidState"; "" where it came from a store of bytes or a proxy
	Message string
	Status  int           // of HTTP
	After   time.Duration // how long to wait, 0 not said
	again   bool          // another try may succeed, whatever the status
}

// Error names what was asked for and what was said.
func (e *Error) Error() string {
	kind := e.Type
	if kind == "" {
		kind = http.StatusText(e.Status)
	}
	return fmt.Sprintf("DNAnexus refused %s: %s: %s (HTTP %d)", e.Call, kind, e.Message, e.Status)
}

// Unwrap is what package storage calls it, nil where it has no word for it.
func (e *Error) Unwrap() error {
	switch e.Type {
	case "ResourceNotFound":
		return storage.ErrNotExist
	case "PermissionDenied", "InvalidAuthentication":
		return storage.ErrPermission
	case "SpendingLimitExceeded", "OrgExpired":
		return storage.ErrReadOnly // of the account that pays
	case "InternalError", "ServiceUnavailable", "RateLimitConditional":
		return storage.ErrUnreachable
	}
	switch {
	case e.throttled() || e.Status >= http.StatusInternalServerError:
		return storage.ErrUnreachable
	case e.Type == "" && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden):
		return storage.ErrPermission
	}
	return nil
}

func (e *Error) throttled() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable
}

// IsType tells whether err is a refusal of one of the platform's types.
func IsType(err error, types ...string) bool {
	var refused *Error
	if !errors.As(err, &refused) {
		return false
	}
	for _, t := range types {
		if refused.Type == t {
			return true
		}
	}
	return false
}

// lostError is an answer that did not come. refused tells that not even the
// question went out.
type lostError struct {
	call    string
	err     error
	refused bool
}

func (e *lostError) Error() string {
	return fmt.Sprintf("DNAnexus did not answer %s: %v", e.call, e.err)
}

func (e *lostError) Unwrap() []error { return []error{storage.ErrUnreachable, e.err} }

// lost describes a failure of the connection; the end of the caller's context
// is its cause.
func (c *Client) lost(ctx context.Context, call string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var op *net.OpError
	var stranger *tls.CertificateVerificationError
	unasked := errors.As(err, &op) && op.Op == "dial" || errors.As(err, &stranger)
	return &lostError{call: call, err: c.clean(err), refused: unasked}
}

// clean takes addresses and tokens out of an error's text: the addresses of
// bytes are signed, and open a file to whoever has them.
func (c *Client) clean(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if c.s.token != "" && strings.Contains(err.Error(), c.s.token) {
		return errors.New(strings.ReplaceAll(err.Error(), c.s.token, "(token)"))
	}
	return err
}

// maxRefusal bounds what is read of a refusal.
const maxRefusal = 64 << 10

// refusal reads the platform's error, or what a store of bytes or a proxy says
// in its place.
func (c *Client) refusal(call string, r *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxRefusal)) // a part of it still tells
	e := &Error{Call: call, Status: r.StatusCode, After: after(r.Header.Get("Retry-After"))}
	var envelope struct {
		Error struct{ Type, Message string }
	}
	if err := json.Unmarshal(body, &envelope); err == nil && envelope.Error.Type != "" {
		e.Type, e.Message = envelope.Error.Type, envelope.Error.Message
	} else {
		e.Message = plain(string(body))
	}
	if c.s.token != "" {
		e.Message = strings.ReplaceAll(e.Message, c.s.token, "(token)")
	}
	return e
}

// plain gives the message of an object store's XML, or the beginning of what
// else came.
func plain(body string) string {
	if _, rest, ok := strings.Cut(body, "<Message>"); ok {
		if message, _, ok := strings.Cut(rest, "</Message>"); ok {
			return message
		}
	}
	const few = 200
	if len(body) > few {
		body = body[:few]
	}
	return strings.ToValidUTF8(strings.Join(strings.Fields(body), " "), "?")
}

func after(header string) time.Duration {
	seconds, err := strconv.Atoi(strings.TrimSpace(header))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// route names a call as documentation does: an id by its class.
func route(subject, method string) string {
	if class, rest, ok := strings.Cut(subject, "-"); ok && len(rest) == 24 {
		return class + "-xxxx/" + method + " of " + subject
	}
	return subject + "/" + method
}
