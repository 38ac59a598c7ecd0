package filesystem

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// file is an open file. Its bytes go by read(2) and pwrite(2) alone, never
// from file to file inside the kernel. An *os.File would offer that to
// io.Copy, and costs more calls for each of many small files.
type file struct {
	fd   int
	name string
}

func (f *file) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := retry(func() (int, error) { return unix.Read(f.fd, p) })
	switch {
	case err != nil:
		return 0, fail("read", f.name, err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// readAt reads at off, what one call gives; io.EOF comes alone, at the end.
func (f *file) readAt(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := retry(func() (int, error) { return unix.Pread(f.fd, p, off) })
	switch {
	case err != nil:
		return 0, fail("read", f.name, err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// writeAt writes all of p at off.
func (f *file) writeAt(p []byte, off int64) error {
	for len(p) > 0 {
		n, err := retry(func() (int, error) { return unix.Pwrite(f.fd, p, off) })
		if err != nil {
			return fail("write", f.name, err)
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

func (f *file) truncate(size int64) error {
	if err := unix.Ftruncate(f.fd, size); err != nil {
		return fail("truncate", f.name, err)
	}
	return nil
}

// sync makes content and size durable.
func (f *file) sync() error {
	_, err := retry(func() (struct{}, error) { return struct{}{}, unix.Fdatasync(f.fd) })
	if err != nil {
		return fail("sync", f.name, err)
	}
	return nil
}

// facts are what stat says of the file.
func (f *file) facts() (e storage.Entry, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(f.fd, &st); err != nil {
		return e, fail("stat", f.name, err)
	}
	fill(&e, "", &st)
	return e, nil
}

// exact gives a new file its mode, if a umask or an inherited list of rights
// had its way; mode is what stat said of it.
func (f *file) exact(mode uint32) error {
	if mode&0o777 == fileMode {
		return nil
	}
	if err := unix.Fchmod(f.fd, fileMode); err != nil {
		return fail("set the mode of", f.name, err)
	}
	return nil
}

func (f *file) Close() error {
	fd := f.fd
	if f.fd = -1; fd < 0 {
		return nil
	}
	if err := unix.Close(fd); err != nil && !errors.Is(err, unix.EINTR) {
		return fail("close", f.name, err)
	}
	return nil
}

// flush starts writing a range to the disk and does not wait for it. It is
// advice, as the ones below: an error means that it was not taken.
func (f *file) flush(off, n int64) {
	_ = unix.SyncFileRange(f.fd, off, n, unix.SYNC_FILE_RANGE_WRITE)
}

// settle waits until a range is on the disk and drops it from the cache, so
// that a large file neither fills the memory nor is read back out of it.
func (f *file) settle(off, n int64) {
	const wait = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	_ = unix.SyncFileRange(f.fd, off, n, wait)
	_ = unix.Fadvise(f.fd, off, n, unix.FADV_DONTNEED)
}

// drop lets go of what the cache holds of the file; synced pages alone go.
func (f *file) drop() { _ = unix.Fadvise(f.fd, 0, 0, unix.FADV_DONTNEED) }

// ahead has a range read into the cache and does not wait for it.
func (f *file) ahead(off, n int64) { _ = unix.Fadvise(f.fd, off, n, unix.FADV_WILLNEED) }

// sequential has the kernel read far ahead.
func (f *file) sequential() { _ = unix.Fadvise(f.fd, 0, 0, unix.FADV_SEQUENTIAL) }
