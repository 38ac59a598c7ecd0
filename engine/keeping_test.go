package engine

import (
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// How old a whole listing may be follows what is promised of the source, unless
// the source says it; where tiers are asked for it has no age at all.
func TestWholeAge(t *testing.T) {
	place := addr.Resource{Kind: addr.Source, Type: "dnanexus", Name: "trial"}
	rpo := func(count int64) *schema.Backup {
		return &schema.Backup{Source: place, Objective: schema.Objective{RPO: &schema.Term{Count: count, Unit: schema.Hours}}}
	}
	for name, c := range map[string]struct {
		reconcile string
		backups   []*schema.Backup
		archives  []*schema.Archive
		want      time.Duration
	}{
		"nothing asked":     {want: wholeEvery},
		"long objective":    {backups: []*schema.Backup{rpo(48)}, want: wholeEvery},
		"short objective":   {backups: []*schema.Backup{rpo(48), rpo(4)}, want: 2 * time.Hour},
		"said":              {reconcile: "3d", backups: []*schema.Backup{rpo(4)}, want: 72 * time.Hour},
		"never incremental": {reconcile: "0h", want: 0},
		"never whole":       {reconcile: "forever", want: wholeAtLeast},
		"years":             {reconcile: "2y", want: wholeAtLeast},
		"tiers":             {reconcile: "3d", archives: []*schema.Archive{{Source: place}}, want: 0},
	} {
		source := &schema.Source{Addr: place, Options: map[string]any{}}
		if c.reconcile != "" {
			source.Options["reconcile"] = c.reconcile
		}
		cfg := &schema.Configuration{Sources: []*schema.Source{source}, Backups: c.backups, Archives: c.archives}
		if got := wholeAge(cfg, source); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
