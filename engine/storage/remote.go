package storage

import (
	"context"
	"time"
)

// What remote systems can do besides the plain calls of Source and Destination.
// Each ability is an interface of its own, found by type assertion on the driver
// or on its batch; Abilities tells planner and policies of the same.

// Facts are what a system other than a file tree knows of an object. They are
// shared by whoever holds the entry, and never changed.
type Facts struct {
	Class      string            // "file", "record", "applet", "workflow", "app": what selectors call kind
	Project    string            // the container that holds it
	Tags       []string          // sorted
	Types      []string          // sorted
	Properties map[string]string // the user's own
	Tier       Tier              // "" where the system has no tiers
	Created    int64             // ns since the epoch; 0 unknown
	CreatedBy  string            // who, and by which job, as the system names them
	Shared     bool              // others own it: who made it is not of the account that keeps it
}

// Tier is where the bytes of an object lie, in the words of the platform's
// archival service.
type Tier string

// The tiers. Only TierLive can be read on every system.
const (
	TierLive        Tier = "live"
	TierArchival    Tier = "archival"    // asked for; still in standard storage
	TierArchived    Tier = "archived"    // cold
	TierUnarchiving Tier = "unarchiving" // on the way back
)

// Tiered is implemented by drivers whose objects lie in tiers. All calls take
// any number of objects, may be repeated, and change only what is in a state
// that fits; they return once the system took the request, not once it is done.
type Tiered interface {
	// Tiers tells where objects lie, in their order; "" for one that is gone.
	Tiers(ctx context.Context, objects []Object) ([]Tier, error)
	// Archive asks for the cold tier. One that cannot be archived (open, empty,
	// no right) is an error that names it, after the others were asked for.
	Archive(ctx context.Context, objects []Object) error
	// Unarchive asks for objects back at a rate of the system's ("" its default).
	Unarchive(ctx context.Context, objects []Object, rate string) error
}

// Grant is a right that somebody has at a destination, or a setting of a
// destination that is locked down which stands otherwise than it is meant to.
type Grant struct {
	Who   string // as the system names them; the name of a setting
	Level string // as the system names it; how the setting stands
	Want  string // how the setting is meant to stand; "" of a right
}

// Guarded is implemented by destinations that can tell and take away access.
type Guarded interface {
	// Grants are the rights of all but the operator and, where the destination is
	// to be locked down, the settings that drifted, in order of Who.
	Grants(ctx context.Context) ([]Grant, error)
	// Revoke takes rights away and puts settings right, those that are given and no
	// others; what is done already is no error.
	Revoke(ctx context.Context, grants []Grant) error
}

// Homing is implemented by destinations whose objects keep their identity when
// somebody renames or moves them: what is recorded by id is not lost then.
type Homing interface {
	// Strayed tells where an object of this id and size lies that its key does not
	// lead to, in the system's words; "" where there is none.
	Strayed(ctx context.Context, o Object) (place string, err error)
	// Home brings such an object back under its key. ErrNotExist: there is none;
	// ErrExists: something else has the key, and nothing was moved.
	Home(ctx context.Context, o Object) error
}

// Labelled is implemented by destinations that keep tags and properties of the
// source's object beside a copy, where they can change after it was made.
type Labelled interface {
	// Label writes what f tells in the place of what is there. It changes neither
	// bytes nor key, and may be repeated. ErrNotExist: the copy is gone.
	Label(ctx context.Context, o Object, f *Facts) error
}

// Checked is implemented by batches of stores that check a digest of their own
// over what they received (Abilities.StoreDigest).
type Checked interface {
	// Receipt compares the store's checksums of staged content with those of the
	// bytes that went through Stage. Nil proves them equal, so that nothing has
	// to be read back; evidence says "store-checksum".
	Receipt(ctx context.Context, s Staged) error
}

// Provenance is where a copy comes from, for stores that keep such facts beside
// the bytes.
type Provenance struct {
	Source string // instance name
	System string // type of the source, "dnanexus"
	Path   string // raw bytes
	ID     string // id at the source
	Digest string // "sha256:<hex>"
	Size   int64
	MTime  int64 // ns
	Run    string
	Facts  *Facts // nil where the source has none
}

// Described is implemented by batches of stores that keep provenance with an
// object. Describe is called after Stage and before Sync, once for each copy.
type Described interface {
	Describe(ctx context.Context, s Staged, p Provenance) error
}

// Quote is what a system says that a call would take.
type Quote struct {
	Objects  int64   // that the call would move; the others are live already, or on their way
	Bytes    int64   // 0 unknown
	Currency string  // of Cost; "" the system names no price
	Cost     float64 // once, for the retrieval
}

// Quoted is implemented by tiered systems that tell before what bringing
// objects back takes. Nothing moves.
type Quoted interface {
	Quote(ctx context.Context, objects []Object, rate string) (Quote, error)
}

// AllCopies is implemented by tiered sources that can archive every copy of an
// object under one payer, in places that the caller cannot see too.
type AllCopies interface {
	ArchiveAll(ctx context.Context, objects []Object) error
}

// Ready is what stands in the way of archiving.
type Ready struct {
	Key    string // of an object; "" concerns all
	What   string // a stable word: "open", "empty", "live_elsewhere", "sponsored", "rights", "licence", "service"
	Result string // "fail" it cannot be archived, "warn" it saves nothing or less, "unknown" the system does not tell
	Detail string // one sentence
	Bytes  int64  // that stay in standard storage for it; 0 none or unknown
}

// Readied is implemented by tiered systems that can tell, before anything is
// archived, what will not come about. Findings come in order of What and Key.
type Readied interface {
	Readiness(ctx context.Context, objects []Object) ([]Ready, error)
}

// Clocked is implemented by systems that tell the time: a removal by a clock
// that is wrong cannot be taken back.
type Clocked interface {
	// Skew is how far the system's clock is ahead of this program's.
	Skew(ctx context.Context) (time.Duration, error)
}

// Summed is implemented by contents in parts of which the system keeps the
// checksums, and which compare them as they are read. Both methods may be called
// from any goroutine.
type Summed interface {
	// PartAt is the part that begins at an offset; false if none does, or none
	// with a checksum.
	PartAt(offset int64) (Part, bool)
	// Compared is up to which offset what was read is what the checksums say.
	Compared() int64
}

// Parted is implemented by batches that send content in parts, and that cut
// content which is Summed as it was cut before: so that the checksum with which
// it came is the one with which the store compares what it gets.
type Parted interface {
	Parted() bool
}

// Dated is implemented by destinations that tell what was made last at a cost
// that does not grow with what is there.
type Dated interface {
	// Newest gives the keys of the objects below a prefix that ends in "/" which
	// were made last, by the store's own clock, at most so many, in no order;
	// staged ones are left out.
	Newest(ctx context.Context, prefix string, most int) ([]string, error)
}

// Ability finds a second interface of a destination, below whatever wraps it.
func Ability[T any](d Destination) (T, bool) {
	for d != nil {
		if a, ok := d.(T); ok {
			return a, true
		}
		w, ok := d.(interface{ Unwrap() Destination })
		if !ok {
			break
		}
		d = w.Unwrap()
	}
	var none T
	return none, false
}

// BatchAbility finds a second interface of a batch, below whatever wraps it.
func BatchAbility[T any](b Batch) (T, bool) {
	for b != nil {
		if a, ok := b.(T); ok {
			return a, true
		}
		w, ok := b.(interface{ Unwrap() Batch })
		if !ok {
			break
		}
		b = w.Unwrap()
	}
	var none T
	return none, false
}

// Remark is something that a listing met, that is no error, and that the owner
// of the source should know.
type Remark struct {
	Code     string // stable, "not_closed"
	Detail   string // a clause that begins with what Count counts
	Count    int64
	Examples []string // a few paths
}

// Remarker is implemented by sources that remark on what they list.
type Remarker interface {
	// Remarks are those of the last listing that was read to its end, by code.
	Remarks() []Remark
}

// Place is where a system's data lies, as the system itself tells. What it does
// not tell is empty.
type Place struct {
	Region    string // "aws:us-east-1"
	Provider  string // "aws"
	Container string // id of the project or bucket
	BillTo    string // who pays
}

// Placed is implemented by systems that tell where their data lies.
type Placed interface {
	Place(ctx context.Context) (Place, error)
}

// Part is a piece of an object, and the checksum that its system keeps of it.
type Part struct {
	Size int64
	MD5  string // hex
}

// Fingerprinted is implemented by sources whose system keeps checksums of the
// bytes of an object, so that a copy which lies at its destination already can
// be recognised without reading the object.
type Fingerprinted interface {
	// Fingerprint gives the parts of an object in order; together they are all its
	// bytes. None means that the system keeps no checksums of it. ErrChanged and
	// ErrNotExist are those of Open.
	Fingerprint(ctx context.Context, e Entry) ([]Part, error)
}
