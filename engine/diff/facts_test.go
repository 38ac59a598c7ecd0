package diff

import (
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
)

// An object that its system knows by an id is its id: a new tag or a folder's
// rename changes metadata, never content, and nothing is read for it.
func TestMetadataOfAnObjectWithFacts(t *testing.T) {
	b := protect(t, "docs", "vault")
	b.Scope.Includes = []*schema.Selector{{Tags: []string{"raw"}, LargerThan: -1, SmallerThan: -1, Class: "raw"}}
	w := newWorld(t, b)
	w.put("a", 7)
	facts := &storage.Facts{Class: "file", Tags: []string{"raw"}}
	w.touch("a", func(e *storage.Entry) { e.ID, e.Inode, e.Facts = "file-1", 0, facts })
	expect(t, w.run(), `copy new_object backup.docs.copy.vault["a"] >1`)
	expect(t, w.run(), ``)
	w.touch("a", func(e *storage.Entry) { e.CTime++ })
	expect(t, w.run(), `tag metadata_changed backup.docs.copy.vault["a"] #1`)
	expect(t, w.run(), ``)
	w.touch("a", func(e *storage.Entry) { e.ID = "file-2" })
	expect(t, w.run(), `copy content_changed backup.docs.copy.vault["a"] #1>2`)
	w.touch("a", func(e *storage.Entry) { e.Facts = &storage.Facts{Class: "file"} })
	expect(t, w.run(), `tag out_of_scope backup.docs.copy.vault["a"] #2`)
}
