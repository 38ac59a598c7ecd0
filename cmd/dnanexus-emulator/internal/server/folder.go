package server

import (
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func listFolder(c *call) (any, error) {
	path := c.folderKey("folder", "/")
	only := c.in.Choice("only", "all", "all", "folders", "objects")
	hidden, flagged := c.in.Bool("includeHidden", false), c.in.Bool("hasSubfolderFlags", false)
	describe := describeInput(c.in, "describe")
	p, err := c.project(model.View)
	if err != nil {
		return nil, err
	}
	f, err := p.Folder(path)
	if err != nil {
		return nil, err
	}
	answer := hash{}
	if only != "objects" {
		answer["folders"] = c.kids(p, f, flagged)
	}
	if only != "folders" {
		objects := []any{}
		f.Copies().Each(func(cp *model.Copy) bool {
			if !hidden && cp.Object.Hidden {
				return true
			}
			row := hash{"id": cp.Object.ID}
			if describe != nil {
				row["describe"] = c.sheetOf(cp, describe)
			}
			objects = append(objects, row)
			return true
		})
		answer["objects"] = objects
	}
	if describe != nil {
		return answer, describe.Err()
	}
	return answer, nil
}

// kids lists the folders below one, each with whether it has any itself where
// that is asked for.
func (c *call) kids(p *model.Project, f *model.Folder, flagged bool) any {
	if !flagged {
		return list(f.Kids())
	}
	rows := []any{}
	for _, path := range f.Kids() {
		below, err := p.Folder(path)
		rows = append(rows, []any{path, err == nil && len(below.Kids()) > 0})
	}
	return rows
}

func newFolder(c *call) (any, error) {
	path, parents := c.needFolder("folder"), c.in.Bool("parents", false)
	p, err := c.project(model.Upload)
	if err != nil {
		return nil, err
	}
	switch {
	case parents:
	case p.HasFolder(path):
		return nil, wire.InvalidState("Folder %q already exists in project %q", path, p.ID)
	case !p.HasFolder(model.Parent(path)):
		_, err := p.Folder(model.Parent(path))
		return nil, err
	}
	c.w.MakeFolder(p, path)
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}

// needFolder reads a path that must be there.
func (c *call) needFolder(key string) string {
	c.in.NeedText(key)
	if c.in.Err() != nil {
		return "/"
	}
	return c.folderKey(key, "")
}

func removeFolder(c *call) (any, error) {
	path := c.needFolder("folder")
	recurse, force, partial := c.in.Bool("recurse", false), c.in.Bool("force", false), c.in.Bool("partial", false)
	if path == "/" && !recurse {
		c.in.Fail(wire.InvalidInput("Expected key \"folder\" of input to be another folder than the root"))
	}
	p, err := c.deleting()
	if err != nil {
		return nil, err
	}
	if force && !p.HasFolder(path) {
		return hash{"id": p.ID, "completed": true}, nil
	}
	completed, err := c.w.RemoveFolder(p, path, recurse, partial, c.now)
	if err != nil {
		return nil, err
	}
	return hash{"id": p.ID, "completed": completed}, nil
}

// deleting finds a project from which the caller may delete.
func (c *call) deleting() (*model.Project, error) {
	p, err := c.project(model.Contribute)
	if err != nil {
		return nil, err
	}
	if p.Flag("protected") {
		return c.project(model.Administer)
	}
	return p, nil
}

func renameFolder(c *call) (any, error) {
	from := c.needFolder("folder")
	to := ""
	if c.in.Has("newpath") {
		to = c.needFolder("newpath")
	} else if name := c.in.NeedText("name"); c.in.Err() == nil {
		to = model.Join(model.Parent(from), name)
		if strings.Contains(name, "/") {
			c.in.Fail(wire.InvalidInput("Expected key \"name\" of input to be a name without slashes"))
		}
	}
	p, err := c.project(model.Contribute)
	if err != nil {
		return nil, err
	}
	if err := movable(p, from, to); err != nil {
		return nil, err
	}
	c.w.MoveFolder(p, from, to, c.now)
	return hash{"id": p.ID}, nil
}

// movable refuses the move of a folder to a path.
func movable(p *model.Project, from, to string) error {
	if _, err := p.Folder(from); err != nil {
		return err
	}
	switch {
	case from == "/":
		return wire.InvalidInput("The root folder cannot be moved")
	case model.Within(to, from):
		return wire.InvalidState("Folder %q cannot be moved into itself", from)
	case p.HasFolder(to):
		return wire.InvalidState("Folder %q already exists in project %q", to, p.ID)
	}
	_, err := p.Folder(model.Parent(to))
	return err
}
