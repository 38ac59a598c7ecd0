// Package record holds what Backstay knows of one copy, and the events that
// change it. The state keeps copies as rows, a destination's catalogue keeps
// the events as JSON lines, and the rows are the fold of the events: so a lost
// state is rebuilt by replaying a catalogue.
//
// In and out go values and their JSON lines. The package does no I/O.
package record

import (
	"time"

	"github.com/backstay/backstay/schema"
)

// Status is the state of a copy.
type Status string

// A copy is written, then verified once its digest was compared; damaged or
// missing when a re-read said so; retired while it lies in quarantine; expired
// once removed (then it is a tombstone, not a copy). An entry is a folder or
// link, which has no bytes at a destination.
const (
	Written  Status = "written"
	Verified Status = "verified"
	Damaged  Status = "damaged"
	Missing  Status = "missing"
	Retired  Status = "retired"
	Expired  Status = "expired"
	Entry    Status = "entry"
)

// Copy is one version of one object at one destination: its row in the state
// and its line in the catalogue. Times are milliseconds since the epoch, file
// times nanoseconds; zero is absent.
type Copy struct {
	Destination string // instance name
	Source      string // instance name
	Path        string // raw bytes
	Seq         int    // 1, 2, ...: the version's number at this destination

	Kind   string // "file", "directory", "symlink"
	Status Status
	Key    string // full key at the destination, "" for entries
	ID     string // version id, ETag or inode of the stored object, as the store names it

	Size     int64
	Digest   string // "sha256:<hex>" or "blake3:<hex>"
	MTime    int64  // ns, of the source object
	CTime    int64  // ns
	Inode    uint64
	SourceID string // object or version id at the source, where it has one
	Mode     uint32 // unix permission and type bits, as stat gives them
	UID, GID uint32
	Nlink    uint32
	HardLink string            // group name shared by the links of one inode, "" if single
	Target   string            // of a symlink, raw bytes
	Xattrs   map[string]string // raw bytes
	Class    string

	Claims       []string // "backup.runs/vault": who wants this copy; sorted; empty: orphan
	CopiedAt     int64
	VerifiedAt   int64
	VerifyMethod string // "read-back", "read-back-cached", "store-checksum"
	SupersededAt int64  // a later version took its place
	GoneAt       int64  // the source object was found gone
	RetainUntil  schema.Until
	TermReason   string
	RetiredAt    int64
	RetiredFrom  Status // status before it was retired
	LockMode     string
	LockedUntil  schema.Until
	Holds        []string // names of holds on it, sorted
	Tier         string   // where its bytes were last seen or asked to lie, as storage.Tier; "": nobody ever moved them
	TieredAt     int64    // when that was
	Run          string   // run that wrote the latest change
}

// Cold tells whether a copy cannot be counted on to be readable now: it was
// archived, or asked to be, or is on its way back.
func (c *Copy) Cold() bool { return c.Tier != "" && c.Tier != "live" }

// Current tells whether the copy is of the object's present version at its
// destination: neither superseded nor retired nor expired.
func (c *Copy) Current() bool {
	return c.SupersededAt == 0 && c.Status != Retired && c.Status != Expired
}

// Op names what an event did.
type Op string

// The operations. Each carries the whole row as it is afterwards, so that
// folding is "the last one wins" and replaying twice changes nothing.
const (
	OpCopy      Op = "copy"
	OpAdopt     Op = "adopt"
	OpRecheck   Op = "recheck"
	OpTag       Op = "tag"
	OpSupersede Op = "supersede"
	OpVerify    Op = "verify"
	OpDamage    Op = "damage"
	OpLock      Op = "lock"
	OpHold      Op = "hold"
	OpRelease   Op = "release"
	OpRetire    Op = "retire"
	OpExpire    Op = "expire"
	OpMove      Op = "move"      // the bytes are another row's now, which another event tells of: none is gone
	OpArchive   Op = "archive"   // asked into the cold tier
	OpUnarchive Op = "unarchive" // asked back
	OpTier      Op = "tier"      // seen in another tier than recorded
	OpEvidence  Op = "evidence"
	OpRecord    Op = "record" // in checkpoints: the row as it is
)

// Event is one line of a catalogue: what happened to a copy or a hold.
type Event struct {
	Op        Op
	At        time.Time
	Run       string
	Copy      *Copy      // nil for an event about a hold alone
	Hold      *Hold      // set for OpHold and OpRelease of the hold itself
	Tombstone *Tombstone // in checkpoints: a copy that expired before
	Evidence  *Evidence  // set for OpEvidence
}

// Tombstone is what remains of a copy that expired or moved: enough that its version
// number is never given again, and no name.
type Tombstone struct {
	Destination string
	Source      string
	NameHash    string // hex; see state's schema.md for what is hashed
	Seq         int
	Size        int64
	Digest      string
	ExpiredAt   int64 // ms; 0: it did not expire, another object took it over
	Run         string
}

// Hold is a hold as recorded: it outlives the block that set it, and ends only
// by a release.
type Hold struct {
	Name       string
	Reason     string
	Owner      string
	Selector   string // JSON of the match it was set with
	Targets    []string
	SetAt      int64
	ReleasedAt int64
	ReleasedBy string
}

// Partial in Evidence.Detail of kind "verify" says that only some copies of the
// destination were read: nothing about the whole of it follows.
const Partial = "partial"

// Evidence is a recorded verification or restore test. Kind "access" says that
// rights at a destination were taken away: Detail names them, Objects is how many,
// Failed how many are still there. Kind "in_place" says what an archive block, named
// by Backup, moved at a source. Kind "listing" says what
// a source was when it was last applied: Detail is its instance name, Objects and
// Bytes are its live regular files, At is when it was listed. Kind "root" keeps
// what a source's own folder was: Detail is a Root in JSON.
type Evidence struct {
	Kind        string // "verify", "restore_test", "scrub", "listing", "root"
	At          int64
	Run         string
	Destination string
	Backup      string
	Method      string
	Objects     int64
	Bytes       int64
	Failed      int64
	Outcome     string // "pass", "fail"
	Detail      string
}
