//go:build !linux

package filesystem

import (
	"context"
	"errors"

	"github.com/backstay/backstay/engine/storage"
)

// content is an open file of a source.
type content struct {
	*file
	opened storage.Entry
}

var _ storage.Content = (*content)(nil)

// Open opens a listed file for reading; see storage.Source.
func (s *Source) Open(ctx context.Context, e storage.Entry) (storage.Content, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	f, before, err := s.root.openFile(e.Path)
	if err != nil {
		if before.Kind != storage.File || errors.Is(err, storage.ErrEscape) {
			err = errors.Join(storage.ErrChanged, err)
		}
		return nil, err
	}
	now, err := f.facts()
	if err == nil && (now.Kind != storage.File || now.Size != e.Size || now.MTime != e.MTime || e.Inode != 0 && now.Inode != e.Inode) {
		err = fail("open", f.name, storage.ErrChanged)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &content{file: f, opened: now}, nil
}

// Unchanged compares size and times with those at Open.
func (c *content) Unchanged() error {
	now, err := c.facts()
	if err == nil && (now.Size != c.opened.Size || now.MTime != c.opened.MTime || now.CTime != c.opened.CTime) {
		err = fail("read", c.name, storage.ErrChanged)
	}
	return err
}

// Details reads the target of a link. Extended attributes are not kept on
// these systems.
func (s *Source) Details(ctx context.Context, e storage.Entry) (d storage.Details, err error) {
	if err := context.Cause(ctx); err != nil || e.Kind != storage.Symlink {
		return d, err
	}
	p, err := s.root.at("read link", e.Path)
	if err != nil {
		return d, err
	}
	if d.Target, err = s.root.r.Readlink(p); err != nil {
		return d, fail("read link", s.root.name(e.Path), err)
	}
	return d, nil
}
