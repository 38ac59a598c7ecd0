package policy

import (
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// summaryInput makes input.summary of a plan's totals.
func summaryInput(cfg *schema.Configuration, s *plan.Summary, brakes []Brake, now time.Time) Summary {
	out := Summary{
		Changes: s.Changes(), Actions: map[string]Count{}, Unchanged: Count(s.Unchanged),
		Gone: Count(s.Gone), Orphans: Count(s.Orphans), Brakes: brakes,
		Cost: Cost{
			Known: s.Cost.Known, Currency: s.Cost.Currency, StorageMonth: s.Cost.StorageMonth, StorageBefore: s.Cost.StorageBefore,
			Egress: s.Cost.Egress, Requests: s.Cost.Requests, Retrieval: s.Cost.Retrieval, EarlyDeletion: s.Cost.EarlyDeletion,
			Exposure: s.Cost.Exposure, ExposureUntil: s.Cost.ExposureUntil, Missing: s.Cost.Missing,
		},
	}
	for action, n := range s.Actions {
		if n.Objects > 0 {
			out.Actions[string(action)] = Count(n)
		}
	}
	recorded := map[string]int64{}
	for _, x := range s.Sources {
		out.Sources = append(out.Sources, sourceTotals(cfg, x))
		recorded[x.Source] = x.Recorded.Objects
	}
	for _, x := range s.Backups {
		out.Backups = append(out.Backups, backupTotals(cfg, x, recorded, now))
	}
	for _, x := range s.Destinations {
		out.Destinations = append(out.Destinations, SummaryDestination{
			Destination: x.Destination, Copies: Count(x.Copies), Retire: Count(x.Retire),
			Expire: Count(x.Expire), Orphans: Count(x.Orphans),
		})
	}
	return out
}

func sourceTotals(cfg *schema.Configuration, s plan.SourceTotals) SummarySource {
	out := SummarySource{
		Source: s.Source, Live: Count(s.Live), InScope: Count(s.InScope), Excluded: Count(s.Excluded),
		Uncovered: Count(s.Uncovered), Recorded: Count(s.Recorded), Lost: Count(s.Lost),
		Changed: Count(s.Changed), Special: s.Special,
	}
	left := Count(s.LeftScope)
	out.LeftScope = &left
	if s.Live.Objects > 0 {
		out.UncoveredRatio = float64(s.Uncovered.Objects) / float64(s.Live.Objects)
	}
	for _, src := range cfg.Sources {
		if src.Addr.Instance() == s.Source {
			out.Address = src.Addr.String()
		}
	}
	return out
}

func backupTotals(cfg *schema.Configuration, b plan.BackupTotals, recorded map[string]int64, now time.Time) SummaryBackup {
	out := SummaryBackup{Backup: b.Backup, Matched: Count(b.Matched), ByClass: map[string]Count{}, ByInclude: b.ByInclude}
	for class, n := range b.ByClass {
		out.ByClass[class] = Count(n)
	}
	for _, p := range cfg.Backups {
		if p.Addr.String() == b.Backup {
			out.Recorded = recorded[p.Source.Instance()]
		}
	}
	if !b.OldestWaiting.IsZero() {
		hours := hoursSince(b.OldestWaiting, now)
		out.WaitingHours = &hours
	}
	return out
}

// hoursSince is the age of an instant in whole hours, rounded up; what lies in
// the future has no age.
func hoursSince(t, now time.Time) int64 {
	return max(0, int64((now.Sub(t)+time.Hour-1)/time.Hour))
}
