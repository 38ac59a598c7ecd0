package restore

import (
	"context"
	"strings"
	"sync"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// tree is the way from the root to where the restore is: the folders that are
// open, outermost first. Paths come in order, so a folder is complete when a
// path comes that is not below it.
type tree struct {
	r    *restorer
	s    Source
	open []*folder
}

// folder is one open folder. Its metadata is set when nothing below it is under
// way any more: only then do its times stay, and a folder that may not be
// written can be closed.
type folder struct {
	t      *tree
	parent *folder
	path   string // below the source's prefix, ends in "/"; "" is the root
	row    *record.Copy

	mu      sync.Mutex
	pending int // files under way, open folders below, and 1 while it is open
}

func newTree(r *restorer, s Source) *tree {
	return &tree{r: r, s: s, open: []*folder{{path: "", pending: 1}}}
}

// enter closes the folders that are behind and opens those that lead to the
// row; it gives the innermost one. A folder without a record is made plain.
func (t *tree) enter(ctx context.Context, row *record.Copy) (*folder, error) {
	for len(t.open) > 1 && !strings.HasPrefix(row.Path, t.top().path) {
		t.leaveTop(ctx)
	}
	for {
		at := t.top()
		next := strings.IndexByte(row.Path[len(at.path):], '/')
		if next < 0 {
			return at, nil
		}
		path := row.Path[:len(at.path)+next+1]
		var own *record.Copy
		if path == row.Path {
			own = row
		}
		if err := t.r.Root.Mkdir(ctx, t.s.Prefix+path); err != nil {
			return nil, err
		}
		at.add()
		t.open = append(t.open, &folder{t: t, parent: at, path: path, row: own, pending: 1})
	}
}

func (t *tree) top() *folder { return t.open[len(t.open)-1] }

func (t *tree) leaveTop(ctx context.Context) {
	f := t.top()
	t.open = t.open[:len(t.open)-1]
	f.leave(ctx)
}

// close ends all folders; the workers have ended before.
func (t *tree) close(ctx context.Context) {
	for len(t.open) > 0 {
		t.leaveTop(ctx)
	}
}

func (f *folder) add() {
	f.mu.Lock()
	f.pending++
	f.mu.Unlock()
}

// leave says that one thing below the folder is done. Whoever says so last puts
// the folder's metadata back, then its parent's if that was the last there.
func (f *folder) leave(ctx context.Context) {
	for ; f != nil; f = f.parent {
		f.mu.Lock()
		f.pending--
		last := f.pending == 0
		f.mu.Unlock()
		if !last {
			return
		}
		if f.row != nil && ctx.Err() == nil {
			f.t.r.meta(ctx, f.t.s, f.row, storage.Directory, true)
		}
	}
}
