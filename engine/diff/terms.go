package diff

import (
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/schema"
)

// Terms are a configuration's answers about single copies, for whoever carries
// a plan out: a term that runs from the moment of an act is known only then. It
// is safe for several goroutines.
type Terms struct {
	plans *plans
}

// CompileTerms reads the backup plans, moves and attestations of a
// configuration; now decides which attestations hold.
func CompileTerms(cfg *schema.Configuration, now time.Time) (*Terms, error) {
	p, err := compilePlans(cfg, now)
	if err != nil {
		return nil, err
	}
	return &Terms{plans: p}, nil
}

// Retain is the end of a copy's term as the record has it now, and the rule
// that sets it. It is never before the recorded end, except that an open term
// closes once its event is attested.
func (t *Terms) Retain(row *record.Copy, _ []record.Copy) (schema.Until, string) {
	object := objectOf(row)
	v := retention.Version{
		Seq: row.Seq, Created: row.MTime, CopiedAt: row.CopiedAt, SupersededAt: row.SupersededAt, GoneAt: row.GoneAt,
		Stored: row.RetainUntil, StoredReason: row.TermReason,
		Claims: terms(t.plans.resolve(row.Source, row).claims, &object),
	}
	if s := row.Status; s == record.Damaged || s == record.Missing {
		v.SupersededAt = 0
	}
	return retention.Term(&v)
}

// Quarantine is how long a retired copy lies before it may be removed: the
// longest of those who claim it, at least seven days, and thirty where nobody
// does.
func (t *Terms) Quarantine(row *record.Copy) schema.Term {
	longest := schema.Term{Count: 30, Unit: schema.Days}
	for i, c := range t.plans.resolve(row.Source, row).claims {
		if q := c.backup.Retention.Quarantine; i == 0 || q.Compare(longest) > 0 {
			longest = q
		}
	}
	if least := (schema.Term{Count: 7, Unit: schema.Days}); longest.Compare(least) < 0 {
		return least
	}
	return longest
}
