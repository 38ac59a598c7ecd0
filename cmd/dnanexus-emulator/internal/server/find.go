package server

import (
	"cmp"
	"slices"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/query"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// scope is where findDataObjects looks.
type scope struct {
	projects []*model.Project // by id
	folder   string
	recurse  bool
	given    bool // a folder was named
}

// search is one call of findDataObjects.
type search struct {
	c     *call
	where scope
	what  *query.Object
	start *cursor
}

// findDataObjects gives one row for each copy that the caller can see and that
// fits, those of one project together, the last modified first.
func findDataObjects(c *call) (any, error) {
	what := query.ObjectOf(c.in)
	limit := int(c.in.Int("limit", maxPage, 1, maxPage))
	describe := describeInput(c.in, "describe")
	field, ordering := c.sorting()
	s := &search{c: c, what: what, start: c.cursor()}
	where, err := c.scope()
	if err != nil {
		return nil, err
	}
	if what.Archival() && (!where.given || len(what.Classes()) != 1 || what.Classes()[0] != "file") {
		c.in.Fail(wire.InvalidInput("Expected key \"archivalState\" of input to come with class \"file\", a project and a folder"))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	s.where = where
	var found []*model.Copy
	var next any
	if field == "" {
		found, next = s.page(limit)
	} else {
		found, next = s.sorted(limit, field, ordering)
	}
	results := make([]any, 0, len(found))
	for _, cp := range found {
		row := hash{"project": cp.In, "id": cp.Object.ID}
		if describe != nil {
			row["describe"] = c.sheetOf(cp, describe)
		}
		results = append(results, row)
	}
	if describe != nil && describe.Err() != nil {
		return nil, describe.Err()
	}
	return hash{"results": results, "next": next}, nil
}

func (c *call) sorting() (field, ordering string) {
	raw := c.in.Keys()["sortBy"]
	if many, ok := raw.([]any); ok && len(many) == 1 {
		raw = many[0]
	}
	if raw == nil {
		return "", ""
	}
	keys, ok := raw.(map[string]any)
	if !ok {
		c.in.Fail(wire.InvalidInput("Expected key \"sortBy\" of input to be a hash"))
	}
	in := wire.Of(keys)
	field = in.Choice("field", "", "name", "created", "modified", "size", "class")
	ordering = in.Choice("ordering", "ascending", "ascending", "descending")
	if in.Err() != nil || field == "" {
		c.in.Fail(wire.InvalidInput("Expected key \"sortBy\" of input to name a field and an ordering"))
	}
	return field, ordering
}

// scope reads where to look; without a project in every project where the
// caller's own level suffices.
func (c *call) scope() (scope, error) {
	least := model.View
	if level, ok := model.ParseLevel(c.in.Text("level", "VIEW")); ok {
		least = max(least, level)
	} else {
		c.in.Fail(wire.InvalidInput("Expected key \"level\" of input to be one of VIEW, UPLOAD, CONTRIBUTE and ADMINISTER"))
	}
	regions := query.Either(c.in, "region")
	keys := c.in.Hash("scope")
	if keys == nil {
		return scope{projects: c.visible(least, regions), folder: "/", recurse: true}, c.in.Err()
	}
	in := wire.Of(keys)
	id, folder := in.NeedText("project"), in.Text("folder", "/")
	s := scope{recurse: in.Bool("recurse", true), given: in.Has("folder")}
	if err := in.Err(); err != nil {
		return scope{}, wire.InvalidInput("In key \"scope\": %s", wire.AsError(err).Message)
	}
	var err error
	if s.folder, err = model.CleanFolder("folder", folder); err != nil {
		return scope{}, err
	}
	p, err := c.w.Require(c.user, id, least)
	if err != nil {
		return scope{}, err
	}
	if regions == nil || slices.Contains(regions, p.Region) {
		s.projects = []*model.Project{p}
	}
	return s, c.in.Err()
}

// visible lists the projects that the caller has a level in that is not merely
// everybody's, by id.
func (c *call) visible(least model.Level, regions []string) []*model.Project {
	var projects []*model.Project
	for _, id := range model.Sorted(c.w.Projects) {
		p := c.w.Projects[id]
		if p.Class == "project" && c.w.Explicit(c.user, p) >= least && (regions == nil || slices.Contains(regions, p.Region)) {
			projects = append(projects, p)
		}
	}
	return projects
}

// page walks the indexes from where the last page ended.
func (s *search) page(limit int) (found []*model.Copy, next any) {
	full := false
	s.each(func(cp *model.Copy) bool {
		if len(found) == limit {
			full = true
			return false
		}
		found = append(found, cp)
		return true
	})
	if !full {
		return found, nil
	}
	last := found[len(found)-1]
	return found, hash{"project": last.In, "modified": last.Modified, "id": last.Object.ID}
}

// each visits what fits after the cursor.
func (s *search) each(visit func(*model.Copy) bool) {
	more := true
	for _, p := range s.where.projects {
		if s.start != nil && p.ID < s.start.project || !more {
			continue
		}
		ask := func(cp *model.Copy) bool {
			if s.fits(cp) {
				more = visit(cp)
			}
			return more && !s.what.Modified().Over(cp.Modified) // the index goes back in time
		}
		if ids := s.what.IDs(); ids != nil {
			s.byID(p, ids, ask)
			continue
		}
		index := p.Copies()
		if folder, err := p.Folder(s.where.folder); err != nil {
			continue // nothing lies in a folder that is not there
		} else if !s.where.recurse {
			index = folder.Copies()
		}
		if s.start != nil && p.ID == s.start.project {
			index.After(s.start.modified, s.start.id, ask)
		} else {
			index.Each(ask)
		}
	}
}

func (s *search) fits(cp *model.Copy) bool {
	if s.where.recurse {
		return model.Within(cp.Folder, s.where.folder) && s.what.Fits(cp)
	}
	return cp.Folder == s.where.folder && s.what.Fits(cp)
}

// byID looks up named objects in one project instead of walking it.
func (s *search) byID(p *model.Project, ids []string, ask func(*model.Copy) bool) {
	var copies []*model.Copy
	for _, id := range unique(ids) {
		if o := s.c.w.Objects[id]; o != nil {
			if cp := o.CopyIn(p.ID); cp != nil && !s.passed(cp) {
				copies = append(copies, cp)
			}
		}
	}
	slices.SortFunc(copies, latest)
	for _, cp := range copies {
		if !ask(cp) {
			return
		}
	}
}

func (s *search) passed(cp *model.Copy) bool {
	if s.start == nil || cp.In != s.start.project {
		return false
	}
	return cp.Modified > s.start.modified || cp.Modified == s.start.modified && cp.Object.ID >= s.start.id
}

func latest(a, b *model.Copy) int {
	return cmp.Or(cmp.Compare(b.Modified, a.Modified), cmp.Compare(b.Object.ID, a.Object.ID))
}

// sorted collects all that fits and cuts the page out of it. Of a page near the
// beginning it holds no more than that.
func (s *search) sorted(limit int, field, ordering string) (found []*model.Copy, next any) {
	offset := 0
	if s.start != nil {
		offset, s.start = s.start.offset, nil
	}
	end := offset + limit
	compare := func(a, b *model.Copy) int {
		way := by(field, a, b)
		if ordering == "descending" {
			way = -way
		}
		return cmp.Or(way, strings.Compare(a.In, b.In), strings.Compare(a.Object.ID, b.Object.ID))
	}
	var all []*model.Copy
	total := 0
	s.each(func(cp *model.Copy) bool {
		total++
		if all = append(all, cp); len(all) > 2*end+1000 {
			slices.SortFunc(all, compare)
			all = all[:end]
		}
		return true
	})
	slices.SortFunc(all, compare)
	offset = min(offset, total)
	if end = min(end, total); end < total {
		next = hash{"offset": end}
	}
	return all[offset:end], next
}

func by(field string, a, b *model.Copy) int {
	switch field {
	case "name":
		return strings.Compare(a.Name, b.Name)
	case "created":
		return cmp.Compare(a.Object.Created, b.Object.Created)
	case "size":
		return cmp.Compare(a.Object.Size, b.Object.Size)
	case "class":
		return strings.Compare(a.Object.Class, b.Object.Class)
	}
	return cmp.Compare(a.Modified, b.Modified)
}
