// Package plan holds a plan as data: the ordered list of changes that would
// bring the copies in line with the backup plans, its totals, and what it is
// bound to.
//
// engine/diff makes changes, engine/policy judges them, plan/planfile stores
// them and engine/apply carries them out. The package knows no file and no
// engine, does no I/O, and never holds more than one change at a time.
package plan

import (
	"time"

	"github.com/backstay/backstay/schema"
)

// Action is what a change does.
type Action string

// The actions, in the order in which views list them. Copy, Recopy and Adopt
// protect; Retire and Expire remove; the others keep what is there in order.
const (
	Copy      Action = "copy"      // bytes move: a new object or version
	Recopy    Action = "recopy"    // a copy is missing or damaged: made again under a new key
	Recheck   Action = "recheck"   // quick test in doubt: digest in apply, record if equal
	Adopt     Action = "adopt"     // an equal copy that is already there is taken over
	Archive   Action = "archive"   // to a colder tier
	Unarchive Action = "unarchive" // back from it
	Lock      Action = "lock"      // an object lock is set or extended
	Hold      Action = "hold"      // a hold is recorded on a copy
	Release   Action = "release"   // a hold is ended
	Tag       Action = "tag"       // record only: metadata, folders, links, terms, source gone
	Verify    Action = "verify"    // the copy is read again
	Revoke    Action = "revoke"    // access drift is repaired
	Retire    Action = "retire"    // term over: into quarantine, no byte moves
	Expire    Action = "expire"    // quarantine over: removed
)

// Actions lists all actions in display order.
var Actions = []Action{
	Copy, Recopy, Recheck, Adopt, Archive, Unarchive, Lock, Hold, Release,
	Tag, Verify, Revoke, Retire, Expire,
}

// Removes tells whether the action takes protection away.
func (a Action) Removes() bool { return a == Retire || a == Expire }

// Protects tells whether the action only adds protection.
func (a Action) Protects() bool {
	switch a {
	case Copy, Recopy, Recheck, Adopt, Lock, Hold, Verify, Revoke:
		return true
	}
	return false
}

// Reason is a stable code for why a change is in the plan; Text explains it.
type Reason string

// The reasons.
const (
	NewObject       Reason = "new_object"
	ContentChanged  Reason = "content_changed"  // size or mtime differ
	InodeChanged    Reason = "inode_changed"    // recheck: same size and mtime, other inode or ctime
	DigestAsked     Reason = "digest_asked"     // recheck: -checksum
	MetadataChanged Reason = "metadata_changed" // tag: mode, owner, times of a folder or link
	NewEntry        Reason = "new_entry"        // tag: a folder or link first seen
	SourceGone      Reason = "source_gone"      // tag: object vanished; copy kept through its term
	SourceBack      Reason = "source_back"      // tag: a vanished object is there again, unchanged
	OutOfScope      Reason = "out_of_scope"     // tag: still there, but no include matches it; copies kept through their term
	TermRaised      Reason = "term_raised"      // tag: the backup plan asks for a longer term
	TermLowered     Reason = "term_lowered"     // tag: a shorten block lets the term come down
	Orphaned        Reason = "orphaned"         // tag: no backup plan claims the copy any more
	Claimed         Reason = "claimed"          // tag: another backup plan claims the copy too
	CopyMissing     Reason = "copy_missing"     // recopy
	CopyDamaged     Reason = "copy_damaged"     // recopy
	NotVerified     Reason = "not_verified"     // verify: written but never verified
	ScrubDue        Reason = "scrub_due"        // verify: older than verify.scrub
	EqualCopyThere  Reason = "equal_copy_there" // adopt
	LabelMoved      Reason = "label_moved"      // adopt: a moved block renames the owner
	SourceMoved     Reason = "source_moved"     // adopt: the object was moved or renamed at its source
	HoldSet         Reason = "hold_set"
	HoldReleased    Reason = "hold_released"
	TermOver        Reason = "term_over"       // retire
	GivenUp         Reason = "given_up"        // retire: by a retire block
	QuarantineOver  Reason = "quarantine_over" // expire
	ArchiveDue      Reason = "archive_due"     // archive: the copy is as old as archive_after says
	TierAsked       Reason = "tier_asked"      // archive, unarchive: the copy block names the tier
	CostMeasure     Reason = "cost_measure"    // archive, unarchive: an archive block, in place at the source
	AccessDrift     Reason = "access_drift"    // revoke: somebody has a right at a destination that is locked down
	SettingDrift    Reason = "setting_drift"   // revoke: a setting of such a destination stands otherwise than it is meant to
)

// MadeAgainFrom begins the Detail of a recopy whose bytes come from the copy at
// another destination, the address of which follows.
const MadeAgainFrom = "made again from "

// Kind is what an object is at its source.
type Kind string

// The kinds of object of a file tree. Other systems add theirs.
const (
	File      Kind = "file"
	Directory Kind = "directory"
	Symlink   Kind = "symlink"
)

// Access is the kind of what a revoke is about: a right of somebody, whose name
// is the object's path, at a destination, or a setting of it that has that name.
// It has no source.
const Access Kind = "access"

// Object is the object at the source that a change is about.
type Object struct {
	Source string // instance name of the source, unique
	Path   string // see schema/addr: raw bytes, no leading slash
	Kind   Kind
	Size   int64
	MTime  int64  // ns since the epoch
	CTime  int64  // ns
	Inode  uint64 // filesystem
	Dev    uint64 // filesystem; with Inode it names a hard-link group where Nlink > 1
	Mode   uint32 // filesystem: as stat gives it, zero where the system has none
	UID    uint32
	GID    uint32
	Nlink  uint32
	ID     string // object id or version id where the system has one
	Class  string // from the include that matched, or ""
	Live   bool   // it is in the inventory that this plan was made from
}

// CopyFacts is one copy before or after a change. After tells what the record
// becomes, RetainUntil, TermReason, Claims and Held included. A moment that is
// not in Before and is in After (CopiedAt, VerifiedAt, SupersededAt, GoneAt,
// RetiredAt, TieredAt) is the plan's as-of there and apply's own clock in the record. The
// key of a copy that is yet to be made is empty: apply maps it.
type CopyFacts struct {
	Key         string
	Seq         int // version number at its destination: 1, 2, ...
	Status      string
	Size        int64
	Digest      string // "sha256:<hex>", or ""
	CopiedAt    time.Time
	VerifiedAt  time.Time
	RetainUntil schema.Until
	TermReason  string // which rule set RetainUntil
	RetiredAt   time.Time
	// SupersededAt is when a later version took its place; GoneAt when its
	// object was found gone from the source or from every scope.
	SupersededAt, GoneAt time.Time
	Claims               []string // who wants the copy, "backup.runs/vault"; sorted; empty: an orphan
	Held                 []string // names of holds
	LockedUntil          schema.Until
	// Tier is where its bytes lie, as storage names it, as last seen or asked at
	// TieredAt; "" was never moved.
	Tier     string
	TieredAt time.Time
}

// Change is one step of a plan. Before is nil where nothing exists yet; After
// is nil where nothing remains.
type Change struct {
	Address     string // backup.runs.copy.vault["a/b.txt"]
	Backup      string // backup.runs, or "" for an orphan
	Copy        string // label of the copy block
	Destination string // destination.filesystem.vault
	Action      Action
	Reason      Reason
	Detail      string // one sentence more, where the reason alone does not say it
	Object      Object
	// From is the path that the object had at its source when the copy that Before
	// names was made, where it has another one now. The copy becomes this object's if
	// their digests agree, and that path's no more.
	From   string
	Before *CopyFacts
	After  *CopyFacts
	// Superseded is the copy whose place at the destination the change takes, as
	// it is recorded afterwards: its SupersededAt, and the term that runs from
	// there. Nil where there is none.
	Superseded *CopyFacts
	// Remaining is the number of verified copies of this object's version, or of
	// a later one, that are left at all destinations once the change is done.
	Remaining int
	// CopiesAfter is the number of copies of the object, the original included
	// if it lives, once the whole plan is done; CopiesBefore is today's. Archiving
	// is never counted as if it had made one.
	CopiesBefore, CopiesAfter int
	// Cost is what the change costs by itself; nil where nothing is paid for it.
	Cost *Cost
}

// Bytes is what a change weighs: the size of the object it copies or removes.
func (c *Change) Bytes() int64 {
	if c.Before != nil && c.Action.Removes() {
		return c.Before.Size
	}
	if c.Object.Kind == Directory || c.Object.Kind == Symlink {
		return 0
	}
	return c.Object.Size
}

// Count is a number of objects and their bytes.
type Count struct {
	Objects int64 `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

// Add counts one object more.
func (c *Count) Add(bytes int64) {
	c.Objects++
	c.Bytes += bytes
}

// SourceTotals are the figures of one source that brakes and Σ controls read.
// Only regular objects count; folders and links do not.
type SourceTotals struct {
	Source    string `json:"source"`    // instance name
	Live      Count  `json:"live"`      // in the inventory
	InScope   Count  `json:"in_scope"`  // claimed by a backup plan
	Excluded  Count  `json:"excluded"`  // by an exclude with a reason
	Uncovered Count  `json:"uncovered"` // neither in scope nor excluded with a reason
	Recorded  Count  `json:"recorded"`  // objects that the state held as live before this plan
	Lost      Count  `json:"lost"`      // recorded and not in the inventory
	Changed   Count  `json:"changed"`   // recorded and changed in content
	// LeftScope is recorded and there, and neither claimed now nor excluded with a
	// reason.
	LeftScope Count `json:"left_scope,omitzero"`
	Special   int64 `json:"special"` // sockets, devices, pipes: reported, never copied
	// SpecialFirst are the first of them, at most MaxSpecial.
	SpecialFirst []Special `json:"special_first,omitempty"`
	// Incremental tells that only what changed was listed; nil: everything was.
	Incremental *Incremental `json:"incremental,omitempty"`
}

// Incremental is how far an inventory reaches for which only what changed was
// asked for: of other objects it says what the last whole one saw.
type Incremental struct {
	Whole time.Time `json:"whole"` // when everything was last asked for
	Since time.Time `json:"since"` // what changed after this was asked for
}

// ListedAt is the instant up to which an inventory that was made at asOf knows
// of everything.
func (t *SourceTotals) ListedAt(asOf time.Time) time.Time {
	if t.Incremental != nil && t.Incremental.Whole.Before(asOf) {
		return t.Incremental.Whole
	}
	return asOf
}

// MaxSpecial is how many special files of a source a plan names.
const MaxSpecial = 5

// Special is a special file, which cannot be copied.
type Special struct {
	Path string // raw bytes
	Kind string // "socket", "pipe", "device", or "special file"
}

// BackupTotals are the figures of one backup plan.
type BackupTotals struct {
	Backup    string           `json:"backup"`  // address
	Matched   Count            `json:"matched"` // regular objects in scope
	ByClass   map[string]Count `json:"by_class"`
	ByInclude []int64          `json:"by_include"` // regular objects per include block, in order
	// OldestWaiting is the modification time of the oldest object that has no
	// copy of its current version at some destination; zero where none waits.
	OldestWaiting time.Time `json:"oldest_waiting,omitzero"`
}

// DestinationTotals are the figures of one destination.
type DestinationTotals struct {
	Destination string `json:"destination"` // address
	Copies      Count  `json:"copies"`      // existing copies, quarantined ones included
	Retire      Count  `json:"retire"`
	Expire      Count  `json:"expire"`
	Orphans     Count  `json:"orphans"`
}

// Cost is a forecast in the price book's currency, of a whole plan or, with the
// same names, of one change. Known is false where a price is missing, and then
// the amounts are not claims: what Missing names is not in them.
type Cost struct {
	Currency      string  `json:"currency,omitempty"`
	Known         bool    `json:"known"`
	StorageMonth  float64 `json:"storage_month"` // once the plan is done; of a change, what it adds
	StorageBefore float64 `json:"storage_month_before"`
	Egress        float64 `json:"egress"`
	Requests      float64 `json:"requests"`
	Retrieval     float64 `json:"retrieval"`
	EarlyDeletion float64 `json:"early_deletion"` // the rest of minimum stays that are not kept
	// Exposure is what it would cost if everything left its storage class once
	// the plan is done; it falls day by day, and is nothing from ExposureUntil on.
	Exposure      float64  `json:"exposure"`
	ExposureUntil string   `json:"exposure_until,omitempty"` // 2006-01-02
	Missing       []string `json:"missing,omitempty"`        // names of prices, sorted
	ListedOn      string   `json:"listed_on,omitempty"`      // date of the oldest list price in it
}

// Summary is a plan's totals.
type Summary struct {
	Actions      map[Action]Count
	Unchanged    Count
	Gone         Count // protected, source gone
	Orphans      Count
	Cost         Cost
	Sources      []SourceTotals
	Backups      []BackupTotals
	Destinations []DestinationTotals
}

// Changes is the number of changes of all actions.
func (s *Summary) Changes() int64 {
	var n int64
	for _, c := range s.Actions {
		n += c.Objects
	}
	return n
}

// Header is what a plan is bound to. Two plans of identical inputs and as-of
// have identical headers: nothing in it tells who made it, where or when.
type Header struct {
	FormatVersion string // "1.0"
	Program       string // version of the program that made it
	ConfigDigest  string
	PolicyDigest  string
	Lineage       string
	Serial        int64
	AsOf          time.Time
	MaxAge        time.Duration // 24 h: apply refuses to start later than AsOf + MaxAge
	Refresh       string        // "none", "quick", "deep"
	Checksum      bool
	Targets       []string
	Excludes      []string
	Allow         []string // brakes that -allow let pass
}
