package dnanexus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// held finds which of the objects a project holds, with these members, by id:
// one call for each 1,000. A search is used because a description would answer with the copy of
// another project.
func held(ctx context.Context, c *wire.Client, project string, objects []storage.Object, fields ...string) (map[string]wire.Object, error) {
	found := make(map[string]wire.Object, len(objects))
	for chunk := range slices.Chunk(objects, wire.PageSize) {
		ids := make([]string, 0, len(chunk))
		for _, o := range chunk {
			ids = append(ids, o.ID)
		}
		ask := map[string]any{
			"id": ids, "scope": map[string]any{"project": project}, "visibility": "either", "state": "any",
			"describe": wire.Fields(fields...),
		}
		for row, err := range wire.Pages[wire.Found](ctx, c, "system", "findDataObjects", ask) {
			if err != nil {
				return nil, err
			}
			found[row.ID] = row.Describe
		}
	}
	return found, nil
}

// tiers tells where objects of a project lie.
func tiers(ctx context.Context, c *wire.Client, project string, objects []storage.Object) ([]storage.Tier, error) {
	found, err := held(ctx, c, project, objects, "state", "archivalState")
	if err != nil {
		return nil, fmt.Errorf("ask for archival states: %w", err)
	}
	out := make([]storage.Tier, len(objects))
	for i, o := range objects {
		out[i] = storage.Tier(found[o.ID].Archival)
	}
	return out, nil
}

// fitting gives the ids of the objects that are in a state that fits, and an
// error that names those which no call could change. One that is there already,
// or on its way, is neither.
func fitting(verb string, found map[string]wire.Object, objects []storage.Object, from ...storage.Tier) (ids []string, misfits error) {
	for _, o := range objects {
		have, ok := found[o.ID]
		switch {
		case !ok:
			misfits = errors.Join(misfits, fmt.Errorf("cannot %s %q: %w", verb, o.Key, storage.ErrNotExist))
		case have.State != closed:
			misfits = errors.Join(misfits, fmt.Errorf("cannot %s %q: the file is %s, not closed", verb, o.Key, have.State))
		case slices.Contains(from, storage.Tier(have.Archival)):
			ids = append(ids, o.ID)
		}
	}
	return ids, misfits
}

// archive asks for the cold tier of what is live.
func archive(ctx context.Context, c *wire.Client, project string, objects []storage.Object) error {
	return move(ctx, c, project, "archive", objects, map[string]any{}, storage.TierLive)
}

// unarchive asks for what is archived, or on its way there, back.
func unarchive(ctx context.Context, c *wire.Client, project string, objects []storage.Object, rate string) error {
	more := map[string]any{}
	if rate != "" {
		more["rate"] = rate
	}
	return move(ctx, c, project, "unarchive", objects, more, storage.TierArchived, storage.TierArchival)
}

// move asks the archival service for what is in one of the states from. Files
// are named, never folders: a folder fails whole when one file in it is open.
// Only one call is made for each 1,000; where the platform refuses such a call,
// its files are asked for one by one, so that one misfit harms nobody else.
func move(ctx context.Context, c *wire.Client, project, verb string, objects []storage.Object, more map[string]any, from ...storage.Tier) error {
	found, err := held(ctx, c, project, objects, "state", "archivalState")
	if err != nil {
		return fmt.Errorf("ask for archival states: %w", err)
	}
	ids, misfits := fitting(verb, found, objects, from...)
	ask := func(ids []string) error {
		in := maps.Clone(more)
		in["files"] = ids
		return c.Call(ctx, project, verb, in, nil)
	}
	for chunk := range slices.Chunk(ids, wire.PageSize) {
		err := ask(chunk)
		switch {
		case err == nil:
			continue
		case !wire.IsType(err, "InvalidState", "InvalidInput"):
			return errors.Join(misfits, err)
		}
		for _, id := range chunk {
			if err := alone(ctx, c, project, id, from, ask); err != nil {
				misfits = errors.Join(misfits, fmt.Errorf("%s %s: %w", verb, id, err))
			}
		}
	}
	return misfits
}

// alone asks for one file. A refusal counts only if the file is still in a state
// that fitted: the answer to an earlier try may have been lost.
func alone(ctx context.Context, c *wire.Client, project, id string, from []storage.Tier, ask func([]string) error) error {
	err := ask([]string{id})
	if !wire.IsType(err, "InvalidState") {
		return err
	}
	now, lookErr := tiers(ctx, c, project, []storage.Object{{ID: id}})
	if lookErr != nil {
		return errors.Join(err, lookErr)
	}
	if now[0] != "" && !slices.Contains(from, now[0]) {
		return nil
	}
	return err
}
