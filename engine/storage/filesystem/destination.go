package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/addr"
)

// tmpFolder holds staged content. It is the one part of the key space that is
// neither listed nor written as a key.
const tmpFolder = ".backstay/tmp/"

// DestinationOptions adjust a destination.
type DestinationOptions struct {
	// Prefix is the folder below the root that the key map puts keys in. Keys
	// come with it; it is named here so that it is never removed when empty.
	Prefix string
	// Create makes the root if it is not there.
	Create bool
}

// Destination keeps copies as plain files of mode 0600 in folders of mode
// 0700, under their keys.
type Destination struct {
	root      *root
	prefix    string
	created   bool
	abilities storage.Abilities
	removed   atomic.Bool  // since the last Finish
	kept      atomic.Int64 // staged files that are open
	nameless  nameless     // makes them, where it can
}

var (
	_ storage.Destination = (*Destination)(nil)
	_ storage.Located     = (*Destination)(nil)
)

// OpenDestination opens the folder at path. Without Create it must be there:
// an unmounted disk is not an empty destination.
func OpenDestination(path string, o DestinationOptions) (*Destination, error) {
	created, err := makeRoot(path, o.Create)
	if err != nil {
		return nil, err
	}
	r, err := openRoot(path)
	if err != nil {
		return nil, err
	}
	d := &Destination{root: r, prefix: strings.Trim(o.Prefix, "/"), created: created, nameless: nameless{root: r}}
	if d.abilities, err = r.abilities(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return d, nil
}

// makeRoot makes a root that is not there, durably, and tells whether it did.
func makeRoot(path string, create bool) (created bool, err error) {
	if _, err := os.Stat(path); !create || !errors.Is(err, os.ErrNotExist) {
		return false, nil // openRoot says what is wrong, if something is
	}
	if err := os.MkdirAll(path, folderMode); err != nil {
		return false, fail("create", path, err)
	}
	if err := os.Chmod(path, folderMode); err != nil {
		return false, fail("create", path, err)
	}
	above, err := openRoot(filepath.Dir(filepath.Clean(path)))
	if err != nil {
		return false, err
	}
	return true, errors.Join(above.syncFolder(""), above.close())
}

// Close lets go of the root.
func (d *Destination) Close() error { return errors.Join(d.nameless.close(), d.root.close()) }

// Created tells whether OpenDestination made the root.
func (d *Destination) Created() bool { return d.created }

// Abilities are those of the file system that the root lies on.
func (d *Destination) Abilities() storage.Abilities { return d.abilities }

// Location is the real path and the device of the root.
func (d *Destination) Location() (path string, dev uint64, err error) {
	return d.root.real, d.root.dev, nil
}

// checkKey refuses a key that could lead out of the root or into the staging
// folder.
func checkKey(key string) error {
	if !addr.CheckPath(key) || addr.IsFolder(key) || strings.HasPrefix(key, tmpFolder) {
		return fmt.Errorf("key %q: %w", key, storage.ErrEscape)
	}
	return nil
}

// object is what is stored under a key.
func object(key string, e storage.Entry) storage.Object {
	return storage.Object{Key: key, Size: e.Size, MTime: e.MTime, ID: identity(e)}
}

// identity names these very bytes: the inode, and the time of its last write,
// because numbers of inodes come back.
func identity(e storage.Entry) string {
	return strconv.FormatUint(e.Inode, 10) + "." + strconv.FormatInt(e.MTime, 10)
}

// Open opens an object, its pages dropped from the cache first.
func (d *Destination) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	if err := errors.Join(context.Cause(ctx), checkKey(key)); err != nil {
		return nil, storage.Object{}, err
	}
	f, e, err := d.root.openFile(key)
	if err != nil {
		return nil, storage.Object{}, absent(err)
	}
	f.drop()
	f.sequential()
	return f, object(key, e), nil
}

// absent makes ErrNotExist of a key whose folder is a file.
func absent(err error) error {
	if errors.Is(err, storage.ErrNotFolder) {
		return errors.Join(storage.ErrNotExist, err)
	}
	return err
}

// Stat gives the facts of an object. What has the key and is no regular file
// is no object.
func (d *Destination) Stat(ctx context.Context, key string) (storage.Object, error) {
	if err := errors.Join(context.Cause(ctx), checkKey(key)); err != nil {
		return storage.Object{}, err
	}
	e, err := d.root.lstat(key)
	if err == nil && e.Kind != storage.File {
		err = fail("stat", d.root.name(key), storage.ErrNotExist)
	}
	if err != nil {
		return storage.Object{}, absent(err)
	}
	return object(key, e), nil
}

// List walks the files whose keys begin with prefix.
func (d *Destination) List(ctx context.Context, prefix string) iter.Seq2[storage.Object, error] {
	start := prefix[:strings.LastIndexByte(prefix, '/')+1]
	return func(yield func(storage.Object, error) bool) {
		if err := d.listable(ctx, start); err != nil {
			if !errors.Is(err, storage.ErrNotExist) || start == "" {
				yield(storage.Object{}, err)
			}
			return
		}
		d.root.walk(ctx, start, prefix[len(start):], 1, func(e storage.Entry, err error) bool {
			if err != nil {
				return yield(storage.Object{}, err)
			}
			if e.Kind != storage.File || strings.HasPrefix(e.Path, tmpFolder) {
				return true
			}
			return yield(object(e.Path, e), nil)
		})
	}
}

// listable tells whether the folder to list is there: a missing one lists
// nothing, a missing root is an error.
func (d *Destination) listable(ctx context.Context, start string) error {
	if err := errors.Join(context.Cause(ctx), d.root.alive()); err != nil {
		if errors.Is(err, storage.ErrNotExist) {
			return fmt.Errorf("%w: the root was removed", storage.ErrUnreachable)
		}
		return err
	}
	if start == "" {
		return nil
	}
	if !addr.CheckPath(start) {
		return fmt.Errorf("prefix %q: %w", start, storage.ErrEscape)
	}
	e, err := d.root.lstat(start)
	if err == nil && e.Kind != storage.Directory {
		err = fail("list", d.root.name(start), storage.ErrNotExist)
	}
	return absent(err)
}

// Remove removes an object if it is still the one named by ID and Size, and
// the folders that it leaves empty. The removal becomes durable with the next
// Finish; after a crash before that the object may be back, and is removed
// again.
func (d *Destination) Remove(ctx context.Context, o storage.Object) error {
	if err := errors.Join(context.Cause(ctx), checkKey(o.Key)); err != nil {
		return err
	}
	err := d.root.removeIf(o.Key, func(e storage.Entry) error {
		if e.Kind != storage.File || identity(e) != o.ID || e.Size != o.Size {
			return storage.ErrChanged
		}
		return nil
	})
	if err != nil {
		return absent(err)
	}
	d.removed.Store(true)
	d.prune(o.Key)
	return nil
}

// prune removes folders that a removal left empty, up to the prefix. That one
// is not empty, or that it cannot be removed, is of no account.
func (d *Destination) prune(key string) {
	for {
		cut := strings.LastIndexByte(key, '/')
		if cut < 0 {
			return
		}
		key = key[:cut]
		if key == d.prefix || key == strings.TrimSuffix(tmpFolder, "/") || d.root.removeFolder(key) != nil {
			return
		}
	}
}

// Sweep removes staged content of attempts that are not live.
func (d *Destination) Sweep(ctx context.Context, live func(attempt string) bool) (int, error) {
	n := 0
	err := d.listable(ctx, tmpFolder)
	if errors.Is(err, storage.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	d.root.walk(ctx, tmpFolder, "", 1, func(e storage.Entry, werr error) bool {
		name := strings.TrimPrefix(e.Path, tmpFolder)
		attempt, _ := splitTemporary(name)
		if err = werr; err != nil || attempt == "" || e.Kind == storage.Directory || live(attempt) {
			return err == nil
		}
		if err = d.root.remove(e.Path); errors.Is(err, storage.ErrNotExist) {
			err = nil // another sweeper was here
		} else if err == nil {
			n++
		}
		return err == nil
	})
	return n, err
}

// temporary is the path of the n-th staged content of an attempt.
func temporary(attempt string, n int64) string {
	return tmpFolder + attempt + "-" + strconv.FormatInt(n, 10)
}

// splitTemporary gives the attempt and number in a temporary name; "" if it is
// not one.
func splitTemporary(name string) (attempt, n string) {
	cut := strings.LastIndexByte(name, '-')
	if cut < 0 {
		return "", ""
	}
	return name[:cut], name[cut+1:]
}
