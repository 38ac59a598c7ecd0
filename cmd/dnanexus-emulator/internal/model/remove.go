package model

import (
	"cmp"
	"maps"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// FolderLimit is how many objects one call may remove with their folder.
const FolderLimit = 10000

// Remove takes copies out of a project, and with them the hidden objects that
// only they reached.
func (w *World) Remove(p *Project, copies []*Copy, now int64) {
	behind := p.hiddenBehind(w, copies)
	gone := map[*Copy]bool{}
	for _, c := range append(slices.Clone(copies), w.unreached(p, copies, behind)...) {
		gone[c] = true
	}
	p.takeOut(gone)
	for _, c := range slices.SortedFunc(maps.Keys(gone), func(a, b *Copy) int { return cmp.Compare(a.Object.ID, b.Object.ID) }) {
		w.release(c, now)
	}
	w.Stamp(p, now)
}

// few is up to how many copies are taken out of the indexes one by one; beyond,
// a pass over each index costs less.
const few = 50

func (p *Project) takeOut(gone map[*Copy]bool) {
	if len(gone) <= few {
		for c := range gone {
			p.index.remove(c)
			p.folders[c.Folder].copies.remove(c)
		}
		return
	}
	folders := map[string]bool{}
	for c := range gone {
		folders[c.Folder] = true
	}
	p.index.drop(gone)
	for path := range folders {
		p.folders[path].copies.drop(gone)
	}
}

// unreached keeps those of the hidden copies that no other visible object of
// the project reaches.
func (w *World) unreached(p *Project, removed, hidden []*Copy) []*Copy {
	if len(hidden) == 0 {
		return nil
	}
	going := map[*Copy]bool{}
	for _, c := range removed {
		going[c] = true
	}
	var visible []*Copy
	p.index.Each(func(c *Copy) bool {
		if !c.Object.Hidden && !going[c] {
			visible = append(visible, c)
		}
		return true
	})
	kept := map[*Copy]bool{}
	for _, c := range p.hiddenBehind(w, visible) {
		kept[c] = true
	}
	return slices.DeleteFunc(hidden, func(c *Copy) bool { return kept[c] })
}

// RemoveFolder removes a folder, with recurse all in it, but at most
// FolderLimit objects; whether that was all is the answer. More than that
// without partial is refused whole.
func (w *World) RemoveFolder(p *Project, path string, recurse, partial bool, now int64) (bool, error) {
	folder, err := p.Folder(path)
	if err != nil {
		return false, err
	}
	if !recurse && (folder.copies.Len() > 0 || len(folder.kids) > 0) {
		return false, wire.InvalidState("Folder %q is not empty in project %q", path, p.ID)
	}
	paths := p.Below(path)
	var copies []*Copy
	for _, below := range paths {
		copies = append(copies, p.folders[below].copies.all...)
	}
	if len(copies) > FolderLimit && !partial {
		return false, wire.InvalidState("Folder %q holds more than %d objects; use partial", path, FolderLimit)
	}
	all := len(copies) <= FolderLimit
	if !all {
		copies = copies[len(copies)-FolderLimit:]
	}
	slices.Reverse(copies)
	w.Remove(p, copies, now)
	if all {
		for i := len(paths) - 1; i >= 0; i-- {
			if paths[i] != "/" { // the root is emptied, and stays
				w.dropFolder(p, paths[i])
			}
		}
	}
	return all, nil
}
