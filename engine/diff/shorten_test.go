package diff

import (
	"testing"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// A shorter keep changes no copy that exists; a shorten block lets what it names
// come down, once, to what the backup plan asks for. What is over then retires.
func TestShortenLowersTerms(t *testing.T) {
	docs := protect(t, "docs", "attic", "vault")
	docs.Retention.Keep, docs.Retention.KeepLast = parse(t, "10y"), 0
	w := newWorld(t, docs)
	w.put("a", 1)
	w.put("b", 1)
	w.run()
	w.put("a", 2)
	w.run()
	docs.Retention.Keep = parse(t, "1y")
	w.sleep("2y")
	expect(t, w.run(), ``)
	w.cfg.Shortens = []*schema.Shorten{{Addr: resource(t, "shorten.less"), Targets: []addr.Resource{resource(t, "destination.filesystem.attic")}}}
	w.lowers = true
	changes, _, _ := w.plan()
	expect(t, changes, `
		tag term_lowered backup.docs.copy.attic["a"] #1 (2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/attic))
		tag term_lowered backup.docs.copy.attic["a"] #2 (2027-01-01T12:03:00.000Z: keep 1y after it was created (backup.docs/attic))
		tag term_lowered backup.docs.copy.attic["b"] #1 (2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/attic))
	`)
	w.apply(changes)
	expect(t, w.run(), `retire term_over backup.docs.copy.attic["a"] #1 (term over since 2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/attic))`)
	w.cfg.Shortens = nil
	expect(t, w.run(), ``)
}

// keep_max ends what counts and supersession would keep longer.
func TestCeiling(t *testing.T) {
	docs := protect(t, "docs", "vault")
	docs.Retention.Keep, docs.Retention.KeepMax, docs.Retention.KeepLast = parse(t, "60d"), parse(t, "1y"), 5
	docs.Retention.KeepSuperseded = *parse(t, "10y")
	w := newWorld(t, docs)
	w.put("a", 1)
	w.run()
	w.sleep("100d")
	w.put("a", 2)
	w.run()
	w.sleep("264d")
	expect(t, w.run(), ``)
	w.sleep("2d")
	expect(t, w.run(), `retire term_over backup.docs.copy.vault["a"] #1 (term over since 2027-01-01T12:00:00.000Z: keep_max 1y after it was created (backup.docs/vault))`)
}
