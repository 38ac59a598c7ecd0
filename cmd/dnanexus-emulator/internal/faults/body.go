package faults

import (
	"io"
	"net/http"
	"time"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/clock"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Apply serves a request under a rule.
func (r Rule) Apply(w http.ResponseWriter, request *http.Request, next http.Handler) {
	switch r.Action {
	case Status:
		wire.SendError(w, r.refusal())
		return
	case Drop:
		panic(http.ErrAbortHandler)
	case Lose:
		next.ServeHTTP(&sink{header: http.Header{}}, request)
		panic(http.ErrAbortHandler)
	}
	spoilt := &spoiler{ResponseWriter: w, rule: r, request: request}
	if r.Action == Slow {
		request.Body = &slowBody{ReadCloser: request.Body, request: request, rule: r}
	}
	next.ServeHTTP(spoilt, request)
}

func (r Rule) refusal() error {
	switch r.Status {
	case http.StatusServiceUnavailable:
		return wire.Unavailable(r.RetryAfter, "Service is temporarily unavailable")
	case http.StatusTooManyRequests:
		return wire.Throttled(r.RetryAfter)
	}
	return &wire.Error{Type: "InternalError", Status: r.Status, Message: "A fault was asked for", RetryAfter: r.RetryAfter}
}

// sink takes an answer that nobody gets.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// spoiler damages what goes through it.
type spoiler struct {
	http.ResponseWriter
	rule    Rule
	request *http.Request
	sent    int64
}

func (s *spoiler) Write(p []byte) (int, error) {
	switch r := s.rule; r.Action {
	case Truncate:
		if left := r.AfterBytes - s.sent; int64(len(p)) >= left {
			_, _ = s.ResponseWriter.Write(p[:max(left, 0)])
			if f, ok := s.ResponseWriter.(http.Flusher); ok {
				f.Flush()
			}
			panic(http.ErrAbortHandler)
		}
	case Corrupt:
		if at := r.AfterBytes - s.sent; at >= 0 && at < int64(len(p)) {
			p = append([]byte(nil), p...)
			p[at] ^= 1
		}
	case Slow:
		clock.Pause(s.request.Context(), time.Duration(r.DelayMillis)*time.Millisecond)
	}
	n, err := s.ResponseWriter.Write(p)
	s.sent += int64(n)
	return n, err
}

// slowBody makes a request's body come slowly.
type slowBody struct {
	io.ReadCloser
	request *http.Request
	rule    Rule
}

func (s *slowBody) Read(p []byte) (int, error) {
	clock.Pause(s.request.Context(), time.Duration(s.rule.DelayMillis)*time.Millisecond)
	return s.ReadCloser.Read(p)
}
