// Package wire is the form of what crosses the connection: inputs are JSON
// hashes whose keys are checked one by one, answers are JSON, and refusals are
// the platform's error envelope. In go the bytes of a request, out come typed
// values or an Error that names the key. It knows no route and no object, and
// never decides who may do what.
package wire

import (
	"errors"
	"fmt"
)

// Error is a refusal as clients see it: a type that they branch on, a message,
// and the HTTP status that goes with the type.
type Error struct {
	Type       string
	Message    string
	Status     int
	Details    map[string]any
	RetryAfter int // seconds; sent when above zero
}

// Error prints the refusal as the platform's clients do.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s, code %d", e.Type, e.Message, e.Status) }

// MalformedJSON says that the body or its content type cannot be read.
func MalformedJSON(format string, args ...any) error {
	return refuse("MalformedJSON", 400, format, args)
}

// InvalidAuthentication says that the token is unknown.
func InvalidAuthentication(format string, args ...any) error {
	return refuse("InvalidAuthentication", 401, format, args)
}

// PermissionDenied says that the caller's level is too low.
func PermissionDenied(format string, args ...any) error {
	return refuse("PermissionDenied", 401, format, args)
}

// SpendingLimitExceeded says that the payer may spend no more.
func SpendingLimitExceeded(format string, args ...any) error {
	return refuse("SpendingLimitExceeded", 403, format, args)
}

// NotFound says that an entity, a folder or a route does not exist, or that the
// caller may not know of it.
func NotFound(format string, args ...any) error {
	return refuse("ResourceNotFound", 404, format, args)
}

// InvalidInput says that a key has the wrong shape or value.
func InvalidInput(format string, args ...any) error {
	return refuse("InvalidInput", 422, format, args)
}

// InvalidState says that the entity's state does not allow the call.
func InvalidState(format string, args ...any) error {
	return refuse("InvalidState", 422, format, args)
}

// InvalidType says that an object is of a class that the call does not take.
func InvalidType(format string, args ...any) error {
	return refuse("InvalidType", 422, format, args)
}

// Internal hides what went wrong inside: it is a bug here or a full disk.
func Internal(err error) error {
	return &Error{Type: "InternalError", Status: 500, Message: "The emulator failed: " + err.Error()}
}

// Unavailable asks the client to come back after so many seconds.
func Unavailable(seconds int, format string, args ...any) error {
	return &Error{Type: "ServiceUnavailable", Status: 503, Message: fmt.Sprintf(format, args...), RetryAfter: seconds}
}

// Throttled is the answer to too many requests.
func Throttled(seconds int) error {
	return &Error{Type: "RateLimitConditional", Status: 429, Message: "Too many requests", RetryAfter: seconds}
}

func refuse(kind string, status int, format string, args []any) error {
	return &Error{Type: kind, Status: status, Message: fmt.Sprintf(format, args...)}
}

// AsError finds the refusal in an error; what is none becomes an InternalError.
func AsError(err error) *Error {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal
	}
	errors.As(Internal(err), &refusal)
	return refusal
}

// Envelope is the body of a refusal.
func (e *Error) Envelope() map[string]any {
	inner := map[string]any{"type": e.Type, "message": e.Message}
	if e.Details != nil {
		inner["details"] = e.Details
	}
	return map[string]any{"error": inner}
}
