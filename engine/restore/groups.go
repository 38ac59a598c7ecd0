package restore

import (
	"sync"

	"github.com/backstay/backstay/engine/record"
)

// maxGroups bounds the hard-link groups that are remembered at once. Beyond it
// the links of a group come back as files of their own, which is said.
const maxGroups = 100_000

// groups remembers, for each hard-link group with links still to come, the one
// that was restored first.
type groups struct {
	open map[string]*group
}

// group is one inode with several names. The first member writes the bytes;
// the others wait for it and link.
type group struct {
	first   string // path of the member that writes
	version record.Copy
	left    uint32 // members that may still come
	done    chan struct{}
	ok      bool // the first was written; read after done
}

// member is a file's part in its group. nil: it has none.
type member struct {
	*group
	first bool
	once  sync.Once
}

func newGroups() *groups { return &groups{open: map[string]*group{}} }

// join gives a file its part. Files of a group with different contents were
// taken at different times and are not linked.
func (g *groups) join(row *record.Copy) *member {
	if row.HardLink == "" || row.Nlink < 2 {
		return nil
	}
	had := g.open[row.HardLink]
	if had == nil {
		if len(g.open) >= maxGroups {
			return &member{}
		}
		n := &group{first: row.Path, version: *row, left: row.Nlink - 1, done: make(chan struct{})}
		g.open[row.HardLink] = n
		return &member{group: n, first: true}
	}
	if had.left--; had.left == 0 {
		delete(g.open, row.HardLink)
	}
	if !sameVersion(&had.version, row) {
		return nil
	}
	return &member{group: had}
}

// end tells the others whether the first was written.
func (m *member) end(ok bool) {
	if m == nil || !m.first {
		return
	}
	m.once.Do(func() { m.ok = ok; close(m.done) })
}
