package filesystem

import "io"

// A small file that was staged stays open until it is committed, if the process
// may have so many: it needs no name before, or its name is looked up once
// instead of three times. For many small files that is a good part of the work.
// It is read from the disk all the same, because Sync drops its pages.

// keep keeps staged content open, if there is room. What has no name is kept.
func (d *Destination) keep(s *staged) bool {
	if s.kept {
		return true
	}
	s.kept = s.entry.Size <= primeLimit && d.reserve()
	return s.kept
}

// reserve takes the place of one more open file, if there is one.
func (d *Destination) reserve() bool {
	room := d.kept.Add(1) <= keepLimit()
	if !room {
		d.kept.Add(-1)
	}
	return room
}

// blank makes a file without a name, if there is room to keep it; size is what
// it is to hold, -1 unknown.
func (d *Destination) blank(attempt string, size int64) *staged {
	if size > primeLimit || !d.reserve() {
		return nil
	}
	if f := d.nameless.create(attempt); f != nil {
		return &staged{f: f, kept: true}
	}
	d.kept.Add(-1)
	return nil
}

// close closes the file of staged content, if it is open.
func (d *Destination) close(s *staged) error {
	f := s.f
	if s.f = nil; f == nil {
		return nil
	}
	if s.kept {
		d.kept.Add(-1)
	}
	return f.Close()
}

// reread reads a file from its beginning, wherever others are in it.
type reread struct {
	f    *file
	at   int64
	size int64 // as stat said after the last byte
	own  bool  // opened for this reader
}

// Read gives io.EOF with the last byte where it can be told: a read that ends
// at the size and had room for more was at the end.
func (r *reread) Read(p []byte) (int, error) {
	n, err := r.f.readAt(p, r.at)
	if r.at += int64(n); err == nil && n < len(p) && r.at == r.size {
		err = io.EOF
	}
	return n, err
}

func (r *reread) Close() error {
	if r.own {
		return r.f.Close()
	}
	return nil
}
