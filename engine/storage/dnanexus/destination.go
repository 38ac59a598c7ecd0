package dnanexus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/sorted"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// The properties that the driver gives files.
const (
	attemptProperty = "backstay_attempt" // staged by this attempt; a copy has none
	asideProperty   = "backstay_aside"   // staged, and has stepped back from its key
)

// The state of a file that can be read.
const closed = "closed"

// DestinationOptions say where copies go.
type DestinationOptions struct {
	Project  string // id of a project that is there, or a name
	BillTo   string // who pays for a project that is made; "" the user's default. One that is there must have it
	Region   string // likewise
	Lockdown bool   // nobody but the operator is to have access
	PHI      bool   // it is to be known to hold health information of persons
	Create   bool   // make a project that is named and not there
	Scratch  string // folder for sorting what does not fit into memory; "" the system's
}

// Destination keeps copies as files of a project.
type Destination struct {
	c        *wire.Client
	clock    clock.Clock
	project  string // id
	operator string // user id
	o        DestinationOptions
	created  bool
	scratch  string

	mu      sync.Mutex
	batches map[*batch]struct{} // of this process, under way
}

var (
	_ storage.Destination = (*Destination)(nil)
	_ storage.Tiered      = (*Destination)(nil)
	_ storage.Guarded     = (*Destination)(nil)
	_ storage.Placed      = (*Destination)(nil)
	_ storage.Clocked     = (*Destination)(nil)
)

// Close lets go of the platform.
func (d *Destination) Close() error {
	d.c.Close()
	return nil
}

// Created tells whether OpenDestination made the project.
func (d *Destination) Created() bool { return d.created }

// Abilities are those of the platform.
func (d *Destination) Abilities() storage.Abilities {
	return storage.Abilities{
		Media: "object", Tier: true, StoreDigest: true, UncachedRead: true,
		MaxKeyBytes: maxKeyBytes, MaxNameBytes: maxNameBytes, NamesUTF8: true,
	}
}

// seen are the members that every look at files asks for.
var seen = wire.Fields("name", "folder", "class", "state", "size", "created", "archivalState", "properties")

// object is a file as the contract describes it.
func object(key string, o *wire.Object) storage.Object {
	return storage.Object{Key: key, Size: o.Size, MTime: o.Created * int64(time.Millisecond), ID: o.ID}
}

// isCopy tells files that have their key from those that are staged.
func isCopy(o *wire.Object) bool {
	_, staged := o.Properties[attemptProperty]
	return !staged && o.State == closed
}

// first orders files of one key: the one made first, then the lower id.
func first(a, b wire.Object) int {
	return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID))
}

// at finds all files of a key, staged ones among them, the first one first.
func (d *Destination) at(ctx context.Context, key string) ([]wire.Object, error) {
	folder, name := placeOf(key)
	var all []wire.Object
	for o, err := range d.find(ctx, map[string]any{"name": name, "scope": d.scope(folder, false)}) {
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	slices.SortFunc(all, first)
	return all, nil
}

func (d *Destination) scope(folder string, recurse bool) map[string]any {
	return map[string]any{"project": d.project, "folder": folder, "recurse": recurse}
}

// find searches the project's files of any state. A folder that is not there
// has none; a project that is not there is an error.
func (d *Destination) find(ctx context.Context, ask map[string]any) iter.Seq2[wire.Object, error] {
	ask["class"], ask["state"], ask["visibility"], ask["describe"] = "file", "any", "either", seen
	return func(yield func(wire.Object, error) bool) {
		if err := context.Cause(ctx); err != nil {
			yield(wire.Object{}, err)
			return
		}
		for row, err := range wire.Pages[wire.Found](ctx, d.c, "system", "findDataObjects", ask) {
			if err != nil {
				if err = d.missing(ctx, err); err != nil {
					yield(wire.Object{}, err)
				}
				return
			}
			o := row.Describe
			o.ID, o.Project = row.ID, row.Project
			if !yield(o, nil) {
				return
			}
		}
	}
}

// missing tells a folder that is not there, which is nil, from a project that
// is gone.
func (d *Destination) missing(ctx context.Context, err error) error {
	if !errors.Is(err, storage.ErrNotExist) {
		return err
	}
	if gone := d.c.Call(ctx, d.project, "describe", wire.Fields("id"), nil); gone != nil {
		return fmt.Errorf("%w: project %s is not there, or not for this user: %w", storage.ErrUnreachable, d.project, err)
	}
	return nil
}

// holder finds the copy that has a key.
func (d *Destination) holder(ctx context.Context, key string) (wire.Object, error) {
	if err := errors.Join(context.Cause(ctx), checkKey(key)); err != nil {
		return wire.Object{}, err
	}
	all, err := d.at(ctx, key)
	if err != nil {
		return wire.Object{}, fmt.Errorf("look for %q: %w", key, err)
	}
	for _, o := range all {
		if isCopy(&o) {
			return o, nil
		}
	}
	return wire.Object{}, fmt.Errorf("%q in project %s: %w", key, d.project, storage.ErrNotExist)
}

// Stat gives the facts of a copy.
func (d *Destination) Stat(ctx context.Context, key string) (storage.Object, error) {
	o, err := d.holder(ctx, key)
	if err != nil {
		return storage.Object{}, err
	}
	return object(key, &o), nil
}

// Open opens a copy. One that is archived cannot be read: ErrCold.
func (d *Destination) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	o, err := d.holder(ctx, key)
	if err != nil {
		return nil, storage.Object{}, err
	}
	if t := storage.Tier(o.Archival); t != storage.TierLive && t != "" {
		return nil, storage.Object{}, fmt.Errorf("read %q: it is in the state %q: %w", key, t, storage.ErrCold)
	}
	r, err := d.read(ctx, &o)
	if err != nil {
		return nil, storage.Object{}, fmt.Errorf("read %q: %w", key, err)
	}
	return r, object(key, &o), nil
}

// read opens the bytes of a file. The platform's checksums are not compared
// here: the digest that the caller compares says more.
func (d *Destination) read(ctx context.Context, o *wire.Object) (io.ReadCloser, error) {
	return d.c.Open(ctx, wire.Content{Project: d.project, File: o.ID, Size: o.Size})
}

// keyed is a file with its key, as it is sorted.
type keyed struct {
	Key string
	wire.Object
}

// List sorts what a search finds. Of several files of one key the one made
// first has it.
func (d *Destination) List(ctx context.Context, prefix string) iter.Seq2[storage.Object, error] {
	return func(yield func(storage.Object, error) bool) {
		last := ""
		for l, err := range sorted.Sort(d.below(ctx, prefix), d.sorting()) {
			if err != nil {
				yield(storage.Object{}, fmt.Errorf("list %q: %w", prefix, err))
				return
			}
			if l.Key == last {
				continue
			}
			last = l.Key
			if !yield(object(l.Key, &l.Object), nil) {
				return
			}
		}
	}
}

// below finds the copies whose keys begin with prefix, in no order.
func (d *Destination) below(ctx context.Context, prefix string) iter.Seq2[keyed, error] {
	folder := "/" + keyText(prefix[:max(strings.LastIndexByte(prefix, '/'), 0)])
	return func(yield func(keyed, error) bool) {
		for o, err := range d.find(ctx, map[string]any{"scope": d.scope(folder, true)}) {
			if err != nil {
				yield(keyed{}, err)
				return
			}
			key, ok := keyOf(o.Folder, o.Name)
			if !ok || !isCopy(&o) || !strings.HasPrefix(key, prefix) {
				continue
			}
			if !yield(keyed{key, wire.Object{ID: o.ID, Size: o.Size, Created: o.Created}}, nil) {
				return
			}
		}
	}
}

// Remove removes the very file, under another name too if somebody gave it one. A
// copy that is gone already is ErrNotExist.
func (d *Destination) Remove(ctx context.Context, o storage.Object) error {
	have, err := d.holder(ctx, o.Key)
	if errors.Is(err, storage.ErrNotExist) && o.ID != "" {
		have, err = d.stray(ctx, o)
		have.ID = o.ID
	}
	if err != nil {
		return err
	}
	if have.ID != o.ID || have.Size != o.Size {
		return fmt.Errorf("remove %q: %w", o.Key, storage.ErrChanged)
	}
	if err := d.removeFiles(ctx, []string{o.ID}); err != nil {
		return fmt.Errorf("remove %q: %w", o.Key, err)
	}
	return nil
}

// removeFiles removes files by id; one that is gone is done.
func (d *Destination) removeFiles(ctx context.Context, ids []string) error {
	for chunk := range slices.Chunk(ids, wire.PageSize) {
		if err := d.c.Call(ctx, d.project, "removeObjects", map[string]any{"objects": chunk, "force": true}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes the files that attempts left which are not live. What this
// process has staged is waited for, so that nothing appears behind the search.
func (d *Destination) Sweep(ctx context.Context, live func(attempt string) bool) (int, error) {
	d.mu.Lock()
	under := slices.Collect(maps.Keys(d.batches))
	d.mu.Unlock()
	for _, b := range under {
		b.appear()
	}
	var dead []string
	for o, err := range d.find(ctx, map[string]any{"scope": d.scope("/", true), "properties": map[string]any{attemptProperty: true}}) {
		if err != nil {
			return 0, fmt.Errorf("look for what was left behind: %w", err)
		}
		if !live(o.Properties[attemptProperty]) {
			dead = append(dead, o.ID)
		}
	}
	if err := d.removeFiles(ctx, dead); err != nil {
		return 0, fmt.Errorf("remove what was left behind: %w", err)
	}
	return len(dead), nil
}

// Tiers tells where copies lie.
func (d *Destination) Tiers(ctx context.Context, objects []storage.Object) ([]storage.Tier, error) {
	return tiers(ctx, d.c, d.project, objects)
}

// Archive asks for the cold tier.
func (d *Destination) Archive(ctx context.Context, objects []storage.Object) error {
	return archive(ctx, d.c, d.project, objects)
}

// Unarchive asks for copies back.
func (d *Destination) Unarchive(ctx context.Context, objects []storage.Object, rate string) error {
	return unarchive(ctx, d.c, d.project, objects, rate)
}

func (d *Destination) sorting() sorted.Options[keyed] {
	return sorted.Options[keyed]{
		Dir:     d.scratch,
		Compare: func(a, b keyed) int { return cmp.Or(strings.Compare(a.Key, b.Key), first(a.Object, b.Object)) },
		Size:    func(l keyed) int64 { return int64(400 + len(l.Key) + len(l.ID)) },
		Append: func(dst []byte, l keyed) []byte {
			text, err := json.Marshal([]any{l.Key, l.ID, l.Size, l.Created})
			if err != nil {
				panic("a listed file is always JSON: " + err.Error())
			}
			return append(dst, text...)
		},
		Decode: func(b []byte) (l keyed, err error) {
			err = json.Unmarshal(b, &[]any{&l.Key, &l.ID, &l.Size, &l.Created})
			return l, err
		},
	}
}
