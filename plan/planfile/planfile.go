// Package planfile writes and reads plan files, as FORMAT.md specifies them.
//
// In goes a plan's header, then its changes one by one, then its totals; out
// come bytes, the same for the same plan. A reader checks every digest before
// it hands out the first change and trusts nothing that it reads. The package
// works on io values: it opens no file, holds no more than one block of
// changes, and never decides whether a plan may be applied.
package planfile

import (
	"encoding/json"
	"errors"

	"github.com/backstay/backstay/plan"
)

// Version is the version of the format that Writer writes; Reader reads it and
// all earlier ones of the same major number.
const Version = "1.0"

// What errors of Open and Reader wrap.
var (
	ErrNotPlan = errors.New("this is not a plan file")
	ErrNewer   = errors.New("the plan file was written by a later version of Backstay")
	ErrDamaged = errors.New("the plan file is damaged")
)

// Bounds of what a reader takes into memory at once.
const (
	maxLine    = 1 << 20
	maxTrailer = 64 << 20
)

// first is the header section's line.
type first struct {
	Backstay      string      `json:"backstay"`
	FormatVersion string      `json:"format_version"`
	Header        plan.Header `json:"header"`
}

// note is one line of the trailer.
type note struct {
	Summary *plan.Summary   `json:"summary,omitempty"`
	Finding json.RawMessage `json:"finding,omitempty"`
}
