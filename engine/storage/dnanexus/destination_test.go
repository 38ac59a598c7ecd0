package dnanexus

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

func TestDestinationContract(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		var n atomic.Int64
		storagetest.Destination(t, func(t *testing.T) storage.Destination {
			return r.open(t, DestinationOptions{Project: fmt.Sprint("new-", n.Add(1)), Create: true})
		})
	})
}

// open opens a destination that is closed with the test.
func (r rig) open(t testing.TB, o DestinationOptions) *Destination {
	t.Helper()
	c, err := r.conn.Client()
	if err != nil {
		t.Fatal(err)
	}
	d, err := OpenDestination(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}
