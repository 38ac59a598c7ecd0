package record

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/backstay/backstay/schema/addr"
)

var (
	statuses = []Status{Written, Verified, Damaged, Missing, Retired, Expired, Entry}
	ops      = []Op{
		OpCopy, OpAdopt, OpRecheck, OpTag, OpSupersede, OpVerify, OpDamage, OpLock, OpHold, OpRelease,
		OpRetire, OpExpire, OpMove, OpArchive, OpUnarchive, OpTier, OpEvidence, OpRecord,
	}
	tiers = []string{"", "live", "archival", "archived", "unarchiving"}
)

// Validate tells whether an event can be folded: a known operation, something
// that it is about, and a copy that is valid itself.
func (e *Event) Validate() error {
	switch {
	case !slices.Contains(ops, e.Op):
		return fmt.Errorf("%w: operation %q is not known", ErrMalformed, e.Op)
	case e.Copy == nil && e.Hold == nil && e.Tombstone == nil && e.Evidence == nil:
		return fmt.Errorf("%w: an event about nothing", ErrMalformed)
	case e.Hold != nil && e.Hold.Name == "":
		return fmt.Errorf("%w: a hold without a name", ErrMalformed)
	}
	if t := e.Tombstone; t != nil && (t.Destination == "" || t.Source == "" || t.NameHash == "" || t.Seq < 1) {
		return fmt.Errorf("%w: a tombstone without names", ErrMalformed)
	}
	if e.Copy == nil {
		return nil
	}
	return e.Copy.Validate()
}

// Validate refuses a copy that no code of ours can have written, above all one
// whose path or key leads out of its root or into the reserved folder.
func (c *Copy) Validate() error {
	switch {
	case c.Destination == "" || c.Source == "":
		return fmt.Errorf("%w: a copy without destination or source", ErrMalformed)
	case !addr.CheckPath(c.Path):
		return fmt.Errorf("%w: path %q leads out of its source", ErrMalformed, c.Path)
	case c.Key != "" && !checkKey(c.Key):
		return fmt.Errorf("%w: key %q leads out of its destination", ErrMalformed, c.Key)
	case c.Seq < 1 || int64(c.Seq) > math.MaxInt32:
		return fmt.Errorf("%w: version number %d", ErrMalformed, c.Seq)
	case c.Size < 0:
		return fmt.Errorf("%w: size %d", ErrMalformed, c.Size)
	case c.Kind != "file" && c.Kind != "directory" && c.Kind != "symlink":
		return fmt.Errorf("%w: kind %q is not known", ErrMalformed, c.Kind)
	case !slices.Contains(statuses, c.Status):
		return fmt.Errorf("%w: status %q is not known", ErrMalformed, c.Status)
	case c.RetiredFrom != "" && !slices.Contains(statuses, c.RetiredFrom):
		return fmt.Errorf("%w: status %q is not known", ErrMalformed, c.RetiredFrom)
	case !slices.Contains(tiers, c.Tier):
		return fmt.Errorf("%w: tier %q is not known", ErrMalformed, c.Tier)
	}
	return nil
}

// Reserved is the folder of a destination that holds what Backstay keeps
// there for itself; no copy lies in it.
const Reserved = ".backstay"

func checkKey(key string) bool {
	return addr.CheckPath(key) && !addr.IsFolder(key) &&
		key != Reserved && !strings.HasPrefix(key, Reserved+"/")
}
