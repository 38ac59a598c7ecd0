package filesystem

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// reader reads folders; each goroutine of a walk has its own.
type reader struct {
	w     *walker
	buf   []byte // for getdents64
	names names
	paths paths
}

func newReader(w *walker) *reader {
	return &reader{w: w, buf: make([]byte, 128<<10)}
}

// large is a folder too big to be held: its sorted names, and its descriptor
// for the chunks.
type large struct {
	names
	fd   int
	dev  uint64
	once sync.Once
}

func (l *large) chunks() int { return (len(l.refs) + chunk - 1) / chunk }

func (l *large) first(i int) []byte { return l.name(l.refs[i*chunk]) }

func (l *large) close() {
	l.once.Do(func() { _ = unix.Close(l.fd) }) // read only: nothing can be lost
}

// read fills a node.
func (rd *reader) read(n *node) {
	if n.large != nil {
		refs := n.large.refs[n.at*chunk : min((n.at+1)*chunk, len(n.large.refs))]
		n.from.own = n.large.dev
		n.err = rd.stat(n, n.large.fd, &n.large.names, refs, true)
		return
	}
	if n.err = rd.folder(n); n.err != nil {
		return
	}
}

// folder reads a folder whole, or if it is large only its names.
func (rd *reader) folder(n *node) error {
	r := rd.w.root
	fd, err := r.open(n.path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return rd.gone(n, "open", err)
	}
	keep := false
	defer func() {
		if !keep {
			_ = unix.Close(fd) // read only: nothing can be lost
		}
	}()
	if err := rd.check(n, fd); err != nil {
		return err
	}
	rd.names.reset()
	if err := rd.list(n, fd); err != nil {
		return rd.gone(n, "list", err)
	}
	rd.names.index()
	if rd.names.count <= chunk {
		rd.names.sort()
		return rd.stat(n, fd, &rd.names, rd.names.refs, false)
	}
	keep = true
	n.large = &large{names: rd.names, fd: fd, dev: n.from.own}
	rd.names = names{}
	if err := n.large.settle(r, n.path); err != nil {
		return err
	}
	n.large.sort()
	return nil
}

// gone forgives a folder that vanished, or became something else, since its
// parent was listed; never the one that the walk began with.
func (rd *reader) gone(n *node, step string, err error) error {
	vanished := errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
	if vanished && n.path != rd.w.start {
		return nil
	}
	return fail(step, rd.w.root.name(n.path), err)
}

// check notes the folder's device. A mount that was there in the parent's
// listing and is not any more would look like an empty folder.
func (rd *reader) check(n *node, fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fail("stat", rd.w.root.name(n.path), err)
	}
	listed := n.from
	n.from.own = wide(st.Dev)
	if listed.known && listed.own != n.from.own && listed.own != listed.parent {
		return fmt.Errorf("list %q: %w: it was unmounted during the walk", rd.w.root.name(n.path), storage.ErrChanged)
	}
	return nil
}

// list reads the names of a folder.
func (rd *reader) list(n *node, fd int) error {
	only := ""
	if n.path == rd.w.start {
		only = rd.w.prefix
	}
	for {
		got, err := retry(func() (int, error) { return unix.Getdents(fd, rd.buf) })
		if err != nil || got <= 0 {
			return err
		}
		rd.parse(rd.buf[:got], only)
		if rd.w.stopped.Load() {
			return errStopped
		}
	}
}

// parse takes names out of what getdents64 gave: inode and offset of 8 bytes
// each, the record's length of 2, the type, and the name up to a NUL.
func (rd *reader) parse(buf []byte, only string) {
	const length, dtype, name = 16, 18, 19
	for len(buf) > name {
		record := buf[:binary.NativeEndian.Uint16(buf[length:])]
		buf = buf[len(record):]
		n := record[name:]
		n = n[:max(bytes.IndexByte(n, 0), 0)]
		if string(n) == "." || string(n) == ".." || !strings.HasPrefix(string(n), only) {
			continue
		}
		rd.names.add(n, record[dtype])
	}
}

// settle finds out which names are folders where the file system did not say,
// because the order of all depends on it.
func (l *large) settle(r *root, path string) error {
	for i, ref := range l.refs {
		if ref.dtype() != unix.DT_UNKNOWN {
			continue
		}
		var st unix.Stat_t
		switch err := statAt(l.fd, l.name(ref), &st); {
		case errors.Is(err, unix.ENOENT):
		case err != nil:
			return fail("stat", r.name(path+string(l.name(ref))), err)
		case st.Mode&unix.S_IFMT == unix.S_IFDIR:
			l.refs[i].at |= unix.DT_DIR
		default:
			l.refs[i].at |= unix.DT_REG
		}
	}
	return nil
}

// stat fills in the entries of sorted names. strict is for a chunk: an entry
// that became a folder, or ceased to be one, cannot be moved to its place.
func (rd *reader) stat(n *node, fd int, s *names, refs []ref, strict bool) error {
	entries := rd.w.buffer(len(refs))
	moved := false
	var st unix.Stat_t
	for _, r := range refs {
		name := s.name(r)
		if err := statAt(fd, name, &st); err != nil {
			if errors.Is(err, unix.ENOENT) {
				continue // it vanished: it is simply gone
			}
			return fail("stat", rd.w.root.name(n.path+string(name)), err)
		}
		dir := st.Mode&unix.S_IFMT == unix.S_IFDIR
		moved = moved || dir != r.dir()
		if moved && strict {
			return fmt.Errorf("stat %q: %w", rd.w.root.name(n.path+string(name)), storage.ErrChanged)
		}
		entries = append(entries, storage.Entry{})
		fill(&entries[len(entries)-1], rd.paths.join(n.path, name, dir), &st)
		if dir {
			n.dirs = append(n.dirs, int32(len(entries)-1))
		}
	}
	if moved {
		n.dirs = resort(entries, n.dirs[:0])
	}
	n.entries = entries
	return nil
}

// resort orders entries whose kind was not known when the names were sorted.
func resort(entries []storage.Entry, dirs []int32) []int32 {
	slices.SortFunc(entries, func(a, b storage.Entry) int { return strings.Compare(a.Path, b.Path) })
	for i := range entries {
		if entries[i].Kind == storage.Directory {
			dirs = append(dirs, int32(i))
		}
	}
	return dirs
}

// paths makes path strings in blocks, one allocation for some hundred of them.
// A path that is kept keeps its block, so blocks are small.
type paths struct{ block []byte }

func (p *paths) join(folder string, name []byte, dir bool) string {
	n := len(folder) + len(name)
	if dir {
		n++
	}
	if len(p.block)+n > cap(p.block) {
		p.block = make([]byte, 0, max(16<<10, n))
	}
	from := len(p.block)
	p.block = append(append(p.block, folder...), name...)
	if dir {
		p.block = append(p.block, '/')
	}
	return unsafe.String(&p.block[from], n)
}
