package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// Encode writes a value as the platform does: one line, signs unescaped. Keys
// of hashes are sorted, so equal values give equal bytes.
func Encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Send writes an answer with its exact length, which clients compare.
func Send(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left has no use for the error
}

// SendError writes a refusal in its envelope.
func SendError(w http.ResponseWriter, err error) {
	refusal := AsError(err)
	if refusal.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(refusal.RetryAfter))
	}
	body, _ := Encode(refusal.Envelope())
	Send(w, refusal.Status, body)
}
