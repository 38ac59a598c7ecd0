package diff

import (
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema"
)

// What apply asks agrees with what the next plan expects of the record.
func TestTerms(t *testing.T) {
	short, long := protect(t, "short", "vault"), protect(t, "long", "vault")
	short.Retention.Quarantine = *parse(t, "1d")
	long.Retention.Keep, long.Retention.Quarantine = parse(t, "7y"), *parse(t, "60d")
	w := newWorld(t, short, long)
	terms, err := CompileTerms(w.cfg, w.now)
	if err != nil {
		t.Fatal(err)
	}
	row := record.Copy{
		Source: "docs", Path: "a", Destination: "vault", Seq: 1, MTime: w.now.UnixNano(), CopiedAt: w.now.UnixMilli(),
		SupersededAt: w.now.AddDate(0, 11, 0).UnixMilli(),
	}
	for _, c := range []struct {
		claims           []string
		stored           schema.Until
		until, why, rest string
	}{
		{nil, 0, "2026-01-31T12:00:00.000Z", "30d after it was copied", "30d"},
		{[]string{"backup.short/vault"}, 0, "2027-03-01T12:00:00.000Z", "keep_superseded 90d after it was superseded (backup.short/vault)", "7d"},
		{[]string{"backup.long/vault", "backup.short/vault"}, 0, "2033-01-01T12:00:00.000Z", "keep 7y after it was created (backup.long/vault)", "60d"},
		{[]string{"backup.short/vault"}, schema.UntilForever, "forever", "stored", "7d"},
		{[]string{"backup.none/vault"}, schema.UntilOpen, "open", "stored", "30d"},
	} {
		row.Claims, row.RetainUntil, row.TermReason = c.claims, c.stored, "stored"
		until, why := terms.Retain(&row, nil)
		if rest := terms.Quarantine(&row); until.String() != c.until || why != c.why || rest.String() != c.rest {
			t.Errorf("%v: until %s, %s, quarantine %s", c.claims, until, why, rest)
		}
	}
}
