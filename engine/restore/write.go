package restore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// job is one file on its way: the copies of its version, best first.
type job struct {
	rows   []record.Copy
	folder *folder
	group  *member
}

// errDigest says that a copy is not what its record says.
var errDigest = errors.New("the copy's digest differs from its record")

// file restores one file: a link of its group where that was written before,
// nothing where the very bytes are there already, else from the first copy that
// is whole.
func (r *restorer) file(ctx context.Context, s Source, j job) {
	row := &j.rows[0]
	ok := false
	defer func() { j.group.end(ok) }()
	if ctx.Err() != nil {
		return
	}
	if r.linked(ctx, s, j) {
		return
	}
	present, err := r.present(ctx, s, row)
	if err != nil {
		r.end(ctx, s, row, err)
		return
	}
	if !present {
		if err := r.fromBest(ctx, s, j.rows); err != nil {
			r.end(ctx, s, row, err)
			return
		}
	}
	ok = true
	r.meta(ctx, s, row, storage.File, present)
	r.done(row, present)
}

// linked makes the file a link of its group's first member.
func (r *restorer) linked(ctx context.Context, s Source, j job) bool {
	m, row := j.group, &j.rows[0]
	if m == nil || m.first {
		return false
	}
	if m.group == nil {
		r.note(s, row, Unlinked, errors.New("more hard-link groups are open than are remembered"))
		return false
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		return true
	}
	if !m.ok {
		return false
	}
	if err := r.Root.Link(ctx, s.Prefix+m.group.first, s.Prefix+row.Path, r.Overwrite); err != nil {
		if errors.Is(err, storage.ErrExists) {
			return false // it may be the very file, from an earlier try
		}
		r.note(s, row, Unlinked, err)
		return false
	}
	r.done(row, false)
	return true
}

// present tells whether a file with the recorded bytes is there already.
func (r *restorer) present(ctx context.Context, s Source, row *record.Copy) (bool, error) {
	if again, ok := r.Root.(storage.Recreator); ok {
		return again.Recreated(ctx, s.Prefix+row.Path, original(row))
	}
	there, err := r.Root.ReadBack(ctx, s.Prefix+row.Path)
	switch {
	case errors.Is(err, storage.ErrNotExist):
		return false, nil
	case err != nil && r.Overwrite:
		return false, nil // not a file that can be read: it is replaced
	case err != nil:
		return false, err
	}
	defer there.Close()
	// One byte more than recorded is enough to know that it is another file.
	got, n, err := digest.Of(digest.Algorithm(row.Digest), io.LimitReader(digest.Until(ctx, there), row.Size+1))
	switch {
	case err == nil && n == row.Size && got == row.Digest:
		return true, nil
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case r.Overwrite:
		return false, nil
	case err != nil:
		return false, err
	}
	return false, fmt.Errorf("another file is there: %w", storage.ErrExists)
}

// fromBest writes the file from the first copy that is whole. A copy that turns
// out to be bad leaves nothing behind.
func (r *restorer) fromBest(ctx context.Context, s Source, rows []record.Copy) error {
	var all, worth error // worth telling: that a place is closed is told once, not for each object
	for i := range rows {
		row := &rows[i]
		err := r.fromCopy(ctx, s, row)
		if err == nil {
			if worth != nil {
				r.note(s, row, Fallback, worth)
			}
			return nil
		}
		if errors.Is(err, errTarget) || ctx.Err() != nil {
			return err
		}
		r.learn(row, err)
		told := fmt.Errorf("%s: %s: %w", row.Destination, row.Key, err)
		all = also(all, told)
		if !errors.Is(err, errClosed) {
			worth = also(worth, told)
		}
	}
	return fmt.Errorf("%w: %w", errNoCopy, all)
}

// also joins errors in one line.
func also(all, more error) error {
	if all == nil {
		return more
	}
	return fmt.Errorf("%w; %w", all, more)
}

// learn tells of a copy that is not what its record says. An error of reading
// says nothing about the copy.
func (r *restorer) learn(row *record.Copy, err error) {
	var status record.Status
	switch {
	case bad(row):
	case errors.Is(err, errGone):
		status = record.Missing
	case errors.Is(err, errDigest):
		status = record.Damaged
	}
	if status == "" || r.Bad == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Bad(*row, status)
}

var (
	errClosed = errors.New("the destination was not opened")
	errGone   = errors.New("the destination does not have it")
	errNoCopy = errors.New("no whole copy of this version could be read")
	errTarget = errors.New("cannot write")
)

func (r *restorer) fromCopy(ctx context.Context, s Source, row *record.Copy) error {
	if bad(row) {
		return fmt.Errorf("it is recorded as %s", standing(row))
	}
	store := r.Stores[row.Destination]
	if store == nil {
		return errClosed
	}
	from, _, err := store.Open(ctx, row.Key)
	if errors.Is(err, storage.ErrNotExist) {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	if err != nil {
		return err
	}
	defer from.Close()
	through, err := digest.NewReader(digest.Algorithm(row.Digest), digest.Until(ctx, from), row.Size)
	if err != nil {
		return err
	}
	defer through.Close()
	content := &checked{Reader: through, row: row}
	err = r.write(ctx, s, row, content)
	if err != nil && content.err == nil {
		return fmt.Errorf("%w: %w", errTarget, err)
	}
	return err
}

// write brings the bytes to where they belong, as what they were.
func (r *restorer) write(ctx context.Context, s Source, row *record.Copy, content io.Reader) error {
	again, ok := r.Root.(storage.Recreator)
	if !ok {
		return r.Root.Write(ctx, s.Prefix+row.Path, content, r.Overwrite)
	}
	problems, err := again.Recreate(ctx, s.Prefix+row.Path, original(row), content)
	for _, p := range problems {
		r.note(s, row, Metadata, errors.New(p))
	}
	return err
}

func original(row *record.Copy) storage.Original {
	return storage.Original{ID: row.SourceID, Size: row.Size, Xattrs: row.Xattrs}
}

// checked ends in an error instead of io.EOF if the bytes are not those of the
// record, so that a writer never commits them.
type checked struct {
	digest.Reader
	row *record.Copy
	err error // the copy's failure, as opposed to the writer's
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF {
		if bad := c.check(); bad != nil {
			err = bad
		}
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

func (c *checked) check() error {
	got, n, whole := c.Sum()
	if !whole || n != c.row.Size || got != c.row.Digest {
		return fmt.Errorf("%w: %d bytes with %s, not %d with %s", errDigest, n, got, c.row.Size, c.row.Digest)
	}
	return nil
}

// linkReader is a Restorer that can read a link that lies there. Without it a
// link that is there already counts as something else.
type linkReader interface {
	LinkTarget(ctx context.Context, path string) (string, error)
}

// symlink makes a link as it was recorded; nothing here follows it. One that is
// there already and leads to the same target is left.
func (r *restorer) symlink(ctx context.Context, s Source, row *record.Copy) {
	path := s.Prefix + row.Path
	err := r.Root.Symlink(ctx, path, row.Target, r.Overwrite)
	present := false
	if l, ok := r.Root.(linkReader); ok && errors.Is(err, storage.ErrExists) {
		if there, e := l.LinkTarget(ctx, path); e == nil && there == row.Target {
			err, present = nil, true
		}
	}
	if err != nil {
		r.end(ctx, s, row, err)
		return
	}
	r.meta(ctx, s, row, storage.Symlink, present)
	r.entry()
}

// metaReader is a Restorer that can tell what metadata is there. Without it all
// is set again.
type metaReader interface {
	Meta(ctx context.Context, path string) (storage.Meta, error)
}

// meta puts mode, owner, times and attributes back. What the user may not set
// is named; the object is back all the same. What was there before and has them
// is left alone.
func (r *restorer) meta(ctx context.Context, s Source, row *record.Copy, kind storage.Kind, present bool) {
	if _, ok := r.Root.(storage.Recreator); ok {
		return // made with it
	}
	want := storage.Meta{Kind: kind, Mode: row.Mode, UID: row.UID, GID: row.GID, MTime: row.MTime, Xattrs: row.Xattrs}
	r.setMeta(ctx, s, row, &want, present)
}

func (r *restorer) setMeta(ctx context.Context, s Source, row *record.Copy, want *storage.Meta, present bool) {
	if m, ok := r.Root.(metaReader); ok && present {
		if there, err := m.Meta(ctx, s.Prefix+row.Path); err == nil && sameMeta(&there, want) {
			return
		}
	}
	problems, err := r.Root.SetMeta(ctx, s.Prefix+row.Path, *want)
	r.metaNotes(s, row, problems, err)
}

// metaNotes names what could not be set. Nothing was restored where there is no
// folder.
func (r *restorer) metaNotes(s Source, row *record.Copy, problems []string, err error) {
	for _, p := range problems {
		r.note(s, row, Metadata, errors.New(p))
	}
	if err != nil && !(row.Path == "" && errors.Is(err, storage.ErrNotExist)) {
		r.note(s, row, Metadata, err)
	}
}

// sameMeta tells whether setting what is wanted would change nothing. Attributes
// that nobody recorded stay in any case.
func sameMeta(there, want *storage.Meta) bool {
	for name, value := range want.Xattrs {
		if has, ok := there.Xattrs[name]; !ok || has != value {
			return false
		}
	}
	if there.Kind != want.Kind || there.MTime != want.MTime {
		return false
	}
	return want.Mode == 0 || there.UID == want.UID && there.GID == want.GID &&
		(want.Kind == storage.Symlink || there.Mode&0o7777 == want.Mode&0o7777)
}
