package diff

import (
	"testing"

	"github.com/backstay/backstay/schema"
)

func TestMovedLabels(t *testing.T) {
	w := newWorld(t, protect(t, "old", "vault", "attic"))
	w.put("a", 1)
	w.run()
	renamed := protect(t, "new", "vault", "attic")
	renamed.Copies[0].Name = "safe"
	w.configure(renamed)
	w.cfg.Moves = []*schema.Moved{{From: "backup.old", To: "backup.mid"}, {From: "backup.mid", To: "backup.new"}, {From: "backup.new.copy.vault", To: "backup.new.copy.safe"}}
	w.digests()
	changes := w.run()
	expect(t, changes, `
		adopt label_moved backup.new.copy.attic["a"] #1
		adopt label_moved backup.new.copy.safe["a"] #1
	`)
	for _, c := range changes { // policies ask what proves the copy
		if c.Before.Digest == "" || c.After.Digest != c.Before.Digest || c.Before.Key == "" {
			t.Errorf("%s: before %+v, after %+v", c.Address, c.Before, c.After)
		}
	}
	w.cfg.Moves = nil
	expect(t, w.run(), ``)
	// Without a moved block the copy is there all the same: another claims it.
	w.configure(protect(t, "third", "vault", "attic"))
	expect(t, w.run(), `
		tag claimed backup.third.copy.attic["a"] #1
		tag claimed backup.third.copy.vault["a"] #1
	`)
}
