package model

import (
	"maps"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// placed is a copy and the folder of the target where it is to lie.
type placed struct {
	copy   *Copy
	folder string
}

// Clone makes copies of objects and folders in another project: the same
// objects, no bytes. All is checked before anything is made. The result names
// the objects that were there already.
func (w *World) Clone(from, to *Project, ids, folders []string, destination string, now int64) ([]string, error) {
	wanted, made, err := w.gather(from, to, ids, folders, destination)
	if err != nil {
		return nil, err
	}
	for _, one := range wanted {
		if err := w.mayClone(one.copy, to); err != nil {
			return nil, err
		}
	}
	w.MakeFolder(to, destination)
	for _, folder := range made {
		w.MakeFolder(to, folder)
	}
	exists := []string{}
	for _, one := range wanted {
		o := one.copy.Object
		if o.CopyIn(to.ID) != nil {
			exists = append(exists, o.ID)
			continue
		}
		twin := *one.copy
		twin.Folder, twin.Modified, twin.Until = one.folder, now, 0
		twin.Tags, twin.Properties = slices.Clone(twin.Tags), maps.Clone(twin.Properties)
		w.attach(&twin, to, now)
		w.settle(o, now)
		w.recharge(o, now)
	}
	w.Stamp(to, now)
	return exists, nil
}

// gather lists what is to be copied where, and the folders to be made.
func (w *World) gather(from, to *Project, ids, folders []string, destination string) (wanted []placed, made []string, err error) {
	seen := map[*Copy]bool{}
	add := func(c *Copy, folder string) {
		if !seen[c] {
			seen[c] = true
			wanted = append(wanted, placed{c, folder})
		}
	}
	for _, id := range ids {
		c, err := w.In(from, id)
		if err != nil {
			return nil, nil, err
		}
		add(c, destination)
	}
	for _, root := range folders {
		if _, err := from.Folder(root); err != nil {
			return nil, nil, err
		}
		base := destination
		if root != "/" {
			base = Join(destination, Base(root))
		}
		for _, path := range from.Below(root) {
			target := Join(base, path[len(root):])
			if root != "/" {
				target = base + path[len(root):]
			} else if path == "/" {
				target = base
			}
			if path != "/" {
				if to.HasFolder(target) || slices.Contains(made, target) {
					return nil, nil, wire.InvalidState("If cloned, a folder would conflict with the route of an existing folder: %q", target)
				}
				made = append(made, target)
			}
			from.folders[path].copies.Each(func(c *Copy) bool {
				if !c.Object.Hidden {
					add(c, target)
				}
				return true
			})
		}
	}
	return append(wanted, w.followers(from, wanted, seen)...), made, nil
}

// followers are the hidden objects behind the wanted ones and what applets
// bring; they lie beside the first that needs them.
func (w *World) followers(from *Project, wanted []placed, seen map[*Copy]bool) []placed {
	var more []placed
	for _, one := range wanted {
		needs := from.hiddenBehind(w, []*Copy{one.copy})
		for _, id := range one.copy.Object.Bundled() {
			if o := w.Objects[id]; o != nil {
				if c := o.CopyIn(from.ID); c != nil {
					needs = append(needs, c)
				}
			}
		}
		for _, c := range needs {
			if !seen[c] {
				seen[c] = true
				more = append(more, placed{c, one.folder})
			}
		}
	}
	return more
}

func (w *World) mayClone(c *Copy, to *Project) error {
	o := c.Object
	if o.State != Closed {
		return wire.InvalidState("An object to be cloned is not in the closed state. Successfully cloned from project: None")
	}
	if o.Class != "file" || c.Archival == archival.Live {
		return nil
	}
	if !w.Settings.Rules.Allows(c.Archival, archival.Clone) || c.Settling() {
		return wire.InvalidState("%s cannot be cloned in the archivalState %q", o.ID, c.Archival)
	}
	if c.Project.BillTo != to.BillTo {
		return wire.InvalidState("%s must be live to be cloned into a project with another billTo", o.ID)
	}
	return nil
}
