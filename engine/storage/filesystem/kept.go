package filesystem

// A small file that was staged stays open until it is read back, if the process
// may have so many: its name is looked up once instead of three times, which for
// many small files is a good part of the work. It is read from the disk all the
// same, because Sync drops its pages.

// keep keeps staged content open, if there is room.
func (d *Destination) keep(s *staged) bool {
	if s.entry.Size > primeLimit {
		return false
	}
	room := d.kept.Add(1) <= keepLimit()
	if !room {
		d.kept.Add(-1)
	}
	return room
}

// take hands the open file of staged content over, or opens it.
func (d *Destination) take(s *staged) (*file, error) {
	f := s.f
	if s.f = nil; f != nil {
		d.kept.Add(-1)
		return f, nil
	}
	f, _, err := d.root.openFile(s.path)
	return f, err
}

// close closes the file of staged content, if it is open.
func (d *Destination) close(s *staged) error {
	f := s.f
	if s.f = nil; f == nil {
		return nil
	}
	d.kept.Add(-1)
	return f.Close()
}
