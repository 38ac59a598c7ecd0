package dnanexus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// Commit takes the mark of a staged file off a closed file, in one call, if
// nobody else has or wants its key.
func (b *batch) Commit(ctx context.Context, st storage.Staged) (storage.Object, error) {
	if err := checkKey(st.Key); err != nil {
		return storage.Object{}, err
	}
	s, err := b.ready(ctx, st)
	if err != nil {
		return storage.Object{}, err
	}
	if s.key != st.Key || s.aside {
		if err := b.relocate(ctx, s, st.Key); err != nil {
			return storage.Object{}, fmt.Errorf("move staged content to %q: %w", st.Key, err)
		}
	}
	if err := b.claim(ctx, s); err != nil {
		return storage.Object{}, err
	}
	if err := b.setProperties(ctx, s, marks(s.provenance)); err != nil {
		return storage.Object{}, fmt.Errorf("commit %q: %w", s.key, err)
	}
	b.mu.Lock()
	delete(b.staged, s)
	b.mu.Unlock()
	return object(s.key, &s.file), nil
}

func (b *batch) setProperties(ctx context.Context, s *staged, properties map[string]any) error {
	return b.d.c.Call(ctx, s.file.ID, "setProperties", map[string]any{"project": b.d.project, "properties": properties}, nil)
}

// relocate brings a staged file to another key, or back into the contest for
// its own, and looks who else is there.
func (b *batch) relocate(ctx context.Context, s *staged, key string) error {
	folder, name := placeOf(key)
	oldFolder, oldName := placeOf(s.key)
	if folder != oldFolder {
		if err := b.d.moveTo(ctx, s.file.ID, folder); err != nil {
			return err
		}
	}
	if name != oldName {
		if err := b.d.c.Call(ctx, s.file.ID, "rename", map[string]any{"project": b.d.project, "name": name}, nil); err != nil {
			return err
		}
	}
	s.key = key
	if s.aside {
		if err := b.setProperties(ctx, s, map[string]any{asideProperty: nil}); err != nil {
			return err
		}
		s.aside = false
	}
	return b.look(ctx, s)
}

// moveTo moves a file. A move whose answer was lost is made again: that changes
// nothing.
func (d *Destination) moveTo(ctx context.Context, file, folder string) error {
	if err := d.c.Call(ctx, d.project, "newFolder", map[string]any{"folder": folder, "parents": true}, nil); err != nil {
		return err
	}
	return d.c.Call(ctx, d.project, "move", map[string]any{"objects": []string{file}, "destination": folder}, nil)
}

// look finds the rivals of one file.
func (b *batch) look(ctx context.Context, s *staged) error {
	all, err := b.d.at(ctx, s.key)
	if err != nil {
		return fmt.Errorf("look whether %q is free: %w", s.key, err)
	}
	s.rivals = nil
	for _, o := range all {
		s.meets(o)
	}
	return nil
}

// standoff bounds how long a staged file waits for later ones to step back.
const standoff = 30 * time.Second

// claim tells whether the key is ours. Our file was there to be seen before we
// looked, so of two that want the key at least one saw the other: a later one
// steps back, and the earlier one waits until it has.
func (b *batch) claim(ctx context.Context, s *staged) error {
	waited := time.Duration(0)
	for wait := 100 * time.Millisecond; ; wait *= 2 {
		rival, err := s.verdict()
		if err != nil && rival != "" {
			err = errors.Join(err, b.stepBack(ctx, s))
		}
		if err != nil || rival == "" {
			return err
		}
		if waited >= standoff {
			return errors.Join(fmt.Errorf("%q is wanted by %s too, which neither commits nor steps back: %w", s.key, rival, storage.ErrExists), b.stepBack(ctx, s))
		}
		if err := b.d.clock.Sleep(ctx, wait); err != nil {
			return err
		}
		waited += wait
		if err := b.look(ctx, s); err != nil {
			return err
		}
	}
}

// verdict judges the rivals: nil and "" if there are none; an error if the key
// is taken, with the rival's id if that one is staged; else the id of a rival to
// wait for.
func (s *staged) verdict() (rival string, err error) {
	for i := range s.rivals {
		o := &s.rivals[i]
		if _, staged := o.Properties[attemptProperty]; !staged {
			return "", fmt.Errorf("%q is the name of %s: %w", s.key, o.ID, storage.ErrExists)
		}
		if first(*o, s.file) < 0 {
			return o.ID, fmt.Errorf("%q is about to become the name of %s: %w", s.key, o.ID, storage.ErrExists)
		}
		rival = o.ID
	}
	return rival, nil
}

// stepBack lets others have the key. Without it the first would wait for us.
func (b *batch) stepBack(ctx context.Context, s *staged) error {
	if err := b.setProperties(ctx, s, map[string]any{asideProperty: "true"}); err != nil {
		return err
	}
	s.aside = true
	return nil
}
