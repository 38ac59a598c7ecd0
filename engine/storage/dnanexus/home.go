package dnanexus

import (
	"context"
	"fmt"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

var _ storage.Homing = (*Destination)(nil)

// stray finds a copy by its id, wherever in the project it lies.
func (d *Destination) stray(ctx context.Context, o storage.Object) (wire.Object, error) {
	if !isID(o.ID) {
		return wire.Object{}, fmt.Errorf("%q has no id of the platform's: %w", o.Key, storage.ErrNotExist)
	}
	found, err := held(ctx, d.c, d.project, []storage.Object{o}, "name", "folder", "class", "state", "size", "properties")
	if err != nil {
		return wire.Object{}, fmt.Errorf("look for %s: %w", o.ID, err)
	}
	have, ok := found[o.ID]
	if !ok || have.Class != "file" || !isCopy(&have) || have.Size != o.Size {
		return wire.Object{}, fmt.Errorf("%s in project %s: %w", o.ID, d.project, storage.ErrNotExist)
	}
	return have, nil
}

// Strayed tells where a copy lies that somebody renamed or moved.
func (d *Destination) Strayed(ctx context.Context, o storage.Object) (string, error) {
	have, err := d.stray(ctx, o)
	if err != nil {
		return "", d.missing(ctx, err)
	}
	if folder, name := placeOf(o.Key); have.Folder == folder && have.Name == name {
		return "", nil
	}
	if have.Folder == "/" {
		return "/" + have.Name, nil
	}
	return have.Folder + "/" + have.Name, nil
}

// Home gives a copy back the folder and the name of its key. Each call may be
// repeated.
func (d *Destination) Home(ctx context.Context, o storage.Object) error {
	have, err := d.stray(ctx, o)
	if err != nil {
		return err
	}
	rivals, err := d.at(ctx, o.Key)
	if err != nil {
		return err
	}
	for _, r := range rivals {
		if r.ID != o.ID {
			return fmt.Errorf("%q is the name of %s: %w", o.Key, r.ID, storage.ErrExists)
		}
	}
	folder, name := placeOf(o.Key)
	if have.Folder != folder {
		if err := d.moveTo(ctx, o.ID, folder); err != nil {
			return err
		}
	}
	if have.Name == name {
		return nil
	}
	return d.c.Call(ctx, o.ID, "rename", map[string]any{"project": d.project, "name": name}, nil)
}
