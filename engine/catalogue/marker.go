package catalogue

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// Marker makes a place a destination of ours. It is written once and never
// changes.
type Marker struct {
	Format      int       `json:"format"`
	ID          string    `json:"id"`      // random, of this place
	Lineage     string    `json:"lineage"` // of the state that writes here
	Destination string    `json:"destination"`
	Created     time.Time `json:"created"`
}

// ErrNoMarker says that nothing marks the place as a destination.
var ErrNoMarker = errors.New("destination has no marker")

// NewMarker makes a marker with a fresh random id.
func NewMarker(lineage, destination string, now time.Time) Marker {
	var id [16]byte
	rand.Read(id[:]) //nolint:errcheck // never fails, by its documentation
	return Marker{
		Format: FormatVersion, ID: hex.EncodeToString(id[:]), Lineage: lineage,
		Destination: destination, Created: now.UTC().Truncate(time.Millisecond),
	}
}

// MarkerFile encodes a marker.
func MarkerFile(m Marker) (File, error) {
	data, err := Seal(m)
	return newFile(KindMarker, MarkerKey, data), err
}

// ReadMarker reads a destination's marker; ErrNoMarker if there is none.
func ReadMarker(ctx context.Context, s Store) (Marker, error) {
	var m Marker
	data, err := get(ctx, s, MarkerKey)
	if errors.Is(err, storage.ErrNotExist) {
		return m, ErrNoMarker
	}
	if err != nil {
		return m, err
	}
	if err := Unseal(data, &m); err != nil {
		return m, damaged(MarkerKey, err)
	}
	if m.Format > FormatVersion {
		return m, fmt.Errorf("%w: %s has format %d", ErrNewer, MarkerKey, m.Format)
	}
	if m.ID == "" || m.Lineage == "" {
		return m, damaged(MarkerKey, errors.New("it names no id or no lineage"))
	}
	return m, nil
}
