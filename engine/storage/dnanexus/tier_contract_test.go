package dnanexus

import (
	"testing"
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

// The contract of tiers and of rights holds under both editions of the archiving
// rules.
func TestTierContract(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		n := 0
		storagetest.Tiered(t, func(t *testing.T) storagetest.Tiers {
			n++
			d := r.open(t, DestinationOptions{Project: t.Name() + string(rune('a'+n)), Create: true})
			return storagetest.Tiers{Driver: d, Settle: func() {
				r.control("clock", map[string]any{"advance": (72 * time.Hour).Milliseconds()}, nil)
			}}
		})
	})
}

func TestAccessContract(t *testing.T) {
	r := emulator(t, "seed")
	storagetest.Guarded(t, func(t *testing.T) (storage.Destination, []storage.Grant) {
		d := r.open(t, DestinationOptions{Project: "vault", Create: true, Lockdown: true})
		for who, level := range map[string]string{"user-bob": "CONTRIBUTE", "org-lab": "VIEW"} {
			r.must(d.project, "invite", map[string]any{"invitee": who, "level": level}, nil)
		}
		return d, []storage.Grant{{Who: "org-lab", Level: "VIEW"}, {Who: "user-bob", Level: "CONTRIBUTE"}}
	})
}
