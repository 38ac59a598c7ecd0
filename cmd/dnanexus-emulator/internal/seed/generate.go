package seed

import (
	"errors"
	"fmt"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
)

// Made says how many files to make up. Their bytes follow from their number and
// take no room; sizes differ by number between Size and twice that.
type Made struct {
	Files   int64 `json:"files"`
	Folders int64 `json:"folders"` // that they are spread over; 0 is one per thousand files
	Size    int64 `json:"size"`
	Days    int64 `json:"days"` // that their times of change are spread over, until now
}

const dayMillis = 24 * 60 * 60 * 1000

// Generate adds made-up files; the same numbers give the same bytes.
func (t Target) Generate(many Made, into Project) (Result, error) {
	if many.Files < 0 || many.Folders < 0 || many.Size < 0 || many.Days < 0 {
		return Result{}, errors.New("generate files: a number is below zero")
	}
	id, err := t.find(into)
	if err != nil {
		return Result{}, fmt.Errorf("generate files: %w", err)
	}
	folders := max(many.Folders, 1)
	if many.Folders == 0 {
		folders = max(many.Files/batch, 1)
	}
	now := int64(0)
	if err := t.Edit(func(_ *model.World, at int64) error { now = at; return nil }); err != nil {
		return Result{}, err
	}
	sum := Result{Project: id}
	files := make([]file, 0, batch)
	for i := range many.Files {
		size := many.Size
		if many.Size > 0 {
			size += i * 7919 % many.Size
		}
		files = append(files, file{
			folder: fmt.Sprintf("/made/%05d", i%folders), name: fmt.Sprintf("file-%08d.bin", i),
			modified: now - many.Days*dayMillis + many.Days*dayMillis*i/many.Files, parts: cutUp(i, size),
		})
		if len(files) == batch || i == many.Files-1 {
			if err := t.add(id, files, &sum); err != nil {
				return sum, fmt.Errorf("generate files: %w", err)
			}
			files = files[:0]
		}
	}
	return sum, nil
}

// cutUp gives the parts of a made-up file.
func cutUp(number, size int64) []model.Part {
	parts := make([]model.Part, 0, 1)
	for {
		n := min(size, PartSize)
		parts = append(parts, model.Part{Index: len(parts) + 1, Size: n, Seed: uint64(number)<<16 + uint64(len(parts))})
		if size -= n; size == 0 {
			return parts
		}
	}
}
