package server

import (
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func removeObjects(c *call) (any, error) {
	ids, force := c.needTexts("objects"), c.in.Bool("force", false)
	p, err := c.deleting()
	if err != nil {
		return nil, err
	}
	copies, err := c.copies(p, ids, force)
	if err != nil {
		return nil, err
	}
	c.w.Remove(p, copies, c.now)
	return hash{"id": p.ID}, nil
}

// copies finds each object once; force passes over those that are not there.
func (c *call) copies(p *model.Project, ids []string, force bool) ([]*model.Copy, error) {
	var copies []*model.Copy
	for _, id := range unique(ids) {
		cp, err := c.w.In(p, id)
		if err != nil {
			if force {
				continue
			}
			return nil, err
		}
		copies = append(copies, cp)
	}
	return copies, nil
}

func move(c *call) (any, error) {
	ids, folders, destination := c.in.Texts("objects"), c.in.Texts("folders"), c.needFolder("destination")
	p, err := c.project(model.Contribute)
	if err != nil {
		return nil, err
	}
	if _, err := p.Folder(destination); err != nil {
		return nil, err
	}
	copies, err := c.copies(p, ids, false)
	if err != nil {
		return nil, err
	}
	var from, to []string
	for _, folder := range folders {
		path, err := model.CleanFolder("folders", folder)
		if err != nil {
			return nil, err
		}
		target := model.Join(destination, model.Base(path))
		if path != "/" && target == path {
			continue // it is there already
		}
		if err := movable(p, path, target); err != nil {
			return nil, err
		}
		if slices.Contains(to, target) {
			return nil, wire.InvalidState("Two of the folders would become %q", target)
		}
		from, to = append(from, path), append(to, target)
	}
	for _, cp := range copies {
		c.w.Change(cp, c.now, func() { cp.Folder = destination })
	}
	for i := range from {
		c.w.MoveFolder(p, from[i], to[i], c.now)
	}
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}

// clone makes shallow copies in another project.
func clone(c *call) (any, error) {
	ids, folders, target := c.in.Texts("objects"), c.in.Texts("folders"), c.in.NeedText("project")
	destination, parents := c.folderKey("destination", "/"), c.in.Bool("parents", false)
	from, err := c.project(model.View)
	if err != nil {
		return nil, err
	}
	if from.Flag("restricted") {
		return nil, wire.PermissionDenied("%s is restricted: its contents cannot be cloned", from.ID)
	}
	to, err := c.w.Require(c.user, target, model.Upload)
	if err != nil {
		return nil, err
	}
	switch {
	case to.ID == from.ID:
		return nil, wire.InvalidInput("Expected key \"project\" of input to be another project than the source")
	case to.Region != from.Region:
		return nil, wire.InvalidInput("Expected key \"project\" of input to be a project in the region %s, not in %s", from.Region, to.Region)
	case !parents && !to.HasFolder(destination):
		_, err := to.Folder(destination)
		return nil, err
	}
	for i, folder := range folders {
		if folders[i], err = model.CleanFolder("folders", folder); err != nil {
			return nil, err
		}
	}
	exists, err := c.w.Clone(from, to, unique(ids), folders, destination, c.now)
	if err != nil {
		return nil, err
	}
	return hash{"id": from.ID, "project": to.ID, "exists": exists}, nil
}
