package memory

import (
	"context"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/storage"
)

// Project is a source whose files lie in tiers, as those of a platform do.
// Requests are followed at once.
type Project struct {
	*Source
	Elsewhere []string // calls that reached copies in other places, by path
	Refuse    error    // what every request is answered with
}

var (
	_ storage.Tiered    = (*Project)(nil)
	_ storage.AllCopies = (*Project)(nil)
)

// NewProject makes an empty source with tiers.
func NewProject() *Project { return &Project{Source: NewSource()} }

// Put makes a live file with an id of its own.
func (p *Project) Put(path string, data []byte) {
	p.Source.Put(path, data)
	p.Edit(path, func(e *storage.Entry) {
		e.ID, e.Facts = fmt.Sprintf("file-%d", e.MTime), &storage.Facts{Class: "file", Tier: storage.TierLive}
	})
}

// Tiers tells where files lie.
func (p *Project) Tiers(ctx context.Context, objects []storage.Object) ([]storage.Tier, error) {
	out := make([]storage.Tier, len(objects))
	for i, o := range objects {
		if it, err := p.find(ctx, o.Key); err == nil && it.entry.ID == o.ID && it.entry.Facts != nil {
			out[i] = it.entry.Facts.Tier
		}
	}
	return out, context.Cause(ctx)
}

func (p *Project) move(ctx context.Context, objects []storage.Object, to storage.Tier) error {
	err := errors.Join(context.Cause(ctx), p.Refuse)
	if err != nil {
		return err
	}
	for _, o := range objects {
		it, missing := p.find(ctx, o.Key)
		switch {
		case missing != nil:
			err = errors.Join(err, missing)
		case it.entry.Size == 0:
			err = errors.Join(err, fmt.Errorf("%q is empty and cannot be archived", o.Key))
		default:
			p.Edit(o.Key, func(e *storage.Entry) {
				facts := *e.Facts
				facts.Tier = to
				e.Facts = &facts
			})
		}
	}
	return err
}

// Archive moves files to the cold tier.
func (p *Project) Archive(ctx context.Context, objects []storage.Object) error {
	return p.move(ctx, objects, storage.TierArchived)
}

// ArchiveAll does so in other places, too.
func (p *Project) ArchiveAll(ctx context.Context, objects []storage.Object) error {
	for _, o := range objects {
		p.Elsewhere = append(p.Elsewhere, o.Key)
	}
	return p.Archive(ctx, objects)
}

// Unarchive brings files back.
func (p *Project) Unarchive(ctx context.Context, objects []storage.Object, _ string) error {
	return p.move(ctx, objects, storage.TierLive)
}

// Open opens a live file; of others it says where they are.
func (p *Project) Open(ctx context.Context, e storage.Entry) (storage.Content, error) {
	it, err := p.find(ctx, e.Path)
	if err == nil && it.entry.Facts != nil && it.entry.Facts.Tier != storage.TierLive {
		return nil, fmt.Errorf("open %q: %w: it is %s", e.Path, storage.ErrCold, it.entry.Facts.Tier)
	}
	return p.Source.Open(ctx, e)
}
