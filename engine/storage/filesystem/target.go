package filesystem

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/addr"
)

// restoreHole is how long a run of zeros must be to become a hole of a
// restored file: a block of the usual file system.
const restoreHole = 4 << 10

// Target is a folder that is restored into.
type Target struct{ root *root }

var (
	_ storage.Restorer     = (*Target)(nil)
	_ storage.RootRestorer = (*Target)(nil)
)

// OpenRestore opens the folder dir, which create makes if it is not there.
func OpenRestore(dir string, create bool) (*Target, error) {
	if _, err := makeRoot(dir, create); err != nil {
		return nil, err
	}
	r, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Target{root: r}, nil
}

// Close lets go of the folder.
func (t *Target) Close() error { return t.root.close() }

// Flush makes all that was restored durable.
func (t *Target) Flush(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return t.root.syncAll()
}

func checkTarget(ctx context.Context, path string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if !addr.CheckPath(path) {
		return fmt.Errorf("restore %q: %w", path, storage.ErrEscape)
	}
	return nil
}

// partial is the temporary name beside path. It is always the same for the
// same path: what a killed restore left behind, the next one overwrites.
func partial(path string) string {
	sum := sha256.Sum256([]byte(path))
	return join(folderOf(path), ".backstay-"+hex.EncodeToString(sum[:12])+".part")
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// Write writes content to a file that is there whole or not at all; see
// storage.Restorer. Runs of zeros become holes.
func (t *Target) Write(ctx context.Context, path string, content io.Reader, overwrite bool) error {
	if err := checkTarget(ctx, path); err != nil || addr.IsFolder(path) {
		return errors.Join(err, folderPath(path))
	}
	return t.make(path, overwrite, func(tmp string) error {
		f, err := t.root.create(tmp)
		if err != nil {
			return err
		}
		e, err := f.facts()
		if err == nil {
			err = f.exact(e.Mode)
		}
		if err == nil {
			_, err = copyInto(ctx, f, content, -1, restoreHole)
		}
		return errors.Join(err, f.Close())
	})
}

func folderPath(path string) error {
	if addr.IsFolder(path) {
		return fmt.Errorf("restore %q: a folder's path was given for a file; this is a bug in backstay", path)
	}
	return nil
}

// make has something made under a temporary name, after what stands in its way
// was cleared, and gives it its name.
func (t *Target) make(path string, overwrite bool, build func(tmp string) error) error {
	if _, err := t.root.lstat(path); err == nil && !overwrite {
		return fail("restore", t.root.name(path), storage.ErrExists) // before all the work
	}
	tmp := partial(path)
	try := func() error {
		if err := t.root.removeStale(tmp); err != nil {
			return err
		}
		return build(tmp)
	}
	err := try()
	if errors.Is(err, storage.ErrNotExist) { // the folder is not there yet
		if _, err = t.root.mkdirAll(folderOf(path)); err == nil {
			err = try()
		}
	}
	if errors.Is(err, storage.ErrPermission) && t.opens(folderOf(path)) {
		err = try()
	}
	if err == nil {
		if overwrite {
			err = t.root.replace(tmp, path)
		} else {
			err = t.root.moveNew(tmp, path)
		}
	}
	if err != nil {
		return errors.Join(err, t.root.removeStale(tmp))
	}
	return nil
}

// opens makes a folder that may not be written in writable for its owner; its
// own mode comes back once all below it is done.
func (t *Target) opens(folder string) bool {
	if folder == "" {
		return false
	}
	opened, err := t.root.openUp(folder, folderMode)
	return opened && err == nil
}

// removeStale removes a file if it is there.
func (r *root) removeStale(path string) error {
	err := r.remove(path)
	if errors.Is(err, storage.ErrNotExist) {
		return nil
	}
	return err
}

// Link makes path another name of the restored file existing.
func (t *Target) Link(ctx context.Context, existing, path string, overwrite bool) error {
	if err := errors.Join(checkTarget(ctx, existing), checkTarget(ctx, path), folderPath(path)); err != nil {
		return err
	}
	if overwrite {
		// A rename between two names of one file does nothing, and leaves both.
		if same, err := t.root.sameFile(existing, path); same || err != nil {
			return err
		}
	}
	return t.make(path, overwrite, func(tmp string) error { return t.root.link(existing, tmp) })
}

// sameFile tells whether two paths are names of one file.
func (r *root) sameFile(a, b string) (bool, error) {
	ea, err := r.lstat(a)
	if err != nil {
		return false, err
	}
	eb, err := r.lstat(b)
	if errors.Is(err, storage.ErrNotExist) {
		return false, nil
	}
	return err == nil && ea.Inode == eb.Inode && ea.Dev == eb.Dev && ea.Inode != 0, err
}

// Symlink makes a link whose target is never looked at.
func (t *Target) Symlink(ctx context.Context, path, target string, overwrite bool) error {
	if err := errors.Join(checkTarget(ctx, path), folderPath(path)); err != nil {
		return err
	}
	return t.make(path, overwrite, func(tmp string) error { return t.root.symlink(target, tmp) })
}

// Mkdir makes a folder and those above it. One that is there stays as it is if it
// can be searched; it is made writable once something is to be written in it. A
// link to a folder is refused.
func (t *Target) Mkdir(ctx context.Context, path string) error {
	if err := checkTarget(ctx, path); err != nil {
		return err
	}
	path = strings.TrimSuffix(path, "/")
	made, err := t.root.mkdirAll(path)
	if errors.Is(err, storage.ErrPermission) && t.opens(folderOf(path)) {
		made, err = t.root.mkdirAll(path)
	}
	if err != nil || len(made) > 0 {
		return err
	}
	_, err = t.root.openUp(path, 0o500)
	return err
}

// ReadBack opens a restored file and reads it from the disk.
func (t *Target) ReadBack(ctx context.Context, path string) (io.ReadCloser, error) {
	if err := checkTarget(ctx, path); err != nil {
		return nil, err
	}
	f, err := t.root.openForSync(strings.TrimSuffix(path, "/"))
	if err != nil {
		return nil, err
	}
	if err := f.sync(); err != nil { // only what is on the disk can be dropped from the cache
		return nil, errors.Join(err, f.Close())
	}
	f.drop()
	f.sequential()
	return f, nil
}
