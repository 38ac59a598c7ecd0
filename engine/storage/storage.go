// Package storage is the interface of a storage system: where a source lists
// and reads objects, where a destination puts, reads and removes copies.
//
// Drivers live below it. A system's abilities beyond the plain ones are second
// interfaces, found by type assertion, and are also data that planner and
// policies read (Abilities). Drivers never log, never retry and never decide:
// wrappers and apply do. The suite in storagetest is the contract, executable.
package storage

import (
	"context"
	"errors"
	"io"
	"iter"
)

// What a driver's errors wrap, and what callers test for.
var (
	ErrNotExist    = errors.New("object does not exist")
	ErrExists      = errors.New("key is taken")
	ErrNotFolder   = errors.New("an element of the path is not a folder") // a file has the name that a key needs for a folder
	ErrChanged     = errors.New("object changed since it was listed")
	ErrUnreachable = errors.New("storage cannot be reached")
	ErrNoSpace     = errors.New("no space left")
	ErrReadOnly    = errors.New("storage is read-only")
	ErrPermission  = errors.New("permission denied")
	ErrEscape      = errors.New("path leads out of the root")
	ErrCold        = errors.New("object lies in a tier that cannot be read") // archived, or on its way
)

// Kind is what an entry is. Special stands for sockets, devices and FIFOs,
// which are reported and never read.
type Kind uint8

// The kinds of entry.
const (
	File Kind = iota
	Directory
	Symlink
	Special
)

// String is the spelling in plans and catalogues.
func (k Kind) String() string {
	return [...]string{"file", "directory", "symlink", "special"}[k]
}

// Entry is one object of a source's listing. Path is raw bytes, a folder's
// ends in "/"; see schema/addr. It may share memory with the paths of its
// neighbours: who keeps a few of many clones them. Times are nanoseconds since
// the epoch.
type Entry struct {
	Path  string
	Kind  Kind
	Mode  uint32 // as stat gives it
	Nlink uint32
	UID   uint32
	GID   uint32
	Size  int64
	MTime int64
	CTime int64
	Inode uint64
	Dev   uint64
	ID    string // object or version id where the system has one
	Facts *Facts // what systems that are no file trees know besides; nil on a file tree
}

// Source lists and reads what is to be protected.
type Source interface {
	// List streams every entry below the root in the order of
	// addr.ComparePaths, the root itself left out. What cannot be listed whole
	// ends the stream with an error: a partial stream never ends in silence.
	// The walk may run ahead on other goroutines; they end before the iteration
	// function returns.
	List(ctx context.Context) iter.Seq2[Entry, error]
	// Open opens an entry of kind File for reading. It returns ErrChanged if
	// the object is no longer the one that was listed (size, mtime, inode where
	// set), ErrNotExist if it is gone.
	Open(ctx context.Context, e Entry) (Content, error)
	// Details reads what List leaves out because it costs a call: extended
	// attributes of an entry, and the target of a link.
	Details(ctx context.Context, e Entry) (Details, error)
}

// Content is an open source object.
type Content interface {
	io.ReadCloser
	// Unchanged tells, once all is read, whether the object is still what it
	// was at Open; otherwise ErrChanged.
	Unchanged() error
}

// Detailed is implemented by contents that know the details of their object
// without looking it up once more.
type Detailed interface {
	// Details are those that Source.Details gives.
	Details() (Details, error)
}

// Details are the costly facts of an entry.
type Details struct {
	Target string
	Xattrs map[string]string
	Facts  *Facts // as they are now, for stores that keep them beside the bytes; nil on a file tree
}

// Object is one stored object of a destination.
type Object struct {
	Key   string
	Size  int64
	MTime int64
	ID    string // version id, ETag or inode: names these very bytes
}

// Destination keeps copies under keys: paths with "/" between elements, as the
// key map made them. Keys are write-once.
type Destination interface {
	Abilities() Abilities
	// Begin opens a batch. attempt is unique for the process and batch and is
	// part of every temporary name.
	Begin(ctx context.Context, attempt string) (Batch, error)
	// Open reads an object from the store itself: caches are dropped where the
	// system allows (Abilities.UncachedRead).
	Open(ctx context.Context, key string) (io.ReadCloser, Object, error)
	// Stat gives an object's facts, or ErrNotExist.
	Stat(ctx context.Context, key string) (Object, error)
	// List streams the objects whose keys begin with prefix in byte order of
	// keys, staged ones left out; none is no error. What cannot be listed whole
	// ends the stream with an error.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Remove removes the very object (Key and ID); ErrChanged if another one
	// has the key, ErrNotExist if none.
	Remove(ctx context.Context, o Object) error
	// Sweep removes what dead attempts left behind: temporary objects whose
	// attempt is not in live. It returns how many there were.
	Sweep(ctx context.Context, live func(attempt string) bool) (int, error)
}

// Batch is a group of puts that become durable together. Order of calls:
// Stage any number of times (from several goroutines), then Sync, then Reread
// of what is to be verified, then Commit each, then Finish. Discard at any time
// removes what was not committed. A batch is used once.
type Batch interface {
	// Stage writes content that is not visible under its key yet. size is a
	// hint (-1 unknown). Bytes pass through user space: no clone, no link.
	Stage(ctx context.Context, key string, content io.Reader, size int64) (Staged, error)
	// Sync makes all staged content durable.
	Sync(ctx context.Context) error
	// Reread reads staged content back from the store, after Sync.
	Reread(ctx context.Context, s Staged) (io.ReadCloser, error)
	// Commit gives staged content its key, exclusively: ErrExists if the key is
	// taken, ErrNotFolder if an object has the name that the key needs for a
	// folder; then nothing was changed and the staged content is still there.
	Commit(ctx context.Context, s Staged) (Object, error)
	// Rename stages under another key what could not be committed. Nothing
	// moves: it gives the value that Commit then takes.
	Rename(s Staged, key string) Staged
	// Finish makes the commits durable (folders synced), removes what is staged
	// and was not committed, and ends the batch.
	Finish(ctx context.Context) error
	// Discard removes everything staged and not committed, and ends the batch.
	Discard(ctx context.Context) error
}

// Staged is content on its way to a key.
type Staged struct {
	Key  string
	Size int64
	Ref  any // the driver's own
}

// Abilities are what a system can do, as data for planner and policies.
type Abilities struct {
	Media        string // "disk", "object", "tape"
	Lock         bool   // object locks
	Hold         bool   // legal holds by the store
	Tier         bool
	Versions     bool
	Exclusive    bool // commit never clobbers, by the store's own means
	StoreDigest  bool // the store checks and keeps a digest of what it received
	UncachedRead bool // Open and Reread bypass or drop caches
	FoldsCase    bool // keys that differ in case only would collide
	FoldsUnicode bool // so would keys that differ in normalisation only
	MaxKeyBytes  int  // of a whole key
	MaxNameBytes int  // of one element
	NamesUTF8    bool // names must be UTF-8
	NamesDOS     bool // names as Windows and FAT restrict them: no CON, no "a:b", no final dot
}

// Located is implemented by systems with a place on this machine, so that a
// destination inside a source is found: the real path and device of the root.
type Located interface {
	Location() (path string, dev uint64, err error)
}

// Rooted is implemented by sources whose root has metadata of its own. List leaves
// the root out.
type Rooted interface {
	// Root gives mode, owner and times of the root, a folder with the path "".
	Root(ctx context.Context) (Entry, Details, error)
}

// RootRestorer is a Restorer that can put the metadata of its own root back, as
// SetMeta does that of a folder.
type RootRestorer interface {
	SetRootMeta(ctx context.Context, m Meta) (problems []string, err error)
	// RootMeta reads what SetRootMeta would set.
	RootMeta(ctx context.Context) (Meta, error)
}

// Restorer is implemented by systems that can be restored into: it writes
// objects and puts metadata back. All paths stay below its root, whatever
// links lie there.
type Restorer interface {
	// Write creates a file with content, and the folders above it, by a
	// temporary name and an exclusive (or with overwrite a replacing) commit;
	// ErrExists if path is taken. An error from content, at its very end too,
	// prevents the commit: so a reader that compares digests decides.
	Write(ctx context.Context, path string, content io.Reader, overwrite bool) error
	// Link makes path another name of an already restored file.
	Link(ctx context.Context, existing, path string, overwrite bool) error
	// Symlink makes a link with raw target; it is never followed by this type.
	Symlink(ctx context.Context, path, target string, overwrite bool) error
	// Mkdir makes a folder and its parents; what is to be written below it can be,
	// until SetMeta.
	Mkdir(ctx context.Context, path string) error
	// SetMeta puts mode, owner, times and extended attributes back; folders
	// come last, deepest first. Owner and xattrs that the user may not set are
	// returned as problems, not errors.
	SetMeta(ctx context.Context, path string, m Meta) (problems []string, err error)
	// ReadBack opens what is at path, if it is a regular file, and reads it
	// from the store where the system allows.
	ReadBack(ctx context.Context, path string) (io.ReadCloser, error)
}

// Meta is what SetMeta puts back.
type Meta struct {
	Kind     Kind
	Mode     uint32 // 0: what was copied had no mode and no owner, so both stay as they are
	UID, GID uint32
	MTime    int64
	Xattrs   map[string]string
}
