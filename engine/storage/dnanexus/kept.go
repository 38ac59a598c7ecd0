package dnanexus

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/backstay/backstay/engine/internal/atomicfile"
	"github.com/backstay/backstay/schema/addr"
)

// The listing that is kept: a first line, the items in the order of their claims,
// each after its length, what is known of the whole as JSON, the length of that
// (8 bytes, little-endian), and the SHA-256 of all before it. It says nothing of
// what was backed up, proves nothing, and may be removed at any time: then the
// next listing asks for everything.

const keptFormat = "backstay listing 1\n"

// keptTail is the length of the JSON and the digest.
const keptTail = 8 + sha256.Size

// outline is what is known of a listing as a whole. Instants are ms; Mark and
// There are by the platform's clock, Whole by our own.
type outline struct {
	Bound   string   `json:"bound"`
	Serial  int64    `json:"serial"`
	Project string   `json:"project"`
	Root    string   `json:"root"`
	Whole   int64    `json:"whole"` // begin of the last listing that asked for everything
	There   int64    `json:"there"` // the same instant
	Mark    int64    `json:"mark"`  // begin of the last listing
	Usage   usage    `json:"usage"`
	Bytes   int64    `json:"bytes"`   // of all closed files
	Folders []string `json:"folders"` // below the root and above, as the platform names them, sorted
	Owners  string   `json:"owners"`  // digest of who owns what is not shared
	Open    []string `json:"open"`    // files that were not closed
}

// keeper writes a listing that passes by.
type keeper struct {
	f    *atomicfile.File
	sum  hash.Hash
	buf  []byte
	head [binary.MaxVarintLen64]byte
	err  error // the first; the listing goes on without being kept
}

// newKeeper begins the file of a listing, and clears away what killed programs
// left of theirs.
func newKeeper(path string, now time.Time) *keeper {
	sweepKept(path, now)
	k := &keeper{sum: sha256.New()}
	if k.f, k.err = atomicfile.Create(path, 0o600); k.err == nil {
		k.write([]byte(keptFormat))
	}
	return k
}

// sweepKept removes unfinished files that nobody can be at work on any more.
func sweepKept(path string, now time.Time) {
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp"))
	if err != nil {
		return
	}
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(name) // it costs room, no more
		}
	}
}

func (k *keeper) write(b []byte) {
	if k.err == nil {
		k.sum.Write(b)
		_, k.err = k.f.Write(b)
	}
}

func (k *keeper) add(s *Source, i item) {
	if k.err != nil {
		return
	}
	k.buf = s.appendItem(k.buf[:0], i)
	k.write(k.head[:binary.PutUvarint(k.head[:], uint64(len(k.buf)))])
	k.write(k.buf)
}

// commit gives the file its name, in place of the one before.
func (k *keeper) commit(o *outline) error {
	text, err := json.Marshal(o)
	if err = errors.Join(k.err, err); err != nil {
		k.abort()
		return err
	}
	k.write(binary.LittleEndian.AppendUint64(text, uint64(len(text))))
	k.write(k.sum.Sum(nil))
	if k.err != nil {
		k.abort()
		return k.err
	}
	return k.f.Commit()
}

func (k *keeper) abort() {
	if k.f != nil {
		k.f.Abort()
	}
}

// past is a listing that was kept, open for reading.
type past struct {
	outline
	s   *Source
	f   *os.File
	end int64 // of the items
}

var errDamaged = errors.New("what was kept of the last listing is damaged")

// openPast opens a listing and compares its digest: what is read later was read
// before as a whole. The error is os.ErrNotExist where nothing is kept.
func (s *Source) openPast(path string) (_ *past, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	p := &past{s: s, f: f}
	if err := p.check(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

func (p *past) check() error {
	info, err := p.f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size < int64(len(keptFormat)+keptTail) {
		return errDamaged
	}
	sum, tail := sha256.New(), make([]byte, keptTail)
	if _, err := io.CopyBuffer(struct{ io.Writer }{sum}, io.NewSectionReader(p.f, 0, size-sha256.Size), make([]byte, 1<<20)); err != nil {
		return err
	}
	first := make([]byte, len(keptFormat))
	if _, err := p.f.ReadAt(first, 0); err != nil {
		return err
	}
	if _, err := p.f.ReadAt(tail, size-keptTail); err != nil {
		return err
	}
	length := binary.LittleEndian.Uint64(tail)
	if !bytes.Equal(sum.Sum(nil), tail[8:]) || string(first) != keptFormat || length > uint64(size-keptTail) {
		return errDamaged
	}
	text := make([]byte, length)
	p.end = size - keptTail - int64(length)
	if _, err := p.f.ReadAt(text, p.end); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &p.outline); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

// items streams what was listed, in the order of claims. It may be called again.
func (p *past) items() iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		start := int64(len(keptFormat))
		in := bufio.NewReaderSize(io.NewSectionReader(p.f, start, p.end-start), 256<<10)
		var buf []byte
		for {
			n, err := binary.ReadUvarint(in)
			if errors.Is(err, io.EOF) {
				return
			}
			var i item
			if err == nil && n > uint64(p.end) {
				err = errDamaged
			}
			if err == nil {
				if uint64(cap(buf)) < n {
					buf = make([]byte, n)
				}
				buf = buf[:n]
				_, err = io.ReadFull(in, buf)
			}
			if err == nil {
				if i, err = p.s.decodeItem(buf); err == nil && !addr.CheckPath(i.Path) {
					err = errItem
				}
			}
			if err != nil {
				yield(item{}, fmt.Errorf("read the listing that was kept: %w", err))
				return
			}
			if !yield(i, nil) {
				return
			}
		}
	}
}

func (p *past) close() {
	_ = p.f.Close() // it was only read
}
