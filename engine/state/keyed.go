package state

import (
	"context"
	"strings"

	"github.com/backstay/backstay/engine/record"
)

// UnderKey lists the rows whose copies lie under a key at a destination. It is one
// row at most, but where catalogues disagreed: a destination that was set back to
// an earlier time, or lost part of its catalogue, still tells of a copy that another
// object took over since, and the state knows it under both names.
func (s *State) UnderKey(ctx context.Context, destination, key string) ([]record.Copy, error) {
	rows, err := collect(s.copies(ctx, &plainReader{s}, queryUnderKey, destination, []byte(key)))
	if err != nil || key == "" {
		return nil, err
	}
	// The column of a key that ends in source and path does not tell it (packKey).
	for from, at := 0, 0; err == nil; from = at + 1 {
		n := strings.IndexByte(key[from:], '/')
		if n < 0 {
			break
		}
		at = from + n
		var own []record.Copy
		own, err = s.Object(ctx, key[from:at], key[at+1:])
		for i := range own {
			if own[i].Destination == destination && own[i].Key == key {
				rows = append(rows, own[i])
			}
		}
	}
	return rows, err
}
