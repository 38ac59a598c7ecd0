package dnanexus

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

var (
	_ storage.Tiered    = (*Source)(nil)
	_ storage.AllCopies = (*Source)(nil)
	_ storage.Quoted    = (*Destination)(nil)
)

// Tiers tells where files of the project lie, by their ids.
func (s *Source) Tiers(ctx context.Context, objects []storage.Object) ([]storage.Tier, error) {
	return tiers(ctx, s.c, s.project.ID, objects)
}

// Archive asks for the cold tier. A copy in another project keeps its own state.
func (s *Source) Archive(ctx context.Context, objects []storage.Object) error {
	return archive(ctx, s.c, s.project.ID, objects)
}

// ArchiveAll asks for the cold tier of every copy under the project's bill-to,
// in projects that the caller cannot see too. The caller administers that
// organisation, or is who pays. Files are asked for whatever state this
// project's copy is in: another one may still be live.
func (s *Source) ArchiveAll(ctx context.Context, objects []storage.Object) error {
	found, err := held(ctx, s.c, s.project.ID, objects, "state", "archivalState")
	if err != nil {
		return fmt.Errorf("ask for archival states: %w", err)
	}
	ids, misfits := fitting("archive", found, objects, storage.TierLive, storage.TierArchival, storage.TierArchived)
	for chunk := range slices.Chunk(ids, wire.PageSize) {
		err := s.c.Call(ctx, s.project.ID, "archive", map[string]any{"files": chunk, "allCopies": true}, nil)
		if err != nil && !(len(chunk) == 1 && wire.IsType(err, "InvalidState")) { // no copy is live any more
			return errors.Join(misfits, err)
		}
	}
	return misfits
}

// Unarchive asks for files back.
func (s *Source) Unarchive(ctx context.Context, objects []storage.Object, rate string) error {
	return unarchive(ctx, s.c, s.project.ID, objects, rate)
}

// Quote asks what bringing copies back takes: the platform's own dry run, one for
// each 1,000. It answers in thousandths of a dollar.
func (d *Destination) Quote(ctx context.Context, objects []storage.Object, rate string) (storage.Quote, error) {
	q := storage.Quote{Currency: "USD"}
	for chunk := range slices.Chunk(objects, wire.PageSize) {
		in := map[string]any{"files": idsOf(chunk), "dryRun": true}
		if rate != "" {
			in["rate"] = rate
		}
		var answer struct {
			Files int64   `json:"files"`
			Size  float64 `json:"size"` // GB
			Cost  float64 `json:"cost"`
		}
		err := d.c.Call(ctx, d.project, "unarchive", in, &answer)
		if len(chunk) == 1 && wire.IsType(err, "InvalidState") {
			continue // the one that is named is on its way already
		}
		if err != nil {
			return q, err
		}
		q.Objects += answer.Files
		q.Bytes += int64(answer.Size * 1e9)
		q.Cost += answer.Cost / 1000
	}
	return q, nil
}

func idsOf(objects []storage.Object) []string {
	ids := make([]string, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	return ids
}
